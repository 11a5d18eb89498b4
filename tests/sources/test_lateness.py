"""Which feeds should have come again: to the day, and never because of the calendar."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import get_args

import pyarrow as pa
import pytest

from sources.contract import Every
from sources.inbox import Problem
from sources.lateness import overdue
from tables import BATCH
from tests.sources.making import contract

LAST = date(2026, 1, 1)


def _batches(*received: tuple[str, date]) -> pa.Table:
    rows = [{"batch_id": f"{n:016x}", "source": source, "received_on": day} for n, (source, day) in enumerate(received)]
    return pa.Table.from_pylist(rows, schema=BATCH)


def _overdue(batches: pa.Table, as_of: date, **changes: object) -> tuple[Problem, ...]:
    return overdue({"aid": contract(**changes)}, batches, as_of)


PERIODS: Mapping[str, int] = {"day": 1, "week": 7, "ten_days": 10, "month": 31, "quarter": 92, "half_year": 184, "year": 366}


def test_every_cadence_has_a_period() -> None:
    assert (*PERIODS, "event") == get_args(Every)


def test_a_feed_that_comes_by_the_event_is_never_late() -> None:
    cadence = {"every": "event", "late_after_days": 0}
    assert _overdue(_batches(("aid", LAST)), LAST + timedelta(days=2000), cadence=cadence) == ()
    assert _overdue(_batches(), LAST, cadence=cadence) == ()


@pytest.mark.parametrize("every", PERIODS)
def test_late_on_the_first_day_after_period_and_grace(every: str) -> None:
    cadence = {"every": every, "late_after_days": 10}
    due = LAST + timedelta(days=PERIODS[every] + 10)
    assert _overdue(_batches(("aid", LAST)), due, cadence=cadence) == ()
    assert len(_overdue(_batches(("aid", LAST)), due + timedelta(days=1), cadence=cadence)) == 1


def test_the_message_says_last_expected_and_how_late() -> None:
    assert _overdue(_batches(("aid", LAST)), date(2026, 2, 14)) == (
        Problem(
            "aid",
            "“救助”迟报：最近一次收到是 2026-01-01，约定每月报送一次，最迟应于 2026-02-11 再到，已迟 3 日；请向县民政局催报",
        ),
    )


def test_the_last_day_counts_whatever_the_order_of_batches() -> None:
    assert _overdue(_batches(("aid", date(2026, 2, 1)), ("aid", LAST), ("other", LAST)), date(2026, 2, 20)) == ()


def test_a_feed_that_never_came_is_named() -> None:
    assert _overdue(_batches(("other", LAST)), LAST) == (Problem("aid", "“救助”从未收到，约定每月报送一次；请向县民政局催报"),)
    assert len(_overdue(_batches(), LAST, volume=None)) == 1


def test_a_feed_that_may_be_empty_is_only_late_once_it_has_come() -> None:
    volume = {"floor": 0, "ceiling": 9, "why": "可以没有"}
    assert _overdue(_batches(), LAST, volume=volume) == ()
    assert len(_overdue(_batches(("aid", LAST)), date(2026, 3, 1), volume=volume)) == 1


def test_problems_come_in_the_order_of_the_contracts() -> None:
    both = {source: contract(id=source) for source in ("b", "a")}
    assert [problem.file for problem in overdue(both, _batches(("a", LAST)), date(2026, 12, 1))] == ["b", "a"]
