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


def judge(rule: Row, unit: Row, facts: Sequence[Row], as_of: date) -> Found:
    """The rule's verdict on one unit: its attributes, and the facts that are its own."""
    needs: Mapping[str, Row] = rule["needs"]
    picked = {name: _pick(need, facts, as_of) for name, need in needs.items()}
    sure = [row for rows, _ in picked.values() for row in rows]
    last = max((row["on_day"] for row in sure), default=None)
    line = _in_force(rule["values"], unit, last or as_of)
    known, strict = _needs(rule, unit, picked, as_of)
    verdict = _verdict(rule, {**known, "line": line}, {**strict, "line": line})
    found = (known[rule["observed"]], line, last, tuple(sorted({row["row_id"] for row in sure})))
    if verdict not in ("fires", "near") or rule["repeat"] == "every_time":
        return Found(verdict, *found)
    seen = {**(known if verdict == "fires" else strict), "line": line if verdict == "fires" else _scaled(rule, line)}
    return Found(verdict, *found[:2], _first(rule, picked, seen, as_of) or last, found[3])


def _needs(rule: Row, unit: Row, picked: Mapping[str, Any], as_of: date) -> tuple[dict[str, Any], dict[str, Any]]:
    known: dict[str, Any] = {"income_per_head": unit["income_per_head"]}
    strict = dict(known)
    for name, need in rule["needs"].items():
        sure, unsure = picked[name]
        certain, complete = _aggregate(need, sure, unsure, as_of)
        is_partial = need["aggregate"] in ("sum", "count", "max") and only_rises(rule["condition"], name)
        strict[name] = complete
        known[name] = certain if is_partial else complete
    return known, strict


def _scaled(rule: Row, line: Decimal | None) -> Decimal | None:
    return None if line is None else line * rule["near"]


def _verdict(rule: Row, known: Mapping[str, Any], strict: Mapping[str, Any]) -> str:
    if value_of(rule["condition"], known) is True:
        return "fires"
    met = value_of(rule["condition"], strict)
    if met is None or met is True:
        return "unknown"
    nearly = rule["near"] and value_of(rule["condition"], {**strict, "line": _scaled(rule, strict["line"])})
    return "near" if nearly else "clear"


def _pick(need: Row, facts: Sequence[Row], as_of: date) -> tuple[list[Row], list[Row]]:
    """Rows that surely count, and rows of which it is not known whether they do."""
    sure: list[Row] = []
    unsure: list[Row] = []
    start = as_of - timedelta(days=need["days"] - 1) if need["days"] else date.min
    for row in facts:
        within = None if row["on_day"] is None else start <= row["on_day"] <= as_of
        wanted = True if need["kind"] is None else None if row["kind"] is None else row["kind"] == need["kind"]
        counts = _connect(False, within, wanted)
        if counts is not False:
            (sure if counts else unsure).append(row)
    return sure, unsure


def _aggregate(need: Row, sure: list[Row], unsure: list[Row], as_of: date) -> tuple[Any, Any]:
    """What is known of the value, and the value if nothing is missing (else None)."""
    kind = need["aggregate"]
    amounts = [row["amount"] for row in sure if row["amount"] is not None]
    zero: Any = None if need["absent"] == "unknown" else False if kind == "exists" else Decimal(0)
    if kind == "exists":
        value = True if sure else None if unsure else zero
        return value, value
    order = sorted(sure, key=lambda row: (row["on_day"], row["received_on"], row["row_id"]))
    values: Mapping[str, Callable[[], Any]] = {
        "sum": lambda: sum(amounts, Decimal(0)) if amounts else zero,
        "count": lambda: Decimal(len(sure)) if sure else zero,
        "max": lambda: max(amounts, default=zero),
        "min": lambda: min(amounts, default=zero),
        "latest": lambda: order[-1]["amount"] if order else None,
        "days_since": lambda: Decimal((as_of - order[-1]["on_day"]).days) if order else None,
    }
    value = values[kind]()
    lacks_amount = kind in ("sum", "max", "min") and len(amounts) < len(sure)
    return value, None if unsure or lacks_amount else value


def _first(rule: Row, picked: Mapping[str, Any], names: Mapping[str, Any], as_of: date) -> date | None:
    """The first day on which the observed need, counted up to that day, made the condition true."""
    need = rule["needs"][rule["observed"]]
    sure: list[Row] = picked[rule["observed"]][0]
    if need["aggregate"] in ("latest", "days_since"):
        return None
    days: set[date] = {row["on_day"] for row in sure}
    for day in sorted(days):
        running = _aggregate({**need, "absent": _start(need)}, [row for row in sure if row["on_day"] <= day], [], as_of)[0]
        if value_of(rule["condition"], {**names, rule["observed"]: running}) is True:
            return day
    return None


def _start(need: Row) -> str:
    return "zero" if need["aggregate"] == "sum" else "unknown"


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
