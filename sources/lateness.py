"""Which feeds should have come again by now, judged by the cadence their contracts promise."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from sources.contract import Contract, Every
from sources.inbox import Problem

_EVERY: Final[Mapping[Every, tuple[int, str]]] = {
    "day": (1, "每日"),
    "week": (7, "每周"),
    "ten_days": (10, "每旬"),
    "month": (31, "每月"),
    "quarter": (92, "每季"),
    "half_year": (184, "每半年"),
    "year": (366, "每年"),
}
"""The longest such period in days, so that no calendar makes a feed late, and what it is called; an `event` feed has none."""


def overdue(contracts: Mapping[str, Contract], batches: pa.Table, as_of: date) -> tuple[Problem, ...]:
    """The feeds that are late on `as_of`, in the order of `contracts`; `batches` is BATCH, all that was received by then.

    A feed is late once its period and `late_after_days` have passed since the last day something came, whatever became of
    it.  One that never came is named, unless its volume may be zero: then nothing may have happened yet.
    """
    days = _last_days(batches)
    awaited = {source: contract for source, contract in contracts.items() if contract.is_awaited}
    found = (
        _late(contract, days[source], as_of) if source in days else _never(contract) for source, contract in awaited.items()
    )
    return tuple(problem for problem in found if problem is not None)


def due_on(contract: Contract, last: date) -> date:
    """The last day on which the next delivery of an awaited feed is in time, grace included."""
    period, _ = _EVERY[contract.cadence.every]
    return last + timedelta(days=period + contract.cadence.late_after_days)


def _last_days(batches: pa.Table) -> dict[str, date]:
    """Bytes that come again are a delivery like any other."""
    days = pc.coalesce(batches["last_received_on"], batches["received_on"])
    latest = batches.append_column("day", days).group_by("source").aggregate([("day", "max")])
    return dict(zip(latest["source"].to_pylist(), latest["day_max"].to_pylist(), strict=True))


def _late(contract: Contract, last: date, as_of: date) -> Problem | None:
    _, every = _EVERY[contract.cadence.every]
    due = due_on(contract, last)
    if as_of <= due:
        return None
    return Problem(
        contract.id,
        f"“{contract.title}”迟报：最近一次收到是 {last}，约定{every}报送一次，最迟应于 {due} 再到，"
        f"已迟 {(as_of - due).days} 日；请向{contract.owner}催报",
    )


def _never(contract: Contract) -> Problem | None:
    if contract.volume is not None and contract.volume.floor == 0:
        return None
    _, every = _EVERY[contract.cadence.every]
    return Problem(contract.id, f"“{contract.title}”从未收到，约定{every}报送一次；请向{contract.owner}催报")
