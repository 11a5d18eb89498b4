"""What the registry knows of people: schooling, work, health, certificate, class of household, income."""

from dataclasses import dataclass

import numpy as np

from sources.county.columns import Flags, Floats, Ints, draw
from sources.county.people import People

STAGES: tuple[str | None, ...] = (None, "学前", "小学", "初中", "普通高中", "中职", "高职高专", "本科")
TODDLER = 8
"""Stage code of children under three, who have an entry in the roster's schooling column but not in the school feed."""
EDUCATION: tuple[str | None, ...] = ("文盲或半文盲", "小学", "初中", "高中", "大专", "本科及以上")
LABOUR: tuple[str | None, ...] = ("普通劳动力", "技能劳动力", "弱劳动力或半劳动力", "丧失劳动力", "无劳动力")
CATEGORY_SHARES = (12, 12, 1, 54, 9, 9, 3)
"""视力 听力 言语 肢体 智力 精神 多重, about as in the national sample surveys (rounded from general knowledge)."""
GRADE_SHARES = (11, 26, 31, 32)
EDUCATION_SHARES: tuple[tuple[float, ...], ...] = (
    (24, 55, 17, 3, 1, 0),
    (5, 35, 48, 10, 2, 0),
    (1, 12, 57, 16, 9, 5),
    (0, 2, 45, 36, 12, 5),
)
"""Schooling of those aged 65 and more, 45, 25, and the rest."""
LINE = 8_700_00
"""Fen.  About the provincial monitoring lines of 2024 and 2025; only shapes who is poor, no rule reads it."""


@dataclass(frozen=True)
class Standing:
    """By person, but for the household columns named so, which are by household number."""

    school_luck: Floats
    """Decides the track after compulsory school, the same every year."""
    education: Ints
    labour: Ints
    months_worked: Ints
    is_chronic: Flags
    is_gravely_ill: Flags
    category: Ints
    """Disability category 1-7, 0 for none."""
    grade: Ints
    is_reissued: Flags
    """The certificate number has 22 characters."""
    household_kind: Ints
    """0 general, 1 ex-poor, 2 monitored."""
    household_class: Ints
    household_cleared: Flags
    household_dibao: Flags
    household_income: Ints
    """Fen per head and year."""
    household_size: Ints


def stage_in(age_at_september: Ints, luck: Floats) -> Ints:
    """Stage code in a school year: everyone to grade nine, then by luck (0-1) to 高中, 中职, and on to college."""
    stage = np.select(
        [age_at_september < 3, age_at_september < 6, age_at_september < 12, age_at_september < 15],
        [TODDLER, 1, 2, 3],
        default=0,
    ).astype(np.int64)
    is_upper = (age_at_september >= 15) & (age_at_september < 18)
    stage[is_upper] = np.select([luck[is_upper] < 0.58, luck[is_upper] < 0.9], [4, 5], default=0)
    is_college = (age_at_september >= 18) & (age_at_september < 22)
    college = np.select(
        [luck < 0.3, (luck < 0.5) & (age_at_september < 21), (luck > 0.58) & (luck < 0.7) & (age_at_september < 21)],
        [7, 6, 6],
        default=0,
    )
    stage[is_college] = college[is_college]
    return stage


def age_at_school_start(people: People, school_year: int) -> Ints:
    """Whole years on 31 August of the school year's first calendar year."""
    day = int(np.datetime64(f"{school_year}-08-31", "D").astype(np.int64))
    return people.age(day)


def _educate(rng: np.random.Generator, age: Ints) -> Ints:
    band = np.select([age >= 65, age >= 45, age >= 25], [0, 1, 2], default=3)
    codes = np.stack([draw(rng, shares, len(age)) for shares in EDUCATION_SHARES])
    code: Ints = codes[band, np.arange(len(age))]
    return code


