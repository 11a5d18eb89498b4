"""民政: low-income schemes, XLSX with two sheets whose headers differ, all current grants again every month."""

from dataclasses import replace

import numpy as np

from sources.county.columns import Flags, Ints, blank_where, chance, day_number, day_text, money_text, number_text, words
from sources.county.layout import File, Sheet, columns, spell
from sources.county.periods import months
from sources.county.plan import Plan
from sources.county.world import Feed, Habits, Rows, World, stack

SPELLINGS = spell("""
    order#: 序号
    grant_no: 救助编号 | 待遇编号
    name: 姓名 | 对象姓名
    id_number: 身份证号码 | 对象身份证号
    sex: 性别
    place: 行政区划代码 | 区划代码
    scheme: 救助类别 | 对象类别
    monthly_amount#: 月保障金额 | 月救助金额
    started_on: 起始日期 | 待遇开始日期
    stopped_on: 停止日期 | 待遇停止日期
    stop_reason: 停止原因 | 停发原因
""")
MONTHS = 4
NOTE = ("注：本表所有人员与数据均为虚构，仅供演示。",)
SCHEMES = ("农村低保", "特困供养", "低保边缘", "刚性支出困难", "临时救助")
DIBAO, TEKUN, EDGE, RIGID, RELIEF = range(5)
AMOUNTS = (380, 780, 0, 0, 900)
"""Yuan a month, near published standards of 2025 less counted income; our assumption."""
REASONS = ("收入超标", "死亡", "主动退出", "户籍迁出")
STOPS, STARTS, RELIEF_SHARE, EDGE_SHARE, RIGID_SHARE = 0.03, 0.04, 0.0015, 0.008, 0.003


def _files(plan: Plan) -> tuple[File, ...]:
    sheets = (
        Sheet("农村低保", columns(SPELLINGS, 0), "农村最低生活保障对象名册", NOTE),
        Sheet("特困与边缘", columns(SPELLINGS, 1), "特困供养、低保边缘等对象名册", NOTE),
    )
    return tuple(
        File(
            source="civil_affairs",
            path=f"civil_affairs/{period.received_on}/低收入人口救助_{period.label}.xlsx",
            encoding="",
            sheets=sheets,
            received_on=day_number(period.received_on),
        )
        for period in months(plan.as_of, MONTHS)
    )


def _beneficiaries(world: World, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Persons and schemes: dibao by household, elderly singles on 特困, others by small chances."""
    people, standing = world.people, world.standing
    count = len(people.born)
    on_dibao = standing.household_dibao[people.household]
    age = people.age(day_number(world.plan.as_of))
    is_lonely = (standing.household_size[people.household] == 1) & (age >= 66) & people.is_resident
    luck = rng.random(count)
    scheme = np.select(
        [
            is_lonely & (luck < 0.12),
            on_dibao,
            luck > 1 - EDGE_SHARE,
            luck > 1 - EDGE_SHARE - RIGID_SHARE,
            luck > 1 - EDGE_SHARE - RIGID_SHARE - RELIEF_SHARE,
        ],
        [TEKUN, DIBAO, EDGE, RIGID, RELIEF],
        default=-1,
    )
    who = np.flatnonzero(scheme >= 0)
    return who, scheme[who]


def _span(rng: np.random.Generator, plan: Plan, count: int) -> tuple[Ints, Ints, Flags]:
    """Day each grant starts, day it would stop, and whether it does stop in the months reported."""
    periods = months(plan.as_of, MONTHS)
    begin, end = day_number(periods[0].first), day_number(periods[-1].last)
    is_new = chance(rng, STARTS, count)
    start = np.where(is_new, rng.integers(begin, end + 1, count), rng.integers(begin - 2_500, begin, count))
    stop = rng.integers(begin, end - 27, count)
    stops = ~is_new & chance(rng, STOPS, count)
    return _first_of_month(start), _first_of_month(stop), stops


def _first_of_month(days: Ints) -> Ints:
    """Grants run from the first of a month."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _rows(world: World, rng: np.random.Generator) -> Rows:
    people, periods = world.people, months(world.plan.as_of, MONTHS)
    who, scheme = _beneficiaries(world, rng)
    count = len(who)
    start, stop, stops = _span(rng, world.plan, count)
    start = np.maximum(start, _first_of_month(people.born[who]))
    amount = np.rint(np.array(AMOUNTS)[scheme] * rng.uniform(0.7, 1.3, count) * 100).astype(np.int64)
    serial = number_text(world.place.number * 10**6 + np.arange(count), 10)
    cells = {
        "order": number_text(np.arange(1, count + 1)),
        "grant_no": np.asarray("JZ" + serial, dtype=np.object_),
        "name": people.name[who],
        "id_number": people.number[who],
        "sex": words(("女", "男"), people.is_male[who]),
        "place": world.place_text("{code}")[who],
        "scheme": words(SCHEMES, scheme),
        "monthly_amount": blank_where(money_text(amount), amount == 0),
        "started_on": day_text(start),
        "stopped_on": np.full(count, None, dtype=np.object_),
        "stop_reason": np.full(count, None, dtype=np.object_),
    }
    lasts = [day_number(period.last) for period in periods]
    first = np.searchsorted(lasts, start, side="left").astype(np.int64)
    ending = np.searchsorted(lasts, stop, side="left").astype(np.int64)
    sheet = (scheme != DIBAO).astype(np.int64)
    rows = Rows(who, first, np.where(stops, ending - 1, MONTHS - 1), sheet, cells)
    return stack([rows, _stopped(rng, rows.take(stops), ending[stops], stop[stops])])


def _stopped(rng: np.random.Generator, rows: Rows, file: Ints, stop: Ints) -> Rows:
    """A grant that ends is listed once more, with the day and the reason."""
    ended = replace(rows, file=file, until=file)
    return ended.change(stopped_on=day_text(stop), stop_reason=words(REASONS, rng.integers(0, len(REASONS), len(stop))))


def feed(plan: Plan) -> Feed:
    """The feed and its files."""
    return Feed("civil_affairs", _files(plan), _rows, Habits(("monthly_amount",), "started_on", "scheme"))
