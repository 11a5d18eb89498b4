"""What goes back of lists that came back, and what no longer does once the ledger it speaks of is gone."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import duckdb
import pyarrow as pa
import pytest

from case_tables import ANSWER, CASE_STEP, ISSUED
from casework.problems import UNUSABLE_MARK
from casework.refused import LONGEST, gather_refused
from feed_tables import DELIVERY, RETURNED_ROW
from tests.casework.filed import ANSWERED, HANDED, STEPPED, lay

PURGED: Final = date(2021, 5, 1)
OLD: Final = date(2021, 6, 1)
STORED: Final = pa.schema([
    ("row_id", pa.int64()), ("batch_id", pa.string()), ("sheet", pa.string()), ("line", pa.int32())
])  # fmt: skip


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """Two refused answers of a number nobody knows, an old and a new one, one of a known number, and an old step."""
    refused = {**ANSWERED, "fate": "refused", "reason": "unknown", "why": "没有下发过这个预警编号"}
    answers: list[dict[str, Any]] = [
        {**refused, "warning_id": "W-GONE", "received_on": OLD},
        {**refused, "row_id": 2, "warning_id": "W-NEVER"},
        {**refused, "row_id": 3, "reason": "no_date", "why": "没有填核实日期", "received_on": OLD},
    ]
    step = {**STEPPED, "row_id": 4, "case_id": "W-GONE", "received_on": OLD, "fate": "refused", "why": "没有下发过这个预警编号"}
    with duckdb.connect() as connection:
        lay(connection, "issued_before", [HANDED], ISSUED)
        lay(connection, "answer", answers, ANSWER)
        lay(connection, "case_step", [step], CASE_STEP)
        lay(connection, "accepted_answers", answers, STORED)
        lay(connection, "accepted_case_steps", [step], STORED)
        lay(connection, "returned_row", [], RETURNED_ROW)
        lay(connection, "delivery", [], DELIVERY)
        lay(connection, "accepted_problem_marks", [], pa.schema([*STORED, ("received_on", pa.date32())]))
        lay(connection, "problem_unusable", [], UNUSABLE_MARK)
        lay(connection, "record_number", [], pa.schema([("row_id", pa.int64()), ("warning_id", pa.string())]))
        yield connection


def back(connection: duckdb.DuckDBPyConnection, forgotten: date | None) -> list[int]:
    gather_refused(connection, "answers", "case_steps", "problem_marks", date(2026, 12, 1), forgotten)
    return [row for (row,) in connection.execute("SELECT row_id FROM refused_row ORDER BY 1").fetchall()]


def test_answers_to_rows_whose_ledger_is_purged_do_not_go_back_every_night(db: duckdb.DuckDBPyConnection) -> None:
    assert back(db, None) == [1, 2, 3, 4]
    assert back(db, PURGED) == [2, 3]


def test_what_is_too_late_to_be_about_them_goes_back(db: duckdb.DuckDBPyConnection) -> None:
    assert back(db, date.fromordinal(OLD.toordinal() - LONGEST)) == [2, 3]
    assert back(db, date.fromordinal(OLD.toordinal() - LONGEST - 1)) == [1, 2, 3, 4]
