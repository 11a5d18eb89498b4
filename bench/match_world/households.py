"""Who lives with whom, and when they were born: the skeleton of the world before anybody has a name."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.match_world.draw import Flags, Generator, Ints, by_share, chance
from bench.match_world.plan import TODAY
from bench.match_world.stock import FEMALE, MALE

HEAD, SPOUSE, CHILD, FATHER, MOTHER = range(5)
_LETTERS: Final = "HSCFM"
_KINDS: Final = {
    "H": 0.13, "HS": 0.17, "HC": 0.03, "HM": 0.02, "HSC": 0.17, "HCC": 0.02, "HSM": 0.02,
    "HSCC": 0.15, "HSCM": 0.05, "HSCF": 0.01, "HSCCC": 0.03, "HSCCM": 0.07, "HSCFM": 0.04,
    "HSCCFM": 0.05, "HSCCCM": 0.02, "HSCCCFM": 0.01, "HSCCCCFM": 0.01,
}  # fmt: skip
_MEAN_SIZE: Final = sum(len(kind) * share for kind, share in _KINDS.items())
_TWINS: Final = 0.02
_OLDEST: Final = 95 * 365


@dataclass(frozen=True)
class Skeleton:
    """One entry per person, households together and their members in the order of `_KINDS`."""

    household: Ints
    role: Ints
    sibling: Ints
    """Position among the children, from 0; -1 for others."""
    head: Ints
    """Index of the household's head."""
    sex: Ints
    birth: Ints
    """YYYYMMDD."""
    is_twin: Flags
    """The second of two."""


def make_skeleton(rng: Generator, people: int) -> Skeleton:
    """Households for `people` persons, the last one cut off."""
    count = int(people / _MEAN_SIZE * 1.02) + 50
    kind = by_share(rng, np.array(list(_KINDS.values())), count)
    sizes = np.array([len(name) for name in _KINDS])[kind]
    household = np.repeat(np.arange(count), sizes)[:people]
    starts = np.cumsum(sizes) - sizes
    place = np.arange(len(household)) - starts[household]
    role = _roles()[kind[household], place]
    head = starts[household]
    sibling = np.where(role == CHILD, place - _first_child()[kind[household]], -1)
    sex = _sexes(rng, role, head)
    is_twin = (sibling == 1) & chance(rng, _TWINS, len(role))
    age = _ages(rng, kind[household], role, sibling, head)
    age = np.where(is_twin, np.roll(age, 1), age)
    return Skeleton(household, role, sibling, head, sex, _birth_dates(rng, age, is_twin), is_twin)


def _roles() -> Ints:
    width = max(map(len, _KINDS))
    return np.array([[_LETTERS.index(letter) for letter in name.ljust(width, "H")] for name in _KINDS])


def _first_child() -> Ints:
    return np.array([name.find("C") for name in _KINDS])


def _sexes(rng: Generator, role: Ints, head: Ints) -> Ints:
    """Most heads are men, and so is every other child; spouses are of the other sex."""
    drawn = np.where(chance(rng, np.where(role == HEAD, 0.84, 0.52), len(role)), MALE, FEMALE)
    fixed = np.select([role == FATHER, role == MOTHER, role == SPOUSE], [MALE, FEMALE, MALE + FEMALE - drawn[head]], drawn)
    return np.asarray(fixed)


def _ages(rng: Generator, kind: Ints, role: Ints, sibling: Ints, head: Ints) -> Ints:
    """Ages in days."""
    size = len(role)
    names = list(_KINDS)
    has_parent = np.array([bool({"F", "M"} & set(name)) for name in names])[kind]
    has_child = np.array(["C" in name for name in names])[kind]
    mean = np.select([has_parent, has_child], [41.0, 46.0], 61.0)
    spread = np.select([has_parent, has_child], [7.0, 11.0], 14.0)
    youngest, oldest = np.where(has_child, 22, 18), np.where(has_parent, 62, 92)
    of_head = (np.clip(rng.normal(mean, spread), youngest, oldest) + rng.random(size))[head] * 365.25
    child = of_head - (rng.uniform(20, 31, size)[head] + sibling * rng.uniform(1.0, 5.0, size)) * 365.25
    child = np.where(child < 0, rng.uniform(0, 5 * 365, size), child)
    years = rng.uniform(20, 32, size) * 365.25
    age = np.select(
        [role == HEAD, role == CHILD, role == SPOUSE],
        [of_head, child, of_head + rng.normal(-1.5, 2.5, size) * 365.25],
        of_head + years,
    )
    return np.clip(age, 0, _OLDEST + rng.integers(0, 360, size)).astype(np.int64)


def _birth_dates(rng: Generator, age: Ints, is_twin: Flags) -> Ints:
    """YYYYMMDD; some of the older people are registered on the first of January."""
    day = np.datetime64(TODAY) - age
    year, date = day.astype("datetime64[Y]"), _as_number(day)
    is_default = chance(rng, np.where(year < np.datetime64("1970"), 0.03, 0.004), len(age)) & ~is_twin
    date = np.where(is_default, _as_number(year.astype("datetime64[D]")), date)
    return np.where(is_twin, np.roll(date, 1), date)


def _as_number(day: np.ndarray[tuple[int, ...], np.dtype[np.datetime64]]) -> Ints:
    months = day.astype("datetime64[M]")
    year = day.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    return np.asarray(year * 10_000 + month * 100 + (day - months).astype(np.int64) + 1)
