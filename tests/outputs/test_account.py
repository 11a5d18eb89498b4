"""Rows in are the sum of the bins, to the row, or the night fails."""

from collections.abc import Callable
from datetime import date

import duckdb
import pyarrow as pa
import pytest

import tables
from errors import AccountingFault
from outputs.account import account
from tests.outputs.invented import Values, register, table
from tests.outputs.ranked import database

ROSTER, MEDICAL, LATE, BROKEN, EMPTY, VERDICTS = "aaaa", "bbbb", "cccc", "dddd", "eeee", "abab"
HELD = {LATE: "行数低于下限", BROKEN: "无法读取"}
RECORD_BIN = pa.schema([("row_id", pa.int64()), ("bin", pa.string())])
Change = Callable[[duckdb.DuckDBPyConnection], object]


def batches() -> pa.Table:
    received = [
        ("roster", ROSTER, 2),
        ("medical", MEDICAL, 7),
        ("medical", LATE, 2),
        ("medical", BROKEN, 0),
        ("visits", EMPTY, 0),
        ("answers", VERDICTS, 3),
    ]
    rows = [
        {"source": source, "batch_id": batch, "rows": rows, "file": f"{batch}.csv", "received_on": date(2026, 6, 1)}
        for source, batch, rows in received
    ]
    return table(tables.BATCH, *(row | ({"unreadable": "文件不完整"} if row["batch_id"] == BROKEN else {}) for row in rows))


def standings() -> list[Values]:
    ends = {
        ("roster", ROSTER): ["current", "current"],
        ("medical", MEDICAL): ["current"] * 4 + ["quarantined", "duplicate", "superseded"],
        ("medical", LATE): ["held", "held"],
        ("answers", VERDICTS): ["current", "current", "quarantined"],
    }
    return [
        {"row_id": tables.row_id(batch * 3, number), "source": source, "batch_id": batch, "row_number": number, "standing": end}
        for (source, batch), found in ends.items()
        for number, end in enumerate(found, start=1)
    ]


def links() -> list[Values]:
    decisions = ["linked", "linked", "review", "no_resident"]
    return [
        {"row_id": tables.row_id(MEDICAL * 3, number), "source": "medical", "batch_id": MEDICAL, "decision": decision}
        for number, decision in enumerate(decisions, start=1)
    ]


def accounted(change: Change | None = None, held: dict[str, str] | None = None) -> list[Values]:
    bad = tables.row_id(MEDICAL * 3, 5)
    failed = [("converts", "settled_on"), ("not_null", "self_paid"), ("not_null", "settled_on")]
    with database() as connection:
        register(
            connection,
            standing=table(tables.STANDING, *standings()),
            link=table(tables.LINK, *links()),
            record_bin=table(RECORD_BIN, {"row_id": tables.row_id(VERDICTS * 3, 1), "bin": "verdict"}),
            quarantine=table(tables.QUARANTINE, *({"row_id": bad, "expectation": e, "column": c} for e, c in failed)),
        )
        if change:
            change(connection)
        result: list[Values] = account(connection, batches(), HELD if held is None else held, "roster", ["answers"]).to_pylist()
        kept = connection.sql("SELECT * FROM accounting").to_arrow_table()
        assert kept.to_pylist() == result
        assert kept.schema.equals(tables.ACCOUNTING)
    return result


def test_every_batch_is_accounted_for_also_what_could_not_be_read() -> None:
    rows = {str(row["batch_id"]): row for row in accounted()}
    assert {batch: (row["state"], row["rows_in"]) for batch, row in rows.items()} == {
        ROSTER: ("accepted", 2),
        MEDICAL: ("accepted", 7),
        LATE: ("held", 2),
        BROKEN: ("held", 0),
        EMPTY: ("accepted", 0),
        VERDICTS: ("accepted", 3),
    }
    bins = {name: rows[MEDICAL][name] for name in tables.BINS if rows[MEDICAL][name]}
    assert bins == {"linked": 2, "review": 1, "no_resident": 1, "quarantined": 1, "duplicate": 1, "superseded": 1}
    assert rows[ROSTER]["registered"] == 2
    assert [rows[VERDICTS][name] for name in ("verdict", "unanswered", "quarantined", "linked")] == [1, 1, 1, 0]
    assert rows[LATE]["held"] == 2
    assert rows[MEDICAL]["quarantined_by"] == '{"converts":1,"not_null":1}'  # rows, not failures
    assert rows[ROSTER]["quarantined_by"] == "{}"
    assert all(row["rows_in"] == sum(int(str(row[name])) for name in tables.BINS) for row in rows.values())


