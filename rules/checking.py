"""The checks of one catalogue of rules: what could not be computed, or would mean nothing, is refused with place and cure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from errors import CatalogueError
from misfits import did_you_mean
from rules.areas import area_problem
from rules.compile import sql_of
from rules.dimension import Units, attribute_units, need_unit, row_units, share_problem, unit, unit_of
from rules.expression import ExpressionProblem, columns, kind_of, parse
from rules.model import Rule
from rules.names import ATTRIBUTES, ROSTER, SIGNALS, Kind, attribute_kinds, row_names
from rules.quantity import Need
from rules.reasons import reason_sql
from rules.values import InForce, Reference, Share
from rules.visits import VISITS
from rules.wording import KIND_TITLES

_ANY_DAY: Final = date(2025, 6, 30)
_FIXED: Final[Mapping[str, Kind]] = {"sum": "number", "count": "number", "days_since": "number", "exists": "boolean"}
_ATTRIBUTE_TITLES: Final = {title: name for name, (_, title) in ATTRIBUTES.items()}
_EXPRESSION: Final = "只用允许的写法和已有的列的表达式"
_AREA: Final = "存在的地区（区划代码的前几位，全国不写）"

Facts = Mapping[str, Mapping[str, str]]
"""Source -> fact column -> contract type."""
ColumnUnits = Mapping[str, Mapping[str, str]]
"""Source -> fact column -> unit, where the contract says one."""
Titles = Mapping[str, Mapping[str, str]]
"""Source -> Chinese title -> fact column, for those who write the title."""


def reserved_words(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """What the engine does not take for a name."""
    query = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
    return frozenset(word for (word,) in connection.execute(query).fetchall())


@dataclass(frozen=True)
class Checking:
    """The checks of one catalogue: what they look things up in."""

    connection: duckdb.DuckDBPyConnection
    references: Mapping[str, Reference]
    facts: Facts
    units: ColumnUnits
    titles: Titles
    folders: tuple[Path, ...]
    reserved: frozenset[str]

    def refusal(self, name: str, place: str, expected: str, found: str) -> CatalogueError:
        """A mistake in the file of that name, with its whole path if it lies in one of the folders."""
        paths = (folder / f"{name}.yaml" for folder in self.folders)
        file = next((path for path in paths if path.exists()), Path(f"{name}.yaml"))
        return CatalogueError(file=file, place=place, expected=expected, found=found, do="改正后运行 fangpin check")

    def areas(self, name: str, place: str, values: Iterable[InForce]) -> None:
        for at, value in enumerate(values):
            if problem := area_problem(value.area):
                raise self.refusal(name, f"{place}.{at}.area", _AREA, problem)

    def name(self, rule: Rule, place: str, name: str) -> None:
        if name in self.reserved:
            raise self.refusal(rule.id, f"{place}.{name}", "不是 SQL 保留字的名称", f"{name} 是 SQL 保留字，请改名")

    def visits(self, rule: Rule) -> None:
        if rule.asks_visits and VISITS not in self.facts:
            expected = f"已有核实结果来源 {VISITS}（since_last_verdict 与 when_worse 要用）"
            raise self.refusal(rule.id, "needs", expected, "没有这个来源")

    def thresholds(self, rule: Rule) -> None:
        for name, threshold in rule.thresholds.items():
            self.name(rule, "thresholds", name)
            place = f"thresholds.{name}.values"
            self.areas(rule.id, place, threshold.values)
            for at, value in enumerate(threshold.values):
                if isinstance(value.value, Share):
                    self.share(rule, f"{place}.{at}.value", threshold.unit, value.value)

    def share(self, rule: Rule, place: str, measured_in: str, share: Share) -> None:
        if share.of not in self.references:
            found = f"没有参照值 {share.of}{did_you_mean(share.of, self.references)}"
            raise self.refusal(rule.id, f"{place}.of", f"已有的参照值（{'、'.join(self.references)}）", found)
        if problem := share_problem(unit(measured_in), share.factor, unit(self.references[share.of].unit)):
            raise self.refusal(rule.id, f"{place}.factor", f"得出 {measured_in} 的倍数", problem)

    def expression(
        self,
        rule: Rule,
        place: str,
        text: str,
        names: Mapping[str, Kind],
        units: Units,
        wanted: Kind | None,
        source: str = ROSTER,
    ) -> Kind:
        """The kind of the expression, which is on the white-list, knows its names and adds yuan to yuan only."""
        try:
            tree = parse(text, names, wanted)
            unit_of(tree, units)
            return kind_of(tree, names)
        except ExpressionProblem as problem:
            found = f"{problem}{self.called(str(problem), source)}"
            raise self.refusal(rule.id, place, _EXPRESSION, found) from None

    def called(self, problem: str, source: str) -> str:
        """The name of what the expression calls by its title."""
        titles = _ATTRIBUTE_TITLES if source == ROSTER else self.titles.get(source, {})
        return next((f"；“{title}”写作 {name}" for title, name in titles.items() if f"“{title}”" in problem), "")

    def need(self, rule: Rule, name: str, need: Need) -> Kind:
        self.name(rule, "needs", name)
        place = f"needs.{name}"
        kind = self.need_kind(rule, place, need)
        try:
            need_unit(need, self.row_units(need))
        except ExpressionProblem as problem:
            raise self.refusal(rule.id, f"{place}.unit", "与所算的量相同的单位", str(problem)) from None
        return kind

    def row_units(self, need: Need) -> Units:
        return row_units(need.source, self.facts, self.units) if need.source else {}

    def need_kind(self, rule: Rule, place: str, need: Need) -> Kind:
        if need.attribute:
            return attribute_kinds()[need.attribute]
        known = (ROSTER, SIGNALS, *self.facts)
        if need.source not in known:
            found = f"没有数据来源 {need.source}{did_you_mean(need.source, known)}"
            raise self.refusal(rule.id, f"{place}.source", f"已有的数据来源（{'、'.join(known)}）", found)
        names, units = row_names(need.source, self.facts), self.row_units(need)
        if need.where:
            self.expression(rule, f"{place}.where", need.where, names, units, "boolean", need.source)
        if need.date:
            self.expression(rule, f"{place}.date", need.date, names, units, "date", need.source)
        column = f"{place}.column"
        value: Kind | None = None
        if need.column:
            value = self.expression(rule, column, need.column, names, units, _wanted(need), need.source)
        return _FIXED.get(str(need.aggregate), value or "number")

    def logic(self, rule: Rule, kinds: Mapping[str, Kind]) -> None:
        attributes, measured = attribute_kinds(), attribute_units()
        if rule.population:
            self.expression(rule, "population", rule.population, attributes, measured, "boolean")
        lines: dict[str, Kind] = dict.fromkeys([*self.references, *rule.thresholds], "number")
        names: dict[str, Kind] = {**attributes, **lines, **kinds}
        units = self.logic_units(rule)
        self.expression(rule, "condition", rule.condition, names, units, "boolean")
        used = columns(parse(rule.condition, names))
        if not used & {*attributes, *kinds}:
            raise self.refusal(rule.id, "condition", "用到 needs 或人员属性的条件", "没有用到任何一个，对谁都一样")
        if kinds[rule.observed] not in ("number", "boolean"):
            raise self.refusal(rule.id, "observed", "数，或有无", KIND_TITLES[kinds[rule.observed]])
        self.shown(rule, units, used)

    def logic_units(self, rule: Rule) -> Units:
        needs = {name: need_unit(need, self.row_units(need)) for name, need in rule.needs.items()}
        values = {name: unit(reference.unit) for name, reference in self.references.items()}
        lines = {name: unit(threshold.unit) for name, threshold in rule.thresholds.items()}
        return {**attribute_units(), **values, **lines, **needs}

    def shown(self, rule: Rule, units: Units, used: frozenset[str]) -> None:
        """The observed need and the threshold it is shown against belong together."""
        if rule.against is None:
            return
        seen, line = units[rule.observed], units[rule.against]
        if seen is not None and line is not None and not seen.fits(line):
            found = f"{rule.observed} 的单位是 {seen.shown}，{rule.against} 的单位是 {line.shown}"
            raise self.refusal(rule.id, "against", "与 observed 单位相同的标准", found)
        bands = {"near": rule.near, "clearing": rule.clearing}
        if rule.against not in used and (band := next((name for name, value in bands.items() if value is not None), "")):
            raise self.refusal(rule.id, band, "condition 中用到 against 所指的标准", f"没有用到 {rule.against}")

    def binding(self, rule: Rule) -> None:
        """The last word is the engine's: what it does not accept is no rule."""
        try:
            query = f"EXPLAIN SELECT {reason_sql(rule, self.references)} FROM ({sql_of(rule, self.references, _ANY_DAY)})"
            self.connection.execute(query).fetchall()
        except duckdb.Error as problem:
            found = str(problem).splitlines()[0]
            raise self.refusal(rule.id, "condition", "可以执行的规则", f"数据库不接受：{found}") from None


def _wanted(need: Need) -> Kind | None:
    return "number" if need.aggregate == "sum" or (need.aggregate in ("max", "min") and need.absent == "zero") else None
