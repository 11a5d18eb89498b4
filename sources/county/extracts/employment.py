"""人社: registrations of work, unemployment and return, GBK CSV with apostrophes and ="..." around long numbers."""

from datetime import timedelta

import numpy as np

from sources.county.columns import Ints, blank_where, day_number, day_text, draw, money_text, number_text, words
from sources.county.layout import File, Sheet, columns, spell
from sources.county.periods import months
from sources.county.plan import Plan
from sources.county.shocks import JOB_LOSS
from sources.county.world import Feed, Habits, Rows, World, once

SPELLINGS = spell("""
    registration_no: 登记编号
    id_number: 公民身份号码 | 身份证号码
    name: 姓名
    place: 户籍地行政区划 | 户籍地
    phone: 联系电话 | 手机号码
    kind: 登记类型
    registered_on: 登记日期
    form: 就业形式
    cause: 失业原因
    monthly_income: 月收入 | 月工资
    employer: 单位名称
""")
MONTHS, TWICE, AGAIN_AFTER = 8, 5, timedelta(days=2)
RATE = 0.36
"""Registrations per worker in the months of the feed."""
KINDS = ("就业登记", "失业登记", "返乡登记")
WORK, UNEMPLOYED, RETURNED = range(3)
KIND_SHARES = (78, 9, 13)
FORMS = ("单位就业", "灵活就业", "外出务工", "公益性岗位", "帮扶车间")
FORM_SHARES = (22, 24, 42, 7, 5)
CAUSES = ("合同到期", "自愿离职", "季节性停工", "企业裁员", "企业倒闭")
USUAL_CAUSES, GRAVE_CAUSES = (40, 35, 25, 0, 0), (15, 0, 0, 50, 35)
WAGES = (3_300, 2_800, 4_300, 950, 2_300)
EMPLOYERS = ("虚构制造有限公司", "虚构建筑劳务有限公司", "虚构物流有限公司", "虚构农业合作社", "虚构餐饮服务部")


def _files(plan: Plan) -> tuple[File, ...]:
    return tuple(
        File(
            source="employment",
            path=f"employment/{period.received_on}/就业失业登记_{period.label}.csv",
            encoding="gbk",
            sheets=(Sheet("", columns(SPELLINGS, number // 4)),),
            received_on=day_number(period.received_on),
            copy=f"employment/{period.received_on + AGAIN_AFTER}/就业失业登记_{period.label}(1).csv" if number == TWICE else "",
        )
        for number, period in enumerate(months(plan.as_of, MONTHS))
    )


def _registrations(world: World, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """Person, day, kind and cause code (-1 for none), ordered by day: everyday ones and those of real job losses."""
    standing, periods = world.standing, months(world.plan.as_of, MONTHS)
    begin, end = day_number(periods[0].first), day_number(periods[-1].last)
    who = np.repeat(np.arange(len(standing.labour)), rng.poisson(np.where(standing.months_worked > 0, RATE, 0.02)))
    who = who[world.people.age(end)[who] >= 16]
    kind = draw(rng, KIND_SHARES, len(who))
    cause = np.where(kind == UNEMPLOYED, draw(rng, USUAL_CAUSES, len(who)), -1)
    day = rng.integers(begin, end + 1, len(who))
    lost, lost_day = world.shocks.of(JOB_LOSS)
    is_back = np.isin(who, lost) & (kind == WORK)
    lost_day = lost_day + rng.integers(1, 25, len(lost))
    seen = (lost_day >= begin) & (lost_day <= end)
    person = np.concatenate([who[~is_back], lost[seen]])
    days = np.concatenate([day[~is_back], lost_day[seen]])
    kinds = np.concatenate([kind[~is_back], np.full(int(seen.sum()), UNEMPLOYED)])
    causes = np.concatenate([cause[~is_back], draw(rng, GRAVE_CAUSES, int(seen.sum()))])
    order = np.lexsort((np.arange(len(person)), person, days))
    return person[order], days[order], kinds[order], causes[order]


def _rows(world: World, rng: np.random.Generator) -> Rows:
    people = world.people
    who, day, kind, cause = _registrations(world, rng)
    count, works = len(who), kind == WORK
    form = draw(rng, FORM_SHARES, count)
    wage = np.rint(np.array(WAGES)[form] * np.exp(rng.normal(0, 0.25, count))).astype(np.int64) * 100
    file = np.searchsorted([day_number(period.first) for period in months(world.plan.as_of, MONTHS)], day, side="right") - 1
    serial = number_text(world.place.number * 10**6 + np.arange(count), 10)
    employed = works & ((form == 0) | (form == 4))
    cells = {
        "registration_no": np.asarray("DJ" + serial, dtype=np.object_),
        "id_number": people.number[who],
        "name": people.name[who],
        "place": world.place_text("{code}")[who],
        "phone": world.phone[who],
        "kind": words(KINDS, kind),
        "registered_on": np.where(file % 3 == 1, day_text(day, "%Y%m%d"), day_text(day)),
        "form": blank_where(words(FORMS, form), ~works),
        "cause": words((*CAUSES, None), cause),
        "monthly_income": blank_where(money_text(wage), ~works),
        "employer": blank_where(words(EMPLOYERS, who % len(EMPLOYERS)), ~employed),
    }
    return once(who, file.astype(np.int64), cells)


def feed(plan: Plan) -> Feed:
    """The feed and its files."""
    habits = Habits(("monthly_income",), "registered_on", "kind", "monthly_income", is_wrapped=True, is_gbk=True)
    return Feed("employment", _files(plan), _rows, habits)