def run(statement: str) -> Change:
    return lambda connection: connection.execute(statement)


SECOND = tables.row_id(MEDICAL * 3, 2)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            run(f"DELETE FROM link WHERE row_id = {SECOND}"),
            ["来源 medical 批次 bbbb", "相差 -1", "linked 1", "缺比对结果 1 行"],
        ),
        (run(f"INSERT INTO link SELECT * FROM link WHERE row_id = {SECOND}"), ["相差 +1", "linked 3", "重复比对结果 1 行"]),
        (run(f"UPDATE link SET row_id = row_id + 4 WHERE row_id = {SECOND}"), ["缺比对结果 1 行", "多余比对结果 1 行"]),
        (run("UPDATE link SET batch_id = 'cccc'"), ["多余比对结果 4 行"]),
        (run(f"DELETE FROM standing WHERE row_id = {SECOND + 4}"), ["收到 7 行，各去向合计 6 行，相差 -1"]),
        (run("UPDATE standing SET standing = 'current' WHERE batch_id = 'cccc'"), ["批次 cccc", "相差 -2", "缺比对结果 2 行"]),
        (run("UPDATE standing SET standing = 'superseded' WHERE batch_id = 'cccc'"), ["批次 cccc", "superseded 2"]),
        (run("UPDATE standing SET standing = 'held' WHERE standing = 'duplicate'"), ["批次 bbbb", "held 1"]),
        (
            run("UPDATE standing SET batch_id = 'ffff' WHERE batch_id = 'aaaa'"),
            ["批次 ffff（收到的批次中没有它）", "批次 aaaa"],
        ),
        (run("UPDATE link SET decision = 'maybe' WHERE decision = 'review'"), ["相差 -1", "linked 2"]),
    ],
)
def test_a_single_row_astray_fails_the_night(change: Change, told: list[str]) -> None:
    with pytest.raises(AccountingFault) as caught:
        accounted(change)
    assert [part for part in told if part not in str(caught.value)] == []


def test_a_held_batch_whose_rows_are_not_held_fails_the_night() -> None:
    with pytest.raises(AccountingFault, match="批次 cccc"):
        accounted(held={})


SCREENED = "CREATE TABLE screened_row AS SELECT 'medical' AS source, 'bbbb' AS batch_id, {}::BIGINT AS rows"
BARRED = "UPDATE standing SET standing = 'barred' WHERE standing IN ('duplicate', 'superseded')"


def test_rows_read_with_leave_are_no_longer_barred() -> None:
    found = accounted(lambda connection: run(BARRED)(connection) and connection.execute(SCREENED.format(1)))
    row = next(row for row in found if row["batch_id"] == MEDICAL)
    assert (row["rows_in"], row["barred"], row["screened"]) == (7, 1, 1)


def test_more_rows_cannot_have_been_read_than_were_barred() -> None:
    with pytest.raises(AccountingFault):
        accounted(lambda connection: run(BARRED)(connection) and connection.execute(SCREENED.format(3)))


def test_batches_that_were_purged_stay_accounted_for() -> None:
    purged = """CREATE TABLE purged_batch AS SELECT 'roster' AS source, '0aaa' AS batch_id, 'roster/a.csv' AS file,
        DATE '2020-01-01' AS received_on, 12::BIGINT AS rows, DATE '2026-01-01' AS purged_on, ['identity'] AS classes"""
    row = next(row for row in accounted(run(purged)) if row["batch_id"] == "0aaa")
    assert (row["rows_in"], row["purged"], row["state"], row["quarantined_by"]) == (12, 12, "accepted", "{}")
    assert sum(int(str(row[name])) for name in tables.BINS) == 12
