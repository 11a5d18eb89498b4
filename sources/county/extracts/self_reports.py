"""农户自主申报: what households report themselves by phone, one row per report, UTF-8 CSV, one file a month."""

import numpy as np

from sources.county.columns import Ints, chance, day_number, day_text, number_text, words
from sources.county.layout import File, Sheet, columns, spell
from sources.county.periods import months
from sources.county.plan import Plan
from sources.county.shocks import ACCIDENT, FAMILIES
from sources.county.world import Feed, Habits, Rows, World, once

SPELLINGS = spell("""
    report_no: 申报编号 | 申报单号
    applied_on: 申报日期 | 提交时间
    name: 申报人姓名 | 户主姓名
    id_number: 申报人身份证号 | 身份证号
    place: 行政区划代码
    phone: 联系电话 | 手机号码
    topic: 困难类型 | 申报类型
    is_urgent: 是否急难 | 紧急程度
    told: 情况说明
""")
MONTHS = 4
SHARE_STRUCK, SHARE_QUIET, URGENT = 0.3, 0.001, 0.25
"""Of households struck in these months, of the others, and of illness and accident among the former: our assumptions (one city:
1,414 self-reports beside 90,000 department warnings in 2025, 新乡)."""
TOPICS = (*FAMILIES, "收入", "其他")


def _files(plan: Plan) -> tuple[File, ...]:
    return tuple(
        File(
            source="self_reports",
            path=f"self_reports/{period.received_on}/农户自主申报_{period.label}.csv",
            encoding="utf-8",
            sheets=(Sheet("", columns(SPELLINGS, number)),),
            received_on=day_number(period.received_on),
        )
        for number, period in enumerate(months(plan.as_of, MONTHS))
    )


def _reports(world: World, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Heads of the households that report, what (code in TOPICS), and the day."""
    people, shocks, periods = world.people, world.shocks, months(world.plan.as_of, MONTHS)
    begin, end = day_number(periods[0].first), day_number(periods[-1].last)
    day = shocks.day + rng.integers(2, 25, len(shocks.day))
    told = chance(rng, SHARE_STRUCK, len(day)) & (day >= begin) & (day <= end)
    heads = np.flatnonzero(people.relation[: people.residents] == 0)
    quiet = heads[chance(rng, SHARE_QUIET, len(heads))]
    who = np.concatenate([people.head[shocks.person[told]], quiet])
    topic = np.concatenate([shocks.kind[told], len(FAMILIES) + rng.integers(0, 2, len(quiet))])
    when = np.concatenate([day[told], rng.integers(begin, end + 1, len(quiet))])
    order = np.lexsort((who, when))
    return who[order], topic[order], when[order]


def _rows(world: World, rng: np.random.Generator) -> Rows:
    people, periods = world.people, months(world.plan.as_of, MONTHS)
    who, topic, day = _reports(world, rng)
    count = len(who)
    file = np.searchsorted([day_number(period.first) for period in periods], day, side="right") - 1
    is_urgent = (topic <= ACCIDENT) & chance(rng, URGENT, count)
    cells = {
        "report_no": np.asarray("SB" + number_text(world.place.number * 10**6 + np.arange(count), 10), dtype=np.object_),
        "applied_on": day_text(day),
        "name": people.name[who],
        "id_number": people.number[who],
        "place": world.place_text("{code}")[who],
        "phone": world.phone[who],
        "topic": words(TOPICS, topic),
        "is_urgent": np.where(file % 2 == 1, words(("一般", "急难"), is_urgent), words(("否", "是"), is_urgent)),
        "told": np.full(count, "虚构的情况说明", dtype=np.object_),
    }
    return once(who, file.astype(np.int64), cells)


def feed(plan: Plan) -> Feed:
    """The feed and its files."""
    return Feed("self_reports", _files(plan), _rows, Habits(date="applied_on", code="topic"))
