"""Everybody in the world, on the roster or not: who they are, without a single error."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.match_world import households, names, numbers, places
from bench.match_world.draw import Flags, Generator, Ints, Texts, chance, generator
from bench.match_world.households import CHILD, HEAD, SPOUSE, Skeleton
from bench.match_world.plan import TODAY, Plan

_RELATIVES_OFF: Final = 0.05
_STRANGERS: Final = 0.06
_FROM_AWAY: Final = 0.5
_MOST_CHILDREN: Final = 4
_LAST_CHARACTERS: Final = (list("成平安康"), list("华英明玉"), list("红春文立"))
_SHARES_CHARACTER: Final = (0.0, 0.40, 0.22)
NO_PHONE: Final = 0


@dataclass(frozen=True)
class People:
    """One entry per person; households stand together.  `who` holds household, role, head, sex and birth."""

    who: Skeleton
    name: Texts
    is_rare: Flags
    is_minority: Flags
    stem: Ints
    """The number without its check character."""
    village: Ints
    """Index into `villages`; -1 for those who live elsewhere."""
    place: Ints
    phone: Ints
    is_resident: Flags
    """On the roster."""
    is_stranger: Flags
    """Of a household of which nobody is on the roster."""
    villages: places.Villages

    @property
    def age(self) -> Ints:
        """Full years, near enough."""
        return TODAY.year - self.who.birth // 10_000


def make_people(plan: Plan) -> People:
    """Somewhat more people than residents: relatives who are not on the roster, and strangers."""
    rng = generator(plan.seed, "people")
    villages = places.make_villages(rng, plan.residents)
    who = households.make_skeleton(rng, int(plan.residents * (1 + _RELATIVES_OFF + _STRANGERS) * 1.02) + 400)
    is_stranger = chance(rng, _STRANGERS, len(who.head))[who.head]
    village, place = _homes(rng, villages, who, is_stranger)
    name, is_rare, is_minority = _names(rng, who, villages, village)
    is_incomer = (who.role == SPOUSE) | (who.role == households.MOTHER)
    area = places.issue_areas(rng, place // 10**6, is_incomer)
    area = np.where(who.is_twin, np.roll(area, 1), area)
    stem = numbers.unique_stems(rng, area, who.birth, _sequences(rng, who, place))
    is_resident = _residents(rng, plan, is_stranger)
    is_stranger |= who.household > who.household[is_resident][-1]
    return People(who, name, is_rare, is_minority, stem, village, place, _phones(rng, who), is_resident, is_stranger, villages)


def _homes(rng: Generator, villages: places.Villages, who: Skeleton, is_stranger: Flags) -> tuple[Ints, Ints]:
    """The village of each household, as index and as code."""
    size = len(who.head)
    share = np.cumsum(villages.weight / villages.weight.sum())
    own = np.searchsorted(share, rng.random(size), side="right").clip(max=len(share) - 1)[who.head]
    is_away = is_stranger & chance(rng, _FROM_AWAY, size)[who.head]
    return np.where(is_away, -1, own), np.where(is_away, places.away_places(rng, size)[who.head], villages.code[own])


def _names(rng: Generator, who: Skeleton, villages: places.Villages, village: Ints) -> tuple[Texts, Flags, Flags]:
    size = len(who.head)
    own = names.surnames(rng, villages.clans[village])
    is_line = (who.role == HEAD) | (who.role == households.FATHER) | ((who.role == CHILD) & chance(rng, 0.95, size))
    surname = np.where(is_line, own[who.head], own)
    given, is_rare = names.given_names(rng, who.sex, who.birth // 10_000, _shared(rng, who))
    people = _minorities(rng, who, villages, village)
    is_minority = people > 0
    family = np.where(is_line, who.household, rng.integers(0, who.household[-1] + 1, size))
    other = names.minority_names(rng, people[is_minority], who.sex[is_minority], family[is_minority])
    name = np.strings.add(surname, given).astype("U20")
    name[is_minority] = other
    return _tell_siblings_apart(rng, who, name, is_minority), is_rare & ~is_minority, is_minority


def _minorities(rng: Generator, who: Skeleton, villages: places.Villages, village: Ints) -> Ints:
    of_village = np.where(village >= 0, villages.minority[village], 0)
    is_so = chance(rng, 0.6, len(village))[who.head]
    return np.where(is_so, of_village, 0)


def _shared(rng: Generator, who: Skeleton) -> Texts:
    """The generation character of brothers, of sisters, and always of twins."""
    size = len(who.head)
    year = who.birth // 10_000
    drawn = names.generation_characters(rng, who.sex, year, size)
    first = who.head + np.where(who.role == CHILD, 2, 0)
    of_family = drawn[np.minimum(first + who.sex - 1, size - 1)]
    keeps = chance(rng, 0.5, size)[who.head] & chance(rng, np.array(_SHARES_CHARACTER)[who.sex], size)
    has_twin = who.is_twin | np.roll(who.is_twin, -1)
    return np.where((who.role == CHILD) & (keeps | has_twin), of_family, "")


def _tell_siblings_apart(rng: Generator, who: Skeleton, name: Texts, is_minority: Flags) -> Texts:
    """No child has the name of one that stands before it in the household: it gets another last character."""
    for back in range(1, _MOST_CHILDREN):
        is_same = (name[back:] == name[:-back]) & (who.household[back:] == who.household[:-back]) & (who.role[back:] == CHILD)
        again = np.flatnonzero(is_same) + back
        again = again[~is_minority[again]]
        stems = np.array([text[:-1] if len(text) > 2 else text for text in name[again].tolist()], dtype="U20")
        name[again] = np.strings.add(stems, rng.choice(_LAST_CHARACTERS[back - 1], len(again)))
    return name


def _sequences(rng: Generator, who: Skeleton, place: Ints) -> Ints:
    """Twins stood in line together: the second has the next number of its sex."""
    own = numbers.sequences(rng, place // 1000, who.sex == 1)
    first = np.roll(own, 1)
    return np.where(who.is_twin, first + np.where(np.roll(who.sex, 1) == who.sex, 2, 1), own)


def _residents(rng: Generator, plan: Plan, is_stranger: Flags) -> Flags:
    """Exactly `plan.residents` of those who are neither strangers nor by chance left off."""
    can_be = np.flatnonzero(~is_stranger & ~chance(rng, _RELATIVES_OFF, len(is_stranger)))
    is_resident = np.zeros(len(is_stranger), dtype=bool)
    is_resident[can_be[: plan.residents]] = True
    return is_resident


def _phones(rng: Generator, who: Skeleton) -> Ints:
    """Own, the head's, or none, by what one does at one's age."""
    size = len(who.head)
    own = _new_phones(rng, size)
    age = TODAY.year - who.birth // 10_000
    owns = chance(rng, np.select([who.role == HEAD, age < 13, age < 18, age < 70], [0.95, 0.0, 0.3, 0.75], 0.35), size)
    shares = chance(rng, np.select([age < 13, age < 18], [0.7, 0.6], 0.6), size)
    of_head = np.where(owns, own, NO_PHONE)[who.head]
    return np.select([owns, shares], [own, of_head], NO_PHONE)


def _new_phones(rng: Generator, size: int) -> Ints:
    return np.asarray(rng.integers(13, 20, size) * 10**9 + rng.integers(0, 10**9, size))


def other_phones(rng: Generator, phone: Ints, share: float) -> Ints:
    """The same phones, but a share of those that are known replaced by others."""
    changed = chance(rng, share, len(phone)) & (phone != NO_PHONE)
    return np.where(changed, _new_phones(rng, len(phone)), phone)
