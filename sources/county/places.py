"""Invented places: counties 9901xx with townships, villages and village groups.

GB/T 2260 assigns no code that begins with 99, so no one can take these places for real ones.
"""

from dataclasses import dataclass

import numpy as np

from sources.county.plan import Plan
from sources.county.words import PlaceLists

RESIDENTS_PER_VILLAGE = 1_800
VILLAGES_PER_TOWNSHIP = 16
RESIDENTS_PER_COUNTY = 1_200_000
RESIDENTS_PER_GROUP = 150
MIN_TOWNSHIPS = 4
FIGURES = "零一二三四五六七八九"
DOTTED_EVERY, DOTTED_AT = 17, 2
"""One village in 17 is home to people whose names carry a dot."""
NATION_EVERY, NATION_AT = 13, 3
"""One village in 13 belongs to another minority, with names like everyone's."""


@dataclass(frozen=True)
class Village:
    """A village: twelve digits, its name, who lives there and how many."""

    code: str
    name: str
    residents: int
    nation: str
    groups: int


@dataclass(frozen=True)
class Township:
    """A township: the piece of work of the generator."""

    number: int
    """Counted through all counties from 0."""
    first_resident: int
    county_code: str
    county_name: str
    code: str
    name: str
    villages: tuple[Village, ...]

    @property
    def residents(self) -> int:
        return sum(village.residents for village in self.villages)


def ordinal(number: int) -> str:
    """1 to 99 in Chinese figures."""
    tens, ones = divmod(number, 10)
    return (FIGURES[tens] if tens > 1 else "") + ("十" if tens else "") + (FIGURES[ones] if ones else "")


def county_name(number: int, counties: int) -> str:
    """虚构县, or 虚构一县, 虚构二县 ... when there are several; `number` counts from 0."""
    return f"虚构{ordinal(number + 1) if counties > 1 else ''}县"


def _shares(rng: np.random.Generator, total: int, parts: int) -> list[int]:
    """`total` split into uneven whole parts."""
    weights = rng.uniform(0.7, 1.3, parts)
    sizes = np.floor(weights / weights.sum() * total).astype(np.int64)
    sizes[: total - int(sizes.sum())] += 1
    return [int(size) for size in sizes]


def _place_names(rng: np.random.Generator, lists: PlaceLists, count: int) -> list[str]:
    every = [head + tail for head in lists.heads for tail in lists.tails if head != tail]
    return [every[int(index)] for index in rng.permutation(len(every))[:count]]


def _nation(number: int, nations: tuple[str, ...]) -> str:
    if number % DOTTED_EVERY == DOTTED_AT:
        return "维吾尔族"
    return nations[number // NATION_EVERY % len(nations)] if number % NATION_EVERY == NATION_AT else "汉族"


def _villages(names: list[str], code: str, sizes: list[int], first: int, nations: tuple[str, ...]) -> tuple[Village, ...]:
    """The villages of a township, the first of them the `first`-th of the county."""
    return tuple(
        Village(
            code=f"{code}{200 + number:03d}",
            name=f"{name}村",
            residents=size,
            nation=_nation(first + number, nations),
            groups=max(1, round(size / RESIDENTS_PER_GROUP)),
        )
        for number, (name, size) in enumerate(zip(names, sizes, strict=True))
    )


def lay_out(plan: Plan, lists: PlaceLists, nations: tuple[str, ...]) -> tuple[Township, ...]:
    """Townships whose villages have room for exactly `plan.residents` people."""
    counties = -(-plan.residents // RESIDENTS_PER_COUNTY)
    townships: list[Township] = []
    for number in range(counties):
        rng = np.random.default_rng([plan.seed, number, 0])
        room = plan.residents * (number + 1) // counties - plan.residents * number // counties
        townships += _county(rng, lists, nations, (number, counties), room, townships)
    return tuple(townships)


def _county(
    rng: np.random.Generator,
    lists: PlaceLists,
    nations: tuple[str, ...],
    place: tuple[int, int],
    room: int,
    before: list[Township],
) -> list[Township]:
    count = max(min(MIN_TOWNSHIPS, max(1, room // 500)), round(room / RESIDENTS_PER_VILLAGE / VILLAGES_PER_TOWNSHIP))
    names = _place_names(rng, lists, count)
    towns = -(-count * 3 // 5)
    first = before[-1].first_resident + before[-1].residents if before else 0
    villages = 0
    result: list[Township] = []
    for index, (name, size) in enumerate(zip(names, _shares(rng, room, count), strict=True)):
        county = f"9901{place[0] + 1:02d}"
        code = f"{county}{100 + index if index < towns else 200 + index - towns:03d}"
        sizes = _shares(rng, size, max(1, round(size / RESIDENTS_PER_VILLAGE)))
        result.append(
            Township(
                number=len(before) + index,
                first_resident=first,
                county_code=county,
                county_name=county_name(*place),
                code=code,
                name=name + ("镇" if index < towns else "乡"),
                villages=_villages(_place_names(rng, lists, len(sizes)), code, sizes, villages, nations),
            )
        )
        first += size
        villages += len(sizes)
    return result
