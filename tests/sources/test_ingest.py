"""From the inbox to typed batches: each exactly once, resumable, and nothing lost on the way."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine import connect
from errors import Fault, HomeError, InboxError
from settings import Home
from sources import delimited, store
from sources import ingest as stage
from sources.contract import Contract
from sources.header import Unreadable
from sources.ingest import ingest
from sources.piece import Piece
from tables import BATCH, IDENTITY, row_id
from tests.sources.making import HEADER, contract, csv_text, deliver, row, seed, workbook, workbook_contract
from tests.sources.taking_in import AS_OF, batches, facts_of, run, stored


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path / "work", 2, "1GiB") as connection:
        yield connection


def test_a_file_becomes_a_batch(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    data = csv_text([row(1), row(2)]).encode("gb18030")
    deliver(home, "aid/2026-03-01/三月.csv", data)
    intake = run(db, home)
    assert (intake.new, intake.repeated, intake.problems) == (1, (), ())
    assert intake.batches.schema.equals(BATCH)
    seen = store.digest(home.inbox / "aid/2026-03-01/三月.csv", "aid")
    assert batches(intake) == [
        {
            "batch_id": seen.batch_id,
            "source": "aid",
            "received_on": date(2026, 3, 1),
            "file": "aid/2026-03-01/三月.csv",
            "last_received_on": date(2026, 3, 1),
            "last_file": "aid/2026-03-01/三月.csv",
            "sha256": seen.sha256,
            "bytes": len(data),
            "contract": contract().hash,
            "encoding": "gb18030",
            "undecodable": 0,
            "rows": 2,
            "damaged": 0,
            "missing_columns": [],
            "extra_columns": [],
            "unreadable": None,
        }
    ]
    facts = pq.read_table(home.facts("aid", seen.batch_id))
    assert facts.schema.equals(contract().facts_schema)
    assert facts["row_id"].to_pylist() == [row_id(seen.batch_id, 1), row_id(seen.batch_id, 2)]
    identity = pq.read_table(home.identity("aid", seen.batch_id))
    assert identity.schema.equals(IDENTITY)
    assert identity["row_id"].equals(facts["row_id"])
    assert identity["name"].to_pylist() == ["张三", "张三"]
    assert "张三" not in facts.to_string(preview_cols=100)


def test_the_original_is_archived_read_only(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    path = deliver(home, "aid/a.csv", csv_text([row(1)]))
    kept = store.archived(home, "aid", batches(run(db, home))[0]["sha256"])
    assert kept.read_bytes() == path.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o400


def test_a_second_night_changes_nothing(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", csv_text([row(1)]))
    first, before = run(db, home), stored(home)
    second = run(db, home, as_of=date(2026, 4, 1))
    assert (first.new, second.new, second.repeated) == (1, 0, ())
    assert second.batches.equals(first.batches)
    assert stored(home) == before


def test_the_same_bytes_again_are_a_counted_no_op(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    for below in ("aid/b.csv", "aid/2026-03-04/a.csv", "aid/2026-03-01/z.csv"):
        deliver(home, below, csv_text([row(1)]))
    for intake in (run(db, home), run(db, home)):
        (only,) = batches(intake)
        assert only["file"] == "aid/2026-03-01/z.csv"
        assert intake.repeated == (("aid/2026-03-04/a.csv", only["batch_id"]), ("aid/b.csv", only["batch_id"]))


def test_the_same_bytes_from_two_sources_are_two_batches(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    for source in ("aid", "help"):
        deliver(home, f"{source}/a.csv", csv_text([row(1)]))
    intake = ingest(db, home, {"aid": contract(), "help": contract(id="help")}, AS_OF)
    assert len({batch["batch_id"] for batch in batches(intake)}) == 2


def test_an_undated_file_was_received_when_first_seen(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", csv_text([row(1)]))
    run(db, home, as_of=date(2026, 3, 5))
    assert batches(run(db, home, as_of=date(2026, 5, 1)))[0]["received_on"] == date(2026, 3, 5)
    assert batches(run(db, home, as_of=date(2026, 2, 1))) == []


def test_batches_are_sorted(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    for n, below in enumerate(["aid/a.csv", "aid/2026-03-02/b.csv", "aid/2026-03-02/a.csv", "aid/2026-02-01/c.csv"]):
        deliver(home, below, csv_text([row(n)]))
    files = [batch["file"] for batch in batches(run(db, home))]
    assert files == ["aid/2026-02-01/c.csv", "aid/2026-03-02/a.csv", "aid/2026-03-02/b.csv", "aid/a.csv"]


def test_an_empty_or_missing_inbox_is_an_error_of_its_own(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    with pytest.raises(InboxError, match="没有这个文件夹") as problem:
        run(db, home)
    assert "来源有：aid" in problem.value.expected
    deliver(home, "aid/.hidden", "x")
    with pytest.raises(InboxError, match="没有本夜之前收到的文件"):
        run(db, home)


def test_with_earlier_batches_a_missing_inbox_is_a_problem(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", csv_text([row(1)]))
    run(db, home)
    home.inbox.rename(home.root / "elsewhere")
    intake = run(db, home)
    assert len(batches(intake)) == 1
    assert [problem.file for problem in intake.problems] == ["inbox"]


def test_a_problem_does_not_stop_the_others(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", csv_text([row(1)]))
    deliver(home, "aid/a.pdf", "x")
    deliver(home, "unknown/a.csv", "x")
    intake = run(db, home)
    assert [batch["file"] for batch in batches(intake)] == ["aid/a.csv"]
    assert [problem.file for problem in intake.problems] == ["aid/a.pdf", "unknown"]


UNREADABLE = {
    "empty": (b"", "空的"),
    "other table": ("名称,数量\n甲,1\n".encode(), "找不到表头"),
    "workbook": (b"PK\x03\x04" + bytes(100), "Excel 工作簿"),
    "nul late": (csv_text([row(1)]).encode() + b"N2,\x00", "NUL"),
    "header twice": (csv_text([[*row(1), "1"]], [*HEADER, "金额"]).encode(), "表头重复"),
}


@pytest.mark.parametrize(("data", "why"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_unreadable_file_is_a_batch_without_rows(db: duckdb.DuckDBPyConnection, home: Home, data: bytes, why: str) -> None:
    deliver(home, "aid/bad.csv", data)
    deliver(home, "aid/good.csv", csv_text([row(1)]))
    intake = run(db, home)
    bad, good = batches(intake)
    assert why in bad["unreadable"]
    assert (bad["rows"], good["rows"]) == (0, 1)
    assert facts_of(home, intake, 0) == []
    assert pq.read_schema(home.facts("aid", bad["batch_id"])).equals(contract().facts_schema)


def test_too_many_rows_are_unreadable(db: duckdb.DuckDBPyConnection, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "MAX_ROWS", 3)
    deliver(home, "aid/a.csv", csv_text([row(n) for n in range(3)]))
    deliver(home, "aid/b.csv", csv_text([row(n) for n in range(4)]))
    assert [batch["unreadable"] for batch in batches(run(db, home))] == [None, "超过 3 行；请拆成几个文件报送"]


def test_damage_undecodable_bytes_and_columns_are_counted(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    header = ["单号", "姓名", "身份证号", "日期", "类别", "经办人", "手机", ""]
    rows = [
        ["N1", "张三", "41", "2024-01-05", "1", "李", "1", "x"],
        ["断"],
        ["N2", "X", "41", "2024-01-05", "9", "李", "1", ""],
    ]
    data = csv_text(rows, header).encode("gb18030").replace(b"X", b"\xff\xff")
    deliver(home, "aid/a.csv", data)
    intake = run(db, home)
    (batch,) = batches(intake)
    assert (batch["rows"], batch["damaged"], batch["undecodable"]) == (3, 1, 2)
    assert batch["missing_columns"] == ["amount"]
    assert batch["extra_columns"] == ["手机", "第 8 列（无表头）"]
    facts = facts_of(home, intake)
    assert [f["damage"] for f in facts] == [None, "cells", None]
    assert [f["kind"] for f in facts] == ["低保", None, None]
    assert [f["unconverted"] for f in facts] == [[], [], ["kind"]]
    names = pq.read_table(home.identity("aid", batch["batch_id"]))["name"].to_pylist()
    assert names == ["张三", None, "\\xFF\\xFF"]


def test_workbooks_count_on_across_sheets(db: duckdb.DuckDBPyConnection, home: Home, tmp_path: Path) -> None:
    sheets = {"一": [["标题"], HEADER, row(1)], "说明": [["看这里"]], "二": [HEADER, row(2), row(3)]}
    deliver(home, "aid/a.xlsx", workbook(tmp_path / "a.xlsx", sheets).read_bytes())
    for intake in (run(db, home, workbook_contract()), run(db, home, workbook_contract())):
        facts = facts_of(home, intake)
        assert [(f["row_number"], f["sheet"], f["line"]) for f in facts] == [(1, "一", 3), (2, "二", 2), (3, "二", 3)]
        assert [(p.file, "说明" in p.message) for p in intake.problems] == [("aid/a.xlsx", True)]


def test_a_changed_contract_types_the_archive_anew(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    path = deliver(home, "aid/2026-03-01/a.csv", csv_text([[*row(1)[:5], "五保"]]))
    (before,) = batches(first := run(db, home))
    assert facts_of(home, first)[0]["kind"] is None
    path.unlink()
    facts = seed()["facts"]
    wiser = contract(facts=facts | {"kind": facts["kind"] | {"values": {"特困": ["五保"]}}})
    (after,) = batches(second := run(db, home, wiser))
    assert facts_of(home, second)[0]["kind"] == "特困"
    assert after == before | {"contract": wiser.hash}
    assert second.new == 0


def test_a_mended_contract_reads_what_was_unreadable(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", csv_text([row(1)]).replace(",", "="))
    assert batches(run(db, home))[0]["unreadable"] is not None
    (mended,) = batches(run(db, home, contract(files={"patterns": ["*.csv"], "format": "csv", "delimiter": "="})))
    assert (mended["unreadable"], mended["rows"]) == (None, 1)


def test_a_lost_table_is_made_again(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", csv_text([row(1)]))
    (batch,) = batches(run(db, home))
    before = stored(home)
    home.facts("aid", batch["batch_id"]).unlink()
    run(db, home)
    assert stored(home) == before


def test_a_lost_original_is_said_when_it_is_needed(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    path = deliver(home, "aid/a.csv", csv_text([row(1)]))
    (batch,) = batches(run(db, home))
    path.unlink()
    store.archived(home, "aid", batch["sha256"]).unlink()
    assert len(batches(run(db, home))) == 1
    with pytest.raises(HomeError, match="原件不在归档中"):
        run(db, home, contract(title="新"))


def test_a_source_without_contract_is_left_out_and_said(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", csv_text([row(1)]))
    run(db, home)
    intake = ingest(db, home, {"help": contract(id="help")}, AS_OF)
    assert batches(intake) == []
    assert any("没有它的契约" in problem.message for problem in intake.problems)


class Killed(BaseException):
    """Stands for the process dying."""


@pytest.mark.parametrize("moment", ["archive", "to_facts", "to_identity", "record"])
def test_a_killed_ingest_is_resumed(
    db: duckdb.DuckDBPyConnection, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    for other in (home, Home(tmp_path / "other")):
        deliver(other, "aid/a.csv", csv_text([row(1), row(2)]))
    whole = run(db, Home(tmp_path / "other"))

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(stage, moment, die)
        with pytest.raises(Killed):
            run(db, home)
    assert not list((home.store / "batches").rglob("*.json"))
    resumed = run(db, home)
    assert resumed.batches.equals(whole.batches)
    assert resumed.new == 1
    assert stored(home) == stored(Home(tmp_path / "other"))


def test_what_a_killed_night_left_half_written_is_swept(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", csv_text([row(1)]))
    leftovers = [home.archive / "aid" / ".abc.1.part", home.store / "facts" / "aid" / ".x.parquet.1.part"]
    for leftover in leftovers:
        leftover.parent.mkdir(parents=True)
        leftover.write_text("half")
    run(db, home)
    assert not any(leftover.exists() for leftover in leftovers)


def test_a_file_that_grows_while_it_is_read_is_a_problem(
    db: duckdb.DuckDBPyConnection, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(home, "aid/a.csv", csv_text([row(1)]))
    deliver(home, "aid/b.csv", csv_text([row(2)]))
    archive = store.archive

    def grow(home: Home, source: Path, feed: str, seen: store.Digest) -> None:
        if source == path:
            source.write_bytes(source.read_bytes() + b"N3,")
        archive(home, source, feed, seen)

    monkeypatch.setattr(stage, "archive", grow)
    intake = run(db, home)
    assert [batch["file"] for batch in batches(intake)] == ["aid/b.csv"]
    assert [(p.file, "还在变化" in p.message) for p in intake.problems] == [("aid/a.csv", True)]
    assert len([p for p in home.archive.rglob("*") if p.is_file()]) == 1


def test_a_file_that_vanishes_is_a_problem(db: duckdb.DuckDBPyConnection, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(home, "aid/a.csv", csv_text([row(1)]))

    def vanish(*_: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(stage, "digest", vanish)
    intake = run(db, home)
    assert batches(intake) == []
    assert [problem.file for problem in intake.problems] == ["aid/a.csv"]


def test_a_broken_record_is_an_error_of_the_home(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", csv_text([row(1)]))
    run(db, home)
    (path,) = (home.store / "batches").rglob("*.json")
    path.write_text("{", encoding="utf-8")
    with pytest.raises(HomeError, match="残缺"):
        run(db, home)


def test_batches_with_one_row_id_prefix_are_a_fault() -> None:
    store.refuse_shared_row_ids(["0123456789abcdef", "1123456789abcdef"])
    with pytest.raises(Fault, match="1 row id"):
        store.refuse_shared_row_ids(["0123456789abcdef", "0123456789ffffff"])


def test_results_do_not_depend_on_pieces_or_threads(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = csv_text([[f"N{n}", f"名\n{n}" if n % 7 == 0 else f"名{n}", "41", "2024-1-5", f"{n},000", "1"] for n in range(300)])
    deliver(home, "aid/a.csv", text)
    with connect(tmp_path / "w1", 1, "1GiB") as single:
        whole = run(single, home)
    expected = [pq.read_table(path) for path in sorted(home.store.rglob("*.parquet"))]
    other = Home(tmp_path / "other")
    deliver(other, "aid/a.csv", text)
    monkeypatch.setattr(delimited, "ROWS", 30)
    with connect(tmp_path / "w2", 4, "1GiB") as several:
        assert run(several, other).batches.equals(whole.batches)
    got: list[pa.Table] = [pq.read_table(path) for path in sorted(other.store.rglob("*.parquet"))]
    assert all(a.equals(b) for a, b in zip(got, expected, strict=True))
    assert len(expected[0]) == 300


def test_a_fault_while_reading_is_not_hidden(
    db: duckdb.DuckDBPyConnection, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, of: Contract, *_: str) -> Iterator[Piece]:
        yield from delimited.read_csv(path, of)
        raise ZeroDivisionError

    deliver(home, "aid/a.csv", csv_text([row(1)]))
    monkeypatch.setattr(stage, "read", broken)
    with pytest.raises(ZeroDivisionError):
        run(db, home)
    assert not issubclass(Unreadable, Fault)
