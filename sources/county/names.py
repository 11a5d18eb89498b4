"""Names as villages have them: clans, fashions by birth year and sex, shared generation characters, names with a dot,
rare characters, namesakes."""

import re
from dataclasses import dataclass

import numpy as np

from sources.county.columns import Flags, Floats, Ints, Texts, calendar_years, chance, draw, words
from sources.county.households import Members
from sources.county.words import NameLists

DOT = "·"
CLANS_PER_VILLAGE = 4
CLAN_SHARES = (0.36, 0.18, 0.1, 0.06)
"""Shares of a village's family lines that bear its four clan surnames; the others bear any surname."""
SHARED_BY_MEN, SHARED_BY_WOMEN = 0.45, 0.2
"""Share of households that keep the generation character for sons, for daughters; halved for births since 1985."""
WHOLE_NAME = 0.15
"""Share of given names taken whole from the fashion of the day, which is what makes namesakes."""
RARE = 0.003
"""Share of given names since 1980 with a rare character; a third of these characters lie outside GBK."""
NAMESAKES = 0.006
"""Share of people given the name of a neighbour of the same surname, sex and nearly the same age."""
SAME_BIRTHDAY = 0.3
"""Share of these who share the birth date too."""
DOTTED_HOUSEHOLDS, MINORITY_HOUSEHOLDS = 0.85, 0.7


@dataclass(frozen=True)
class Fashion:
    """One era's pool for one sex."""

    since: int
    is_male: bool
    single: float
    names: tuple[str, ...]
    characters: str


@dataclass(frozen=True)
class Names:
    """The word lists, split for drawing."""

    surnames: tuple[str, ...]
    weights: tuple[float, ...]
    fashions: tuple[Fashion, ...]
    generations: str
    rare: str
    rare_weights: tuple[float, ...]
    dotted_men: tuple[str, ...]
    dotted_women: tuple[str, ...]
    nations: tuple[str, ...]


def prepare(lists: NameLists) -> Names:
    """Split the word lists once."""
    pairs = re.findall(r"(\D+?)(\d+)", "".join(lists.surnames.split()))
    fashions = [
        Fashion(era.since, is_male, era.single, tuple(names.split()), "".join(dict.fromkeys(characters)))
        for era in lists.eras
        for is_male, names, characters in (
            (True, era.men, era.men_characters + lists.men_characters),
            (False, era.women, era.women_characters + lists.women_characters),
        )
    ]
    inside, outside = lists.rare_in_gbk, lists.rare_outside_gbk
    return Names(
        surnames=tuple(name for name, _ in pairs),
        weights=tuple(float(weight) for _, weight in pairs),
        fashions=tuple(fashions),
        generations=lists.generations,
        rare=inside + outside,
        rare_weights=(2 / 3 / len(inside),) * len(inside) + (1 / 3 / len(outside),) * len(outside),
        dotted_men=tuple(lists.dotted_men.split()),
        dotted_women=tuple(lists.dotted_women.split()),
        nations=tuple(lists.nations.split()),
    )


def _usual_first(count: int) -> Floats:
    """Weights that fall with rank, as popularity does."""
    return 1 / (np.arange(count, dtype=np.float64) + 12)


def _surnames(rng: np.random.Generator, names: Names, members: Members, village: Ints, villages: int) -> Ints:
    """Surname code of every member: clans of the village for lines, anyone for those who married in."""
    count = len(village)
    clans = draw(rng, names.weights, villages * CLANS_PER_VILLAGE).reshape(villages, CLANS_PER_VILLAGE)
    which = draw(rng, (*CLAN_SHARES, 1 - sum(CLAN_SHARES)), count)
    anyone = draw(rng, names.weights, count)
    is_clan = (which < CLANS_PER_VILLAGE) & (members.relation == 0)
    surname = np.where(is_clan, clans[village, np.minimum(which, CLANS_PER_VILLAGE - 1)], anyone)
    line = members.line
    for _ in range(3):
        line = line[line]
    return surname[line].astype(np.int64)


def _fashionable(rng: np.random.Generator, names: Names, members: Members) -> Texts:
    """A given name for everyone from the fashion of the birth year."""
    given: Texts = np.empty(len(members.born), dtype=np.object_)
    year = calendar_years(members.born)
    starts = sorted({fashion.since for fashion in names.fashions})
    era = np.searchsorted(starts, year, side="right") - 1
    for fashion in names.fashions:
        rows = np.flatnonzero((era == starts.index(fashion.since)) & (members.is_male == fashion.is_male))
        given[rows] = _from_pool(rng, fashion, len(rows))
    return given


def _from_pool(rng: np.random.Generator, fashion: Fashion, count: int) -> Texts:
    characters = list(fashion.characters)
    weights = _usual_first(len(characters))
    first, second = draw(rng, weights, count), draw(rng, weights, count)
    second = np.where(first == second, (second + 7) % len(characters), second)
    two = words(characters, first) + words(characters, second)
    one = words(characters, second)
    whole = words(fashion.names, draw(rng, _usual_first(len(fashion.names)), count))
    return np.where(chance(rng, WHOLE_NAME, count), whole, np.where(chance(rng, fashion.single, count), one, two))