def _work(rng: np.random.Generator, age: Ints, is_pupil: Flags, is_disabled: Flags) -> tuple[Ints, Ints]:
    """Labour code and months worked for wages in the year."""
    count = len(age)
    adult, older = draw(rng, (80, 13, 5.5, 1.5, 0), count), draw(rng, (34, 2, 56, 5, 3), count)
    labour = np.select([(age < 16) | is_pupil | (age >= 80), age >= 60], [np.full(count, 4), older], default=adult)
    weakened = is_disabled & (labour < 2) & (rng.random(count) < 0.7)
    labour = np.where(weakened, np.where(rng.random(count) < 0.3, 3, 2), labour)
    works = (labour < 2) & (rng.random(count) < np.select([age < 50, age < 60], [0.72, 0.5], default=0.15))
    return labour.astype(np.int64), np.where(works, draw(rng, (1, 1, 2, 2, 3, 4, 6, 9, 14, 18, 14, 6, 8), count), 0)


def _ail(rng: np.random.Generator, age: Ints) -> tuple[Flags, Flags, Ints, Ints]:
    """Chronic illness, grave illness, disability category and grade."""
    count = len(age)
    band = np.select([age >= 60, age >= 40, age >= 18], [0, 1, 2], default=3)
    chronic = rng.random(count) < np.array([0.42, 0.16, 0.04, 0.01])[band]
    grave = rng.random(count) < np.array([0.016, 0.009, 0.003, 0.002])[band]
    disabled = rng.random(count) < np.array([0.11, 0.05, 0.03, 0.01])[band]
    category = np.where(disabled, draw(rng, CATEGORY_SHARES, count) + 1, 0)
    return chronic, grave, category, np.where(disabled, draw(rng, GRADE_SHARES, count) + 1, 0)


def _lowest(value: Floats, share: float) -> Flags:
    """The households with the lowest values, as many as the share says."""
    return value < np.quantile(value, share)


@dataclass(frozen=True)
class _Households:
    kind: Ints
    klass: Ints
    cleared: Flags
    dibao: Flags
    income: Ints


def _households(rng: np.random.Generator, hardship: Floats) -> _Households:
    """Income per head (log-normal around 17,000 yuan with a low tail) and who is registered as what."""
    count = len(hardship)
    level = rng.normal(0, 1, count) - 0.35 * hardship
    low = rng.random(count) < 0.02
    income = np.where(low, rng.uniform(3_500, 9_000, count), 17_000 * np.exp(0.36 * level))
    need = np.log(income / 17_000) / 0.36 - 0.8 * hardship
    dibao = _lowest(need + rng.normal(0, 0.7, count), 0.05)
    monitored = _lowest(need + rng.normal(0, 1.2, count), 0.025)
    was_poor = _lowest(need + rng.normal(0, 2.5, count) + 9 * monitored, 0.12)
    forgotten = (income < LINE / 100) & ~dibao & ~monitored & (rng.random(count) < 0.9)
    income = np.where(forgotten, rng.uniform(9_200, 14_000, count), income)
    kind = np.where(monitored, 2, np.where(was_poor, 1, 0))
    klass = np.where(income > LINE / 100 * 1.4, 2, draw(rng, (45, 45, 10), count))
    return _Households(kind, klass, monitored & (rng.random(count) < 0.5), dibao, np.rint(income * 100).astype(np.int64))


def standing_of(rng: np.random.Generator, people: People, today: int, school_year: int) -> Standing:
    """Draw everyone's standing as of the first roster."""
    count, age = len(people.born), people.age(today)
    luck = rng.random(count)
    stage = stage_in(age_at_school_start(people, school_year), luck)
    chronic, grave, category, grade = _ail(rng, age)
    labour, months = _work(rng, age, stage > 0, category > 0)
    size = np.bincount(people.household)
    dependent = (age < 16) | (age >= 75) | (labour == 3)
    hardship = np.bincount(people.household, weights=dependent + 1.2 * (category > 0) + grave) / size
    homes = _households(rng, hardship)
    return Standing(
        school_luck=luck,
        education=_educate(rng, age),
        labour=labour,
        months_worked=months,
        is_chronic=chronic,
        is_gravely_ill=grave,
        category=category,
        grade=grade,
        is_reissued=rng.random(count) < 0.05,
        household_kind=homes.kind,
        household_class=homes.klass,
        household_cleared=homes.cleared,
        household_dibao=homes.dibao,
        household_income=homes.income,
        household_size=size,
    )
