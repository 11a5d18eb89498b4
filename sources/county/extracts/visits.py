"""入户核实: verdicts of earlier visits, one row per household under its head's name, UTF-8 CSV, one file a month."""

import numpy as np

from outcomes import CONFIRMED, OUTCOMES
from sources.county.columns import chance, day_number, day_text, draw, number_text, words
from sources.county.layout import File, Sheet, columns, spell
from sources.county.people import People
from sources.county.periods import months
from sources.county.plan import Plan
from sources.county.shocks import FAMILIES, Shocks
from sources.county.standing import Standing
from sources.county.world import Feed, Habits, Rows, Verdicts, World, once

SPELLINGS = spell("""
    visit_no: 核实编号
    id_number: 户主证件号码
    name: 户主姓名
    place: 行政区划代码
    visited_on: 核实日期 | 入户日期
    family: 风险类型
    outcome: 核实结论 | 结论代码
    visitor: 核实人
""")
MONTHS = 3
SHARE, SHARE_STRUCK = 0.009, 0.3
"""Share of households visited without a cause that truly mattered, and of those really struck, once a month has passed."""
OTHER_FAMILIES = ("收入", "保障变化", "综合")
TITLES = tuple(outcome.title for outcome in OUTCOMES)
CODES = tuple(outcome.code for outcome in OUTCOMES)
SETTLED = len(CONFIRMED)
"""Outcomes before this one answer the warning: the household is taken in, helped, monitored, or copes."""
QUIET_SHARES, STRUCK_SHARES = (0, 17, 0, 34, 7, 5, 14, 5, 2, 2, 11, 3), (34, 20, 0, 26, 0, 0, 0, 0, 0, 2, 18, 0)


def draw_verdicts(rng: np.random.Generator, people: People, standing: Standing, shocks: Shocks, plan: Plan) -> Verdicts:
    """Who was visited, when, why and with what result, ordered by day."""
    periods = months(plan.as_of, MONTHS)
    begin, end = day_number(periods[0].first), day_number(periods[-1].last)
    families = int(people.household[people.residents - 1]) + 1
    quiet = np.flatnonzero(chance(rng, SHARE, families))
    old = shocks.day <= end - 30
    picked = old & chance(rng, SHARE_STRUCK, len(shocks.day))
    struck, cause, since = people.household[shocks.person[picked]], shocks.kind[picked], shocks.day[picked]
    quiet = quiet[~np.isin(quiet, struck)]
    day = np.concatenate([rng.integers(begin, end + 1, len(quiet)), rng.integers(np.maximum(since + 10, begin), end + 1)])
    family = np.concatenate([draw(rng, (40, 5, 8, 12, 8, 4, 3, 12, 3, 5), len(quiet)), cause])
    outcome = np.concatenate([draw(rng, QUIET_SHARES, len(quiet)), draw(rng, STRUCK_SHARES, len(struck))])
    household = np.concatenate([quiet, struck])
    is_monitored = (standing.household_kind[household] == 2) & ~standing.household_cleared[household]
    outcome = np.where(is_monitored, TITLES.index("已是监测对象"), outcome)
    order = np.lexsort((family, household, day))
    return Verdicts(household[order], day[order], family[order], outcome[order])


def _files(plan: Plan) -> tuple[File, ...]:
    return tuple(
        File(
            source="visits",
            path=f"visits/{period.received_on}/入户核实结果_{period.label}.csv",
            encoding="utf-8",
            sheets=(Sheet("", columns(SPELLINGS, number)),),
            received_on=day_number(period.received_on),
        )
        for number, period in enumerate(months(plan.as_of, MONTHS))
    )


def _rows(world: World, rng: np.random.Generator) -> Rows:
    verdicts, people = world.verdicts, world.people
    heads = np.flatnonzero(people.relation == 0)
    who = heads[verdicts.household]
    count = len(who)
    file = (
        np.searchsorted([day_number(period.first) for period in months(world.plan.as_of, MONTHS)], verdicts.day, side="right")
        - 1
    )
    cells = {
        "visit_no": np.asarray("HS" + number_text(world.place.number * 10**6 + np.arange(count), 10), dtype=np.object_),
        "id_number": people.number[who],
        "name": people.name[who],
        "place": world.place_text("{code}")[who],
        "visited_on": day_text(verdicts.day),
        "family": words((*FAMILIES, *OTHER_FAMILIES), verdicts.family),
        "outcome": np.where(file % 2 == 1, words(CODES, verdicts.outcome), words(TITLES, verdicts.outcome)),
        "visitor": np.asarray("核实员" + number_text(rng.integers(1, 60, count)), dtype=np.object_),
    }
    return once(who, file.astype(np.int64), cells)


def feed(plan: Plan) -> Feed:
    """The feed and its files."""
    return Feed("visits", _files(plan), _rows, Habits(date="visited_on", code="family"))
