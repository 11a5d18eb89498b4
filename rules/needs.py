"""Needs as SQL: the rows a need looks at, one aggregate per unit, and the value a condition may use.

A row whose date or `where` is not known is kept as not `sure`: it never adds to a value, but it is counted as missing,
so that a condition that is not met without it is unknown and not clear.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from typing import Final

from engine import sql_text
from rules.expression import parse_shape
from rules.listing import is_absent_sql
from rules.logic import rises
from rules.model import Need, Rule
from rules.names import SIGNALS
from rules.rendering import to_sql
from rules.visits import LAST_VISIT

PARTIAL: Final = ("sum", "count", "max")
"""Aggregates that can only grow when a missing amount becomes known (refunds apart)."""

_AGGREGATES: Final = {
    "sum": "TRY_CAST(sum(amount) FILTER ({}) AS DECIMAL(18, 4))",
    "max": "max(amount) FILTER ({})",
    "min": "min(amount) FILTER ({})",
    "exists": "count(*) FILTER ({}) > 0",
    "latest": "last(amount ORDER BY happened_on, received_on, row_id) FILTER ({})",
}
_RUNNING: Final = {
    "sum": "TRY_CAST(coalesce(sum(amount){} OVER days, 0) AS DECIMAL(18, 4))",
    "max": "max(amount){} OVER days",
    "min": "min(amount){} OVER days",
    "exists": "TRUE",
    "latest": "arg_max_null(amount, (on__day, r.received_on, r.row_id)){} OVER days",
}


@dataclass(frozen=True)
class Compiled:
    """A need of one rule, ready to be written: its name, declaration and whether a partial value is enough to fire."""

    name: str
    need: Need
    is_partial: bool
    is_lost: bool = False
    """Whether a rule it looks at could not be judged at all tonight, so that nobody is surely without its signal."""

    @property
    def known(self) -> str:
        """The column that holds what is known of the value; the plain name holds it only if nothing is missing."""
        return f"{self.name}__known" if self.is_partial else self.name


def compile_needs(rule: Rule, lost: Container[str] = ()) -> list[Compiled]:
    """The rule's needs in the order declared; `lost` names those that look at a rule that could not be judged."""
    condition = parse_shape(rule.condition)
    return [
        Compiled(name, need, _is_partial(need) and rises(condition, name), name in lost) for name, need in rule.needs.items()
    ]


def _is_partial(need: Need) -> bool:
    return need.aggregate in PARTIAL and need.change is None


def unit_column(rule: Rule, need: Need) -> str:
    """The column of a source that says whose a row is."""
    return "resident_id" if rule.unit == "person" and not need.of else "household_id"


def join_key(need: Need) -> str:
    """The column of the units that a need's rows are grouped by."""
    return "household_id" if need.of else "unit"


def rows_sql(rule: Rule, need: Need, as_of: date) -> str:
    """The rows of one need: unit, row_id, received_on, happened_on, sure and, where there are such, amount and is_before."""
    tests = _tests(rule, need, as_of)
    matches = " AND ".join(tests)
    row = "signal_id AS row_id, evidence" if need.source == SIGNALS else "row_id"
    items = [f"{unit_column(rule, need)} AS unit", row, "received_on", f"{_day(need) or 'CAST(NULL AS DATE)'} AS happened_on"]
    if need.column:
        items.append(f"{to_sql(parse_shape(need.column))} AS amount")
    if need.change and need.window:
        items.append(f"coalesce({_day(need)} <= DATE '{need.window.before(as_of)[1]}', FALSE) AS is_before")
    items.append(f"coalesce({matches}, FALSE) AS sure" if tests else "TRUE AS sure")
    kept = [*_counted(rule, need), *([f"({matches}) IS NOT FALSE"] if tests else [])]
    where = "\nWHERE " + "\n    AND ".join(kept) if kept else ""
    return "SELECT " + ",\n    ".join(items) + f"\nFROM {_table(need)}{where}"


def _table(need: Need) -> str:
    table = f"fact_{need.source}" if need.is_event else "person"
    return f"{table} LEFT JOIN visited USING (household_id)" if need.is_since_visit else table


def _day(need: Need) -> str:
    return to_sql(parse_shape(need.date)) if need.date else ""


def _counted(rule: Rule, need: Need) -> list[str]:
    """Which rows are looked at at all: surely linked ones, or signals of the rules named."""
    if need.source == SIGNALS:
        named = ", ".join(sql_text(name) for name in need.rules)
        return [f"rule IN ({named})" if named else "NOT is_combination"]
    return [_is_sure(rule)] if need.is_feed and need.absent != "not_listed" else []


def _is_sure(rule: Rule) -> str:
    return f"probability >= {rule.min_probability}"


def _tests(rule: Rule, need: Need, as_of: date) -> list[str]:
    where = [f"({to_sql(parse_shape(need.where))})"] if need.where else []
    if need.source == SIGNALS:
        where.append("nullif(verdict IS NOT NULL, FALSE)")  # a rule that could not say is neither a signal nor none
    if need.absent == "not_listed":
        where.append(f"nullif({_is_sure(rule)}, FALSE)")  # whoever may be meant by a row is not surely absent
    return [*_dates(need, as_of), *where]


