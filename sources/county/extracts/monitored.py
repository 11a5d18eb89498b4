"""防返贫监测对象台账: the registry of monitored households, every one again each month under its head's name, GB 18030 CSV."""

from dataclasses import dataclass

import numpy as np

from sources.county.columns import Flags, Ints, Texts, blank_where, chance, day_number, money_text, number_text, words
from sources.county.layout import File, Sheet, columns, spell
from sources.county.periods import Period, months, school_year
from sources.county.plan import Plan
from sources.county.shocks import CROP_FAILURE, DISABILITY, JOB_LOSS, SEVERE_ILLNESS
from sources.county.standing import age_at_school_start, stage_in
from sources.county.world import Feed, Habits, Rows, World, once

SPELLINGS = spell("""
    registry_no: 户编号 | 监测户编号
    month: 统计年月
    name: 户主姓名
    id_number: 户主证件号码
    place: 行政区划代码
    household_type: 户类型
    class: 监测对象类别 | 易返贫致贫户(监测对象)类型
    identified_on: 识别监测时间 | 风险识别时间
    is_removed: 风险是否已消除 | 风险是否消除
    removed_on: 风险消除时间
    risk_1: 致贫/返贫风险1 | 返贫致贫风险1
    risk_2: 致贫/返贫风险2 | 返贫致贫风险2
    risk_3: 致贫/返贫风险3 | 返贫致贫风险3
    income_per_head: 家庭人均纯收入 | 人均纯收入
    own_medical_spending: 合规自付支出
    school_spending: 教育自付支出
    schooling: 义务教育保障
    medical: 基本医疗保障
    housing: 住房安全保障
    water: 饮水安全保障
    industry_help: 产业帮扶
    job_help: 就业帮扶
    schooling_help: 教育帮扶
    health_help: 健康帮扶
    is_backstopped: 是否兜底保障户
    collector: 信息采集人
""")
MONTHS = 8
CLASSES = ("脱贫不稳定户", "边缘易致贫户", "突发严重困难户")
RISKS = ("因病", "因残", "因学", "因缺劳动力", "因自然灾害-洪涝", "因务工就业不稳"), (
    "01 因病", "03 因残", "09 因学", "缺劳动力", "0201 因自然灾害-洪涝", "务工就业不稳",
)  # fmt: skip
"""As one file and the next write them."""
LOST, OLD, NEW, BACK, RECENT = 0.02, 0.1, 0.15, 0.06, 0.3
"""Of monitored households: missing from the registry, identified before 2021, identified in these months; of those not removed,
removed and back in these months; of those removed, removed in these months.  All our assumptions."""
INSECURE, BLANK = 0.01, 0.006
"""Of each guarantee: not secure, not filled in."""


def _files(plan: Plan) -> tuple[File, ...]:
    return tuple(
        File(
            source="monitored",
            path=f"monitored/{period.received_on}/监测对象台账_{period.label}.csv",
            encoding="gb18030",
            sheets=(Sheet("", columns(SPELLINGS, number)),),
            received_on=day_number(period.received_on),
        )
        for number, period in enumerate(months(plan.as_of, MONTHS))
    )


@dataclass(frozen=True)
class _Course:
    """Of each monitored household: months since year 0 of identification, removal and renewed identification; -1 for never."""

    home: Ints
    identified: Ints
    removed: Ints
    again: Ints


def _course(world: World, rng: np.random.Generator, first: int, last: int) -> _Course:
    """Who was identified and removed when; `first` and `last` are the months of the files."""
    standing, people = world.standing, world.people
    homes = int(people.household[people.residents - 1]) + 1
    home = np.flatnonzero((standing.household_kind[:homes] == 2) & ~chance(rng, LOST, homes))
    count, cleared = len(home), standing.household_cleared[home]
    luck = rng.random(count)
    opinion = 2021 * 12
    identified = np.where(luck < OLD, rng.integers(opinion - 24, opinion, count), rng.integers(opinion, first - 14, count))
    identified = np.where((luck > 1 - NEW) & ~cleared, rng.integers(first, last + 1, count), identified)
    back = ~cleared & (luck > OLD) & (luck < 1 - NEW) & chance(rng, BACK, count)
    recent = chance(rng, RECENT, count)
    removed = np.where(recent, rng.integers(first + 1, last + 1, count), rng.integers(first - 12, first, count))
    removed = np.where(back, rng.integers(first, first + 3, count), np.where(cleared, removed, -1))
    again = np.where(back, removed + rng.integers(2, last - first - 2, count), -1)
    return _Course(home, identified.astype(np.int64), removed.astype(np.int64), again.astype(np.int64))


def _risks(world: World) -> Flags:
    """Households x RISKS: what troubles each, at least unsteady work."""
    people, standing, shocks = world.people, world.standing, world.shocks
    homes, home = len(standing.household_kind), people.household
    stage = stage_in(age_at_school_start(people, school_year(world.plan.as_of)), standing.school_luck)

    def anyone(whom: Flags, kind: int = -1) -> Flags:
        found = np.bincount(home, weights=whom, minlength=homes) > 0
        found[home[shocks.of(kind)[0]]] = True
        return found

    flags = [
        anyone(standing.is_gravely_ill, SEVERE_ILLNESS),
        anyone(standing.category > 0, DISABILITY),
        anyone((stage >= 4) & (stage < 8)),
        ~anyone(standing.labour <= 2),
        anyone(np.zeros(len(home), dtype=np.bool_), CROP_FAILURE),
        anyone(np.zeros(len(home), dtype=np.bool_), JOB_LOSS),
    ]
    flags[-1] |= ~np.any(flags, axis=0)
    return np.stack(flags, axis=1)


