"""What befalls people: shocks, the hospital bills that follow them among everyone else's, moves in and out."""

from dataclasses import dataclass

import numpy as np

from sources.county.columns import Flags, Floats, Ints
from sources.county.people import People
from sources.county.plan import ShockRates
from sources.county.standing import Standing, age_at_school_start, stage_in

KINDS = ("severe_illness", "accident", "dropout", "job_loss", "disability", "labour_loss", "crop_failure")
FAMILIES = ("因病", "因意外", "因学", "务工不稳", "因残", "缺劳动力", "因灾")
SEVERE_ILLNESS, ACCIDENT, DROPOUT, JOB_LOSS, DISABILITY, LABOUR_LOSS, CROP_FAILURE = range(7)
FIRST_DAYS_BACK, LAST_DAYS_BACK = 240, 20
"""Shocks fall between so many days before `as_of`."""
MOVES = 0.0008
"""Share of residents, heads apart, who leave between the two rosters; as many others join."""
BILLS_PER_PERSON = 0.44
"""Settlements per person in the months of the feed."""
SEVERE_DEDUCTIBLE = 8_000_00
SEVERE_NAMES = (
    "肺癌",
    "胃癌",
    "肝癌",
    "食管癌",
    "乳腺癌",
    "宫颈癌",
    "终末期肾病",
    "急性心肌梗死",
    "脑梗死",
    "儿童白血病",
    "耐多药肺结核",
    "血友病",
)
INPATIENT, OUTPATIENT, CHRONIC_OUTPATIENT = range(3)


@dataclass(frozen=True)
class Shocks:
    """One row per shock: whom, what (code in KINDS) and when (day number); ordered by person."""

    person: Ints
    kind: Ints
    day: Ints

    def of(self, kind: int) -> tuple[Ints, Ints]:
        """Persons and days of one kind."""
        rows = self.kind == kind
        return self.person[rows], self.day[rows]


@dataclass(frozen=True)
class Moves:
    """Residents on the first roster only, and on the second only."""

    leaves: Flags
    joins: Flags


@dataclass(frozen=True)
class Bills:
    """Settlements: whose, when, what kind, illness code or -1, and the amounts in fen."""

    person: Ints
    day: Ints
    visit: Ints
    illness: Ints
    total: Ints
    basic: Ints
    severe: Ints
    aid: Ints
    paid: Ints


def _struck(rng: np.random.Generator, rate: Floats | float, eligible: Flags) -> Flags:
    return eligible & (rng.random(len(eligible)) < rate)


def _earners(people: People, standing: Standing) -> Flags:
    """The member of each resident household who works the most months, if anyone does."""
    rows = np.lexsort((np.arange(len(people.born)), -standing.months_worked, people.household))
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = people.household[rows][1:] != people.household[rows][:-1]
    best = np.zeros(len(rows), dtype=np.bool_)
    best[rows[first]] = True
    return best & (standing.months_worked > 0)


def draw_shocks(
    rng: np.random.Generator, people: People, standing: Standing, rates: ShockRates, today: int, school_year: int
) -> Shocks:
    """Who is struck by what; at most one shock each, residents only."""
    age, here = people.age(today), people.is_resident
    stage = stage_in(age_at_school_start(people, school_year), standing.school_luck)
    illness_rate = rates.severe_illness * np.select([age >= 60, age >= 40], [2.0, 1.3], default=0.5)
    is_pupil = (stage >= 2) & (stage <= 5) & (age >= 12)
    struck = [
        _struck(rng, illness_rate, here & ~standing.is_gravely_ill),
        _struck(rng, rates.accident, here & (age >= 6)),
        _struck(rng, rates.dropout, here & is_pupil),
        _struck(rng, rates.job_loss, here & (standing.months_worked > 0)),
        _struck(rng, rates.disability, here & (standing.category == 0)),
        _struck(rng, rates.labour_loss, here & _earners(people, standing)),
        _struck(rng, rates.crop_failure, here & (people.relation == 0)),
    ]
    kind = np.full(len(age), -1, dtype=np.int64)
    for code in reversed(range(len(struck))):
        kind[struck[code]] = code
    person = np.flatnonzero(kind >= 0)
    return Shocks(person, kind[person], today - rng.integers(LAST_DAYS_BACK, FIRST_DAYS_BACK, len(person)))


def draw_moves(rng: np.random.Generator, people: People, shocks: Shocks) -> Moves:
    """Who leaves and who joins between the rosters: no heads, nobody whom a shock struck."""
    luck = rng.random(len(people.born))
    free = people.is_resident & (people.relation > 0)
    free[shocks.person] = False
    return Moves(free & (luck < MOVES), free & (luck > 1 - MOVES))


