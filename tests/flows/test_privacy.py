"""No person's value in anything but the store, the lists and the review queue."""

import csv
from pathlib import Path

import duckdb
import pytest

from tests.conftest import County


def persons(county: County) -> set[str]:
    """Names of three characters and more, and numbers, of everybody in the newest roster file."""
    newest = sorted(county.home.inbox.joinpath("roster").rglob("*.csv"))[-1]
    with newest.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    names = {row["姓名"] for row in rows if len(row["姓名"]) >= 4}
    return names | {row["证件号码"] for row in rows if len(row["证件号码"]) >= 15}


def texts(county: County) -> dict[str, str]:
    """Every text a night leaves outside the walled folders, and all published tables as text."""
    home = county.home
    files = [home.audit_file, county.summary.run / "manifest.json", home.published / "report.html"]
    found = {str(path): path.read_text(encoding="utf-8") for path in files}
    for path in (
        *county.summary.run.glob("*.parquet"),
        *home.published.glob("*.parquet"),
        *(home.store / "quarantine").rglob("*.parquet"),
    ):
        found[str(path)] = duckdb.sql(f"SELECT * FROM read_parquet('{path}')").to_arrow_table().to_pandas().to_csv()
    for path in (home.store / "gate").rglob("*.json"):
        found[str(path)] = path.read_text(encoding="utf-8")
    return found


def test_no_name_and_no_number_outside_the_walls(county: County) -> None:
    known = persons(county)
    assert len(known) > 1000
    for place, text in texts(county).items():
        leaked = sum(value in text for value in known)
        assert leaked == 0, f"{leaked} values in {place}"


def test_nothing_is_logged(county: County, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from tests.conftest import run_night

    home = tmp_path / "home"
    home.joinpath("inbox").mkdir(parents=True)
    for source in ("roster", "medical"):
        home.joinpath("inbox", source).symlink_to(county.home.inbox / source)
    run_night(home, county.as_of)
    said = capfd.readouterr()
    assert not any(value in said.out + said.err for value in persons(county))
