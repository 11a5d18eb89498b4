from collections.abc import Callable
from datetime import date, timedelta

import pytest

from sources.county.periods import Period, months, quarters, rosters, school_year, terms

DAYS = [date(2026, 1, 1) + timedelta(days=step) for step in range(0, 800, 5)]


@pytest.mark.parametrize(
    ("periods", "count"),
    [
        (lambda day: months(day, 8, late=4), 8),
        (lambda day: quarters(day, 3), 3),
        (lambda day: terms(day, 3), 3),
        (rosters, 2),
    ],
)
def test_every_period_was_delivered_by_the_day(periods: Callable[[date], tuple[Period, ...]], count: int) -> None:
    for day in DAYS:
        found = periods(day)
        assert len(found) == count
        assert all(period.last <= period.received_on <= day for period in found)
        assert list(found) == sorted(found, key=lambda period: period.first)


def test_months_end_where_they_should() -> None:
    found = months(date(2026, 10, 31), 8, late=4)
    assert [period.label for period in found] == [
        "202602",
        "202603",
        "202604",
        "202605",
        "202606",
        "202607",
        "202608",
        "202609",
    ]
    assert found[0].last == date(2026, 2, 28)
    waits = [(period.received_on - period.last).days for period in found]
    assert waits[4] == 27
    assert max(waits[:4] + waits[5:]) <= 8


def test_terms_are_counted_in_september_and_march() -> None:
    assert [period.label for period in terms(date(2026, 10, 31), 3)] == ["2025秋季", "2026春季", "2026秋季"]
    assert [school_year(period.first) for period in terms(date(2026, 10, 31), 3)] == [2025, 2025, 2026]
