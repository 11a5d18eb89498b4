"""What a season of lists was worth: precision at capacity, recall, days from the event to the list, days before others."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.ranking_play import Visit


@dataclass(frozen=True)
class Figures:
    """One method on one or several worlds."""

    visits: int
    hits: int
    needs: int
    """Households that a list could have found."""
    lead: tuple[int, ...]
    """Per hit: days from the event that brought the need to the list."""
    before: tuple[int, ...]
    """Per hit whom others found later: days from the list to that."""

    @property
    def precision(self) -> float:
        return self.hits / self.visits if self.visits else 0.0

    @property
    def recall(self) -> float:
        return self.hits / self.needs if self.needs else 0.0


def figures_of(visits: Sequence[Visit], needs: int) -> Figures:
    """A method's season counted; a household is found once."""
    found = [(visit.night, visit.need) for visit in visits if visit.need is not None]
    lead = tuple(night - need.since for night, need in found)
    before = tuple(need.found - night for night, need in found if need.found is not None)
    return Figures(len(visits), len(found), needs, lead, before)


def pooled(worlds: Iterable[Figures]) -> Figures:
    """Several worlds as one."""
    every = list(worlds)
    return Figures(
        visits=sum(one.visits for one in every),
        hits=sum(one.hits for one in every),
        needs=sum(one.needs for one in every),
        lead=tuple(days for one in every for days in one.lead),
        before=tuple(days for one in every for days in one.before),
    )


def interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, hits / of
    middle, spread = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + z * z / of)), min(1.0, (middle + spread) / (1 + z * z / of))


def middle(days: Sequence[int]) -> str:
    """Median and quartiles in days."""
    if len(days) < 4:
        return "-"
    low, half, high = statistics.quantiles(days, n=4)
    return f"{half:.0f} ({low:.0f} to {high:.0f})"
