"""What several kinds of files become in the store: hidden sheets, totals and notes, archives."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from engine import connect
from settings import Home
from sources import ingest as stage
from sources import store
from tests.sources.making import HEADER, csv_text, deliver, row, workbook, workbook_contract
from tests.sources.taking_in import batches, facts_of, run, stored


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path / "work", 2, "1GiB") as connection:
        yield connection


def test_hidden_sheets_are_said(db: duckdb.DuckDBPyConnection, home: Home, tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx", {"一": [HEADER, row(1)], "隐": [HEADER, row(2)]}, hidden=["隐"])
    deliver(home, "aid/a.xlsx", book.read_bytes())
    intake = run(db, home, workbook_contract())
    assert [f["sheet"] for f in facts_of(home, intake)] == ["一"]
    assert [(p.file, "“隐”是隐藏的" in p.message) for p in intake.problems] == [("aid/a.xlsx", True)]


def test_totals_and_notes_are_rows_but_no_damage(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    rows = [row(1), ["断"], ["合计", "", "", "", "12.50", ""], ["填表人：李四", "", "", "", "", ""]]
    deliver(home, "aid/a.csv", csv_text(rows))
    (batch,) = batches(intake := run(db, home))
    facts = facts_of(home, intake)
    assert (batch["rows"], batch["damaged"]) == (4, 1)
    assert [(f["damage"], f["no"], f["unconverted"]) for f in facts] == [
        (None, "N1", []), ("cells", None, []), ("total", None, []), ("note", None, []),
    ]  # fmt: skip
    assert len({f["row_hash"] for f in facts}) == 4
    names = pq.read_table(home.identity("aid", batch["batch_id"]))["name"].to_pylist()
    assert names == ["张三", None, None, None]


def _archive(members: dict[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return content.getvalue()


def test_each_member_of_an_archive_is_a_batch(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    one, two = csv_text([row(1)]), csv_text([row(2), row(3)])
    deliver(home, "aid/2026-03-01/三月.zip", _archive({"二.csv": two, "一.csv": one, "说明.txt": "x", "坏.csv": ""}))
    deliver(home, "aid/2026-03-02/一.csv", one)
    first = run(db, home)
    members = {b["file"].removeprefix("aid/2026-03-01/三月.zip/"): b["rows"] for b in batches(first)}
    assert members == {"一.csv": 1, "二.csv": 2, "坏.csv": 0}
    assert {b["received_on"] for b in batches(first)} == {date(2026, 3, 1)}
    assert (first.new, [file for file, _ in first.repeated]) == (3, ["aid/2026-03-02/一.csv"])
    assert [p.file for p in first.problems] == ["aid/2026-03-01/三月.zip/说明.txt"]
    (sha256,) = [b["sha256"] for b in batches(first) if b["file"].endswith("/一.csv")]
    kept = store.archived(home, "aid", sha256)
    assert kept.read_bytes() == one.encode()
    before = stored(home)
    again = run(db, home)
    assert (again.new, again.known, again.batches.equals(first.batches)) == (0, 3, True)
    assert stored(home) == before
    assert not list(home.work.glob("zip-*"))


def test_an_archive_without_a_usable_member_is_a_problem(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.zip", _archive({"a.csv": csv_text([row(1)])})[:-30])
    deliver(home, "aid/b.csv", csv_text([row(1)]))
    intake = run(db, home)
    assert [b["file"] for b in batches(intake)] == ["aid/b.csv"]
    assert [(p.file, "不完整" in p.message) for p in intake.problems] == [("aid/a.zip", True)]


def test_a_file_without_permission_is_a_problem(
    db: duckdb.DuckDBPyConnection, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(home, "aid/a.csv", csv_text([row(1)]))

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(stage, "digest", refuse)
    assert [(p.file, "权限" in p.message) for p in run(db, home).problems] == [("aid/a.csv", True)]
