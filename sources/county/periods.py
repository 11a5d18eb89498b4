"""Which periods the departments report, and on what day each file was delivered."""

from dataclasses import dataclass
from datetime import date, timedelta

MONTHLY_AFTER = (6, 5, 8, 7, 4)
"""Days from the end of the month to the delivery, in turn."""
LATE_BY = 27
QUARTER_AFTER, TERM_AFTER = 12, 9
ROSTER_BEFORE = (35, 7)
"""The two rosters were delivered so many days before `as_of`."""


@dataclass(frozen=True)
class Period:
    """A reporting period and the day its file was delivered."""

    label: str
    first: date
    last: date
    received_on: date


def _month(year: int, month: int) -> tuple[date, date]:
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return first, following - timedelta(days=1)


def _months_back(as_of: date, latest: int) -> list[tuple[date, date]]:
    """Months, newest first, whose end lies at least `latest` days before `as_of`."""
    spans = [_month(*divmod_month(as_of.year * 12 + as_of.month - 1 - back)) for back in range(40)]
    return [span for span in spans if span[1] + timedelta(days=latest) <= as_of]


def divmod_month(months: int) -> tuple[int, int]:
    """Year and month of a count of months since year 0."""
    return months // 12, months % 12 + 1


def months(as_of: date, count: int, late: int | None = None) -> tuple[Period, ...]:
    """The last `count` months reported by `as_of`, oldest first; the `late`-th file came weeks after it should."""
    spans = _months_back(as_of, max(MONTHLY_AFTER))[:count][::-1]
    return tuple(
        Period(
            f"{first:%Y%m}",
            first,
            last,
            last + timedelta(days=LATE_BY if number == late else MONTHLY_AFTER[first.month % len(MONTHLY_AFTER)]),
        )
        for number, (first, last) in enumerate(spans)
    )


def quarters(as_of: date, count: int) -> tuple[Period, ...]:
    """The last quarters reported by `as_of`, oldest first."""
    spans = [span for span in _months_back(as_of, QUARTER_AFTER) if span[1].month % 3 == 0][:count][::-1]
    return tuple(
        Period(
            f"{last.year}年第{'一二三四'[last.month // 3 - 1]}季度",
            date(last.year, last.month - 2, 1),
            last,
            last + timedelta(days=QUARTER_AFTER),
        )
        for _, last in spans
    )


def terms(as_of: date, count: int) -> tuple[Period, ...]:
    """The last school terms reported by `as_of`: counted in a term's first month (autumn September, spring March)."""
    spans = [span for span in _months_back(as_of, TERM_AFTER) if span[1].month in (3, 9)][:count][::-1]
    return tuple(
        Period(f"{first.year}{'秋季' if first.month == 9 else '春季'}", first, last, last + timedelta(days=TERM_AFTER))
        for first, last in spans
    )


def rosters(as_of: date) -> tuple[Period, ...]:
    """The two roster snapshots."""
    days = [as_of - timedelta(days=before) for before in ROSTER_BEFORE]
    return tuple(Period(f"{day:%Y%m%d}", day, day, day) for day in days)


def school_year(day: date) -> int:
    """First calendar year of the school year a day falls in."""
    return day.year if day.month >= 9 else day.year - 1
