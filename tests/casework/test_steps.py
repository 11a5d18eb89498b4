"""Steps of cases: what fits the ledger and the steps before is taken, the rest refused with the reason."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import duckdb
import pyarrow as pa
import pytest

from case_tables import ISSUED
from casework.happenings import STEPS as KNOWN
from casework.steps import OPPOSED, REFUSALS, STEPS, match_steps
from settings import CalendarDays, Holidays, Limit, WorkingDays
from sources.contracts import load_contracts
from tests.casework.filed import HANDED, lay

ACCEPTED: Final = pa.schema([
    *(("row_id", pa.int64()), ("received_on", pa.date32()), ("case_id", pa.string()), ("step", pa.string())),
    *(("happened_on", pa.date32()), ("until", pa.date32())),
])  # fmt: skip
DONE: Final[Mapping[str, Any]] = {
    "received_on": date(2026, 11, 30), "case_id": "W1", "step": "信息比对", "happened_on": date(2026, 11, 12),
}  # fmt: skip
POSTED: Final = {"step": "公示开始", "happened_on": date(2026, 11, 16), "until": date(2026, 11, 20)}


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        lay(connection, "issued_before", [HANDED], ISSUED)
        yield connection


def matched(
    db: duckdb.DuckDBPyConnection,
    *rows: Mapping[str, Any],
    notice: Limit = CalendarDays(days=5),  # noqa: B008 - frozen
) -> list[dict[str, Any]]:
    lay(db, "accepted_case_steps", [{**DONE, "row_id": at, **row} for at, row in enumerate(rows, start=1)], ACCEPTED)
    match_steps(db, "case_steps", notice, Holidays())
    found: list[dict[str, Any]] = db.sql("FROM case_step").to_arrow_table().to_pylist()
    return found


def whys(rows: list[dict[str, Any]]) -> list[str | None]:
    assert all((row["why"] is None) == (row["fate"] == "taken") for row in rows)
    return [row["why"] for row in rows]


def test_steps_in_order_are_taken_whatever_the_order_of_their_lines(db: duckdb.DuckDBPyConnection) -> None:
    ended = {"step": "公示结束无异议", "happened_on": date(2026, 11, 21)}
    rows = matched(db, ended, {}, POSTED, {"step": "县级审定", "happened_on": date(2026, 11, 25), "case_id": "'W1"})
    assert whys(rows) == [None] * 4
    assert [(row["step"], row["case_id"]) for row in rows] == [
        ("publicity_ended", "W1"), ("compared", "W1"), ("publicity_started", "W1"), ("approved", "W1"),
    ]  # fmt: skip
    assert [row["until"] for row in rows] == [None, None, date(2026, 11, 20), None]


def test_a_notice_without_a_last_day_is_posted_as_long_as_the_office_says(db: duckdb.DuckDBPyConnection) -> None:
    (row,) = matched(db, {**POSTED, "until": None})
    assert (row["fate"], row["until"]) == ("taken", date(2026, 11, 21))
    (row,) = matched(db, {**POSTED, "until": None}, notice=WorkingDays(days=5))
    assert row["until"] == date(2026, 11, 23)


CASES: Final[Mapping[str, Mapping[str, Any]]] = {
    "没有下发过这个预警编号": {"case_id": "W9"},
    "没有填办理环节": {"step": None},
    "没有填办理日期": {"happened_on": None},
    "办理日期晚于收到表格的日期": {"happened_on": date(2026, 12, 1)},
    "办理日期早于列入名单的日期": {"happened_on": date(2026, 11, 1)},
    "公示截止日早于公示开始": {**POSTED, "until": date(2026, 11, 15)},
    "没有在此之前的公示开始": {"step": "公示有异议", "happened_on": date(2026, 11, 15)},
    "公示期未满": {"step": "公示结束无异议", "happened_on": date(2026, 11, 19)},
}


@pytest.mark.parametrize("why", CASES)
def test_a_step_that_does_not_fit_is_refused_and_the_others_are_taken(db: duckdb.DuckDBPyConnection, why: str) -> None:
    assert whys(matched(db, CASES[why], POSTED, {})) == [why, None, None]


APPROVED: Final = {"step": "县级审定", "happened_on": date(2026, 11, 25)}
REJECTED: Final = {"step": "不予纳入", "happened_on": date(2026, 11, 24)}


def fates(rows: list[dict[str, Any]]) -> list[str]:
    return [row["fate"] for row in rows]


def test_two_ends_of_one_day_are_both_sent_back_and_the_rest_is_kept(db: duckdb.DuckDBPyConnection) -> None:
    rows = matched(db, APPROVED, REJECTED, {})
    assert fates(rows) == ["refused", "refused", "taken"]
    assert rows[0]["why"] == rows[1]["why"] == OPPOSED
    later = {"received_on": date(2026, 12, 2)}
    assert fates(matched(db, APPROVED, REJECTED, {**REJECTED, **later})) == ["refused", "refused", "taken"]


def test_of_two_ends_the_one_received_last_holds(db: duckdb.DuckDBPyConnection) -> None:
    rows = matched(db, {**REJECTED, "received_on": date(2026, 12, 2)}, APPROVED)
    assert fates(rows) == ["taken", "overruled"]
    again = {**APPROVED, "happened_on": date(2026, 11, 26)}
    assert fates(matched(db, APPROVED, again)) == ["overruled", "taken"], "the day was mended"


def test_every_refusal_is_tried_and_every_step_known() -> None:
    assert CASES.keys() == REFUSALS.keys()
    assert set(STEPS.values()) == KNOWN.keys()
    assert tuple(load_contracts(None)["case_steps"].facts["step"].values or ()) == tuple(STEPS)


def test_an_empty_line_is_none(db: duckdb.DuckDBPyConnection) -> None:
    assert matched(db, {"step": None, "happened_on": None}) == []
