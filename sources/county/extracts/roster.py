"""花名册: every resident, UTF-8 CSV with BOM, two snapshots; the second knows of moves, lost incomes and new phones."""

from dataclasses import replace

import numpy as np

from sources.county.columns import Flags, Ints, Texts, blank_where, chance, day_number, day_text, money_text, number_text, words
from sources.county.extracts.disability import certificate_numbers
from sources.county.households import RELATIONS
from sources.county.layout import File, Sheet, columns, spell
from sources.county.periods import rosters, school_year
from sources.county.places import ordinal
from sources.county.plan import Plan
from sources.county.shocks import CROP_FAILURE, JOB_LOSS, LABOUR_LOSS
from sources.county.standing import EDUCATION, LABOUR, age_at_school_start, stage_in
from sources.county.world import Feed, Habits, Rows, World, stack

SPELLINGS = spell("""
    order: 序号
    county_name: 县 | 县（市、区）
    township_name: 乡 | 乡镇
    village_name: 村 | 行政村
    group_name: 组 | 村民小组
    place: 行政区划代码
    household_id: 户编号
    resident_id: 人编号 | 人口编号
    name: 姓名
    sex: 性别
    birth_date: 出生日期
    id_number: 证件号码
    nation: 民族
    relation: 与户主关系
    education: 文化程度
    schooling: 在校生状况
    labour: 劳动技能
    health: 健康状况
    months_worked: 务工时间（月） | 务工时间(月)
    is_on_dibao: 是否享受低保 | 是否享受农村低保
    income_per_head: 人均纯收入 | 家庭人均纯收入
    household_type: 户类型
    monitored_class: 监测对象类别 | 易返贫致贫户(监测对象)类型
    risk_removed: 风险是否消除 | 风险是否已消除
    phone: 联系电话 | 户联系电话
""")
GRADES = ("一", "二", "三", "四", "五", "六")
TYPES = ("一般农户", "脱贫户", "监测对象"), ("一般农户", "脱贫享受政策户", "防返贫监测对象")
CLASSES = ("脱贫不稳定户", "边缘易致贫户", "突发严重困难户", None)
NEW_PHONE = 0.003
INCOME_AFTER = {JOB_LOSS: 0.7, LABOUR_LOSS: 0.6, CROP_FAILURE: 0.65}
"""What is left of the income in the second snapshot; half of these households were asked again by then."""


def _files(plan: Plan) -> tuple[File, ...]:
    return tuple(
        File(
            source="roster",
            path=f"roster/{period.received_on}/农村人口花名册_{period.label}.csv",
            encoding="utf-8-sig",
            sheets=(Sheet("", columns(SPELLINGS, number)),),
            received_on=day_number(period.received_on),
        )
        for number, period in enumerate(rosters(plan.as_of))
    )


def schooling_text(stage: Ints, age: Ints) -> Texts:
    """The registry's schooling term from stage code and age at the start of the school year; empty for who is no pupil."""
    lower = [f"{grade}年级" for grade in ("七", "八", "九")]
    upper = [kind + f"{GRADES[year]}年级" for kind in ("普通高中", "中职", "高职高专") for year in range(3)]
    terms = [None, "学龄前儿童", "学前教育", "小学", *lower, *upper, *(f"本科{GRADES[year]}年级" for year in range(4))]
    year = np.clip(age - np.array([0, 0, 0, 12, 15, 15, 18, 18, 0])[stage], 0, 3)
    base = np.array([0, 2, 3, 4, 7, 10, 13, 16, 1])[stage]
    has_years = (stage >= 3) & (stage <= 7)
    return words(terms, base + np.where(has_years, np.minimum(year, np.where(stage == 7, 3, 2)), 0))


def _health(world: World) -> Texts:
    """One term, or several in no fixed order."""
    standing, key = world.standing, world.people.key
    code = standing.is_chronic + 2 * standing.is_gravely_ill + 4 * (standing.category > 0)
    terms = [
        "健康",
        "长期慢性病",
        "患有大病",
        "长期慢性病,患有大病",
        "残疾",
        "残疾,长期慢性病",
        "患有大病,残疾",
        "长期慢性病,患有大病,残疾",
    ]
    turned = [",".join(reversed(term.split(","))) for term in terms]
    return words([*terms, *turned], code + 8 * (key % 2))


