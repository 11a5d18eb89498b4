"""The people of one township: residents by household, and townspeople of elsewhere who show up in the feeds."""

from dataclasses import dataclass, replace

import numpy as np

from sources.county.columns import Flags, Ints, Texts, calendar_years, draw, number_text, words
from sources.county.households import YEAR, Members, draw_members
from sources.county.names import Names, copy_neighbours, name_members
from sources.county.places import Township
from sources.county.plan import Plan

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
CHECKS = "10X98765432"
ORDER_BLOCK = 11
"""Order codes a township may give to one sex on one day; 45 blocks fit into the 499 pairs from 001 to 998."""
ORDERS = 499
OWN_PREFIXES = ((99_0100, 0.82), (99_1100, 0.09), (99_2100, 0.06), (99_3100, 0.03))
"""Area prefixes (county number to be added) of residents: issued here, under old codes, or before marrying in."""
OUTSIDE_PREFIXES = ((99_5100, 0.6), (99_6100, 0.4))
KEY_STEP, KEY_START, KEY_SPACE = 382_951_472_391, 618_033_988_749, 10**12
"""Registry numbers: a one-to-one scramble of the running number, so that they say nothing about the person."""
TODAY_GAP = 60
"""Nobody is younger than so many days."""


@dataclass(frozen=True)
class People:
    """One township's people, residents first; `head` is the row of one's household head (townspeople: the own row)."""

    residents: int
    name: Texts
    number: Texts
    is_male: Flags
    born: Ints
    household: Ints
    relation: Ints
    head: Ints
    village: Ints
    group: Ints
    nation: Texts
    key: Ints

    @property
    def is_resident(self) -> Flags:
        return np.arange(len(self.born)) < self.residents

    def age(self, day: int) -> Ints:
        """Whole years on a day."""
        return np.floor((day - self.born) / YEAR).astype(np.int64)

    @property
    def resident_id(self) -> Texts:
        return number_text(self.key + 9901 * KEY_SPACE)

    @property
    def household_id(self) -> Texts:
        return number_text(self.key[self.head] + 99 * KEY_SPACE)


def check_digit(body: Ints) -> Texts:
    """Check characters of 17-digit bodies: ISO 7064 MOD 11-2 as in GB 11643-1999."""
    digits = body[:, None] // 10 ** np.arange(16, -1, -1, dtype=np.int64) % 10
    return words(list(CHECKS), digits @ WEIGHTS % 11)


def id_numbers(prefix: Ints, born: Ints, order: Ints) -> Texts:
    """18-character numbers from area prefix, birth day number and order code."""
    date = born.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    ymd = calendar_years(born) * 10_000 + (month.astype(np.int64) % 12 + 1) * 100 + (date - month).astype(np.int64) + 1
    body = prefix * 10**11 + ymd * 1000 + order
    return np.asarray(number_text(body) + check_digit(body), dtype=np.object_)


