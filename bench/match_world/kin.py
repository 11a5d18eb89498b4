"""Errors that bring in another member of the household."""

from random import Random
from typing import Final

from bench.match_world import households, numbers
from bench.match_world.people import People
from bench.match_world.stock import MALE

_TERMS: Final = {
    (households.SPOUSE, True): ("之夫", "的丈夫"),
    (households.SPOUSE, False): ("之妻", "的妻子", "之配偶"),
    (households.CHILD, True): ("之子", "的儿子", "长子", "之次子"),
    (households.CHILD, False): ("之女", "的女儿", "长女", "之次女"),
    (households.FATHER, True): ("之父", "的父亲"),
    (households.MOTHER, False): ("之母", "的母亲"),
}


def relation(people: People, person: int, dice: Random) -> str | None:
    """张三之女 in place of the daughter's name."""
    head = int(people.who.head[person])
    terms = _TERMS.get((int(people.who.role[person]), bool(people.who.sex[person] == MALE)))
    return f"{people.name[head]}{dice.choice(terms)}" if head != person and terms else None


def number_of_relative(people: People, person: int, _: Random) -> str | None:
    """The number of the head of the household; for the head that of the next member."""
    head = int(people.who.head[person])
    other = head if head != person else person + 1
    if other >= len(people.stem) or people.who.household[other] != people.who.household[person]:
        return None
    return numbers.complete(str(people.stem[other]))
