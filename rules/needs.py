"""Needs as SQL: the rows a need looks at, one aggregate per unit, and the value a condition may use.

A row whose date or `where` is not known is kept as not `sure`: it never adds to a value, but it is counted as missing,
so that a condition that is not met without it is unknown and not clear.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from engine import sql_text
from rules.expression import parse_shape
from rules.logic import rises
from rules.model import Need, Rule
from rules.rendering import to_sql

PARTIAL: Final = ("sum", "count", "max")
"""Aggregates that can only grow when a missing amount becomes known (refunds apart)."""

_AGGREGATES: Final = {
    "sum": "TRY_CAST(sum(amount) FILTER (sure) AS DECIMAL(18, 4))",
    "max": "max(amount) FILTER (sure)",
    "min": "min(amount) FILTER (sure)",
    "exists": "count(*) FILTER (sure) > 0",
    "latest": "last(amount ORDER BY happened_on, received_on, row_id) FILTER (sure)",
}
_RUNNING: Final = {
    "sum": "TRY_CAST(coalesce(sum(amount) OVER days, 0) AS DECIMAL(18, 4))",
    "max": "max(amount) OVER days",
    "min": "min(amount) OVER days",
    "exists": "TRUE",
}


@dataclass(frozen=True)
class Compiled:
    """A need of one rule, ready to be written: its name, declaration and whether a partial value is enough to fire."""

    name: str
    need: Need
    is_partial: bool

    @property
    def known(self) -> str:
        """The column that holds what is known of the value; the plain name holds it only if nothing is missing."""
        return f"{self.name}__known" if self.is_partial else self.name


def compile_needs(rule: Rule) -> list[Compiled]:
    """The rule's needs in the order declared."""
    condition = parse_shape(rule.condition)
    return [Compiled(name, need, need.aggregate in PARTIAL and rises(condition, name)) for name, need in rule.needs.items()]


def rows_sql(rule: Rule, need: Need, as_of: date) -> str:
    """The rows of one need: unit, row_id, received_on, happened_on, sure and, where there is one, amount."""
    unit = "resident_id" if rule.unit == "person" else "household_id"
    tests = _tests(need, as_of)
    matches = " AND ".join(tests)
    items = [f"{unit} AS unit", "row_id", "received_on", f"{_day(need) or 'CAST(NULL AS DATE)'} AS happened_on"]
    if need.column:
        items.append(f"{to_sql(parse_shape(need.column))} AS amount")
    items.append(f"coalesce({matches}, FALSE) AS sure" if tests else "TRUE AS sure")
    kept = [f"probability >= {rule.min_probability}"] if need.is_event else []
    kept += [f"({matches}) IS NOT FALSE"] if tests else []
    table = f"fact_{need.source}" if need.is_event else "person"
    where = "\nWHERE " + "\n    AND ".join(kept) if kept else ""
    return "SELECT " + ",\n    ".join(items) + f"\nFROM {table}{where}"


def _day(need: Need) -> str:
    return to_sql(parse_shape(need.date)) if need.date else ""


def _tests(need: Need, as_of: date) -> list[str]:
    where = [f"({to_sql(parse_shape(need.where))})"] if need.where else []
    if not need.date:
        return where
    if need.window is None:
        return [f"{_day(need)} <= DATE '{as_of}'", *where]
    start, end = need.window.span(as_of)
    return [f"{_day(need)} BETWEEN DATE '{start}' AND DATE '{end}'", *where]


def aggregate_sql(name: str, need: Need, as_of: date) -> str:
    """One row per unit that has rows: value, how many amounts or rows are missing, and the last dates."""
    missing = "NOT sure OR amount IS NULL" if need.column and need.aggregate != "latest" else "NOT sure"
    items = [
        f"unit, {_value(need, as_of)} AS value",
        f"count(*) FILTER ({missing}) AS missing",
        "max(happened_on) FILTER (sure) AS last_on, max(received_on) FILTER (sure) AS known_on",
    ]
    return "SELECT " + ",\n    ".join(items) + f"\nFROM rows__{name} GROUP BY unit"


def _value(need: Need, as_of: date) -> str:
    match need.aggregate:
        case "count":
            counted = "DISTINCT amount" if need.column else "*"
            return f"CAST(count({counted}) FILTER (sure) AS DECIMAL(18, 4))"
        case "days_since":
            return f"CAST(date_diff('day', max(happened_on) FILTER (sure), DATE '{as_of}') AS DECIMAL(18, 4))"
        case other:
            return _AGGREGATES[str(other)]


def running_sql(need: Need) -> str | None:
    """The need's value up to each day, over the named window `days`; None where it has no history to walk through."""
    if need.aggregate == "count":
        return f"CAST(count({'DISTINCT amount' if need.column else '*'}) OVER days AS DECIMAL(18, 4))"
    return _RUNNING.get(str(need.aggregate))


def columns_sql(compiled: Compiled) -> list[str]:
    """Select items, over `need__<name>` left-joined to the units, giving the need's value (and what is known of it)."""
    name, need, table = compiled.name, compiled.need, f"need__{compiled.name}"
    if need.attribute:
        return [f"{need.attribute} AS {name}"]
    known = f"{table}.value" if need.aggregate != "count" else f"nullif({table}.value, 0)"
    zero = "FALSE" if need.aggregate == "exists" else "0"
    if need.absent == "zero":
        known = f"coalesce({known}, {zero})"
    if need.aggregate == "exists":
        return [f"CASE WHEN {table}.value THEN TRUE WHEN {table}.missing > 0 THEN NULL ELSE {_silence(need)} END AS {name}"]
    strict = f"CASE WHEN coalesce({table}.missing, 0) = 0 THEN {known} END AS {name}"
    return [strict, f"{known} AS {compiled.known}"] if compiled.is_partial else [strict]


def _silence(need: Need) -> str:
    return "FALSE" if need.absent == "zero" else "NULL"


def title(name: str, need: Need) -> str:
    """What a person calls the need, as an SQL literal."""
    return sql_text(need.title or name)
