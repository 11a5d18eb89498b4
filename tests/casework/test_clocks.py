"""By when each step of a case is due, what is late, and what is told of a year without holidays."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

import case_tables
import tables
from casework.clocks import deadlines, missing_years, visit_days, years_ahead
from engine import empty_table
from settings import CalendarDays, Clocks, Holidays, WorkingDays
from tests.outputs.invented import register, table

CLOCKS = Clocks(
    visit=CalendarDays(days=10),
    comparison=WorkingDays(days=3),
    publicity=CalendarDays(days=5),
    approval=WorkingDays(days=2),
    publicity_days=CalendarDays(days=5),
    due_within=2,
    escalate_after=7,
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def clock(
    connection: duckdb.DuckDBPyConnection,
    as_of: date,
    state: str,
    since: date,
    until: date | None = None,
    clocks: Clocks = CLOCKS,
    holidays: Holidays | None = None,
) -> tuple[object, ...]:
    """Of one running case: clock, last day, timeliness, days over."""
    connection.execute("CREATE OR REPLACE TABLE running (case_id TEXT, state TEXT, state_since DATE, publicity_until DATE)")
    rows = "VALUES ('W1', ?, ?, ?), ('W0', 'closed', '2001-01-01', NULL)"
    connection.execute(f"INSERT INTO running {rows}", [state, since, until])
    deadlines(connection, clocks, holidays or Holidays(), as_of)
    ((_, *found),) = connection.execute("FROM clock").fetchall()
    return tuple(found)


@pytest.mark.parametrize(
    ("as_of", "timeliness", "over"),
    [
        (date(2026, 6, 8), "in_time", 0),
        (date(2026, 6, 9), "due", 0),
        (date(2026, 6, 11), "due", 0),
        (date(2026, 6, 12), "overdue", 1),
        (date(2026, 6, 18), "overdue", 7),
        (date(2026, 6, 19), "escalated", 8),
    ],
)
def test_a_visit_on_its_last_day_is_in_time_and_the_day_after_is_late(
    connection: duckdb.DuckDBPyConnection, as_of: date, timeliness: str, over: int
) -> None:
    found = clock(connection, as_of, "warned", date(2026, 6, 1))
    assert found == ("visit", date(2026, 6, 11), timeliness, over)


def test_each_state_has_its_own_clock(connection: duckdb.DuckDBPyConnection) -> None:
    as_of, since = date(2026, 6, 1), date(2026, 6, 1)
    assert clock(connection, as_of, "visited", since)[:2] == ("comparison", date(2026, 6, 4))
    assert clock(connection, as_of, "compared", since)[:2] == ("publicity", date(2026, 6, 6))
    assert clock(connection, as_of, "noticed", since)[:2] == ("approval", date(2026, 6, 3))


def test_no_clock_runs_while_the_notice_is_posted(connection: duckdb.DuckDBPyConnection) -> None:
    """Posted over the National Day holiday: approval is counted from the last day, in working days, one of them a Saturday."""
    until, paused = date(2026, 10, 7), ("publicity", None, "paused", 0)
    assert clock(connection, until, "publicity", date(2026, 10, 1), until) == paused
    assert clock(connection, until, "noticed", date(2026, 10, 6), until) == paused
    after = clock(connection, date(2026, 10, 8), "publicity", date(2026, 10, 1), until)
    assert after == ("approval", date(2026, 10, 9), "due", 0)
    assert clock(connection, date(2026, 10, 8), "noticed", date(2026, 10, 8), until) == after
    longer = CLOCKS.model_copy(update={"approval": WorkingDays(days=3)})
    assert clock(connection, date(2026, 10, 8), "noticed", date(2026, 10, 8), until, longer)[1] == date(2026, 10, 10)


def test_the_offices_exceptions_move_a_last_day_both_ways(connection: duckdb.DuckDBPyConnection) -> None:
    own = Holidays(off=(date(2026, 6, 3),), on=(date(2026, 6, 6),))
    assert clock(connection, date(2026, 6, 1), "visited", date(2026, 6, 1), holidays=own)[1] == date(2026, 6, 5)
    assert clock(connection, date(2026, 6, 1), "visited", date(2026, 6, 2), holidays=own)[1] == date(2026, 6, 6)


def test_nothing_running_is_no_clock(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE running (case_id TEXT, state TEXT, state_since DATE, publicity_until DATE)")
    deadlines(connection, CLOCKS, Holidays(), date(2026, 6, 1))
    assert connection.execute("FROM clock").fetchall() == []


def test_every_day_on_which_a_county_was_asked_has_a_last_day(connection: duckdb.DuckDBPyConnection) -> None:
    register(connection, case_before=table(case_tables.CASE_BEFORE, {"case_id": "W1", "opened_on": date(2026, 5, 28)}))
    as_of = date(2026, 6, 2)
    visit_days(connection, WorkingDays(days=1), Holidays(), as_of)
    days = connection.execute("FROM visit_due").fetchall()
    assert days[0] == (date(2026, 5, 28), date(2026, 5, 29))
    assert days[-1] == (as_of, date(2026, 6, 3))
    assert len(days) == 6
    empty_table(connection, "case_before", case_tables.CASE_BEFORE)
    visit_days(connection, CalendarDays(days=3), Holidays(), as_of)
    assert connection.execute("FROM visit_due").fetchall() == [(as_of, date(2026, 6, 5))]


def missing(connection: duckdb.DuckDBPyConnection, clocks: Clocks, holidays: Holidays, **case: object) -> tuple[int, ...]:
    """Years told of for one case and one warning of 28 December 2089 due on 5 January."""
    warned = {"warning_id": "W1", "first_seen": date(2089, 12, 28), "due_on": date(2090, 1, 5)}
    register(connection, case_file=table(case_tables.CASE, case), warning=table(tables.WARNING, warned))
    return missing_years(connection, clocks, holidays, date(2089, 12, 28))


def test_a_year_without_holidays_is_told_only_where_a_working_clock_ends_in_it(connection: duckdb.DuckDBPyConnection) -> None:
    case = {"case_id": "W1", "state_since": date(2089, 12, 28), "due_on": date(2090, 1, 3)}
    none, known = Holidays(), Holidays(whole_years=(2089,))
    assert missing(connection, CLOCKS, none, **case, state="warned", clock="visit") == ()
    assert missing(connection, CLOCKS, none, **case, state="visited", clock="comparison") == (2089, 2090)
    assert missing(connection, CLOCKS, known, **case, state="visited", clock="comparison") == (2090,)
    by_visit = CLOCKS.model_copy(update={"visit": WorkingDays(days=5)})
    assert missing(connection, by_visit, known, state="closed") == (2090,)
    by_notice = CLOCKS.model_copy(update={"publicity_days": WorkingDays(days=5)})
    posted = {"state": "publicity", "clock": "publicity", "state_since": date(2089, 12, 28)}
    assert missing(connection, by_notice, known, **posted, publicity_until=date(2090, 1, 4)) == (2090,)
    assert missing(connection, CLOCKS, known, **posted, publicity_until=date(2090, 1, 4)) == ()


def test_what_a_check_foresees() -> None:
    calendar = Clocks(approval=CalendarDays(days=5))
    assert years_ahead(calendar, Holidays(), date(2090, 12, 31)) == ()
    assert years_ahead(CLOCKS, Holidays(), date(2090, 12, 31)) == (2090, 2091)
    assert years_ahead(CLOCKS, Holidays(whole_years=(2090,)), date(2090, 6, 1)) == ()
