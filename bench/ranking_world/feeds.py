"""What departments have on file: rows that come late, some tied to the wrong person, some feeds silent for months."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bench.ranking_world.people import Household, Member
from bench.ranking_world.plan import LAST_DAY

RHYTHM: Final = {"hotline": 7, "disasters": 3, "fires": 3, "disability": 90, "education": 30}
"""Days between two deliveries; every other feed comes once in thirty."""
SURE: Final = ((0.9, 0.99999), (0.06, 0.9995), (0.03, 0.997), (0.01, 0.992))
"""How probable links are, and how often; a link is wrong as often as its probability says."""


@dataclass
class Feeds:
    """Rows by source, as they would lie in the store."""

    rng: np.random.Generator
    everyone: list[tuple[Household, Member]]
    silent: Mapping[str, tuple[int, int]]
    """Source -> first and last day on which nothing of it comes."""
    rows: dict[str, list[dict[str, object]]] = field(default_factory=lambda: defaultdict(list))
    links: list[dict[str, object]] = field(default_factory=list)

    def put(self, source: str, who: tuple[Household, Member], day: int, late: int = 0, **facts: object) -> None:
        """A row about somebody, seen `late` days after `day` and delivered with the feed's next delivery."""
        probability = float(self.rng.choice([one for _, one in SURE], p=[share for share, _ in SURE]))
        if self.rng.random() > probability:
            who = self.everyone[int(self.rng.integers(len(self.everyone)))]
        row_id = len(self.links) + 1
        self.links.append({"row_id": row_id, "source": source, "decision": "linked", "probability": probability})
        home, member = who
        self.rows[source].append(
            facts
            | {
                "row_id": row_id,
                "resident_id": member.resident,
                "household_id": home.code,
                "received_on": self._delivered(source, day + late),
                "probability": probability,
            }
        )

    def _delivered(self, source: str, day: int) -> int:
        rhythm = RHYTHM.get(source, 30)
        delivered = (day // rhythm + 1) * rhythm + 3
        first, last = self.silent.get(source, (LAST_DAY, LAST_DAY))
        return last + 3 if first <= delivered <= last else delivered

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def some(self, home: Household) -> tuple[Household, Member]:
        """Some member of a household, a worker if there is one."""
        members = home.workers or home.members
        return home, members[int(self.rng.integers(len(members)))]


def late_by(feeds: Feeds, night: int) -> dict[str, int]:
    """Source -> days late on a night."""
    return {source: night - first for source, (first, last) in feeds.silent.items() if first < night <= last}
