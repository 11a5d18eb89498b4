"""What goes back to a county: every line that could not be taken, until one about the same was."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import duckdb
import pyarrow as pa
import pytest

from case_tables import ANSWER, CASE_STEP, ISSUED
from casework.answers import REFUSALS
from casework.problems import UNUSABLE_MARK
from casework.refused import LONGEST, gather_refused
from feed_tables import DELIVERY, RETURNED_ROW
from tests.casework.filed import ANSWERED, HANDED, STEPPED, lay

AS_OF: Final = date(2026, 11, 12)
Rows = Sequence[Mapping[str, Any]]
REFUSED: Final = {"fate": "refused", "reason": "contradicting", "why": "不同的结论"}
LATER: Final = {"received_on": date(2026, 11, 20)}
SHEETS: Final = pa.schema([
    *(("row_id", pa.int64()), ("batch_id", pa.string()), ("sheet", pa.string()), ("line", pa.int32())),
])  # fmt: skip
MARKS: Final = pa.schema([*SHEETS, ("received_on", pa.date32())])
NUMBERS: Final = pa.schema([("row_id", pa.int64()), ("warning_id", pa.string())])
OUT: Final = {
    "source": "answers", "batch_id": "b1", "file": "一.csv", "received_on": date(2026, 11, 12), "line": 7,
    "expectation": "converts", "column": "visited_on", "title": "核实日期", "reason": "写法读不出来", "expected": "应为日期",
    "is_answered": False,
}  # fmt: skip


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        lay(connection, "issued_before", [HANDED], ISSUED)
        delivered = {"source": "answers", "batch_id": "b1", "file": "一.csv", "position": 1}
        lay(connection, "delivery", [delivered, {**delivered, "source": "case_steps"}], DELIVERY)
        yield connection


def refused(
    db: duckdb.DuckDBPyConnection,
    answers: Rows = (),
    steps: Rows = (),
    out: Rows = (),
    number: str = "W1",
    as_of: date = AS_OF,
    forgotten: date | None = None,
) -> list[dict[str, Any]]:
    """What goes back, of rows told as far as they differ from the usual one."""
    lay(db, "answer", [{**ANSWERED, "row_id": at, "line": at + 1, **row} for at, row in enumerate(answers, start=1)], ANSWER)
    lay(db, "case_step", [{**STEPPED, "row_id": at, **row} for at, row in enumerate(steps, start=1)], CASE_STEP)
    lay(db, "returned_row", [{**OUT, "row_id": 90, **row} for row in out], RETURNED_ROW)
    lay(db, "record_number", [{"row_id": 90, "warning_id": number}], NUMBERS)
    for source in ("answers", "case_steps"):
        lay(db, f"accepted_{source}", [{"row_id": at, "batch_id": "b1", "line": at + 1} for at in range(1, 9)], SHEETS)
    lay(db, "accepted_problem_marks", [], MARKS)
    lay(db, "problem_unusable", [], UNUSABLE_MARK)
    gather_refused(db, "answers", "case_steps", "problem_marks", as_of, forgotten)
    found: list[dict[str, Any]] = db.sql("FROM refused_row").to_arrow_table().to_pylist()
    return found


def test_both_of_two_contradicting_lines_are_told(db: duckdb.DuckDBPyConnection) -> None:
    rows = refused(db, [REFUSED, REFUSED])
    assert [(row["line"], row["county"], row["warning_id"], row["file"]) for row in rows] == [
        (2, "990101", "W1", "一.csv"),
        (3, "990101", "W1", "一.csv"),
    ]
    assert {row["cure"] for row in rows} == {REFUSALS["contradicting"].cure}


def test_of_a_row_refused_time_and_again_the_last_day_is_told(db: duckdb.DuckDBPyConnection) -> None:
    assert [row["line"] for row in refused(db, [REFUSED, {**REFUSED, **LATER}])] == [3]


@pytest.mark.parametrize("fate", ["taken", "overruled"])
def test_what_was_taken_since_is_asked_no_more(db: duckdb.DuckDBPyConnection, fate: str) -> None:
    assert refused(db, [REFUSED, {**LATER, "fate": fate}], out=[{}]) == []
    same_day = [REFUSED, {"fate": fate}]
    assert len(refused(db, same_day)) == 1, "told on the night it came in any case"
    assert refused(db, same_day, as_of=date(2026, 11, 13)) == []
    missed = [REFUSED, {"fate": fate, "outcome": "未见到人"}]
    assert len(refused(db, missed, as_of=date(2026, 11, 13))) == 1, "that nobody was met settles nothing"


def test_a_step_is_answered_by_the_same_step_alone(db: duckdb.DuckDBPyConnection) -> None:
    bad = {"step": "approved", "fate": "refused", "why": "没有填办理日期"}
    (row,) = refused(db, steps=[bad, {"step": "compared", "received_on": date(2026, 12, 9)}])
    assert (row["source"], row["reason"]) == ("case_steps", "没有填办理日期")
    assert refused(db, steps=[bad, {"step": "approved", "received_on": date(2026, 12, 9)}]) == []


def test_what_the_gate_took_out_is_told_with_its_column(db: duckdb.DuckDBPyConnection) -> None:
    (row,) = refused(db, out=[{}])
    assert (row["line"], row["reason"], row["cure"]) == (7, "核实日期：写法读不出来", "“核实日期”应为日期")
    assert refused(db, out=[{}], number="W9") == [], "left to the list of what the gate took out"
    assert refused(db, out=[{"expectation": "is_data_row"}]) == []


def test_an_empty_line_about_the_same_is_no_answer(db: duckdb.DuckDBPyConnection) -> None:
    assert len(refused(db, [{**LATER, "fate": "empty"}], out=[{"is_answered": True}])) == 1


def test_a_row_of_no_warning_of_ours_belongs_to_no_county_and_tells_no_number(db: duckdb.DuckDBPyConnection) -> None:
    unknown = {"warning_id": "W9", "fate": "refused", "reason": "unknown", "why": "没有下发过"}
    rows = refused(db, [unknown, {**unknown, **LATER}])
    assert [(row["county"], row["warning_id"]) for row in rows] == [(None, None)] * 2


def test_answers_to_rows_whose_ledger_is_purged_do_not_go_back_every_night(db: duckdb.DuckDBPyConnection) -> None:
    unknown = {"warning_id": "W9", "fate": "refused", "reason": "unknown", "why": "没有下发过"}
    step = {"row_id": 4, "case_id": "W9", "step": "compared", "fate": "refused", "why": "没有下发过", "received_on": AS_OF}
    rows: Rows = [unknown, {**unknown, **LATER}, REFUSED]
    last = AS_OF - timedelta(days=LONGEST)
    assert sorted(row["row_id"] for row in refused(db, rows, [step], forgotten=last)) == [2, 3]
    assert len(refused(db, rows, [step], forgotten=last - timedelta(days=1))) == 4, "too late to be about what is gone"
    assert len(refused(db, rows, [step])) == 4
