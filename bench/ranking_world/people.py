"""The households of a world, what the roster knows of them, and what nobody knows."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.ranking_world.plan import FIRST_DAY, LINE, Plan, day_of

VILLAGES_PER_TOWNSHIP: Final = 8
SIZES: Final = (0.09, 0.2, 0.24, 0.22, 0.16, 0.09)
ROSTER_DAY: Final = 200
ROLES: Final = ("户主", "配偶", "之子", "之女", "之父", "之母")


@dataclass(frozen=True)
class Member:
    """One person as the roster has it."""

    resident: str
    relation: str
    age: int
    labour: str | None
    health: str


@dataclass(frozen=True)
class Household:
    """`income` is what it really has per head and year, `buffer` what it could live on in addition, in years of that; `kin` the
    share of a loss that relatives bear.  `registered` is what the roster says it has."""

    number: int
    village: int
    members: tuple[Member, ...]
    income: float
    registered: int | None
    buffer: float
    kin: float
    kind: str
    on_dibao: bool

    @property
    def code(self) -> str:
        return f"H{self.number:05d}"

    @property
    def is_known_poor(self) -> bool:
        return self.kind == "监测对象" or self.on_dibao

    @property
    def workers(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.labour in ("普通劳动力", "技能劳动力"))


def draw_households(rng: np.random.Generator, plan: Plan) -> list[Household]:
    """All households of the one county."""
    return [_household(rng, number, plan) for number in range(plan.households)]


def _household(rng: np.random.Generator, number: int, plan: Plan) -> Household:
    size = 1 + int(rng.choice(len(SIZES), p=SIZES))
    members = tuple(_member(rng, number, place) for place in range(size))
    able = sum(member.labour in ("普通劳动力", "技能劳动力") for member in members) / size
    income = float(16_500 * np.exp(rng.normal(0.35 * (able - 0.5), 0.42)))
    poor = income < LINE * 1.25
    kind = (
        "监测对象"
        if rng.random() < (0.13 if poor else 0.004)
        else "脱贫户"
        if rng.random() < (0.34 if poor else 0.08)
        else "一般农户"
    )
    registered = None if rng.random() < 0.05 else round(income * float(np.exp(rng.normal(0, 0.2))), -1)
    return Household(
        number=number,
        village=int(rng.integers(plan.households // 125)),
        members=members,
        income=income,
        registered=int(registered) if registered is not None else None,
        buffer=float(0.3 * np.exp(rng.normal(0, 1.0))),
        kin=0.5 if rng.random() < 0.3 else 0.0,
        kind=kind,
        on_dibao=bool(rng.random() < (0.35 if income < LINE else 0.02)),
    )


def _member(rng: np.random.Generator, household: int, place: int) -> Member:
    ages = ((30, 72), (28, 70), (2, 34), (2, 34), (58, 88), (58, 88))
    age = int(rng.integers(*ages[place]))
    labour = None if age < 16 else str(rng.choice(_LABOUR, p=_LABOUR_OLD if age >= 60 else _LABOUR_YOUNG))
    illness = 0.04 + 0.004 * max(age - 40, 0)
    health = str(rng.choice(("健康", "长期慢性病", "患有大病", "残疾"), p=(1 - illness - 0.045, illness, 0.007, 0.038)))
    return Member(f"R{household:05d}{place}", ROLES[place], age, labour, health)


_LABOUR: Final = ("普通劳动力", "技能劳动力", "弱劳动力或半劳动力", "丧失劳动力", "无劳动力")
_LABOUR_YOUNG: Final = (0.82, 0.07, 0.06, 0.03, 0.02)
_LABOUR_OLD: Final = (0.3, 0.01, 0.32, 0.07, 0.3)


def roster_rows(households: list[Household]) -> list[dict[str, object]]:
    """The roster's rows (RESIDENT; what it lacks is null)."""
    return [_row(household, member, number) for number, (household, member) in enumerate(_everyone(households), start=1)]


def _everyone(households: list[Household]) -> list[tuple[Household, Member]]:
    return [(household, member) for household in households for member in household.members]


def _row(household: Household, member: Member, number: int) -> dict[str, object]:
    township = f"99010100{1 + household.village // VILLAGES_PER_TOWNSHIP}"
    village = f"{township}{200 + household.village % VILLAGES_PER_TOWNSHIP}"
    return {
        "row_id": number,
        "resident_id": member.resident,
        "household_id": household.code,
        "relation": member.relation,
        "birth_date": FIRST_DAY.replace(year=FIRST_DAY.year - member.age),
        "household_type": household.kind,
        "risk_removed": "否" if household.kind == "监测对象" else None,
        "county": "990101",
        "township": township,
        "village": village,
        "place_code": village,
        "county_name": "虚构县",
        "township_name": f"{household.village // VILLAGES_PER_TOWNSHIP + 1}号乡",
        "village_name": f"{household.village + 1}号村",
        "labour": member.labour,
        "health": member.health,
        "is_on_dibao": "是" if household.on_dibao else "否",
        "income_per_head": household.registered,
        "received_on": day_of(ROSTER_DAY),
    }
