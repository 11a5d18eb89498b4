"""The errors of an extract: which rows get which, and what becomes of their cells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

import numpy as np

from bench.match_world import kin, name_dirt, number_dirt, other_dirt
from bench.match_world.draw import Flags, Generator, Ints, Texts, chance, generator
from bench.match_world.names import DOT
from bench.match_world.people import People, other_phones
from bench.match_world.plan import (
    BIRTH_RATES,
    NAME_RATES,
    NOISE,
    NUMBER_RATES,
    PHONE_CHANGED,
    PLACE_RATES,
    SECOND_ERROR,
    SPECIAL_RATES,
    Plan,
)
from bench.match_world.rows import Rows

_TRIES: Final = 8
"""So many rows are looked at for every one that is to be spoilt."""
Make = Callable[[int, Random], str | None]


@dataclass(frozen=True)
class Marks:
    """Which rows got which class, in pairs."""

    row: Ints
    label: Texts


@dataclass(frozen=True)
class Error:
    """One dirt class: the cells it changes, how, how often, and which rows can have it."""

    label: str
    cells: Texts
    make: Make
    rate: float
    can: Flags | None = None

    def count(self, rows: int) -> int:
        """Rows to spoil."""
        return round(self.rate * (rows if self.can is None else int(self.can.sum())))


def spoil(plan: Plan, people: People, rows: Rows) -> Marks:
    """Spoil the rows in place and say which and how."""
    rng = generator(plan.seed, "dirt")
    errors = _errors(plan, people, rows)
    fields = np.full(len(rows.person), -1)
    marks = [_first_errors(rng, plan, errors, fields), _second_errors(rng, plan, errors, fields)]
    marks += [_places(rng, plan, people, rows), _phones(rng, plan, rows), _noise(rng, plan, rows)]
    return Marks(np.concatenate([mark.row for mark in marks]), np.concatenate([mark.label for mark in marks]))


def _errors(plan: Plan, people: People, rows: Rows) -> list[list[Error]]:
    """The errors of number, name and birth date, in this order."""
    person = rows.person
    number = _of(rows.number, number_dirt.SPOILS, NUMBER_RATES, plan)
    name = _of(rows.name, name_dirt.SPOILS, NAME_RATES, plan)
    special = (("name_dots", np.strings.find(rows.name, DOT) >= 0), ("name_rare", people.is_rare[person]))
    name = [
        Error(label, rows.name, partial(_spelled, rows.name, name_dirt.SPOILS[label]), SPECIAL_RATES[label] * plan.dirt, can)
        for label, can in special
    ] + name
    relative = partial(_of_kin, people, person, kin.number_of_relative)
    number.append(Error("number_of_relative", rows.number, relative, NUMBER_RATES["number_of_relative"] * plan.dirt))
    relation = partial(_of_kin, people, person, kin.relation)
    name.append(Error("name_relation", rows.name, relation, NAME_RATES["name_relation"] * plan.dirt))
    return [number, name, _of(rows.birth, other_dirt.SPOILS, BIRTH_RATES, plan)]


def _of(cells: Texts, spoils: Mapping[str, number_dirt.Spoil], rates: Mapping[str, float], plan: Plan) -> list[Error]:
    return [
        Error(label, cells, partial(_spelled, cells, spoils[label]), rate * plan.dirt)
        for label, rate in rates.items()
        if label in spoils
    ]


def _spelled(cells: Texts, change: number_dirt.Spoil, row: int, dice: Random) -> str | None:
    text = str(cells[row])
    return change(text, dice) if text else None


def _of_kin(
    people: People, person: Ints, change: Callable[[People, int, Random], str | None], row: int, dice: Random
) -> str | None:
    return change(people, int(person[row]), dice)


def _first_errors(rng: Generator, plan: Plan, errors: list[list[Error]], fields: Ints) -> Marks:
    """Every class takes its share of the rows that are still clean; `fields` remembers the field."""
    made = []
    for field, of_field in enumerate(errors):
        for error in of_field:
            free = fields < 0 if error.can is None else (fields < 0) & error.can
            made.append(_apply(rng, plan, error, np.flatnonzero(free), error.count(len(fields))))
            fields[made[-1].row] = field
    return _together(made)


def _second_errors(rng: Generator, plan: Plan, errors: list[list[Error]], fields: Ints) -> Marks:
    """A few of the dirty rows get an error in another field too."""
    made, is_free = [], fields >= 0
    for field, of_field in enumerate(errors):
        for error in of_field:
            free = is_free & (fields != field) if error.can is None else is_free & (fields != field) & error.can
            made.append(_apply(rng, plan, error, np.flatnonzero(free), round(error.count(len(fields)) * SECOND_ERROR)))
            is_free[made[-1].row] = False
    return _together(made)


def _apply(rng: Generator, plan: Plan, error: Error, free: Ints, count: int) -> Marks:
    """Spoil `count` of the free rows, fewer if it cannot happen to so many."""
    dice = Random(f"{plan.seed} {error.label} {len(free)}")
    done: list[int] = []
    for row in rng.choice(free, min(len(free), _TRIES * count), replace=False).tolist():
        if len(done) == count:
            break
        value = error.make(row, dice)
        if value is not None:
            error.cells[row] = value
            done.append(row)
    return _marks(np.array(done, dtype=np.int64), error.label)


def _marks(row: Ints, label: str) -> Marks:
    return Marks(row, np.full(len(row), label, dtype="U24"))


def _together(made: list[Marks]) -> Marks:
    return Marks(np.concatenate([mark.row for mark in made]), np.concatenate([mark.label for mark in made]))


def _places(rng: Generator, plan: Plan, people: People, rows: Rows) -> Marks:
    """Where people live instead, the code a township had before, the township only."""
    size = len(rows.person)
    village = people.village[rows.person]
    moved = chance(rng, PLACE_RATES["place_moved"] * plan.dirt, size) & (village >= 0)
    near = np.clip(village + rng.integers(1, 40, size), 0, len(people.villages.code) - 1)
    rows.place[moved] = people.villages.code[near[moved]].astype("U12")
    old_code = np.where(moved, 0, people.villages.old_code[village])
    old = chance(rng, PLACE_RATES["place_old"] * plan.dirt, size) & (old_code > 0) & (village >= 0)
    rows.place[old] = old_code[old].astype("U12")
    coarse = chance(rng, PLACE_RATES["place_coarse"] * plan.dirt, size)
    rows.place[coarse] = np.where(
        chance(rng, 0.5, size), np.strings.slice(rows.place, 9), np.strings.add(np.strings.slice(rows.place, 9), "000")
    )[coarse]
    return _together(
        [
            _marks(np.flatnonzero(at), label)
            for at, label in ((moved, "place_moved"), (old, "place_old"), (coarse, "place_coarse"))
        ]
    )


def _phones(rng: Generator, plan: Plan, rows: Rows) -> Marks:
    is_known = np.flatnonzero(rows.phone != "")
    known = rows.phone[is_known].astype(np.int64)
    others = other_phones(rng, known, PHONE_CHANGED * plan.dirt)
    rows.phone[is_known] = others.astype("U16")
    return _marks(is_known[others != known], "phone_changed")


def _noise(rng: Generator, plan: Plan, rows: Rows) -> Marks:
    """Carelessness that changes nothing that is said."""
    dice = Random(f"{plan.seed} noise")
    made = []
    for label, cells, change in (
        ("number_noise", rows.number, number_dirt.noise),
        ("name_noise", rows.name, name_dirt.noise),
        ("phone_noise", rows.phone, other_dirt.phone_noise),
    ):
        at = np.flatnonzero(chance(rng, NOISE[label], len(cells)) & (cells != ""))
        for row in at.tolist():
            cells[row] = change(str(cells[row]), dice)
        made.append(_marks(at, label))
    return _together(made)
