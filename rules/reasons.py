"""The sentence a visitor reads, as SQL over the columns a compiled rule gives."""

from collections.abc import Mapping
from typing import Final

from engine import sql_text
from rules.model import PLACEHOLDER, Need, Rule
from rules.names import ATTRIBUTES
from rules.values import Reference
from rules.visits import LAST_VISIT

_SHARE: Final = "比例"


def reason_sql(rule: Rule, references: Mapping[str, Reference]) -> str:
    """The rule's reason with its placeholders filled in; numbers with thousands separators and their unit."""
    pieces = PLACEHOLDER.split(rule.reason)
    parts = [
        sql_text(piece) if index % 2 == 0 else _filled(rule, references, piece) for index, piece in enumerate(pieces) if piece
    ]
    return f"concat({', '.join([*parts, *_worse(rule)])})"


def _worse(rule: Rule) -> list[str]:
    """Where it has got worse since a visit: since which, and how it stood then."""
    if rule.worse is None:
        return []
    then = number_sql("at__visit", rule.shown_unit)
    said = f"'；' || strftime({LAST_VISIT}, '%Y-%m-%d') || ' 核实时为 ' || {then} || '，此后明显加重'"
    return [f"CASE WHEN event_on > {LAST_VISIT} THEN {said} END"]


def said_sql(rule: Rule, references: Mapping[str, Reference]) -> str:
    """A list of texts: each need and threshold by its title, with its value; what is not known says so."""
    needs = {need.title or name: _filled(rule, references, name) for name, need in rule.needs.items()}
    lines = {
        f"标准 {name}" if len(rule.thresholds) > 1 else "标准": _filled(rule, references, name) for name in rule.thresholds
    }
    told = (f"{sql_text(title + ' ')} || coalesce({value}, '不明')" for title, value in {**needs, **lines}.items())
    return f"[{', '.join(told)}]"


def _filled(rule: Rule, references: Mapping[str, Reference], name: str) -> str:
    if name == "document":
        return "document"
    if name in rule.needs:
        unit = rule.shown_unit if name == rule.observed else rule.needs[name].unit
        return _need_text(name, rule.needs[name], unit)
    line = rule.against if name == "threshold" and rule.against else name
    return number_sql(line, rule.thresholds[line].unit if line in rule.thresholds else references[line].unit)


def _need_text(name: str, need: Need, unit: str) -> str:
    if need.aggregate == "exists":
        return f"CASE {name} WHEN TRUE THEN '有' WHEN FALSE THEN '无' END"
    if need.change == "percent":
        unit = "%"
    is_number = (
        bool(need.change)
        or need.aggregate in ("sum", "count", "days_since")
        or ATTRIBUTES.get(need.attribute, ("text", ""))[0] == "number"
    )
    return number_sql(name, unit) if is_number or unit else f"CAST({name} AS VARCHAR)"


def number_sql(value: str, unit: str) -> str:
    """A decimal as text: thousands separators, at most two decimals and only if there are any, the unit; 0.3 比例 is 30%."""
    if unit == _SHARE:
        value, unit = f"({value} * 100)", "%"
    rounded = f"CAST(abs({value}) AS DECIMAL(18, 2))"
    whole = f"format('{{:,}}', CAST(trunc({rounded}) AS BIGINT))"
    cents = f"CASE WHEN {rounded} = trunc({rounded}) THEN '' ELSE right(CAST({rounded} AS VARCHAR), 3) END"
    return f"CASE WHEN {value} < 0 THEN '-' ELSE '' END || {whole} || {cents} || {sql_text(unit)}"
