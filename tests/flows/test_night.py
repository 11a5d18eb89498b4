"""The whole night on an invented county: it accounts for every row, repeats itself to the byte, and links rightly."""

import hashlib
import json
import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from errors import NightRunning
from flows.running import alone
from settings import Home
from tables import BINS, LINK
from tests.conftest import County, run_night


def tree(folder: Path) -> dict[str, str]:
    """Relative path -> sha256 of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_row_ends_in_exactly_one_bin(county: County) -> None:
    rows = county.summary.accounting
    assert {row["source"] for row in rows} == {
        "roster", "medical", "education", "disability", "civil_affairs", "employment", "visits",
        "vehicles", "real_estate", "authorisations",
        "self_reports", "cadre_rounds", "monitored",
    }  # fmt: skip
    for row in rows:
        assert row["rows_in"] == sum(int(str(row[name])) for name in BINS), row["file"]
    for name in ("linked", "review", "no_resident", "registered", "quarantined", "duplicate", "superseded"):
        assert sum(int(str(row[name])) for row in rows) > 0, name


def test_links_are_right_and_agree_with_the_accounting(county: County) -> None:
    links = f"read_parquet('{county.summary.run / 'links.parquet'}')"
    truth = f"read_parquet('{county.home.root / 'truth' / 'rows.parquet'}')"
    batches = f"read_parquet('{county.summary.run / 'batches.parquet'}')"
    linked, right, findable = duckdb.sql(f"""
        SELECT count(*) FILTER (l.decision = 'linked'),
               count(*) FILTER (l.decision = 'linked' AND l.resident_id = t.resident_id),
               count(*) FILTER (t.resident_id IS NOT NULL)
        FROM {links} l JOIN {batches} b USING (batch_id) JOIN {truth} t ON t.file = b.file AND t.row_number = l.row_number
    """).fetchall()[0]
    assert right / linked >= 0.999
    assert linked / findable >= 0.95
    assert linked == sum(int(str(row["linked"])) for row in county.summary.accounting)
    assert set(LINK.names) <= set(duckdb.sql(f"SELECT * FROM {links} LIMIT 0").columns)


def test_a_second_night_on_the_same_inputs_gives_the_same_bytes(county: County, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(county.home.root, home)
    pages = [home / "published" / name for name in ("report.html", "senders.html")]
    lists, read = tree(home / "lists"), [page.read_bytes() for page in pages]
    tables = {name: digest for name, digest in tree(home / "runs").items() if name.endswith(".parquet")}
    again = run_night(home)
    first = county.summary.files
    assert first["known"] == 0
    assert first["repeated"] == 1
    assert again.files == {"new": 0, "known": first["new"], "repeated": first["repeated"]}
    assert tree(home / "lists") == lists
    assert [page.read_bytes() for page in pages] == read
    assert {name: digest for name, digest in tree(home / "runs").items() if name.endswith(".parquet")} == tables


def test_a_cold_night_elsewhere_gives_the_same_lists(county: County, tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    shutil.copytree(county.home.inbox, home / "inbox")
    shutil.copy(county.home.office_file, home / "office.yaml")
    run_night(home)
    assert tree(home / "lists") == tree(county.home.lists)


def test_the_next_night_knows_what_was_warned_of_before(county: County, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(county.home.root, home)
    later = run_night(home, county.as_of + timedelta(days=1))
    status = duckdb.sql(f"SELECT status, count(*) FROM read_parquet('{later.run / 'warnings.parquet'}') GROUP BY 1").fetchall()
    assert dict(status)["持续"] > 0.9 * county.summary.warnings


def test_the_json_says_what_is_promised(county: County) -> None:
    told = json.loads(json.dumps(county.summary.json()))
    assert {"as_of", "run_dir", "accounting", "warnings", "lists", "stages", "peak_rss_mb"} <= set(told)
    assert Path(told["run_dir"]).is_dir()
    assert told["warnings"] == county.summary.warnings > 0
    assert all(set(figure) == {"seconds", "rows"} for figure in told["stages"].values())
    for item in told["lists"]:
        assert hashlib.sha256(Path(item["path"]).read_bytes()).hexdigest() == item["sha256"]


def test_two_nights_at_once_one_is_refused(county: County, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(county.home.inbox, home.inbox)
    home.work.mkdir()
    with alone(home), pytest.raises(NightRunning):
        run_night(home.root)


def test_the_home_is_closed_to_others(county: County) -> None:
    assert county.home.work.stat().st_mode & 0o077 == 0
    assert county.home.runs.stat().st_mode & 0o077 == 0
