"""A rule in Chinese words: whom it concerns, what it looks at, when it speaks, which numbers are in force, its examples."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from rules.expression import parse_shape
from rules.model import PLACEHOLDER, Example, Rule
from rules.names import ATTRIBUTES, ROSTER, SIGNALS
from rules.phrases import Names, phrase, plain
from rules.quantity import Need
from rules.values import InForce, Reference, Share, Threshold, ThresholdValue, by_precedence
from rules.windows import Window


class Glossary(NamedTuple):
    """What contracts and rules are called."""

    titles: Mapping[str, str]
    """Source, `source.column` or rule -> its title."""
    units: Mapping[str, str]
    """`source.column` -> its unit."""


_SIGNAL: Final = {
    "rule": "规则",
    "family": "风险类型",
    "severity": "分值",
    "verdict": "结论",
    "event_on": "事件日期",
}
_VERDICTS: Final = {"fires": "提示", "near": "接近", "clear": "不提示", "unknown": "不能判断"}
_CASES: Final = {"exactly_at": "恰在标准上", "missing": "缺数据", "old_date": "换个日期"}
"""Those whose verdict does not say why they are there."""
_ATTRIBUTE_UNITS: Final = {"age": "岁", "income_per_head": "元"}
_REPEATS: Final = {
    "first_crossing": "第一次越过时提示；入户核实后，在静默期内不再问",
    "every_time": "每有新的事都提示，不论是否已入户",
}
_OTHER_CELLS: Final = {
    "place_code": "行政区划",
    "birth_date": "出生日期",
    "received_on": "收到日期",
    "probability": "对上的把握",
}


class Figure(NamedTuple):
    """One number in force, in words."""

    amount: str
    whom: str
    area: str
    period: str
    document: str


class Case(NamedTuple):
    """One example, in words."""

    case: str
    told: str
    verdict: str
    note: str


def who(rule: Rule) -> str:
    """Whom the rule is about."""
    every = "每个人" if rule.unit == "person" else "每一户"
    if not rule.population:
        return every
    head = "（看户主）" if rule.unit == "household" else ""
    return f"{every}{head}，{phrase(parse_shape(rule.population), _residents())}"


def when(rule: Rule, references: Mapping[str, Reference]) -> str:
    """The condition, and how near it counts as nearly met."""
    titles = {name: title for name, (_, title) in ATTRIBUTES.items()}
    titles |= {name: reference.title for name, reference in references.items()}
    titles |= {name: threshold_title(rule, name) for name in rule.thresholds}
    titles |= {name: need.title or name for name, need in rule.needs.items()}
    units = _ATTRIBUTE_UNITS | {name: need.unit for name, need in rule.needs.items()}
    existing = frozenset(name for name, need in rule.needs.items() if need.aggregate == "exists")
    return phrase(parse_shape(rule.condition), Names(titles, units, existing))


def bands(rule: Rule) -> tuple[str, ...]:
    """What holds beside the condition: the near band, clearing, how sure a link must be."""
    told = []
    if rule.near is not None:
        told.append(f"到标准的 {plain(rule.near)} 倍算接近，只作参考")
    if rule.clearing is not None:
        side = "回落到低于" if rule.clearing < 1 else "回升到高于"
        told.append(f"一旦提示，要{side}标准的 {plain(rule.clearing)} 倍才算解除")
    if rule.min_probability != Rule.model_fields["min_probability"].default:
        told.append(f"只看把握在 {plain(rule.min_probability)} 以上对上的记录")
    return tuple(told)


def repeat(rule: Rule) -> str:
    """When a household that was visited is asked about again."""
    if rule.worse is None:
        return _REPEATS[rule.repeat]
    side = "升到" if rule.worse > 1 else "降到"
    return f"入户核实后，{side}核实时的 {plain(rule.worse)} 倍再提示"


def looked_at(rule: Rule, glossary: Glossary) -> tuple[str, ...]:
    """What each need is, one sentence each."""
    return tuple(f"{need.title or name}：{_need(need, rule, glossary)}" for name, need in rule.needs.items())


def reason(rule: Rule) -> str:
    """What the visitor reads, its placeholders as what stands for them."""

    def called(match: re.Match[str]) -> str:
        name = match[1]
        if name == "document":
            return "〔文件〕"
        if name in rule.needs:
            return f"〔{rule.needs[name].title or name}〕"
        return f"〔{threshold_title(rule, name if name in rule.thresholds else rule.against or name)}〕"

    return PLACEHOLDER.sub(called, rule.reason)


def threshold_title(rule: Rule, name: str) -> str:
    """What a rule's threshold is called."""
    return "标准" if len(rule.thresholds) == 1 else f"标准（{name}）"


