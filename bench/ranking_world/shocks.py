"""What befalls households, what it costs them, and from when until when they are in need of being found."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.ranking_world.people import Household
from bench.ranking_world.plan import LAST_DAY, LINE, Plan

RATES: Final = {
    "illness": 0.075,
    "accident": 0.02,
    "job": 0.07,
    "project": 0.035,
    "death": 0.008,
    "disability": 0.009,
    "dropout": 0.006,
    "home": 0.006,
}
"""Per household and year."""
COSTS: Final = {
    "illness": (12_000, 1.1),
    "accident": (9_000, 1.2),
    "job": (13_000, 0.7),
    "project": (10_000, 0.9),
    "death": (26_000, 0.6),
    "disability": (9_000, 0.8),
    "dropout": (1_500, 0.5),
    "home": (15_000, 1.0),
}
"""Yuan in the year that follows: middle, and spread of its logarithm."""
FELT: Final = 0.08
"""A loss below this share of a year's income does not bring a household into need."""
FOUND_ANYWAY: Final = 0.75
FOUND_AFTER: Final = (12, 110.0)
"""Days until the village or the household itself reports: at least, and on average in addition."""
NEED_LASTS: Final = 365


@dataclass(frozen=True)
class Shock:
    """One event: `cost` is what it takes from the household within a year."""

    household: Household
    kind: str
    day: int
    cost: float


@dataclass(frozen=True)
class Need:
    """A household that should be visited from `since` on; other ways find it on `found` (never: None)."""

    household: str
    since: int
    found: int | None

    @property
    def until(self) -> int:
        return min(self.found or LAST_DAY, self.since + NEED_LASTS, LAST_DAY)


def draw_shocks(rng: np.random.Generator, plan: Plan, households: list[Household]) -> list[Shock]:
    """Every shock of the world, by household and day."""
    years = LAST_DAY / 365
    drawn = [
        Shock(household, kind, int(rng.integers(LAST_DAY)), _cost(rng, kind))
        for household in households
        for kind, rate in RATES.items()
        for _ in range(int(rng.poisson(rate * plan.shocks * years * _proneness(household))))
    ]
    return sorted(drawn, key=lambda shock: (shock.household.number, shock.day, shock.kind))


def _cost(rng: np.random.Generator, kind: str) -> float:
    middle, spread = COSTS[kind]
    return float(middle * np.exp(rng.normal(0, spread)))


def _proneness(household: Household) -> float:
    return 1.3 if household.income < LINE * 1.5 else 0.95


def needs_of(rng: np.random.Generator, shocks: list[Shock]) -> list[Need]:
    """The households that come into need, each at most once; those already monitored are known and helped."""
    by_home: dict[int, list[Shock]] = defaultdict(list)
    for shock in shocks:
        by_home[shock.household.number].append(shock)
    found = (_need(rng, events) for events in by_home.values() if events[0].household.kind != "监测对象")
    return [need for need in found if need is not None]


def _need(rng: np.random.Generator, events: list[Shock]) -> Need | None:
    since = next((event.day for event in events if _is_in_need(event, events)), None)
    if since is None:
        return None
    is_found = rng.random() < FOUND_ANYWAY
    after = FOUND_AFTER[0] + int(rng.exponential(FOUND_AFTER[1]))
    return Need(events[0].household.code, since, since + after if is_found else None)


def _is_in_need(event: Shock, events: list[Shock]) -> bool:
    """Whether after this event the household has less than the line, with all it can fall back on."""
    home = event.household
    cost = sum(other.cost for other in events if event.day - 365 < other.day <= event.day) * (1 - home.kin)
    income = home.income * len(home.members)
    left = income * (1 + home.buffer * (1 - 0.5 * home.on_dibao)) - cost
    return event.kind == "dropout" or (cost > FELT * income and left < LINE * len(home.members))