def _places(world: World) -> dict[str, Texts]:
    people, place = world.people, world.place
    count = people.residents
    groups = [f"{ordinal(number)}组" for number in range(1, 1 + max(village.groups for village in place.villages))]
    village = words([v.code for v in place.villages], people.village)
    return {
        "county_name": np.full(count, place.county_name, dtype=np.object_),
        "township_name": np.full(count, place.name, dtype=np.object_),
        "village_name": words([v.name for v in place.villages], people.village[:count]),
        "group_name": words(groups, people.group[:count] - 1),
        "place": np.asarray(village + number_text(people.group, 2), dtype=np.object_)[:count],
    }


def _numbers(world: World, rng: np.random.Generator) -> Texts:
    """ID numbers, for some certificate holders in the long form that the national export allows."""
    people = world.people
    long = certificate_numbers(world)
    use_long = (world.standing.category > 0) & chance(rng, world.plan.dirt.roster_id_long, len(people.born))
    return np.where(use_long, long, people.number)


def _first(world: World, rng: np.random.Generator) -> Rows:
    """Everyone as of the first snapshot, in it and unchanged in the second."""
    people, standing, count = world.people, world.standing, world.people.residents
    home, blank = people.household, world.plan.dirt.roster_blank
    year = school_year(rosters(world.plan.as_of)[1].last)
    age = age_at_school_start(people, year)
    stage = stage_in(age, standing.school_luck)
    cells = {
        "order": number_text(world.place.first_resident + np.arange(1, count + 1)),
        "household_id": people.household_id,
        "resident_id": people.resident_id,
        "name": people.name,
        "sex": words(("女", "男"), people.is_male),
        "birth_date": day_text(people.born),
        "id_number": _numbers(world, rng),
        "nation": people.nation,
        "relation": words(RELATIONS, people.relation),
        "education": blank_where(words(EDUCATION, standing.education), stage > 0),
        "schooling": schooling_text(stage, age),
        "labour": blank_where(words(LABOUR, standing.labour), chance(rng, blank, len(age))),
        "health": blank_where(_health(world), chance(rng, blank, len(age))),
        "months_worked": number_text(standing.months_worked),
        "is_on_dibao": words(("否", "是"), standing.household_dibao[home]),
        "income_per_head": money_text(standing.household_income[home]),
        "household_type": words(TYPES[0], standing.household_kind[home]),
        "monitored_class": words(CLASSES, np.where(standing.household_kind[home] == 2, standing.household_class[home], 3)),
        "risk_removed": blank_where(words(("否", "是"), standing.household_cleared[home]), standing.household_kind[home] < 2),
        "phone": world.phone,
    }
    everyone = np.arange(count)
    return Rows(
        everyone,
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        _places(world) | {key: cell[:count] for key, cell in cells.items()},
    )


def _incomes(world: World, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Households whose income was asked again after a loss, and the new income per head."""
    home: list[Ints] = []
    income: list[Ints] = []
    for kind, left in INCOME_AFTER.items():
        person, _ = world.shocks.of(kind)
        asked = world.people.household[person[chance(rng, 0.5, len(person))]]
        home.append(asked)
        income.append(np.rint(world.standing.household_income[asked] * left).astype(np.int64))
    return np.concatenate(home), np.concatenate(income)


def _second(world: World, rng: np.random.Generator, rows: Rows) -> Rows:
    """The later snapshot: new spellings of the classes, lost incomes, labour lost, new phones."""
    people, standing, count = world.people, world.standing, world.people.residents
    home = people.household[:count]
    asked, income = _incomes(world, rng)
    by_home = standing.household_income.copy()
    by_home[asked] = income
    labour = rows.cells["labour"].copy()
    labour[world.shocks.of(LABOUR_LOSS)[0]] = "丧失劳动力"
    phone = rows.cells["phone"].copy()
    is_new: Flags = chance(rng, NEW_PHONE, count)
    phone[is_new] = np.asarray("199999" + number_text(people.key[:count][is_new] % 100_000, 5), dtype=np.object_)
    later = rows.change(
        labour=labour,
        phone=phone,
        income_per_head=money_text(by_home[home]),
        household_type=words(TYPES[1], standing.household_kind[home]),
    )
    return replace(later, file=rows.file + 1, until=rows.until + 1)


def _rows(world: World, rng: np.random.Generator) -> Rows:
    first = _first(world, rng)
    second = _second(world, rng, first)
    count = world.people.residents
    return stack([first.take(~world.moves.joins[:count]), second.take(~world.moves.leaves[:count])])


def feed(plan: Plan) -> Feed:
    """The feed and its files."""
    return Feed("roster", _files(plan), _rows, Habits(), is_roster=True)