def _named(flags: Flags, variant: Ints) -> list[Texts]:
    """The first three risks of each row, in the words of its file."""
    place = np.cumsum(flags, axis=1) * flags
    codes = [np.where((place == nth).any(axis=1), (place == nth).argmax(axis=1), len(RISKS[0])) for nth in (1, 2, 3)]
    return [np.where(variant == 1, words((*RISKS[1], None), code), words((*RISKS[0], None), code)) for code in codes]


def _month_text(month: Ints) -> Texts:
    """YYYYMM; empty for never."""
    return blank_where(number_text(month // 12 * 100 + month % 12 + 1), month < 0)


def _spent(world: World, periods: tuple[Period, ...]) -> Ints:
    """Files x households: own spending at hospitals up to the end of each month, fen."""
    bills, homes = world.bills, len(world.standing.household_kind)
    home = world.people.household[bills.person]
    spent = [
        np.bincount(home, weights=bills.paid * (bills.day <= day_number(period.last)), minlength=homes) for period in periods
    ]
    return np.stack(spent).astype(np.int64)


def _rows(world: World, rng: np.random.Generator) -> Rows:
    periods = months(world.plan.as_of, MONTHS)
    first, last = (period.first.year * 12 + period.first.month - 1 for period in (periods[0], periods[-1]))
    course = _course(world, rng, first, last)
    count = len(course.home)
    file, at = np.repeat(np.arange(len(periods)), count), np.tile(np.arange(count), len(periods))
    seen = course.identified[at] <= file + first
    cells = _state(world, course, file, at, first) | _lasting(world, rng, course, at)
    heads = np.flatnonzero(world.people.relation[: world.people.residents] == 0)
    return once(heads[course.home][at], file, cells).take(seen)


def _state(world: World, course: _Course, file: Ints, at: Ints, first: int) -> dict[str, Texts]:
    """What the month of each row tells: identified when, removed or not, income and spending."""
    standing, now = world.standing, file + first
    home = course.home[at]
    is_back = (course.again[at] >= 0) & (course.again[at] <= now)
    is_removed = (course.removed[at] >= 0) & (course.removed[at] <= now) & ~is_back
    income = np.rint(standing.household_income[home] * (0.97 + 0.03 * file / (MONTHS - 1))).astype(np.int64)
    risks = _named(_risks(world)[home], file % 2)
    return {
        "month": _month_text(now),
        "identified_on": _month_text(np.where(is_back, course.again[at], course.identified[at])),
        "is_removed": words(("否", "是"), is_removed),
        "removed_on": _month_text(np.where(is_removed, course.removed[at], -1)),
        **{f"risk_{number}": risk for number, risk in enumerate(risks, start=1)},
        "income_per_head": money_text(income),
        "own_medical_spending": money_text(_spent(world, months(world.plan.as_of, MONTHS))[file, home]),
    }


def _lasting(world: World, rng: np.random.Generator, course: _Course, at: Ints) -> dict[str, Texts]:
    """What is the same in every month: who it is, guarantees, measures."""
    people, standing, count = world.people, world.standing, len(course.home)
    risks = _risks(world)[course.home]
    who = np.flatnonzero(people.relation[: people.residents] == 0)[course.home]
    is_pupil, is_helped = risks[:, 2], ~chance(rng, 0.04, count)

    def secure() -> Texts:
        return blank_where(words(("有保障", "无保障"), chance(rng, INSECURE, count)), chance(rng, BLANK, count))

    def helped(whom: Flags, share: float) -> Texts:
        return words(("否", "是"), whom & is_helped & chance(rng, share, count))

    every = np.ones(count, dtype=np.bool_)
    cost = np.where(is_pupil, rng.integers(500_00, 4_000_00, count), 0)
    cells = {
        "registry_no": np.asarray("JC" + number_text(world.place.number * 10**6 + np.arange(count), 10), dtype=np.object_),
        "name": people.name[who],
        "id_number": people.number[who],
        "place": world.place_text("{code}")[who],
        "household_type": np.full(count, "防返贫监测对象", dtype=np.object_),
        "class": words(CLASSES, standing.household_class[course.home]),
        "school_spending": blank_where(money_text(cost), is_pupil & chance(rng, 0.15, count)),
        "schooling": secure(),
        "medical": secure(),
        "housing": secure(),
        "water": secure(),
        "industry_help": helped(every, 0.5),
        "job_help": helped(~risks[:, 3], 0.7),
        "schooling_help": helped(is_pupil, 0.6),
        "health_help": helped(risks[:, 0], 0.8),
        "is_backstopped": words(("否", "是"), risks[:, 3]),
        "collector": np.asarray("采集员" + number_text(rng.integers(1, 60, count)), dtype=np.object_),
    }
    return {key: cell[at] for key, cell in cells.items()}


def feed(plan: Plan) -> Feed:
    """The feed and its files."""
    return Feed("monitored", _files(plan), _rows, Habits(("own_medical_spending",), code="class"))