def _visits(
    rng: np.random.Generator, people: People, standing: Standing, days: tuple[int, int]
) -> tuple[Ints, Ints, Ints, Floats]:
    """Everyday settlements: persons, days, kinds and totals in yuan."""
    age = people.age(days[1])
    weight = np.select([age < 6, age < 45, age < 60], [1.2, 0.5, 1.0], default=1.9)
    weight *= np.where(standing.is_chronic, 1.6, 1.0) * np.where(standing.is_gravely_ill, 2.5, 1.0)
    times = rng.poisson(BILLS_PER_PERSON * weight / weight.mean())
    person = np.repeat(np.arange(len(age)), times)
    count = len(person)
    grave, chronic = standing.is_gravely_ill[person], standing.is_chronic[person]
    is_stay = rng.random(count) < np.where(grave, 0.4, 0.13)
    is_chronic = chronic & (rng.random(count) < 0.45)
    visit = np.where(is_stay, INPATIENT, np.where(is_chronic, CHRONIC_OUTPATIENT, OUTPATIENT))
    middle = np.array([5_000.0, 95.0, 320.0])[visit] * np.where(grave & is_stay, 1.8, 1.0)
    total = middle * np.exp(rng.normal(0, 0.62, count))
    return person, rng.integers(days[0], days[1] + 1, count), visit, total


def _stays(rng: np.random.Generator, shocks: Shocks, last: int) -> tuple[Ints, Ints, Ints, Floats]:
    """Hospital stays after illness (several, long) and accident (one or two): persons, days, shock kinds, totals in yuan."""
    rows = np.flatnonzero(shocks.kind <= ACCIDENT)
    is_ill = shocks.kind[rows] == SEVERE_ILLNESS
    times = 1 + np.where(is_ill, rng.poisson(1.6, len(rows)), rng.random(len(rows)) < 0.3)
    stay = np.repeat(rows, times)
    number = np.arange(len(stay)) - np.repeat(np.cumsum(times) - times, times)
    day = shocks.day[stay] + number * 28 + rng.integers(3, 20, len(stay))
    kind = shocks.kind[stay]
    total = np.where(kind == SEVERE_ILLNESS, 30_000.0, 24_000.0) * np.exp(rng.normal(0, 0.6, len(stay)))
    seen = day <= last
    return shocks.person[stay][seen], day[seen], kind[seen], total[seen]


def _insure(
    rng: np.random.Generator, total: Ints, visit: Ints, is_accident: Flags, help_share: Floats
) -> tuple[Ints, Ints, Ints, Ints]:
    """Basic insurance, severe-illness insurance, medical assistance, own share; most rows add up, some miss a little."""
    count = len(total)
    share = np.where(visit == OUTPATIENT, rng.uniform(0.35, 0.6, count), rng.uniform(0.5, 0.78, count))
    share = np.where(is_accident, rng.uniform(0.1, 0.6, count), share)
    basic = np.rint(total * share).astype(np.int64)
    rest = total - basic
    severe = np.where(is_accident, 0, np.rint(np.maximum(rest - SEVERE_DEDUCTIBLE, 0) * 0.6)).astype(np.int64)
    aid = np.rint((rest - severe) * np.where(visit == OUTPATIENT, 0.0, help_share)).astype(np.int64)
    paid = rest - severe - aid
    lost = np.where((rng.random(count) < 0.08) & (paid > 250_00), rng.integers(30_00, 183_00, count), 0)
    return basic, severe, aid, paid - lost


def draw_bills(rng: np.random.Generator, people: People, standing: Standing, shocks: Shocks, days: tuple[int, int]) -> Bills:
    """All settlements between two days, ordered by day and person."""
    person, day, visit, total = _visits(rng, people, standing, days)
    hurt, hurt_day, kind, hurt_total = _stays(rng, shocks, days[1])
    count = len(person)
    person, day = np.concatenate([person, hurt]), np.concatenate([day, hurt_day])
    visit = np.concatenate([visit, np.zeros(len(hurt), dtype=np.int64)])
    fen = np.rint(np.concatenate([total, hurt_total]) * 100).astype(np.int64)
    kind = np.concatenate([np.full(count, -1, dtype=np.int64), kind])
    is_severe = (kind == SEVERE_ILLNESS) | (standing.is_gravely_ill[person] & (visit != OUTPATIENT))
    illness = np.where(is_severe, (person * 7 + 3) % len(SEVERE_NAMES), -1)
    home = people.household[person]
    covered = standing.household_dibao[home] | (standing.household_kind[home] == 2)
    help_share = np.where(covered, rng.uniform(0.5, 0.8, len(fen)), np.where(standing.household_kind[home] == 1, 0.3, 0.0))
    basic, severe, aid, paid = _insure(rng, fen, visit, kind == ACCIDENT, help_share)
    rows = np.lexsort((np.arange(len(fen)), person, day))
    rows = rows[day[rows] >= np.maximum(days[0], people.born[person[rows]])]
    columns = (person, day, visit, illness, fen, basic, severe, aid, paid)
    return Bills(*(column[rows] for column in columns))
