"""干部排查: what village officials saw on their rounds, one row per household and round, UTF-8 CSV, one file a month."""

import numpy as np

from sources.county.columns import Flags, Ints, Texts, blank_where, chance, day_number, day_text, number_text, words
from sources.county.layout import File, Sheet, columns, spell
from sources.county.periods import months
from sources.county.plan import Plan
from sources.county.shocks import FAMILIES
from sources.county.standing import LINE
from sources.county.world import Feed, Habits, Rows, World, once

SPELLINGS = spell("""
    round_no: 排查编号
    name: 户主姓名
    id_number: 户主证件号码 | 户主身份证号
    place: 行政区划代码
    checked_on: 排查日期 | 排查时间
    risks: 排查发现的风险 | 存在的风险
    housing: 住房安全 | 住房安全保障
    water: 饮水安全 | 饮水安全保障
    suggests: 建议纳入 | 是否建议纳入
    visitor: 排查人
""")
MONTHS = 3
SHARE, NOTICED, UNSAFE, BLANK = 0.02, 0.35, 0.004, 0.01
"""Of households looked at in a month without a cause, of those struck, of those found without safe housing or water, of cells
left empty: our assumptions."""
NOTHING = len(FAMILIES)
FOUND = (*FAMILIES, "未发现")


def _files(plan: Plan) -> tuple[File, ...]:
    return tuple(
        File(
            source="cadre_rounds",
            path=f"cadre_rounds/{period.received_on}/干部排查_{period.label}.csv",
            encoding="utf-8-sig",
            sheets=(Sheet("", columns(SPELLINGS, number)),),
            received_on=day_number(period.received_on),
        )
        for number, period in enumerate(months(plan.as_of, MONTHS))
    )


def _rounds(world: World, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Heads of the households looked at, what was found (code in FOUND), and the day."""
    people, shocks, periods = world.people, world.shocks, months(world.plan.as_of, MONTHS)
    begin, end = day_number(periods[0].first), day_number(periods[-1].last)
    day = np.maximum(shocks.day + rng.integers(5, 40, len(shocks.day)), begin)
    noticed = chance(rng, NOTICED, len(day)) & (day <= end) & (shocks.day >= begin - 60)
    heads = np.flatnonzero(people.relation[: people.residents] == 0)
    routine = np.repeat(heads, rng.binomial(len(periods), SHARE, len(heads)))
    who = np.concatenate([people.head[shocks.person[noticed]], routine])
    found = np.concatenate([shocks.kind[noticed], np.full(len(routine), NOTHING, dtype=np.int64)])
    when = np.concatenate([day[noticed], rng.integers(begin, end + 1, len(routine))])
    order = np.lexsort((who, when))
    return who[order], found[order], when[order]


def _secured(rng: np.random.Generator, count: int, file: Ints) -> Texts:
    """Whether housing or water is safe, in the words of the file; a few cells are empty."""
    is_unsafe: Flags = chance(rng, UNSAFE, count)
    said = np.where(file % 2 == 1, words(("安全", "不安全"), is_unsafe), words(("有保障", "无保障"), is_unsafe))
    return blank_where(said, chance(rng, BLANK, count))


def _rows(world: World, rng: np.random.Generator) -> Rows:
    people, standing = world.people, world.standing
    who, found, day = _rounds(world, rng)
    count = len(who)
    periods = months(world.plan.as_of, MONTHS)
    file = (np.searchsorted([day_number(period.first) for period in periods], day, side="right") - 1).astype(np.int64)
    is_poor = standing.household_income[people.household[who]] < 1.4 * LINE
    cells = {
        "round_no": np.asarray("PC" + number_text(world.place.number * 10**6 + np.arange(count), 10), dtype=np.object_),
        "name": people.name[who],
        "id_number": people.number[who],
        "place": world.place_text("{code}")[who],
        "checked_on": day_text(day),
        "risks": words(FOUND, found),
        "housing": _secured(rng, count, file),
        "water": _secured(rng, count, file),
        "suggests": words(("否", "是"), (found < NOTHING) & is_poor & chance(rng, 0.5, count)),
        "visitor": np.asarray("排查员" + number_text(rng.integers(1, 60, count)), dtype=np.object_),
    }
    return once(who, file, cells)


def feed(plan: Plan) -> Feed:
    """The feed and its files."""
    return Feed("cadre_rounds", _files(plan), _rows, Habits(date="checked_on", code="risks"))
