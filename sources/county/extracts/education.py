"""教育: enrolment, fees and aid, XLSX with a merged title and notes above the header, one file a term."""

import numpy as np

from sources.county.columns import Ints, chance, day_number, day_text, money_text, number_text, words
from sources.county.layout import File, Sheet, columns, spell
from sources.county.periods import Period, school_year, terms
from sources.county.plan import Plan
from sources.county.shocks import DROPOUT
from sources.county.standing import STAGES, TODDLER, age_at_school_start, stage_in
from sources.county.world import Feed, Habits, Rows, World, once, stack

SPELLINGS = spell("""
    order#: 序号
    term_record_no: 学期记录号
    name: 学生姓名 | 姓名
    id_number: 身份证件号 | 身份证号
    sex: 性别
    birth_date: 出生日期
    place: 户籍所在地 | 家庭住址
    school_year: 学年
    term: 学期
    stage: 学段
    enrolment: 在校状态 | 学籍状态
    status_on: 状态日期 | 状态变动日期
    tuition#: 学费
    board#: 住宿费 | 寄宿费
    books#: 书本费 | 教材费
    aid#: 资助金额 | 受助金额
""")
TERMS = 3
NOTES = (
    "说明：1. 本表所有人员与数据均为虚构，仅供演示；金额单位为元，按学期填写。",
    "2. 身份证件号无法填写的可填学籍号；在校状态按统计日实际情况填写。",
)
STATES = ("在校", "休学", "疑似辍学", "辍学", "转出")
PRESENT, SUSPENDED, SUSPECTED, DROPPED_OUT, MOVED = range(5)
FEES = (
    (0, 0, 0),
    (1_500, 0, 100),
    (0, 0, 0),
    (0, 150, 0),
    (800, 450, 420),
    (0, 400, 380),
    (2_600, 550, 450),
    (2_700, 600, 500),
)
"""Yuan a term by stage: tuition, board, books; round figures of public schools, our assumption."""
PRIVATE_FACTOR, PRIVATE_SHARE = 4.2, 0.08
IN_KINDERGARTEN = 0.6
"""Share of children of three to five whose kindergarten reports."""
COLLEGE, SEEN_AT_COLLEGE = 6, 0.55
"""The county's bureau knows college students through student aid only."""


def _files(plan: Plan) -> tuple[File, ...]:
    periods = terms(plan.as_of, TERMS)
    return tuple(
        File(
            source="education",
            path=f"education/{period.received_on}/在校学生收费资助_{period.label}.xlsx",
            encoding="",
            sheets=(Sheet("学生名单", columns(SPELLINGS, number), f"{period.label}学期在校学生收费与资助情况表", NOTES),),
            received_on=day_number(period.received_on),
        )
        for number, period in enumerate(periods)
    )


def _states(world: World, rng: np.random.Generator, period: Period) -> tuple[Ints, Ints]:
    """State of everyone in one term and the day it began."""
    count = len(world.people.born)
    begin = day_number(period.first)
    luck = rng.random(count)
    state = np.select([luck < 0.002, luck < 0.004], [SUSPENDED, MOVED], default=PRESENT)
    since = np.full(count, begin, dtype=np.int64)
    person, day = world.shocks.of(DROPOUT)
    gone = day <= day_number(period.last)
    is_fresh = day[gone] > begin - 100
    state[person[gone]] = np.where(is_fresh, SUSPECTED, DROPPED_OUT)
    since[person[gone]] = day[gone]
    return state, since


def _term(world: World, rng: np.random.Generator, number: int, period: Period) -> Rows:
    people, standing = world.people, world.standing
    year, is_autumn = school_year(period.first), period.first.month == 9
    stage = stage_in(age_at_school_start(people, year), standing.school_luck)
    state, since = _states(world, rng, period)
    seen = (stage > 0) & (stage < TODDLER) & ((stage < COLLEGE) | (standing.school_luck * 100 % 1 < SEEN_AT_COLLEGE))
    seen &= (stage > 1) | chance(rng, IN_KINDERGARTEN, len(stage))
    who = np.flatnonzero(seen & (people.born < day_number(period.first)))
    order = np.lexsort((who, people.village[who], stage[who]))
    who = who[order]
    fees = _fees(world, who, stage[who], rng)
    season, other = ("秋季", "第一学期") if is_autumn else ("春季", "第二学期")
    count = len(who)
    serial = number_text(world.place.number * 10**6 + np.arange(count), 10)
    cells = {
        "order": number_text(np.arange(1, count + 1)),
        "term_record_no": np.asarray(f"XJ{year}{'A' if is_autumn else 'B'}" + serial, dtype=np.object_),
        "name": people.name[who],
        "id_number": people.number[who],
        "sex": words(("女", "男"), people.is_male[who]),
        "birth_date": day_text(people.born[who], "%Y%m%d" if number % 2 else "%Y-%m-%d"),
        "place": world.place_text("{township}{village}")[who],
        "school_year": np.full(count, f"{year}-{year + 1}", dtype=np.object_),
        "term": np.full(count, other if number % 2 else season, dtype=np.object_),
        "stage": words(STAGES, stage[who]),
        "enrolment": words(STATES, state[who]),
        "status_on": day_text(since[who]),
    } | dict(zip(("tuition", "board", "books", "aid"), (money_text(fee) for fee in fees), strict=True))
    return once(who, np.full(count, number, dtype=np.int64), cells)


def _fees(world: World, who: Ints, stage: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """Tuition, board, books and aid in fen."""
    standing, home = world.standing, world.people.household[who]
    is_private = (standing.school_luck[who] * 1000 % 1 < PRIVATE_SHARE) & ((stage == 1) | (stage == 4) | (stage == 7))
    tuition, board, books = (np.array([fee[part] for fee in FEES])[stage] for part in range(3))
    tuition = np.where(is_private, tuition * PRIVATE_FACTOR, tuition) * (0.9 + 0.2 * (who % 3) / 2)
    is_helped = standing.household_dibao[home] | (standing.household_kind[home] > 0)
    amount = np.array([0, 300, 250, 300, 1_000, 1_000, 1_650, 1_650])[stage]
    aid = np.where(is_helped & chance(rng, 0.85, len(who)), amount, 0)
    return tuple(np.rint(fee * 100).astype(np.int64) for fee in (tuition, board, books, aid))


def _rows(world: World, rng: np.random.Generator) -> Rows:
    return stack([_term(world, rng, number, period) for number, period in enumerate(terms(world.plan.as_of, TERMS))])


def feed(plan: Plan) -> Feed:
    """The feed and its files."""
    habits = Habits(("board", "books", "aid"), "status_on", "enrolment", "aid", is_school=True)
    return Feed("education", _files(plan), _rows, habits)
