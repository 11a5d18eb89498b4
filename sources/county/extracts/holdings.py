"""Property: vehicles and real estate, whole tables of the county as departments send them, and the ledger of who let us look.

Only households that signed may be looked up, so nearly all of these rows are counted and left unread.
"""

from datetime import date

import numpy as np

from sources.county.columns import Ints, Texts, blank_where, chance, day_number, day_text, draw, money_text, number_text, words
from sources.county.layout import File, Sheet, Spelling, columns, spell
from sources.county.periods import months, quarters
from sources.county.plan import Plan
from sources.county.world import Feed, Habits, Rows, World, once

VEHICLES = spell("""
    plate_no: 号牌号码
    id_number: 身份证号
    name: 所有人
    kind: 车辆类型
    registered_on: 注册日期
    price: 购置价
    status: 状态
""")
HOMES = spell("""
    unit_no: 不动产单元号
    holder_no: 权利人序号
    id_number: 身份证号
    name: 权利人
    use: 用途
    area: 面积
    registered_on: 登记日期
""")
LEDGER = spell("""
    auth_no: 授权书编号
    signer_no: 签署人序号
    name: 签署人姓名
    id_number: 签署人证件号码
    queries: 授权查询项目
    signed_on: 签署日期
    until: 有效期至
    withdrawn_on: 撤回日期
""")
KINDS, KIND_SHARES = ("小型轿车", "载货汽车", "普通摩托车", "拖拉机"), (40, 6, 44, 10)
STATUSES, STATUS_SHARES = ("正常", "注销", "过户"), (90, 7, 3)
USES, USE_SHARES = ("住宅", "商铺", "车位"), (90, 4, 6)
DRIVERS, OWNERS = 0.11, 0.05
"""Share of adults with a registered vehicle, and with real estate outside the homestead; our assumption."""
SIGNED, SIGNED_QUIET = 0.6, 0.004
"""Share of households that signed: of those struck by something, and of the others; our assumption."""
WITHDRAWN, LAPSED = 0.05, 0.06
"""Of signatures: taken back, and over before tonight; our assumption."""


def _file(source: str, path: str, spellings: tuple[Spelling, ...], day: date) -> tuple[File, ...]:
    sheet = Sheet("", columns(spellings, 0))
    return (File(source, f"{source}/{day}/{path}", "utf-8", (sheet,), day_number(day)),)


def _adults(world: World, rng: np.random.Generator, share: float) -> Ints:
    people = world.people
    is_adult = people.age(day_number(world.plan.as_of)) >= 18
    return np.flatnonzero(is_adult & chance(rng, share, len(is_adult))).astype(np.int64)


def _serials(world: World, letters: str, count: int) -> Texts:
    return np.asarray(letters + number_text(world.place.number * 10**6 + np.arange(count), 9), dtype=np.object_)


def _days(world: World, rng: np.random.Generator, count: int) -> Ints:
    end = day_number(quarters(world.plan.as_of, 1)[0].last)
    return rng.integers(end - 4_000, end, count)


def _vehicles(world: World, rng: np.random.Generator) -> Rows:
    who, people = _adults(world, rng, DRIVERS), world.people
    count = len(who)
    cells = {
        "plate_no": _serials(world, "XV", count),
        "id_number": people.number[who],
        "name": people.name[who],
        "kind": words(KINDS, draw(rng, KIND_SHARES, count)),
        "registered_on": day_text(_days(world, rng, count)),
        "price": money_text(rng.integers(3_000, 120_000, count) * 100),
        "status": words(STATUSES, draw(rng, STATUS_SHARES, count)),
    }
    return once(who, np.zeros(count, dtype=np.int64), cells)


def _homes(world: World, rng: np.random.Generator) -> Rows:
    who, people = _adults(world, rng, OWNERS), world.people
    count = len(who)
    cells = {
        "unit_no": _serials(world, "XB", count),
        "holder_no": np.full(count, "0001", dtype=np.object_),
        "id_number": people.number[who],
        "name": people.name[who],
        "use": words(USES, draw(rng, USE_SHARES, count)),
        "area": number_text(rng.integers(12, 140, count)),
        "registered_on": day_text(_days(world, rng, count)),
    }
    return once(who, np.zeros(count, dtype=np.int64), cells)


def _signatures(world: World, rng: np.random.Generator) -> Rows:
    """Every member of a household signs, each for himself; a few have taken it back, or it has run out."""
    people, end = world.people, day_number(months(world.plan.as_of, 1)[0].last)
    heads = np.flatnonzero((people.relation == 0) & people.is_resident)
    is_struck = np.isin(heads, people.head[world.shocks.person])
    signed = heads[chance(rng, np.where(is_struck, SIGNED, SIGNED_QUIET), len(heads))]
    who = np.flatnonzero(people.is_resident & np.isin(people.head, signed)).astype(np.int64)
    count = len(who)
    _, first, number = np.unique(people.head[who], return_index=True, return_inverse=True)
    on, luck = rng.integers(end - 40, end + 1, len(first))[number], rng.random(len(first))[number]
    until = np.where(luck < LAPSED, np.minimum(on + 20, end), on + 365)
    cells = {
        "auth_no": np.asarray("SQ" + number_text(world.place.number * 10**6 + number, 9), dtype=np.object_),
        "signer_no": number_text(np.arange(count) - first[number] + 1),
        "name": people.name[who],
        "id_number": people.number[who],
        "queries": np.full(count, "不动产,车辆", dtype=np.object_),
        "signed_on": day_text(on),
        "until": day_text(until),
        "withdrawn_on": blank_where(day_text(np.minimum(on + 10, end)), luck < 1 - WITHDRAWN),
    }
    return once(who, np.zeros(count, dtype=np.int64), cells)


def vehicles(plan: Plan) -> Feed:
    """Registered vehicles: one CSV a quarter, of which the last is delivered."""
    period = quarters(plan.as_of, 1)[0]
    files = _file("vehicles", f"机动车登记_{period.label}.csv", VEHICLES, period.received_on)
    return Feed("vehicles", files, _vehicles, Habits(date="registered_on", code="kind"))


def real_estate(plan: Plan) -> Feed:
    """Registered real estate, in the same way."""
    period = quarters(plan.as_of, 1)[0]
    files = _file("real_estate", f"不动产登记_{period.label}.csv", HOMES, period.received_on)
    return Feed("real_estate", files, _homes, Habits(date="registered_on", code="use"))


def authorisations(plan: Plan) -> Feed:
    """The ledger of signatures, as the townships' stations hand it in once a month."""
    period = months(plan.as_of, 1)[0]
    files = _file("authorisations", f"信息比对授权书台账_{period.label}.csv", LEDGER, period.received_on)
    return Feed("authorisations", files, _signatures, Habits(date="signed_on", code="queries"))
