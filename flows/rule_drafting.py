"""A rule drafted for one feed: what can be known is written, what only people can say is asked, the columns are named."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, get_args

from flows.declared import Catalogue
from rules.model import Family
from rules.names import ATTRIBUTES
from sources.contract import Contract
from sources.directory import kind_title
from sources.drafting.draft import ASK
from sources.fact import Fact
from sources.units import YUAN

COUNTED: Final = ("money", "integer", "decimal")
_TRIAL: Final = Decimal(1000)
_DAYS: Final = 90


def draft(name: str, catalogue: Catalogue, source: str, column: str | None, limit: Decimal | None, as_of: date) -> str:
    """A rule file over a feed: with a column, its sum against a threshold; without, whether there is a record at all."""
    contract = catalogue.contracts[source]
    body = _event(contract, as_of) if column is None else _amount(contract, column, limit, as_of)
    lines = [*_head(catalogue, contract), f"id: {name}", *_who(contract), *body]
    return "\n".join(lines) + "\n"


def questions(text: str) -> list[str]:
    """What the draft asks, in its order."""
    return [line.partition(ASK)[2] for line in text.splitlines() if ASK in line]


def _head(catalogue: Catalogue, contract: Contract) -> Iterator[str]:
    yield "# 规则草稿，尚未生效。各键的说明：docs/adding.zh-CN.md；现成的规则：fangpin rule list"
    yield "# 1. 回答每一处“请确定”  2. fangpin rule test 本文件  3. 移到数据文件夹的 rules/ 之下"
    yield "#"
    yield f"# 来源 {contract.id}（{contract.title}）一行是{contract.row}。column、where、date 可用的列："
    for name, fact in contract.facts.items():
        yield f"#   {name}  {fact.title}，{kind_title(fact)}"
    yield "#   received_on  收到日期，日期"
    yield "# population、condition 可用的人员属性（按户判断时取户主的）："
    yield "#   " + "  ".join(f"{name} {title}" for name, (_, title) in ATTRIBUTES.items())
    yield "# 标准可写成参照值的倍数，如 value: {factor: 0.5, of: rural_income_per_head}："
    for reference in catalogue.references.values():
        yield f"#   {reference.id}  {reference.title}，{reference.unit}"
    yield ""


def _who(contract: Contract) -> Iterator[str]:
    unit = "household" if contract.row.startswith("一户") else "person"
    yield f"title: # {ASK}一行中文标题"
    yield f"family: # {ASK}风险类型，{'、'.join(get_args(Family))} 之一"
    yield f"unit: {unit} # person 按人判断；household 按户判断，全家的记录合在一起算"
    yield "# population: household_type in ('脱贫户', '监测对象') # 只看哪些人；不写就是所有人"


def _amount(contract: Contract, column: str, limit: Decimal | None, as_of: date) -> Iterator[str]:
    fact, day, worth = contract.facts[column], _day(contract), limit or _TRIAL
    since = _old(as_of).year
    unit = _unit(fact)
    yield "needs:"
    yield "  total:"
    yield f"    title: 近 {_DAYS} 日{fact.title}"
    yield from [f"    unit: {unit}"] if unit else []
    yield f"    source: {contract.id}"
    yield "    aggregate: sum # 合计；另有 max 最大、min 最小、latest 最近一次、count 次数、exists 有无、days_since 距今天数"
    yield f"    column: {column} # 一列，或算式如 a + b - c"
    yield from _where(contract)
    yield from _when(day)
    yield "thresholds:"
    yield "  line:"
    yield f"    unit: {unit}" if unit else f"    unit: # {ASK}{fact.title}的单位；契约里没有写"
    yield "    values: # 换年度加一行；各地不同写 area（区划代码前几位），各类人不同写 population"
    value = f"{limit}" if limit is not None else ""
    asked = "哪份文件（写文号或“办公室自定”）" if limit is not None else "标准是多少，出自哪份文件（写文号或“办公室自定”）"
    yield f"      - {{from: {since}-01-01, value: {value}, document: }} # {ASK}{asked}"
    yield "condition: total >= line # 超过才算写 >"
    yield "observed: total"
    yield "against: line"
    yield "near: 0.8 # 达到标准的八成算接近，只在名单上另列；不要就删去"
    yield "repeat: first_crossing # 入户后不再问；every_time：每有新记录都再问"
    yield f"severity: 50 # {ASK}1 至 100，只用来排先后"
    yield f"reason: 近 {_DAYS} 日{fact.title} {{total}}，标准 {{threshold}}"
    yield f"source: # {ASK}标准与口径的出处，哪些是办公室自定的"
    yield "examples:" if limit is not None else f"examples: # {ASK}这些例子按标准 {_TRIAL} 写的，定了标准后把数一并改过来"
    yield from _amount_examples(contract.id, day, column, worth, as_of)


def _amount_examples(source: str, day: str, column: str, limit: Decimal, as_of: date) -> Iterator[str]:
    recent, old = as_of - timedelta(days=30), _old(as_of)
    for case, happened, worth, expect in (
        ("fires", recent, 2 * limit, "fires"),
        ("near", recent, limit * 9 / 10, "near"),
        ("not", recent, limit / 10, "clear"),
        ("exactly_at", recent, limit, "fires"),
        ("missing", recent, None, "unknown"),
        ("old_date", old, 2 * limit, "clear"),
    ):
        cell = "null" if worth is None else f"{worth.normalize():f}"
        facts = f"{{{source}: [{{{day}: {happened}, {column}: {cell}}}]}}"
        yield f"  - {{case: {case}, as_of: {as_of}, facts: {facts}, expect: {expect}}}"


def _event(contract: Contract, as_of: date) -> Iterator[str]:
    day = _day(contract)
    yield "needs:"
    yield "  found:"
    yield f"    title: 近 {_DAYS} 日的{contract.title}"
    yield f"    source: {contract.id}"
    yield "    aggregate: exists # 有无；另有 count 次数、latest 最近一次、days_since 距今天数，金额用 sum、max"
    yield from _where(contract)
    yield from _when(day)
    yield "condition: found"
    yield "observed: found"
    yield "repeat: every_time # 每有新记录都再问；first_crossing：入户后不再问"
    yield f"severity: 50 # {ASK}1 至 100，只用来排先后"
    yield f"reason: 近 {_DAYS} 日有{contract.title}的记录"
    yield f"source: # {ASK}口径的出处，哪些是办公室自定的"
    yield "examples:"
    recent, old = as_of - timedelta(days=30), _old(as_of)
    for case, happened, expect in (("fires", recent, "fires"), ("missing", "null", "unknown"), ("old_date", old, "clear")):
        yield f"  - {{case: {case}, as_of: {as_of}, facts: {{{contract.id}: [{{{day}: {happened}}}]}}, expect: {expect}}}"
    yield f"  - {{case: not, as_of: {as_of}, expect: clear, note: 没有记录}}"


def _old(as_of: date) -> date:
    """A day before the window."""
    return as_of - timedelta(days=_DAYS + 30)


def _where(contract: Contract) -> Iterator[str]:
    coded = next(
        ((name, list(fact.values)) for name, fact in contract.facts.items() if fact.type == "code" and fact.values), None
    )
    told = f"{coded[0]} = '{coded[1][0]}'" if coded else "列名 = '文字'"
    yield f"    # where: {told} # 只算哪些记录；不写就是全部。写了以后，例子里也要有这一列"


def _when(day: str) -> Iterator[str]:
    yield f"    date: {day} # 事情发生在哪一天"
    others = ("months: 12", "calendar_year: true", "school_year: true", "previous_month: true")
    yield f"    window: {{days: {_DAYS}}} # 或 {'、'.join(f'{{{other}}}' for other in others)}"
    yield "    absent: zero # 没有记录就是没有；unknown：没有记录就判为未知"


def _day(contract: Contract) -> str:
    """The column that most likely says when it happened."""
    days = [name for name, fact in contract.facts.items() if fact.type == "date"]
    return next((name for name in days if contract.facts[name].required), days[0] if days else "received_on")


def _unit(fact: Fact) -> str:
    return fact.unit or (YUAN if fact.type == "money" else "")
