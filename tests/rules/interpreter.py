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
    signals: tuple[str, ...] = ()


def judge(rule: Row, unit: Row, rows: Mapping[str, Sequence[Row]], as_of: date) -> Found:
    """The rule's verdict on one unit, given everybody's rows by source: `feed`, `signals`, and `roster` for the people."""
    rule = {**rule, "needs": {name: _settled(need, unit, rows) for name, need in rule["needs"].items()}}
    own = {name: _own(need, unit, rows) for name, need in rule["needs"].items()}
    picked = {name: _pick(need, own[name], unit["visit"], as_of) for name, need in rule["needs"].items()}
    sure = [row for name, (found, _) in picked.items() if rule["needs"][name]["source"] != "roster" for row in found]
    last = max((row["on_day"] for row in sure if row["on_day"]), default=None)
    lines = {name: _in_force(values, unit, last or as_of) for name, values in rule["lines"].items()}
    known, strict = _needs(rule, unit, picked, as_of)
    known, strict = {**known, **lines}, {**strict, **lines}
    walk = _walk(rule, own[rule["observed"]], picked[rule["observed"]][0], unit["visit"], as_of)
    verdict = _verdict(rule, known, strict, walk)
    rests = sorted({number for row in sure for number in (row["evidence"] if "signal_id" in row else [row["row_id"]])})
    signals = sorted({row["signal_id"] for row in sure if "signal_id" in row})
    shown = (known[rule["observed"]], lines[rule["against"]])
    if verdict in ("fires", "near"):
        last = _event(rule, known if verdict == "fires" else _scaled(rule, strict, "near"), walk, unit["visit"], last)
    return Found(verdict, *shown, last, tuple(rests), tuple(signals))


def _settled(need: Row, unit: Row, rows: Mapping[str, Sequence[Row]]) -> Row:
    """What it means for this unit to be on no row of a list: absent, or nobody knows."""
    is_sure = not _own({**need, "source": "doubtful"}, unit, rows) and rows["complete"]
    is_list = need["absent"] == "not_listed"
    return {**need, "is_list": is_list, "absent": ("zero" if is_sure else "unknown") if is_list else need["absent"]}


def _event(rule: Row, names: Mapping[str, Any], walk: Sequence[Any], visit: date | None, last: date | None) -> date | None:
    """The day of the signal: of the latest fact, of the crossing, or of having become worse than at the last visit."""
    if rule["repeat"] == "every_time":
        return last
    days = []
    if rule["worse"]:
        seen = [value for day, value in walk if visit and day <= visit]
        days.append(_since(walk, lambda value: _met(rule, names, value) and _is_worse(rule, value, seen[-1] if seen else None)))
    days.append(_since(walk, lambda value: _met(rule, names, value), _keeps(rule, names)))
    found = next((day for day in days if day is not None), last)
    return None if found == date.min else found


def _met(rule: Row, names: Mapping[str, Any], value: Any) -> bool:
    return value_of(rule["condition"], {**names, rule["observed"]: value}) is True


def _is_worse(rule: Row, value: Any, then: Any) -> bool:
    if then is None or value is None:
        return then is None
    return bool(value >= rule["worse"] * then if rule["worse"] > 1 else value <= rule["worse"] * then)


def _keeps(rule: Row, names: Mapping[str, Any]) -> Callable[[Any], bool] | None:
    return (lambda value: _met(rule, _scaled(rule, names, "clearing"), value)) if rule["clearing"] else None


def _since(
    walk: Sequence[tuple[date, Any]], begins: Callable[[Any], bool], stays: Callable[[Any], bool] | None = None
) -> date | None:
    """The day since which a test has held: it begins by one test and, once begun, goes on by the same or another."""
    since = None
    for day, value in walk:
        if begins(value):
            since = since or day
        elif stays is None or not stays(value):
            since = None
    return since


def _walk(rule: Row, own: Sequence[Row], sure: Sequence[Row], visit: date | None, as_of: date) -> list[tuple[date, Any]]:
    """The observed need's value day by day: up to each day with a row, or of the window that ended on each day."""
    need = rule["needs"][rule["observed"]]
    if need["aggregate"] == "days_since" or need["source"] == "roster":
        return []
    if rule["clearing"] and need["days"]:
        return _rolling(need, own, visit, as_of)
    dated = sorted((row["on_day"] or date.min, number, row) for number, row in enumerate(sure))
    start = as_of - timedelta(days=need["days"] - 1) if need["change"] else date.min
    found = {}
    for day in (day for day, _, _ in dated if day >= start):
        found[day] = _value({**need, **_start(need)}, [row for at, _, row in dated if at <= day], as_of)
    return list(found.items())


def _rolling(need: Row, own: Sequence[Row], visit: date | None, as_of: date) -> list[tuple[date, Any]]:
    counted = {**need, "absent": "zero"} if need["aggregate"] == "sum" else need
    if not _pick({**need, "days": 2 * need["days"]}, own, visit, as_of)[0]:
        return []
    start = max(as_of - timedelta(days=need["days"] - 1), date.min)
    length = (as_of - start).days + 1
    first = _first_day(need, visit, as_of)
    days = [as_of - timedelta(days=ago) for ago in reversed(range(length))]
    return [(day, _value(counted, _window(need, own, day, first, as_of), as_of)) for day in days]


def _first_day(need: Row, visit: date | None, as_of: date) -> date:
    return visit + timedelta(days=1) if need["since_visit"] and visit is not None else date.min


def _window(need: Row, own: Sequence[Row], day: date, first: date, as_of: date) -> list[Row]:
    sure = _pick({**need, "since_visit": False}, own, None, day)[0]
    return [row for row in sure if row["on_day"] and row["on_day"] >= first]


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


def _verdict(rule: Row, known: Mapping[str, Any], strict: Mapping[str, Any], walk: Sequence[tuple[date, Any]]) -> str:
    if value_of(rule["condition"], known) is True:
        return "fires"
    met = value_of(rule["condition"], strict)
    if met is None or met is True:
        return "unknown"
    if rule["clearing"] and _since(walk, lambda value: _met(rule, known, value), _keeps(rule, known)):
        return "fires"
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
        wanted = True if need["kind"] is None else None if row["kind"] is None else row["kind"] == need["kind"]
        counts = _connect(
            False, _connect(False, _is_within(need, row["on_day"], visit, as_of), wanted), _is_eligible(need, row)
        )
        if counts is not False:
            (sure if counts else unsure).append(row)
    return sure, unsure


def _is_within(need: Row, day: date | None, visit: date | None, as_of: date) -> bool | None:
    if day is None:
        return True if need["source"] == "signals" else None
    return any(start <= day <= end for start, end in _spans(need, visit, as_of))


def _is_eligible(need: Row, row: Row) -> bool | None:
    """A surely linked row, a signal of the rules asked for; None for who may be meant, and for a rule that could not say."""
    if need["source"] == "signals":
        is_asked = row["rule"] in need["rules"] if need["rules"] else not row["is_combination"]
        return is_asked and (True if row["verdict"] else None)
    return True if row["probability"] >= 0.99 else None if need["is_list"] else False


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
