"""Which days offices work, and where so many working days end."""

from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.workdays import due_sql, enough, lay_workdays, told_of, unknown_years
from settings import CalendarDays, Holidays, Limit, WorkingDays


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def working(connection: duckdb.DuckDBPyConnection, first: date, last: date, holidays: Holidays | None = None) -> list[date]:
    lay_workdays(connection, first, last, holidays or Holidays())
    return [day for (day,) in connection.execute("SELECT day FROM workday WHERE is_working ORDER BY day").fetchall()]


def due(connection: duckdb.DuckDBPyConnection, start: date, limit: Limit, holidays: Holidays | None = None) -> date:
    lay_workdays(connection, start, enough(start, [limit], holidays or Holidays()), holidays or Holidays())
    asked = f"SELECT {due_sql('b.started_on', limit)} FROM (SELECT ?::DATE AS started_on) b"
    found: date = connection.execute(asked, [start]).fetchall()[0][0]
    return found


def test_spring_festival_with_the_weekends_worked_for_it(connection: duckdb.DuckDBPyConnection) -> None:
    """2026: off from 15 to 23 February, worked on Saturday the 14th and Saturday the 28th (国办发明电〔2025〕7号)."""
    days = working(connection, date(2026, 2, 9), date(2026, 3, 1))
    assert [day.day for day in days] == [9, 10, 11, 12, 13, 14, 24, 25, 26, 27, 28]


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        (date(2026, 2, 12), CalendarDays(days=5), date(2026, 2, 17)),
        (date(2026, 2, 12), WorkingDays(days=2), date(2026, 2, 14)),
        (date(2026, 2, 12), WorkingDays(days=3), date(2026, 2, 24)),
        (date(2026, 2, 18), WorkingDays(days=5), date(2026, 2, 28)),
        (date(2026, 6, 6), WorkingDays(days=1), date(2026, 6, 8)),
        (date(2025, 12, 31), WorkingDays(days=1), date(2026, 1, 4)),
    ],
)
def test_where_a_limit_ends(connection: duckdb.DuckDBPyConnection, start: date, limit: Limit, end: date) -> None:
    assert due(connection, start, limit) == end


def test_the_offices_own_exceptions_come_before_the_table(connection: duckdb.DuckDBPyConnection) -> None:
    own = Holidays(off=(date(2026, 6, 9), date(2026, 2, 14)), on=(date(2026, 6, 13), date(2026, 2, 16)))
    assert due(connection, date(2026, 6, 8), WorkingDays(days=1), own) == date(2026, 6, 10)
    assert due(connection, date(2026, 6, 8), WorkingDays(days=4), own) == date(2026, 6, 13)
    assert due(connection, date(2026, 2, 13), WorkingDays(days=1), own) == date(2026, 2, 16)


def test_a_year_nobody_knows_is_named_and_has_weekends_and_the_offices_days(connection: duckdb.DuckDBPyConnection) -> None:
    own = Holidays(off=(date(2090, 1, 3),))
    assert working(connection, date(2089, 12, 31), date(2090, 1, 7), own) == [date(2090, 1, day) for day in (2, 4, 5, 6)]
    assert unknown_years((2090, 2026, 2090), own) == (2090,)
    assert unknown_years((2090,), Holidays(whole_years=(2090,))) == ()
    (said,) = told_of((2090,))
    assert "2090 年" in said
    assert "office.yaml" in said
    assert "chinesecalendar" in said


DAYS = st.dates(date(2022, 1, 1), date(2028, 12, 31))
OWN = st.builds(
    lambda days: Holidays(off=tuple(days[::2]), on=tuple(days[1::2])),
    st.lists(st.dates(date(2022, 1, 1), date(2029, 6, 30)), unique=True, max_size=12),
)


@settings(deadline=None, max_examples=25)
@given(start=DAYS, shorter=st.integers(1, 60), more=st.integers(1, 60), holidays=OWN)
def test_more_working_days_end_later_and_never_on_a_day_off(start: date, shorter: int, more: int, holidays: Holidays) -> None:
    longer = shorter + more
    with duckdb.connect() as connection:
        lay_workdays(connection, start, enough(start, [WorkingDays(days=longer)], holidays), holidays)
        ends = {
            days: connection.execute(
                f"SELECT {due_sql('b.day', WorkingDays(days=days))} FROM workday b WHERE b.day = ?", [start]
            ).fetchall()[0][0]
            for days in (shorter, longer)
        }
        days_worked = {day for (day,) in connection.execute("SELECT day FROM workday WHERE is_working").fetchall()}
    assert start < ends[shorter] < ends[longer]
    assert set(ends.values()) <= days_worked - {*holidays.off}
    between = [start + timedelta(days=place) for place in range(1, (ends[longer] - start).days + 1)]
    assert sum(day in days_worked for day in between) == longer
