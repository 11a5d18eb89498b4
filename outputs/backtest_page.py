"""The page of a back-test: what past lists were worth, beside what plain orders would have been worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from outputs.charts import plain_bars
from outputs.pages import write_page
from shares import wilson

HOUSEHOLDS_SHOWN: Final = 500
"""Identified households that the page lists; `--json` has them all."""
_STEP: Final = 30
"""Days of lead that one bar of the chart stands for."""

Told = tuple[str, date, str, date | None, int | None, str]
"""Household, day and way of identification, first listing, lead in days, and why it was missed."""


@dataclass(frozen=True)
class Order:
    """What one order of the same households found with the same number of visits."""

    title: str
    listed: int
    hits: int
    identified: int

    @property
    def precision(self) -> tuple[float, float, float] | None:
        return wilson(self.hits, self.listed)

    @property
    def recall(self) -> tuple[float, float, float] | None:
        return wilson(self.hits, self.identified)


@dataclass(frozen=True)
class PastNight:
    """One night: the list first, then the plain orders."""

    night: date
    was_recorded: bool
    is_complete: bool
    orders: Sequence[Order]


@dataclass(frozen=True)
class Hindsight:
    """What the page shows; no person's value."""

    office: str
    notice: str
    horizon: int
    known_by: date
    nights: Sequence[PastNight]
    totals: Sequence[Order]
    """All complete nights together, the list first."""
    identified: int
    in_time: int
    leads: Sequence[int]
    quartiles: tuple[float, float, float] | None
    misses: Sequence[tuple[str, int]]
    households: Sequence[Told]


def write_backtest(path: Path, told: Hindsight) -> None:
    """Write the page, whole or not at all."""
    bars = _bars(told.leads)
    chart = plain_bars("提前天数", bars, "#1d6b3a", "户") if bars else ""
    write_page(
        path, "backtest.html.j2", told=told, chart=chart, shown=told.households[:HOUSEHOLDS_SHOWN],
        left_out=max(0, len(told.households) - HOUSEHOLDS_SHOWN), found=wilson(told.in_time, told.identified),
    )  # fmt: skip


def _bars(leads: Sequence[int]) -> list[tuple[str, int]]:
    """How many households were listed so many days before, in steps."""
    if not leads:
        return []
    steps = [(low, low + _STEP - 1) for low in range(0, max(leads) + 1, _STEP)]
    return [(f"{max(1, low)}–{high} 天", sum(low <= lead <= high for lead in leads)) for low, high in steps]
