"""Rules and reference values from YAML, layered by id, and everything about them that can be checked before a night."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from catalogue import load_layers
from errors import CatalogueError
from rules.compile import sql_of
from rules.expression import ExpressionProblem, columns, kind_of, parse
from rules.model import Need, Rule
from rules.names import ROSTER, Kind, attribute_kinds, row_names
from rules.reasons import reason_sql
from rules.sandbox import sandbox
from rules.values import Reference, used_references
from rules.visits import VISITS

_HERE: Final = Path(__file__).parent
_ANY_DAY: Final = date(2025, 6, 30)
_FIXED: Final[Mapping[str, Kind]] = {"sum": "number", "count": "number", "days_since": "number", "exists": "boolean"}


def load_rules(office_layer: Path | None) -> dict[str, Rule]:
    """The built-in rules by id, an office's own layered over them.  Raises CatalogueError."""
    return load_layers([_HERE / "catalogue", *([office_layer] if office_layer else [])], Rule)


def load_references(office_layer: Path | None) -> dict[str, Reference]:
    """The built-in reference values by id, an office's own layered over them.  Raises CatalogueError."""
    return load_layers([_HERE / "reference", *([office_layer] if office_layer else [])], Reference)


def check(rules: Mapping[str, Rule], references: Mapping[str, Reference], facts: Mapping[str, Mapping[str, str]]) -> None:
    """Every expression is on the white-list, every column and reference exists, every rule becomes SQL that binds.

    `facts` is source -> fact column -> contract type.  Raises CatalogueError naming the rule, the place and the cure.
    """
    with sandbox(facts) as connection:
        for rule in rules.values():
            _check_references(rule, references)
            _check_visits(rule, facts)
            kinds = {name: _need_kind(rule, name, need, facts) for name, need in rule.needs.items()}
            _check_logic(rule, kinds, references)
            _check_binding(connection, rule, references)


def _refuse(rule: Rule, place: str, expected: str, found: str) -> CatalogueError:
    return CatalogueError(file=f"{rule.id}.yaml", place=place, expected=expected, found=found, do="改正后运行 fangpin check")


def _check_references(rule: Rule, references: Mapping[str, Reference]) -> None:
    for name in used_references(rule.thresholds):
        if name not in references:
            raise _refuse(rule, "thresholds", f"已有的参照值（{'、'.join(references)}）", f"没有参照值 {name}")


def _check_visits(rule: Rule, facts: Mapping[str, Mapping[str, str]]) -> None:
    if rule.asks_visits and VISITS not in facts:
        raise _refuse(rule, "needs", f"已有核实结果来源 {VISITS}（since_last_verdict 与 when_worse 要用）", "没有这个来源")


def _kind(rule: Rule, place: str, text: str, names: Mapping[str, Kind], wanted: Kind | None) -> Kind:
    try:
        return _kind_or_problem(text, names, wanted)
    except ExpressionProblem as problem:
        raise _refuse(rule, place, "只用允许的写法和已有的列的表达式", str(problem)) from None


def _kind_or_problem(text: str, names: Mapping[str, Kind], wanted: Kind | None) -> Kind:
    return kind_of(parse(text, names, wanted), names)


def _need_kind(rule: Rule, name: str, need: Need, facts: Mapping[str, Mapping[str, str]]) -> Kind:
    place = f"needs.{name}"
    if need.attribute:
        return attribute_kinds()[need.attribute]
    if need.source != ROSTER and need.source not in facts:
        raise _refuse(rule, f"{place}.source", f"已有的数据来源（{'、'.join([ROSTER, *facts])}）", need.source)
    names = row_names(need.source, facts)
    if need.where:
        _kind(rule, f"{place}.where", need.where, names, "boolean")
    if need.date:
        _kind(rule, f"{place}.date", need.date, names, "date")
    value: Kind | None = _kind(rule, f"{place}.column", need.column, names, _wanted(need)) if need.column else None
    return _FIXED.get(str(need.aggregate), value or "number")


def _wanted(need: Need) -> Kind | None:
    return "number" if need.aggregate == "sum" or (need.aggregate in ("max", "min") and need.absent == "zero") else None


def _check_logic(rule: Rule, kinds: Mapping[str, Kind], references: Mapping[str, Reference]) -> None:
    if rule.population:
        _kind(rule, "population", rule.population, attribute_kinds(), "boolean")
    lines: dict[str, Kind] = dict.fromkeys([*references, *rule.thresholds], "number")
    names: dict[str, Kind] = {**attribute_kinds(), **lines, **kinds}
    _kind(rule, "condition", rule.condition, names, "boolean")
    if kinds[rule.observed] not in ("number", "boolean"):
        raise _refuse(rule, "observed", "数值或有无", kinds[rule.observed])
    if (rule.near or rule.clearing) and rule.against not in columns(parse(rule.condition, names)):
        raise _refuse(
            rule, "near" if rule.near else "clearing", "condition 中用到 against 所指的标准", f"没有用到 {rule.against}"
        )


def _check_binding(connection: duckdb.DuckDBPyConnection, rule: Rule, references: Mapping[str, Reference]) -> None:
    try:
        connection.execute(
            f"EXPLAIN SELECT {reason_sql(rule, references)} FROM ({sql_of(rule, references, _ANY_DAY)})"
        ).fetchall()
    except duckdb.Error as problem:
        found = str(problem).splitlines()[0]
        raise _refuse(rule, "condition", "可以执行的规则（各量类型相符，名称不是 SQL 保留字）", found) from None
