"""Names of whole families, drawn at once."""

from typing import Final

import numpy as np

from bench.match_world import stock
from bench.match_world.draw import Flags, Generator, Ints, Texts, chance, ranked
from bench.match_world.places import TIBETAN, UYGHUR, YI

DOT: Final = "·"
_COHORT_STARTS: Final = np.array([1962, 1987])
_SINGLE: Final = (0.12, 0.24, 0.15)
_WHOLE: Final = (0.36, 0.36, 0.32)
_TAIL: Final = 0.035
_RARE: Final = 0.005


def surnames(rng: Generator, clans: Texts) -> Texts:
    """A surname each; `clans` are the surnames that prevail in the person's village, several columns."""
    size = len(clans)
    own = ranked(rng, stock.SURNAMES, size, 3, 1.15)
    clan = clans[np.arange(size), rng.integers(0, clans.shape[1], size)]
    return np.where(chance(rng, 0.35, size), clan, own)


def given_names(rng: Generator, sex: Ints, year: Ints, shared: Texts) -> tuple[Texts, Flags]:
    """Given names of one or two characters and whether one is rare; `shared` is the generation character of siblings, or ''."""
    given = np.empty(len(sex), dtype="U2")
    cohort = np.searchsorted(_COHORT_STARTS, year, side="right")
    for (one_sex, one_cohort), characters in stock.CHARACTERS.items():
        at = np.flatnonzero((sex == one_sex) & (cohort == one_cohort))
        given[at] = _given(rng, characters, stock.WHOLE[one_sex, one_cohort], one_cohort, shared[at])
    is_rare = chance(rng, _RARE, len(sex))
    rare = np.array(list(stock.RARE))[rng.integers(0, len(stock.RARE), len(sex))]
    head = np.where(np.strings.str_len(given) == 2, given.astype("U1"), "")
    return np.where(is_rare, np.strings.add(head, rare), given), is_rare


def _given(rng: Generator, characters: str, whole: list[str], cohort: int, shared: Texts) -> Texts:
    size = len(shared)
    turned = characters[len(characters) // 3 :] + characters[: len(characters) // 3]
    first, second = _character(rng, characters, size), _character(rng, turned, size)
    first = np.where(shared == "", first, shared)
    is_single = chance(rng, _SINGLE[cohort], size) & (shared == "")
    composed = np.where(is_single, second, np.strings.add(first, second))
    is_whole = chance(rng, _WHOLE[cohort], size) & (shared == "")
    return np.where(is_whole, ranked(rng, whole, size, 2, 0.8), composed)


def _character(rng: Generator, characters: str, size: int) -> Texts:
    common = ranked(rng, list(characters), size, 4, 1.2)
    tail = np.array(list(stock.TAIL))[rng.integers(0, len(stock.TAIL), size)]
    return np.where(chance(rng, _TAIL, size), tail, common)


def generation_characters(rng: Generator, sex: Ints, year: Ints, size: int) -> Texts:
    """A character for the children of each family, fit for `sex` and `year` of its first child."""
    shared = np.empty(size, dtype="U1")
    cohort = np.searchsorted(_COHORT_STARTS, year, side="right")
    for (one_sex, one_cohort), characters in stock.CHARACTERS.items():
        at = np.flatnonzero((sex == one_sex) & (cohort == one_cohort))
        shared[at] = ranked(rng, list(characters), len(at), 10, 0.7)
    return shared


def minority_names(rng: Generator, people: Ints, sex: Ints, family: Ints) -> Texts:
    """Names by the custom of the people (UYGHUR, YI, TIBETAN); members of a `family` share a second part or a clan."""
    size, is_man = len(people), sex == stock.MALE
    own = {
        UYGHUR: (stock.UYGHUR_MEN, stock.UYGHUR_WOMEN),
        YI: (stock.YI_MEN, stock.YI_WOMEN),
        TIBETAN: (stock.TIBETAN_MEN, stock.TIBETAN_WOMEN),
    }
    given = {
        key: np.where(is_man, ranked(rng, men, size, 8, 0.8), ranked(rng, women, size, 8, 0.8))
        for key, (men, women) in own.items()
    }
    father = _of_family(rng, stock.UYGHUR_MEN, family)
    names = {
        UYGHUR: np.strings.add(np.strings.add(given[UYGHUR], DOT), father),
        YI: np.strings.add(_of_family(rng, stock.YI_CLANS, family), given[YI]),
        TIBETAN: np.strings.add(ranked(rng, stock.TIBETAN_FIRST, size, 4, 0.8), given[TIBETAN]),
    }
    return np.select([people == key for key in names], list(names.values()), default="")


def _of_family(rng: Generator, values: list[str], family: Ints) -> Texts:
    count = int(family.max(initial=0)) + 1
    return ranked(rng, values, count, 8, 0.8)[family]