def _residents() -> Names:
    return Names({name: title for name, (_, title) in ATTRIBUTES.items()}, _ATTRIBUTE_UNITS)


def _need(need: Need, rule: Rule, glossary: Glossary) -> str:
    if need.attribute:
        whose = "户主的" if rule.unit == "household" else "本人的"
        return f"花名册上{whose}{ATTRIBUTES[need.attribute][1]}"
    names = _columns(need.source, glossary)
    parts = [_of(need, rule, glossary), *_days(need, names)]
    if need.where:
        parts.append(phrase(parse_shape(need.where), names))
    if need.rules:
        parts.append("规则为" + "、".join(glossary.titles.get(rule_id, rule_id) for rule_id in need.rules))
    return f"{'，'.join(parts)}；取{_aggregate(need, names)}。{_silence(need)}"


def _of(need: Need, rule: Rule, glossary: Glossary) -> str:
    whose = "（全户）" if need.of == "household" or rule.unit == "household" else ""
    if need.source == SIGNALS:
        return f"本夜其他规则的结论{whose}"
    return ("花名册" if need.source == ROSTER else glossary.titles.get(need.source, need.source)) + whose


def _columns(source: str, glossary: Glossary) -> Names:
    called = {"resident_id": "人", "received_on": "收到的日期"}
    if source == SIGNALS:
        return Names(called | _SIGNAL, values={**glossary.titles, **_VERDICTS})
    if source == ROSTER:
        return Names(called | dict(_residents().titles), _ATTRIBUTE_UNITS)
    titles, units = (_of_source(source, words) for words in glossary)
    return Names(called | titles, units)


def _of_source(source: str, words: Mapping[str, str]) -> dict[str, str]:
    prefix = f"{source}."
    return {key.removeprefix(prefix): word for key, word in words.items() if key.startswith(prefix)}


def _days(need: Need, names: Names) -> Iterator[str]:
    if need.date:
        span = _window(need.window) if need.window else "不限时间"
        yield f"{span}（按{names.title(need.date)}）"


def _window(window: Window) -> str:
    parts = list(_span(window))
    if window.late_days:
        parts.append(f"过后 {window.late_days} 日内仍看上一年")
    if window.since_last_verdict:
        parts.append("上次入户核实之后")
    return "、".join(parts)


def _span(window: Window) -> Iterator[str]:
    if window.days:
        yield f"近 {window.days} 日"
    elif window.months:
        yield f"近 {window.months} 个月"
    elif window.previous_month:
        yield "上个月"
    elif window.calendar_year:
        yield "当年 1 月 1 日起"
    elif window.school_year:
        yield "本学年 9 月 1 日起"


def _aggregate(need: Need, names: Names) -> str:
    told = _plain_aggregate(need, names)
    if need.change is None:
        return told
    return f"{told}比前一段同样长的时间{'增减的百分数' if need.change == 'percent' else '增减了多少'}"


