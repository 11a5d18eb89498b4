"""残联: certificates, UTF-8 CSV with BOM, the whole register again every quarter, 20- and 22-character numbers."""

from dataclasses import replace

import numpy as np

from sources.county.columns import Ints, Texts, blank_where, chance, day_number, day_text, number_text, words
from sources.county.layout import File, Sheet, columns, spell
from sources.county.periods import quarters
from sources.county.plan import Plan
from sources.county.shocks import DISABILITY
from sources.county.world import Feed, Habits, Rows, World, stack

SPELLINGS = spell("""
    certificate_serial: 办证流水号
    name: 姓名
    sex: 性别
    birth_date: 出生日期
    id_number: 残疾人证号 | 残疾人证号 | 证件号码
    category: 残疾类别
    grade: 残疾等级
    first_issued_on: 首次发证日期 | 初次发证日期
    issued_on: 发证日期
    status: 证件状态
    guardian: 监护人姓名
    place: 户籍地址
    phone: 联系电话
""")
EXTRA = spell("need: 康复需求")
QUARTERS, WITH_EXTRA = 3, 1
CATEGORIES = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
GRADES = ("一级", "二级", "三级", "四级", "壹级", "贰级", "叁级", "肆级")
NEEDS = ("", "辅具", "护理", "康复训练")
LIMB, REISSUE = 4, "B1"
OLDEST_ISSUE, DAYS_BEFORE, YOUNGEST, RENEWED_AFTER = 2009, 60, 200, 2_500
"""First year of issue; days before the first file without new issues; a holder's least age and a renewal's wait in days."""
CANCELLED = 0.01
"""Share of certificates cancelled between the last two files."""


def certificate_numbers(world: World) -> Texts:
    """ID number, category and grade, for some with a re-issue suffix; None for those without a certificate."""
    standing = world.standing
    suffix = number_text(standing.category * 10 + standing.grade)
    number = np.asarray(world.people.number + suffix + words(("", REISSUE), standing.is_reissued), dtype=np.object_)
    return blank_where(number, standing.category == 0)


def _files(plan: Plan) -> tuple[File, ...]:
    return tuple(
        File(
            source="disability",
            path=f"disability/{period.received_on}/残疾人证_{period.label}.csv",
            encoding="utf-8-sig",
            sheets=(Sheet("", columns(SPELLINGS + (EXTRA if number == WITH_EXTRA else ()), number)),),
            received_on=day_number(period.received_on),
        )
        for number, period in enumerate(quarters(plan.as_of, QUARTERS))
    )


def _certificates(world: World, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Holders and days of first issue, of certificates issued by the end of the last quarter."""
    people = world.people
    periods = quarters(world.plan.as_of, QUARTERS)
    new, day = world.shocks.of(DISABILITY)
    old = np.flatnonzero(world.standing.category > 0)
    earliest, latest = day_number(periods[0].first.replace(year=OLDEST_ISSUE)), day_number(periods[0].first) - DAYS_BEFORE
    who = np.concatenate([old, new])
    since = np.maximum(people.born[who] + YOUNGEST, np.concatenate([rng.integers(earliest, latest, len(old)), day]))
    known = since <= day_number(periods[-1].last)
    return who[known], since[known]


def _rows(world: World, rng: np.random.Generator) -> Rows:
    """Every certificate in every file since it was issued; the record itself, mistakes included, is one and the same."""
    people, standing = world.people, world.standing
    periods = quarters(world.plan.as_of, QUARTERS)
    who, since = _certificates(world, rng)
    category = np.where(standing.category[who] > 0, standing.category[who], LIMB)
    grade = np.where(standing.grade[who] > 0, standing.grade[who], 1 + who % 2)
    number = people.number[who] + number_text(category * 10 + grade) + words(("", REISSUE), standing.is_reissued[who])
    count = len(who)
    renewed = np.maximum(since, np.minimum(since + RENEWED_AFTER, day_number(periods[0].first) - DAYS_BEFORE))
    cells = {
        "certificate_serial": np.asarray(
            "CL" + number_text(world.place.number * 10**6 + np.arange(count), 10), dtype=np.object_
        ),
        "name": people.name[who],
        "sex": words(("女", "男"), people.is_male[who]),
        "birth_date": day_text(people.born[who]),
        "id_number": np.asarray(number, dtype=np.object_),
        "category": words(CATEGORIES, category - 1),
        "grade": words(GRADES, np.where(chance(rng, 0.05, count), grade + 3, grade - 1)),
        "first_issued_on": day_text(since),
        "issued_on": day_text(np.where(chance(rng, 0.2, count), renewed, since)),
        "status": words(("有效", "注销", "过期"), np.where(chance(rng, 0.02, count), 1, 0)),
        "guardian": blank_where(people.name[people.head[who]], people.head[who] == who),
        "place": world.place_text("虚构省虚构市{county}{township}{village}")[who],
        "phone": world.phone[who],
        "need": words(NEEDS, rng.integers(0, len(NEEDS), count)),
    }
    first = np.searchsorted([day_number(period.last) for period in periods], since, side="left").astype(np.int64)
    return _resent(rng, Rows(who, first, np.full(count, QUARTERS - 1), np.zeros(count, dtype=np.int64), cells))


def _resent(rng: np.random.Generator, rows: Rows) -> Rows:
    """The records; a few certificates are cancelled in the last file."""
    number, last = np.arange(len(rows.person)), rows.until
    is_cancelled = chance(rng, CANCELLED, len(number)) & (rows.file < last)
    later = rows.take(number[is_cancelled])
    later = replace(later, file=later.until).change(status=np.full(len(later.person), "注销", dtype=np.object_))
    return stack([replace(rows, until=np.where(is_cancelled, last - 1, last)), later])


def feed(plan: Plan) -> Feed:
    """The feed and its files."""
    habits = Habits(date="issued_on", code="status", has_certificate_numbers=True)
    return Feed("disability", _files(plan), _rows, habits)
