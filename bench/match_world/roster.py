"""The roster as the office has it: residents, and what is wrong with them."""

from dataclasses import dataclass
from random import Random

import numpy as np
import pyarrow as pa

from bench.match_world import number_dirt, numbers
from bench.match_world.draw import Generator, Ints, Texts, chance, generator
from bench.match_world.number_dirt import Spoil
from bench.match_world.people import NO_PHONE, People, other_phones
from bench.match_world.plan import ROSTER_RATES, Plan


@dataclass(frozen=True)
class Roster:
    """The table as roster.parquet has it, and whose entries they are."""

    table: pa.Table
    resident_id: Texts
    """By person; '' for who is not on it."""
    other_id: Texts
    """By person; a second entry of the same person, or ''."""


def make_roster(plan: Plan, people: People) -> Roster:
    """One entry per resident in no order, and a few more for those listed twice: with their own family and with another."""
    rng = generator(plan.seed, "roster")
    residents = np.flatnonzero(people.is_resident)
    twice = residents[chance(rng, ROSTER_RATES["listed_twice"], len(residents))]
    order = rng.permutation(len(residents) + len(twice))
    person = np.concatenate([residents, twice])[order]
    home = np.concatenate([residents, rng.choice(residents, len(twice))])[order]
    number = _numbers(rng, plan, people, person)
    resident_id = np.strings.add("R", np.strings.zfill(rng.permutation(len(person)).astype("U8"), 8))
    other_id, own_id = np.full(len(people.stem), "", dtype="U9"), np.full(len(people.stem), "", dtype="U9")
    other_id[person], own_id[person[::-1]] = resident_id, resident_id[::-1]
    columns = {
        "resident_id": resident_id,
        "household_id": _household_ids(rng, people, home),
        **_columns(rng, people, person, home),
        "id_number": number,
    }
    names = ("resident_id", "household_id", "name", "id_number", "sex", "birth_date", "place_code", "phone")
    table = pa.table({name: texts(columns[name]) for name in names})
    return Roster(table, own_id, np.where(other_id == own_id, "", other_id))


def texts(values: Texts) -> pa.Array | pa.ChunkedArray:
    """An Arrow column, in chunks if it is large; '' becomes null."""
    return pa.array(values, pa.string(), mask=values == "")


def _columns(rng: Generator, people: People, person: Ints, home: Ints) -> dict[str, Texts]:
    """What is written of each person but the number; `home` is who they live with."""
    who = people.who
    phone = other_phones(rng, people.phone[person], ROSTER_RATES["phone_old"])
    return {
        "name": people.name[person],
        "sex": np.array(["", "男", "女"])[who.sex[person]],
        "birth_date": _births(rng, who.birth[person]),
        "place_code": people.place[home].astype("U12"),
        "phone": np.where(phone == NO_PHONE, "", phone.astype("U11")),
    }


def _births(rng: Generator, birth: Ints) -> Texts:
    """With hyphens; some wanting, some not what the number says."""
    other = birth // 100 * 100 + rng.integers(1, 29, len(birth))
    birth = np.where(chance(rng, ROSTER_RATES["birth_other"], len(birth)), other, birth)
    text = birth.astype("U8")
    year, month, day = (np.strings.slice(text, start, stop) for start, stop in ((0, 4), (4, 6), (6, 8)))
    written = np.strings.add(np.strings.add(year, "-"), np.strings.add(np.strings.add(month, "-"), day))
    return np.where(chance(rng, ROSTER_RATES["birth_missing"], len(birth)), "", written)


def _household_ids(rng: Generator, people: People, person: Ints) -> Texts:
    count = int(people.who.household[-1]) + 1
    return np.strings.add("H", np.strings.zfill(rng.permutation(count).astype("U8"), 8))[people.who.household[person]]


def _numbers(rng: Generator, plan: Plan, people: People, person: Ints) -> Texts:
    """The numbers on the roster: some wanting, wrong, longer, or a relative's."""
    number = numbers.written(people.stem[person]).astype("U22")
    dice = Random(f"{plan.seed} roster")
    ways: dict[str, Spoil] = {
        "number_missing": lambda _number, _dice: "",
        "number_wrong_digit": number_dirt.wrong_digit,
        "number_20": number_dirt.twenty,
        "number_22": number_dirt.twenty_two,
    }
    for label, change in ways.items():
        for row in np.flatnonzero(chance(rng, ROSTER_RATES[label], len(person))).tolist():
            number[row] = change(str(numbers.complete(str(people.stem[person[row]]))), dice) or ""
    shared = np.flatnonzero(chance(rng, ROSTER_RATES["number_shared"], len(person)) & (people.who.head[person] != person))
    number[shared] = numbers.written(people.stem[people.who.head[person[shared]]])
    return number