def _plain_aggregate(need: Need, names: Names) -> str:
    column = "" if not need.column else names.titles.get(need.column) or phrase(parse_shape(need.column), names)
    match need.aggregate:
        case "count" if not column:
            return "人数" if need.source == ROSTER else "条数"
        case "count":
            return "人数（同一人只计一次）" if need.column == "resident_id" else f"不同“{column}”的个数"
        case "exists":
            return "有没有"
        case "days_since":
            return "距最近一条的天数"
        case "latest":
            return f"最近一条的“{column}”"
        case other:
            return f"“{column}”" + {"sum": "之和", "max": "中最大的", "min": "中最小的"}[str(other)]


def _silence(need: Need) -> str:
    match need.absent:
        case "zero":
            return "没有记录当作没有" if need.aggregate == "exists" else "没有记录当作 0"
        case "not_listed":
            return "名册完整、人已对准而没有记录，当作不在册"
        case _:
            return "没有记录则不能判断"


def figures(threshold: Threshold, references: Mapping[str, Reference]) -> tuple[Figure, ...]:
    """A threshold's values in the order in which the first that holds counts; none where it is not set."""
    return tuple(_figure(value, threshold.unit, references) for value in by_precedence(threshold.values))


def unset(threshold: Threshold) -> str:
    """Why there is no number, and with which one the examples are tried; empty where there is one."""
    if threshold.trial is None:
        return ""
    return f"{threshold.unset}（例子按 {plain(threshold.trial)} {threshold.unit}试算）"


def reference_figures(reference: Reference) -> tuple[Figure, ...]:
    """A reference's values, likewise."""
    values = by_precedence(reference.values)
    return tuple(Figure(f"{plain(value.value)} {reference.unit}", "", *_where_and_when(value)) for value in values)


def _figure(value: ThresholdValue, unit: str, references: Mapping[str, Reference]) -> Figure:
    return Figure(_amount(value.value, unit, references), "、".join(value.population), *_where_and_when(value))


def _amount(amount: Decimal | Share, unit: str, references: Mapping[str, Reference]) -> str:
    if isinstance(amount, Share):
        return f"{plain(amount.factor)} × {references[amount.of].title}"
    return f"{plain(amount)} {unit}"


def _where_and_when(value: InForce) -> tuple[str, str, str]:
    period = f"{value.since} 起" if value.until is None else f"{value.since} 至 {value.until}"
    return value.area, period, value.document


def cases(rule: Rule, glossary: Glossary) -> tuple[Case, ...]:
    """The rule's examples."""
    return tuple(
        Case(_CASES.get(example.case, ""), _example(example, glossary), _VERDICTS[example.expect], example.note)
        for example in rule.examples
    )


def _example(example: Example, glossary: Glossary) -> str:
    parts = [f"{example.as_of} 夜" + (f"，{_row(example.resident, _residents())}" if example.resident else "")]
    for source, rows in example.facts.items():
        names = _columns(source, glossary)
        name = {ROSTER: "另有成员", SIGNALS: "其他规则"}.get(source) or glossary.titles.get(source, source)
        listed = "；".join(_row(row, names) for row in rows) or "没有记录"
        parts.append(f"{name}：{listed}")
    if example.is_doubtful:
        parts.append("人没有对准，或名册不完整")
    return "。".join(parts)


def _row(row: Mapping[str, object], names: Names) -> str:
    return "、".join(_cell(name, value, names) for name, value in row.items())


def _cell(name: str, value: object, names: Names) -> str:
    if name == "resident_id":
        return "（另一成员）"
    title = names.title(name) if name in names.titles else _OTHER_CELLS.get(name, name)
    return f"{title} {_said(value, names, names.units.get(name, ''))}"


def _said(value: object, names: Names, unit: str) -> str:
    """A cell of an example: numbers come as text, so a unit tells them."""
    match value:
        case None:
            return "没有写"
        case bool():
            return "是" if value else "否"
        case _ if unit:
            return f"{plain(Decimal(str(value)))} {unit}"
    return names.values.get(str(value), str(value))