def _dates(need: Need, as_of: date) -> list[str]:
    if not need.date:
        return []
    if need.window is None or not need.window.has_length:
        tests = [f"{_day(need)} <= DATE '{as_of}'"]
    else:
        spans = [need.window.span(as_of), *([need.window.before(as_of)] if need.change else [])]
        within = " OR ".join(f"{_day(need)} BETWEEN DATE '{start}' AND DATE '{end}'" for start, end in spans)
        tests = [f"({within})" if need.change else within]
    if need.is_since_visit:
        tests.append(f"({_day(need)} > {LAST_VISIT} OR {LAST_VISIT} IS NULL)")
    # A signal without a day is a state of tonight, whatever the window.
    return [f"({_day(need)} IS NULL OR {' AND '.join(tests)})"] if need.source == SIGNALS else tests


def aggregate_sql(name: str, need: Need, as_of: date) -> str:
    """One row per unit that has rows: value (and that of the span before), how much is missing, and the last dates."""
    missing = "NOT sure OR amount IS NULL" if need.column and need.aggregate != "latest" else "NOT sure"
    values = [f"{_value(need, as_of, 'sure')} AS value"]
    if need.change:
        spans = {"value": "sure AND NOT is_before", "before": "sure AND is_before"}
        values = [f"{_value(need, as_of, counted)} AS {span}" for span, counted in spans.items()]
    items = [
        ", ".join(["unit", *values]),
        f"count(*) FILTER ({missing}) AS missing",
        "max(happened_on) FILTER (sure) AS last_on, max(received_on) FILTER (sure) AS known_on",
    ]
    return "SELECT " + ",\n    ".join(items) + f"\nFROM rows__{name} GROUP BY unit"


def _value(need: Need, as_of: date, counted: str) -> str:
    match need.aggregate:
        case "count":
            what = "DISTINCT amount" if need.column else "*"
            return f"CAST(count({what}) FILTER ({counted}) AS DECIMAL(18, 4))"
        case "days_since":
            return f"CAST(date_diff('day', max(happened_on) FILTER ({counted}), DATE '{as_of}') AS DECIMAL(18, 4))"
        case other:
            return _AGGREGATES[str(other)].format(counted)


def running_sql(need: Need, *, is_rolling: bool = False) -> str | None:
    """The need's value up to each day, over the named window `days`; None where it has no history to walk through.

    A rolling window also has days without a row of their own (`is_row` is false), on which it may hold nothing any more.
    """
    if need.change:
        return _change(need, _running(need, "NOT is_before") or "", _running(need, "is_before") or "")
    running = _running(need, "is_row" if is_rolling else "")
    return _known(need, running) if running and is_rolling else running


def _running(need: Need, counted: str) -> str | None:
    only = f" FILTER ({counted})" if counted else ""
    if need.aggregate == "count":
        return f"CAST(count({'DISTINCT amount' if need.column else '*'}){only} OVER days AS DECIMAL(18, 4))"
    template = _RUNNING.get(str(need.aggregate))
    return template and template.format(only)


def columns_sql(compiled: Compiled) -> list[str]:
    """Select items, over `need__<name>` left-joined to the units, giving the need's value (and what is known of it)."""
    name, need, table = compiled.name, compiled.need, f"need__{compiled.name}"
    if need.attribute:
        return [f"{need.attribute} AS {name}"]
    missing = f"{table}.missing" if not compiled.is_lost else f"coalesce({table}.missing, 0) + 1"
    if need.aggregate == "exists":
        return [f"CASE WHEN {table}.value THEN TRUE WHEN {missing} > 0 THEN NULL ELSE {_silence(name, need)} END AS {name}"]
    known = _change(need, f"{table}.value", f"{table}.before") if need.change else _known(need, f"{table}.value")
    strict = f"CASE WHEN {missing} > 0 THEN NULL ELSE {known} END AS {name}"
    return [strict, f"{known} AS {compiled.known}"] if compiled.is_partial else [strict]


def _known(need: Need, value: str) -> str:
    if need.absent == "zero":
        return f"coalesce({value}, 0)"
    return f"nullif({value}, 0)" if need.aggregate == "count" else value


def _change(need: Need, now: str, before: str) -> str:
    now, before = _known(need, now), _known(need, before)
    if need.change == "difference":
        return f"TRY_CAST({now} - {before} AS DECIMAL(18, 4))"
    share = f"TRY_CAST(CAST({now} - {before} AS DECIMAL(38, 4)) * 100 / {before} AS DECIMAL(18, 4))"
    return f"CASE WHEN {before} > 0 THEN {share} WHEN {before} = 0 AND {now} = 0 THEN 0 END"


def _silence(name: str, need: Need) -> str:
    if need.absent == "not_listed":
        return is_absent_sql(name, need)
    return "FALSE" if need.absent == "zero" else "NULL"


def title(name: str, need: Need) -> str:
    """What a person calls the need, as SQL; with why nobody can be said to be absent, or to have no signal."""
    said = sql_text(need.title or name)
    if need.absent == "not_listed":
        return f"{said} || coalesce('（' || {name}__why || '）', '')"
    return f"{said} || '（所依据的规则无法判断）'" if need.source == SIGNALS else said
