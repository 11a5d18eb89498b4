"""The rules once more, in plain Python over lists: slow, short, and written without looking at the SQL.

Conditions are nested tuples, evaluated by Kleene's three-valued logic with None for unknown.  A quantity that is only
partly known is a pair: what is certain, and whether anything is missing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = Mapping[str, Any]
Term = tuple[Any, ...]

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}


def text(term: Term) -> str:
    """The condition as it would stand in YAML, with every bracket written."""
    match term:
        case ("name", name):
            return str(name)
        case ("number", value):
            return str(value) if value >= 0 else f"(-{-value})"
        case ("not", inner):
            return f"(not {text(inner)})"
        case ("null", inner):
            return f"({text(inner)} is null)"
        case (operator, left, right):
            return f"({text(left)} {operator} {text(right)})"
    raise AssertionError(term)


def value_of(term: Term, names: Mapping[str, Any]) -> Any:
    """The value of a condition or sum, None for unknown."""
    match term:
        case ("name", name):
            return names[name]
        case ("number", value):
            return value
        case ("not", inner):
            found = value_of(inner, names)
            return None if found is None else not found
        case ("null", inner):
            return value_of(inner, names) is None
        case ("and" | "or" as word, left, right):
            return _connect(word == "or", value_of(left, names), value_of(right, names))
        case (operator, left, right):
            return _calculate(operator, value_of(left, names), value_of(right, names))
    raise AssertionError(term)


def _connect(decisive: bool, left: bool | None, right: bool | None) -> bool | None:
    if left is decisive or right is decisive:
        return decisive
    return None if left is None or right is None else not decisive


def _calculate(operator: str, left: Decimal | None, right: Decimal | None) -> Decimal | bool | None:
    if left is None or right is None:
        return None
    if operator == "*":
        return (left * right).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    if operator in "+-":
        return left + right if operator == "+" else left - right
    return COMPARE[operator](left, right)


def only_rises(term: Term, name: str) -> bool:
    """Whether more of `name` can only make the condition truer, as far as its shape shows."""
    match term:
        case ("and" | "or", left, right):
            return only_rises(left, name) and only_rises(right, name)
        case (">" | ">=", left, right):
            return not _mentions(right, name) and (_grows(left, name) or not _mentions(left, name))
        case ("<" | "<=", left, right):
            return not _mentions(left, name) and (_grows(right, name) or not _mentions(right, name))
    return not _mentions(term, name)


def _mentions(term: Term, name: str) -> bool:
    return term == ("name", name) or any(_mentions(part, name) for part in term if isinstance(part, tuple))


def _grows(term: Term, name: str) -> bool:
    match term:
        case ("name", found):
            return bool(found == name)
        case ("+", left, right):
            return all(_grows(part, name) or not _mentions(part, name) for part in (left, right))
        case ("-", left, right):
            return not _mentions(right, name) and (_grows(left, name) or not _mentions(left, name))
    return False


@dataclass(frozen=True)
class Found:
    """A verdict with what the signal would show."""

    verdict: str
    observed: Decimal | None = None
    threshold: Decimal | None = None
    event_on: date | None = None
    rows: tuple[int, ...] = ()


def judge(rule: Row, unit: Row, rows: Mapping[str, Sequence[Row]], as_of: date) -> Found:
    """The rule's verdict on one unit, given everybody's rows by source (`feed`, and `roster` for the people)."""
    picked = {name: _pick(need, _own(need, unit, rows), unit["visit"], as_of) for name, need in rule["needs"].items()}
    sure = [row for name, (found, _) in picked.items() if rule["needs"][name]["source"] == "feed" for row in found]
    last = max((row["on_day"] for row in sure), default=None)
    lines = {name: _in_force(values, unit, last or as_of) for name, values in rule["lines"].items()}
    known, strict = _needs(rule, unit, picked, as_of)
    verdict = _verdict(rule, {**known, **lines}, {**strict, **lines})
    found = (known[rule["observed"]], lines[rule["against"]], last, tuple(sorted({row["row_id"] for row in sure})))
    if verdict not in ("fires", "near") or rule["repeat"] == "every_time":
        return Found(verdict, *found)
    seen = {**known, **lines} if verdict == "fires" else _scaled(rule, {**strict, **lines}, "near")
    return Found(verdict, *found[:2], _first(rule, picked, seen, as_of) or last, found[3])


def _own(need: Row, unit: Row, rows: Mapping[str, Sequence[Row]]) -> list[Row]:
    """The rows that are the unit's own, or its household's."""
    key = "household_id" if need["of"] else unit["key"]
    return [row for row in rows[need["source"]] if row[key] == unit[key]]


def _needs(rule: Row, unit: Row, picked: Mapping[str, Any], as_of: date) -> tuple[dict[str, Any], dict[str, Any]]:
    known: dict[str, Any] = {"income_per_head": unit["income_per_head"]}
    strict = dict(known)
    for name, need in rule["needs"].items():
        sure, unsure = picked[name]
        certain, complete = _aggregate(need, sure, unsure, as_of)
        is_partial = need["aggregate"] in ("sum", "count", "max") and only_rises(rule["condition"], name) and not need["change"]
        strict[name] = complete
        known[name] = certain if is_partial else complete
    return known, strict


def _scaled(rule: Row, names: Mapping[str, Any], band: str) -> dict[str, Any]:
    line = names[rule["against"]]
    return {**names, rule["against"]: None if line is None else line * rule[band]}


def _verdict(rule: Row, known: Mapping[str, Any], strict: Mapping[str, Any]) -> str:
    if value_of(rule["condition"], known) is True:
        return "fires"
    met = value_of(rule["condition"], strict)
    if met is None or met is True:
        return "unknown"
    return "near" if rule["near"] and value_of(rule["condition"], _scaled(rule, strict, "near")) else "clear"


def _spans(need: Row, visit: date | None, as_of: date) -> list[tuple[date, date]]:
    """First and last day of the window, and of the span before it where a change is asked for."""
    days = timedelta(days=need["days"] or 0)
    start = as_of - days + timedelta(days=1) if days else date.min
    if need["since_visit"] and visit is not None:
        start = max(start, visit + timedelta(days=1))
    return [(start, as_of), *([(start - days, as_of - days)] if need["change"] else [])]


def _pick(need: Row, rows: Sequence[Row], visit: date | None, as_of: date) -> tuple[list[Row], list[Row]]:
    """Rows that surely count, and rows of which it is not known whether they do."""
    if need["source"] == "roster":
        return list(rows), []
    sure: list[Row] = []
    unsure: list[Row] = []
    for row in rows:
        day = row["on_day"]
        within = None if day is None else any(start <= day <= end for start, end in _spans(need, visit, as_of))
        wanted = True if need["kind"] is None else None if row["kind"] is None else row["kind"] == need["kind"]
        counts = _connect(False, within, wanted)
        if counts is not False:
            (sure if counts else unsure).append(row)
    return sure, unsure


def _aggregate(need: Row, sure: Sequence[Row], unsure: Sequence[Row], as_of: date) -> tuple[Any, Any]:
    """What is known of the value, and the value if nothing is missing (else None)."""
    value = _value(need, sure, as_of)
    if need["aggregate"] == "exists":
        value = None if unsure and not sure else value
        return value, value
    lacks_amount = need["aggregate"] in ("sum", "max", "min") and any(row["amount"] is None for row in sure)
    return value, None if unsure or lacks_amount else value


def _value(need: Row, rows: Sequence[Row], as_of: date) -> Any:
    if not need["change"]:
        return _plain(need, rows, as_of)
    start = as_of - timedelta(days=need["days"] - 1)
    now = _plain(need, [row for row in rows if row["on_day"] >= start], as_of)
    before = _plain(need, [row for row in rows if row["on_day"] < start], as_of)
    if now is None or before is None:
        return None
    if need["change"] == "difference":
        return now - before
    if now == before == 0:
        return Decimal(0)
    return ((now - before) * 100 / before).quantize(Decimal("0.0001"), ROUND_HALF_UP) if before > 0 else None


def _plain(need: Row, rows: Sequence[Row], as_of: date) -> Any:
    kind = need["aggregate"]
    amounts = [row["amount"] for row in rows if row["amount"] is not None]
    zero: Any = None if need["absent"] == "unknown" else False if kind == "exists" else Decimal(0)
    if kind == "exists":
        return True if rows else zero
    if kind in ("latest", "days_since"):
        order = sorted(rows, key=lambda row: (row["on_day"], row["received_on"], row["row_id"]))
        last = order[-1] if order else None
        return last and (last["amount"] if kind == "latest" else Decimal((as_of - last["on_day"]).days))
    values: Mapping[str, Callable[[], Any]] = {
        "sum": lambda: sum(amounts, Decimal(0)) if amounts else zero,
        "count": lambda: Decimal(len(rows)) if rows else zero,
        "max": lambda: max(amounts, default=zero),
        "min": lambda: min(amounts, default=zero),
    }
    return values[kind]()


def _first(rule: Row, picked: Mapping[str, Any], names: Mapping[str, Any], as_of: date) -> date | None:
    """The day since which the observed need, counted up to each day, has made the condition true."""
    need = rule["needs"][rule["observed"]]
    sure: list[Row] = picked[rule["observed"]][0]
    if need["aggregate"] == "days_since" or need["source"] == "roster":
        return None
    first = None
    for day in sorted({row["on_day"] for row in sure} & set(_days(need, as_of))):
        running = _value({**need, **_start(need)}, [row for row in sure if row["on_day"] <= day], as_of)
        is_met = value_of(rule["condition"], {**names, rule["observed"]: running}) is True
        first = (first or day) if is_met else None
    return first


def _days(need: Row, as_of: date) -> list[date]:
    """The days on which a value of the window itself may change."""
    length = need["days"] if need["change"] else (as_of - date(2020, 1, 1)).days
    return [as_of - timedelta(days=ago) for ago in range(length)]


def _start(need: Row) -> dict[str, str]:
    return {"absent": "zero" if need["aggregate"] == "sum" else "unknown"} if not need["change"] else {}


def _in_force(values: Sequence[Row], unit: Row, day: date) -> Decimal | None:
    if unit["place_code"] is None and any(value["area"] for value in values):
        return None
    if unit["household_type"] is None and any(value["population"] for value in values):
        return None
    holding = [
        value
        for value in values
        if value["from"] <= day <= (value["to"] or date.max)
        and (unit["place_code"] or "").startswith(value["area"])
        and (not value["population"] or unit["household_type"] in value["population"])
    ]
    best = max(holding, key=lambda value: (len(value["area"]), bool(value["population"])), default=None)
    return best["value"] if best else None