def _last(given: Texts) -> Texts:
    return np.array([text[-1] for text in given.tolist()], dtype=np.object_)


def _generation_names(rng: np.random.Generator, names: Names, members: Members, clan: Ints, given: Texts) -> Texts:
    """Siblings of families that keep it share the clan's generation character as the first of two."""
    count = len(given)
    keeps = rng.random(int(members.household[-1]) + 1)[members.household]
    share = np.where(members.is_male, SHARED_BY_MEN, SHARED_BY_WOMEN) * np.where(calendar_years(members.born) < 1985, 1.0, 0.5)
    is_line = members.line != np.arange(count)
    rows = np.flatnonzero((keeps < share) & (is_line | (members.relation == 0)))
    code = (clan[rows] + members.generation[rows]) % len(names.generations)
    shared, own = words(list(names.generations), code), _last(given[rows])
    result = given.copy()
    result[rows] = np.where(shared == own, given[rows], shared + own)
    return result


def _rare(rng: np.random.Generator, names: Names, members: Members, given: Texts) -> Texts:
    rows = np.flatnonzero(chance(rng, RARE, len(given)) & (calendar_years(members.born) >= 1980))
    characters = words(list(names.rare), draw(rng, names.rare_weights, len(rows)))
    firsts: Texts = np.array([text[:-1] for text in given[rows].tolist()], dtype=np.object_)
    result = given.copy()
    result[rows] = firsts + characters
    return result


def _dotted(rng: np.random.Generator, names: Names, members: Members) -> Texts:
    """Given name, dot, father's given name; who has no father here gets anyone's."""
    count = len(members.born)
    men = words(names.dotted_men, draw(rng, _usual_first(len(names.dotted_men)), count))
    women = words(names.dotted_women, draw(rng, _usual_first(len(names.dotted_women)), count))
    given = np.where(members.is_male, men, women)
    fathers = words(names.dotted_men, rng.integers(0, len(names.dotted_men), count))
    is_child = (members.line != np.arange(count)) & (members.generation > 0)
    return np.asarray(given + DOT + np.where(is_child, given[members.line], fathers), dtype=np.object_)


def _apart(members: Members, name: Texts, spare: Texts) -> Texts:
    """No two members of a household bear the same name: the later one's last character changes."""
    seen: set[tuple[int, str]] = set()
    result = name.copy()
    for row, (household, text) in enumerate(zip(members.household.tolist(), name.tolist(), strict=True)):
        if (household, text) in seen:
            result[row] = text[:-1] + spare[row]
        seen.add((household, str(result[row])))
    return result


@dataclass(frozen=True)
class Named:
    """Names, surname codes and nations of all members, absent ones included."""

    name: Texts
    surname: Ints
    nation: Texts


def name_members(rng: np.random.Generator, names: Names, members: Members, village: Ints, nations: tuple[str, ...]) -> Named:
    """Name everyone; `village` numbers each member's village and `nations` tells each village's people."""
    count = len(members.born)
    surname = _surnames(rng, names, members, village, len(nations))
    given = _generation_names(rng, names, members, surname * 7 + village * 11, _fashionable(rng, names, members))
    given = _rare(rng, names, members, given)
    name: Texts = words(names.surnames, surname) + given
    home = words(nations, village)
    luck = rng.random(int(members.household[-1]) + 1)[members.household]
    is_dotted = (home == "维吾尔族") & (luck < DOTTED_HOUSEHOLDS)
    is_minority = (home != "汉族") & (home != "维吾尔族") & (luck < MINORITY_HOUSEHOLDS)
    name = np.where(is_dotted, _dotted(rng, names, members), name)
    spare = words(list(names.generations), rng.integers(0, len(names.generations), count))
    nation = np.where(is_dotted | is_minority, home, "汉族")
    return Named(_apart(members, name, spare), np.where(is_dotted, -1, surname), nation)


def copy_neighbours(
    rng: np.random.Generator, village: Ints, household: Ints, is_male: Flags, born: Ints, surname: Ints, name: Texts
) -> tuple[Texts, Ints]:
    """Names and births after making namesakes: same village, surname and sex, next in age, another household."""
    order = np.lexsort((np.arange(len(born)), born, is_male, surname, village))
    left, right = order[:-1], order[1:]
    fits = (village[left] == village[right]) & (surname[left] == surname[right]) & (is_male[left] == is_male[right])
    fits &= (household[left] != household[right]) & (surname[left] >= 0)
    fits &= np.abs(born[left] - born[right]) < 300
    fits[1:] &= ~fits[:-1]
    picked = fits & chance(rng, NAMESAKES * 4, len(left))
    is_twin_date = picked & chance(rng, SAME_BIRTHDAY, len(left))
    new_name, new_born = name.copy(), born.copy()
    new_name[right[picked]] = name[left[picked]]
    new_born[right[is_twin_date]] = born[left[is_twin_date]]
    return new_name, new_born