def _rank_within(keys: tuple[Ints, ...]) -> Ints:
    """0, 1, 2 ... within equal keys, in row order."""
    rows = np.arange(len(keys[0]))
    order = np.lexsort((rows, *keys))
    is_new = np.ones(len(rows), dtype=np.bool_)
    is_new[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    starts = np.maximum.accumulate(np.where(is_new, rows, 0))
    rank = np.empty(len(rows), dtype=np.int64)
    rank[order] = rows - starts
    return rank


def _order_codes(born: Ints, is_male: Flags, township: int) -> Ints:
    """Order codes, odd for men, that no one else with the same birth date, sex and prefix has."""
    block = township % (ORDERS // ORDER_BLOCK) * ORDER_BLOCK
    rank = np.minimum(_rank_within((born, is_male.astype(np.int64))), ORDER_BLOCK - 1)
    slot = ((block + rank) * 263 + born * 197 + is_male * 71) % ORDERS
    return np.asarray(2 * slot + np.where(is_male, 1, 2), dtype=np.int64)


def _settle(place: Township, members: Members) -> tuple[Ints, Ints]:
    """Village and group of every member: households fill the villages one after the other."""
    households = int(members.household[-1]) + 1
    size = np.bincount(members.household[members.is_present], minlength=households)
    start = np.cumsum(size) - size
    ends = np.cumsum([village.residents for village in place.villages])
    village = np.searchsorted(ends, start, side="right")
    within = start - np.concatenate([[0], ends])[village]
    rooms = np.array([v.residents for v in place.villages])[village]
    groups = np.array([v.groups for v in place.villages])[village]
    group = np.minimum(within * groups // rooms, groups - 1) + 1
    return village[members.household], group[members.household]


def _residents(rng: np.random.Generator, names: Names, place: Township, today: int) -> People:
    members = draw_members(rng, place.residents, today - TODAY_GAP)
    village, group = _settle(place, members)
    named = name_members(rng, names, members, village, tuple(v.nation for v in place.villages))
    here = members.is_present
    household = members.household[here]
    name, born = copy_neighbours(
        rng, village[here], household, members.is_male[here], members.born[here], named.surname[here], named.name[here]
    )
    heads = np.flatnonzero(members.relation[here] == 0)
    count = len(household)
    return People(
        residents=count,
        name=name,
        number=np.full(count, "", dtype=np.object_),
        is_male=members.is_male[here],
        born=born,
        household=household,
        relation=members.relation[here],
        head=heads[household],
        village=village[here],
        group=group[here],
        nation=named.nation[here],
        key=np.zeros(count, dtype=np.int64),
    )


def _townspeople(rng: np.random.Generator, names: Names, share: float, people: People, today: int) -> People:
    """People who live elsewhere, alone as far as the feeds know."""
    count = round(people.residents * share / (1 - share))
    born = today - TODAY_GAP - rng.integers(0, int(88 * YEAR), count)
    alone = np.arange(count, dtype=np.int64)
    nobody = np.zeros(count, dtype=np.int64)
    is_male = rng.random(count) < 0.5
    members = Members(alone, nobody, is_male, born, alone, nobody, np.ones(count, dtype=np.bool_))
    name = name_members(rng, names, members, nobody, ("汉族",)).name if count else np.empty(0, dtype=np.object_)
    number = np.full(count, "", dtype=np.object_)
    nation = np.full(count, "汉族", dtype=np.object_)
    return People(0, name, number, is_male, born, alone, nobody, alone, nobody, nobody, nation, nobody)


def _together(people: People, others: People) -> People:
    households = int(people.household[-1]) + 1

    def joined(a: Ints, b: Ints) -> Ints:
        return np.concatenate([a, b])

    return People(
        residents=people.residents,
        name=np.concatenate([people.name, others.name]),
        number=np.concatenate([people.number, others.number]),
        is_male=np.concatenate([people.is_male, others.is_male]),
        born=joined(people.born, others.born),
        household=joined(people.household, others.household + households),
        relation=joined(people.relation, others.relation),
        head=joined(people.head, others.head + people.residents),
        village=joined(people.village, others.village),
        group=joined(people.group, others.group),
        nation=np.concatenate([people.nation, others.nation]),
        key=joined(people.key, others.key),
    )


def _number_everyone(rng: np.random.Generator, place: Township, people: People, seed: int) -> People:
    """ID numbers and registry numbers."""
    count = len(people.born)
    county = int(place.county_code[4:])
    own = np.array([code for code, _ in OWN_PREFIXES])[draw(rng, [share for _, share in OWN_PREFIXES], count)]
    out = np.array([code for code, _ in OUTSIDE_PREFIXES])[draw(rng, [share for _, share in OUTSIDE_PREFIXES], count)]
    prefix = np.where(people.is_resident, own, out) + county
    number = id_numbers(prefix, people.born, _order_codes(people.born, people.is_male, place.number))
    running = (place.first_resident + np.arange(count)).astype(np.uint64)
    key = (running * np.uint64(KEY_STEP) + np.uint64((seed + 1) * KEY_START % KEY_SPACE)) % np.uint64(KEY_SPACE)
    return replace(people, number=number, key=key.astype(np.int64))


def people_of(rng: np.random.Generator, names: Names, place: Township, plan: Plan, today: int) -> People:
    """Everyone of one township; `today` is the day of the last roster."""
    people = _residents(rng, names, place, today)
    others = _townspeople(rng, names, plan.dirt.non_resident, people, today)
    return _number_everyone(rng, place, _together(people, others), plan.seed)
