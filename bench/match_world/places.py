"""Counties, townships and villages, all under invented codes that begin with 99."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.match_world.draw import Flags, Generator, Ints, Texts, by_share, chance, zipf
from bench.match_world.stock import SURNAMES

VILLAGE_SIZE: Final = 1_200
VILLAGES_PER_TOWNSHIP: Final = 12
TOWNSHIPS_PER_COUNTY: Final = 14
HOME_AREA: Final = 990_121
AWAY_AREA: Final = 990_201
AWAY_COUNTIES: Final = 60
CLANS: Final = 3
MINORITY_NONE, UYGHUR, YI, TIBETAN = 0, 1, 2, 3


@dataclass(frozen=True)
class Villages:
    """One entry per village: code, share of the households, the surnames that prevail, the minority that lives there."""

    code: Ints
    old_code: Ints
    """What the code was before the township was renamed; 0 where it never was."""
    weight: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    clans: Texts
    minority: Ints

    def changes(self) -> list[tuple[str, str]]:
        """Old and new nine-digit codes of the renamed townships."""
        renamed = np.unique(np.stack([self.old_code, self.code], axis=1)[self.old_code > 0] // 1000, axis=0)
        return [(str(old), str(new)) for old, new in renamed.tolist()]


def make_villages(rng: Generator, residents: int) -> Villages:
    """As many villages as the residents fill, of 300 to 3,000 people each."""
    count = max(3, residents // VILLAGE_SIZE)
    township = np.arange(count) // VILLAGES_PER_TOWNSHIP
    area = HOME_AREA + township // TOWNSHIPS_PER_COUNTY
    number = 100 + township % TOWNSHIPS_PER_COUNTY
    village = 200 + np.arange(count) % VILLAGES_PER_TOWNSHIP
    is_renamed = chance(rng, 0.12, int(township[-1]) + 1)[township]
    return Villages(
        code=(area * 1000 + number) * 1000 + village,
        old_code=np.where(is_renamed, (area * 1000 + number + 400) * 1000 + village, 0),
        weight=np.clip(rng.lognormal(-0.1, 0.5, count), 0.25, 2.5),
        clans=np.array(SURNAMES)[by_share(rng, zipf(len(SURNAMES), 3, 1.0), count * CLANS)].reshape(count, CLANS),
        minority=np.where(chance(rng, 0.04, count), 1 + by_share(rng, np.array([0.7, 0.2, 0.1]), count), MINORITY_NONE),
    )


def away_places(rng: Generator, size: int) -> Ints:
    """Village codes in counties that are none of the world's own."""
    area = AWAY_AREA + rng.integers(0, AWAY_COUNTIES, size)
    return np.asarray((area * 1000 + rng.integers(100, 115, size)) * 1000 + rng.integers(200, 220, size))


def issue_areas(rng: Generator, own: Ints, is_incomer: Flags) -> Ints:
    """The first six digits of identity numbers: the county at birth; those who married in or moved in mostly bring another."""
    size = len(own)
    other = np.where(
        chance(rng, 0.5, size), own - 1 + rng.integers(0, 3, size), AWAY_AREA + rng.integers(0, AWAY_COUNTIES, size)
    )
    return np.where(chance(rng, np.where(is_incomer, 0.45, 0.05), size), other, own)
