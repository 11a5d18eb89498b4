"""A small world whose rows err at known rates, each field on its own: what an estimate has to find again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import pyarrow as pa

from tables import ROSTER_IDENTITY
from tests.matching.helpers import FEED, Row, number

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红春梅建国志永丽海燕鹏辉雪飞云凤光荣福生文德成东"
VILLAGES = [
    f"9901{county:02d}{town:03d}{village:03d}" for county in (1, 2) for town in (101, 102) for village in range(201, 207)
]


@dataclass(frozen=True)
class Rates:
    """How often a row errs, field by field."""

    number: dict[str, float] = field(
        default_factory=lambda: {"missing": 0.15, "wrong_digit": 0.03, "swapped": 0.015, "length": 0.02}
    )
    name: dict[str, float] = field(default_factory=lambda: {"dropped": 0.03, "changed": 0.03})
    birth: dict[str, float] = field(default_factory=lambda: {"year": 0.03, "different": 0.015})
    place: dict[str, float] = field(default_factory=lambda: {"township": 0.07, "different": 0.04})
    phone: dict[str, float] = field(default_factory=lambda: {"missing": 0.4, "different": 0.3})
    stranger: float = 0.06


@dataclass(frozen=True)
class World:
    """`roster` (ROSTER_IDENTITY), `identity` (FEED), and per row the resident, None for a stranger."""

    roster: pa.Table
    identity: pa.Table
    truth: list[str | None]


def world(residents: int, rows: int, seed: int, rates: Rates | None = None) -> World:
    """Reproducible by its seed."""
    random = Random(seed)
    people = [person for household in range(residents // 3) for person in _household(random, household)]
    speaks_of = [None if random.random() < (rates or Rates()).stranger else random.choice(people) for _ in range(rows)]
    records = [_row(random, n, person or _stranger(random, n), rates or Rates()) for n, person in enumerate(speaks_of, 1)]
    return World(
        pa.Table.from_pylist(people, schema=ROSTER_IDENTITY),
        pa.Table.from_pylist(records, schema=FEED),
        [person["resident_id"] if person else None for person in speaks_of],
    )


def _household(random: Random, household: int) -> Iterator[dict[str, str | None]]:
    surname, village, phone = random.choice(SURNAMES), random.choice(VILLAGES), _phone(random)
    for member in range(3):
        own_phone = phone if random.random() < 0.6 else _phone(random)
        yield {"household_id": f"H{household}", **_person(random, f"P{3 * household + member}", surname, village, own_phone)}


def _stranger(random: Random, n: int) -> dict[str, str | None]:
    return _person(random, f"S{n}", random.choice(SURNAMES), random.choice(VILLAGES), _phone(random))


def _person(random: Random, resident_id: str, surname: str, village: str, phone: str) -> dict[str, str | None]:
    birth, sequence = _day(random), random.randrange(1000)
    name = surname + "".join(random.choice(GIVEN) for _ in range(random.choice((1, 2, 2))))
    sex = "男" if sequence % 2 else "女"
    numbers = number(birth, sequence, village[:6])
    return {
        "resident_id": resident_id, "name": name, "id_number": numbers, "sex": sex, "birth_date": birth,
        "place_code": village, "phone": phone,
    }  # fmt: skip


def _day(random: Random) -> str:
    return f"{random.randint(1940, 2020)}{random.randint(1, 12):02d}{random.randint(1, 28):02d}"


def _phone(random: Random) -> str:
    return f"13{random.randrange(10**9):09d}"


def _row(random: Random, row_id: int, person: Row, rates: Rates) -> dict[str, object]:
    """What a department writes of the person."""
    return {
        "row_id": row_id, "source": "s", "batch_id": "b", "row_number": row_id,
        "id_number": _number(random, str(person["id_number"]), _error(random, rates.number)),
        "name": _name(random, str(person["name"]), _error(random, rates.name)),
        "birth_date": _birth(random, str(person["birth_date"]), _error(random, rates.birth)),
        "sex": person["sex"],
        "place": _place(random, str(person["place_code"]), _error(random, rates.place)),
        "phone": {"missing": None, "different": _phone(random)}.get(_error(random, rates.phone), person["phone"]),
    }  # fmt: skip


def _error(random: Random, rates: dict[str, float]) -> str:
    """One error at most, each as often as its rate says."""
    return random.choices([*rates, ""], [*rates.values(), 1 - sum(rates.values())])[0]


def _number(random: Random, written: str, error: str) -> str | None:
    at = random.randrange(6, 16)
    changed = str((int(written[at]) + random.randint(1, 9)) % 10)
    unequal = next(i for i in range(16) if written[i] != written[i + 1])
    return {
        "missing": None,
        "wrong_digit": written[:at] + changed + written[at + 1 :],
        "swapped": written[:unequal] + written[unequal + 1] + written[unequal] + written[unequal + 2 :],
        "length": written[:at] + written[at + 1 :],
    }.get(error, written)


def _name(random: Random, written: str, error: str) -> str:
    other = random.choice([c for c in GIVEN if c not in written])
    return {"dropped": written[:-1] if len(written) == 3 else written, "changed": written[:-1] + other}.get(error, written)


def _birth(random: Random, written: str, error: str) -> str:
    return {"year": written[:4] + _day(random)[4:], "different": _day(random)}.get(error, written)


def _place(random: Random, written: str, error: str) -> str:
    township = [village for village in VILLAGES if village[:9] == written[:9] and village != written]
    county = [village for village in VILLAGES if village[:6] != written[:6]]
    return {"township": random.choice(township), "different": random.choice(county)}.get(error, written)
