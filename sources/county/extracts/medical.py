"""医保: settlements, GB18030 CSV, one file a month for eight months."""

from datetime import date

import numpy as np

from sources.county.columns import Ints, Texts, day_number, day_text, money_text, number_text, words
from sources.county.layout import File, Sheet, columns, spell
from sources.county.periods import months
from sources.county.plan import Plan
from sources.county.shocks import SEVERE_NAMES
from sources.county.words import read_places
from sources.county.world import Feed, Habits, Rows, World, once

SPELLINGS = spell("""
    settlement_no: 结算单号 | 结算流水号
    id_number: 身份证号码 | 证件号码 | 社会保障号码
    name: 姓名 | 参保人姓名
    place: 参保地 | 户籍地址
    hospital: 定点医疗机构
    settled_on: 结算日期 | 结算时间
    visit_type: 医疗类别 | 就诊类型
    severe_disease: 重大疾病病种 | 大病病种
    total_cost: 医疗费总额 | 总费用
    basic_paid: 基本医保支付 | 统筹支付
    severe_paid: 大病保险支付 | 大病报销
    aid_paid: 医疗救助支付 | 医疗救助
    self_paid: 个人自付 | 自付金额
    clerk: 经办人
""")
MONTHS, LATE, DAMAGED = 8, 4, 2
VISITS = ("住院", "门诊统筹", "门诊慢特病", "普通住院", "普通门诊", "门特")


def span(as_of: date) -> tuple[int, int]:
    """First and last day of the months reported."""
    periods = months(as_of, MONTHS)
    return day_number(periods[0].first), day_number(periods[-1].last)


def _files(plan: Plan) -> tuple[File, ...]:
    luck = np.random.default_rng([plan.seed, DAMAGED]).random(2)
    return tuple(
        File(
            source="medical",
            path=f"medical/{period.received_on}/医保结算_{period.label}.csv",
            encoding="gb18030",
            sheets=(Sheet("", columns(SPELLINGS, number // 3)),),
            received_on=day_number(period.received_on),
            is_cut=number == DAMAGED and bool(luck[0] < plan.dirt.line_damaged),
            is_broken=number == DAMAGED and bool(luck[1] < plan.dirt.line_undecodable),
        )
        for number, period in enumerate(months(plan.as_of, MONTHS, LATE))
    )


def _rows(world: World, rng: np.random.Generator) -> Rows:
    bills, people = world.bills, world.people
    who, count = bills.person, len(bills.person)
    starts = [day_number(period.first) for period in months(world.plan.as_of, MONTHS)]
    file = np.searchsorted(starts, bills.day, side="right") - 1
    hospitals = [world.place.county_name[:-1] + name for name in read_places().hospitals.split()] + [
        f"{world.place.name}卫生院"
    ]
    serial = number_text(world.place.number * 10**6 + np.arange(count), 10)
    cells = {
        "settlement_no": np.asarray("YB" + day_text(bills.day, "%y%m") + serial, dtype=np.object_),
        "id_number": people.number[who],
        "name": people.name[who],
        "place": world.place_text("{county}{township}")[who],
        "hospital": words(hospitals, rng.integers(0, len(hospitals), count)),
        "settled_on": np.where(file // 3 % 2 == 1, _moments(bills.day), day_text(bills.day)),
        "visit_type": words(VISITS, bills.visit + 3 * (file // 3 % 2)),
        "severe_disease": words([*SEVERE_NAMES, None], bills.illness),
        "total_cost": money_text(bills.total),
        "basic_paid": money_text(bills.basic),
        "severe_paid": money_text(bills.severe),
        "aid_paid": money_text(bills.aid),
        "self_paid": money_text(bills.paid),
        "clerk": number_text(rng.integers(1, 40, count), 3),
    }
    return once(who, file.astype(np.int64), cells)


def _moments(days: Ints) -> Texts:
    """Date and time of day, as the feed writes under the header 结算时间."""
    seconds = days * 7919 % 36_000 + 28_800 + np.arange(len(days)) % 3_600
    clock = number_text(seconds // 3_600, 2) + ":" + number_text(seconds // 60 % 60, 2) + ":" + number_text(seconds % 60, 2)
    return np.asarray(day_text(days) + " " + clock, dtype=np.object_)


def feed(plan: Plan) -> Feed:
    """The feed and its files."""
    habits = Habits(("basic_paid", "severe_paid", "aid_paid", "self_paid"), "settled_on", "visit_type", "self_paid")
    return Feed("medical", _files(plan), _rows, habits)
