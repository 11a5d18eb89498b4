"""Which days offices work: weekends, the public holidays with their made-up working days (调休), the office's exceptions.

The table of public holidays is `chinesecalendar`'s.  It holds the days that the State Council announces each autumn for the
next year and refuses a year it does not have; nothing is guessed here without saying for which year.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Final

import duckdb
from chinese_calendar import get_workdays

from engine import number
from errors import Fault
from settings import Holidays, Limit, WorkingDays

_FRIDAY: Final = 5


def lay_workdays(connection: duckdb.DuckDBPyConnection, first: date, last: date, holidays: Holidays) -> None:
    """Create `workday` (day, is_working, working_number): every day from `first` to `last`.

    `working_number` counts the working days up to and including the day: n working days after a day is the working day whose
    number is greater by n.  The office's exceptions come before the table; a year the table does not have has weekends only.
    """
    off, on = _exceptions(first, last)
    off, on = (off - {*holidays.on}) | {*holidays.off}, (on - {*holidays.off}) | {*holidays.on}
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE workday AS
        SELECT day, is_working, sum(is_working::INTEGER) OVER (ORDER BY day)::INTEGER AS working_number
        FROM (
            SELECT day, list_contains($on, day) OR (isodow(day) <= {_FRIDAY} AND NOT list_contains($off, day)) AS is_working
            FROM (SELECT unnest(range($first, $last + INTERVAL 1 DAY, INTERVAL 1 DAY))::DATE AS day)
        ) ORDER BY day
        """,
        {"first": first, "last": last, "on": sorted(on), "off": sorted(off)},
    )


def enough(start: date, limits: Iterable[Limit], holidays: Holidays) -> date:
    """A day by which every limit that starts by `start` has ended, all limits one after the other.

    Twice the days and some: in any stretch fewer than half of the days are weekends and public holidays, but for 60 days that
    allow for a long festival; each exception of the office can take one day more.
    """
    return start + timedelta(days=2 * (sum(limit.days for limit in limits) + len(holidays.off)) + 60)


def due_sql(start: str, limit: Limit) -> str:
    """SQL for the last day of a limit: so many days after the day `start`, itself not counted.  Reads `workday`.

    `start` is a column with its table's name before it: inside, `day` is another.
    """
    if not isinstance(limit, WorkingDays):
        return f"({start} + {limit.days})"
    return f"""(
        SELECT ending.day FROM workday began JOIN workday ending
            ON ending.is_working AND ending.working_number = began.working_number + {limit.days}
        WHERE began.day = {start})"""


def unknown_years(years: Iterable[int], holidays: Holidays) -> tuple[int, ...]:
    """Of some years, those of which neither the table nor the office knows the holidays."""
    return tuple(year for year in sorted({*years}) if year not in holidays.whole_years and _of_year(year) is None)


def told_of(years: Iterable[int]) -> tuple[str, ...]:
    """For the office: which year's holidays are missing, what is assumed, what to do."""
    return tuple(
        f"节假日表没有 {year} 年：该年的工作日暂按“周六、周日休息，其余上班”计算，只计入 office.yaml 的 holidays 所写的日子，"
        f"期限可能有出入；请升级 chinesecalendar，或在 office.yaml 的 holidays 里把该年的放假日（off）和调休上班日（on）写全，"
        f"并在 whole_years 写上 {year}"
        for year in years
    )


def require_all_due(connection: duckdb.DuckDBPyConnection, table: str, where: str = "true") -> None:
    """Raises Fault if a row has no last day: the days laid out did not reach far enough."""
    if missing := number(connection, f"SELECT count(*) FROM {table} WHERE due_on IS NULL AND {where}"):
        raise Fault(f"{table}: {missing} rows without a last day")


def _exceptions(first: date, last: date) -> tuple[set[date], set[date]]:
    """Of the table: weekdays that are off, and weekend days that are worked."""
    known = [found for year in range(first.year, last.year + 1) if (found := _of_year(year))]
    return {day for off, _ in known for day in off}, {day for _, on in known for day in on}


@cache
def _of_year(year: int) -> tuple[frozenset[date], frozenset[date]] | None:
    """What `_exceptions` gives, of one year; None if the table does not have it.  Kept, as the library looks slowly."""
    try:
        worked = {*get_workdays(date(year, 1, 1), date(year, 12, 31))}
    except NotImplementedError:
        return None
    days = {date.fromordinal(day) for day in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())}
    weekdays = {day for day in days if day.isoweekday() <= _FRIDAY}
    return frozenset(weekdays - worked), frozenset(worked - weekdays)
