"""Invented rules, residents, facts, visits and signals for the agreement of SQL and interpreter."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.rules import interpreter
from tests.rules.interpreter import Term
from tests.rules.making import NIGHT

DAYS = [date(2024, 12, 31), *(date(2025, *day) for day in ((1, 1), (4, 1), (4, 2), (5, 20), (6, 30), (7, 1)))]
PERIODS = [(DAYS[0], None), (DAYS[0], DAYS[2]), (DAYS[3], None), (DAYS[1], DAYS[4])]
AMOUNTS = st.sampled_from([Decimal(n) / 100 for n in (-500, 0, 1, 333, 500, 999, 1000, 1001, 2000)])
TURNS = [NIGHT - timedelta(days=days) for days in (0, 1, 15, 29, 30, 31, 45, 59, 60, 75, 89, 90, 91, 120, 150, 179, 180)]
"""Days around the turns of windows of 30 and 90 days."""
SOMEBODY = {
    "household_id": "H1",
    "household_type": "一般农户",
    "place_code": "990101001001",
    "income_per_head": None,
    "relation": "户主",
    "is_doubtful": False,
}
BASE = {"area": "", "population": [], "from": DAYS[0], "to": None, "value": Decimal(5)}
WALKED = ("sum", "count", "max", "min", "latest")
AGGREGATES = ("sum", "count", "max", "min", "latest", "exists", "days_since")


def mostly(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Now and then nothing is known."""
    return st.one_of(*[strategy] * 7, st.none())


@st.composite
def needs(draw: st.DrawFn) -> dict[str, Any]:
    """A quantity of the feed, with or without a window, a filter and a look at the time before."""
    aggregate = draw(st.sampled_from(AGGREGATES))
    only_unknown = aggregate in ("latest", "days_since")
    days = draw(st.sampled_from([None, 1, 90, 181]))
    change = draw(st.sampled_from([None, None, "difference", "percent"])) if days and aggregate in WALKED else None
    return {
        "source": "feed",
        "rules": [],
        "aggregate": aggregate,
        "kind": draw(st.sampled_from([None, "x"])),
        "days": days,
        "absent": "unknown" if only_unknown else draw(st.sampled_from(["zero", "unknown"])),
        "change": change,
        "since_visit": not change and draw(st.sampled_from([False, False, True])),
        "of": draw(st.sampled_from([None, None, "household"])),
    }


@st.composite
def list_needs(draw: st.DrawFn) -> dict[str, Any]:
    """Whether somebody is on a list."""
    return {**draw(needs()), "aggregate": "exists", "absent": "not_listed", "change": None}


@st.composite
def signal_needs(draw: st.DrawFn) -> dict[str, Any]:
    """A quantity of what other rules say."""
    drawn = draw(needs())
    return {
        **drawn,
        "source": "signals",
        "aggregate": draw(st.sampled_from(["count", "exists", "max", "sum"])),
        "absent": draw(st.sampled_from(["zero", "unknown"])),
        "change": None,
        "rules": draw(st.sampled_from([[], ["one"], ["one", "both"]])),
    }


@st.composite
def roster_needs(draw: st.DrawFn) -> dict[str, Any]:
    """A quantity of the residents themselves."""
    fixed: dict[str, Any] = {"source": "roster", "rules": [], "kind": None, "days": None, "change": None, "since_visit": False}
    aggregate = draw(st.sampled_from(["sum", "count", "max", "min", "exists"]))
    return {**fixed, "aggregate": aggregate, "absent": "zero", "of": draw(st.sampled_from([None, "household"]))}


def number_terms(names: list[str]) -> st.SearchStrategy[Term]:
    leaves: list[Term] = [("name", name) for name in [*names, "line", "base", "income_per_head"]]
    base = st.sampled_from(leaves) | st.sampled_from([Decimal(n) for n in ("-1", "0", "0.5", "2", "10")]).map(
        lambda n: ("number", n)
    )
    return st.recursive(base, lambda inner: st.tuples(st.sampled_from(["+", "-", "*"]), inner, inner), max_leaves=3)


def _name(name: str) -> Term:
    return ("name", name)


def conditions(declared: dict[str, dict[str, Any]]) -> st.SearchStrategy[Term]:
    numbers = [name for name, need in declared.items() if need["aggregate"] != "exists"]
    flags: list[Term] = [("name", name) for name, need in declared.items() if need["aggregate"] == "exists"]
    term = number_terms(numbers)
    tests: st.SearchStrategy[Term] = st.tuples(st.sampled_from(list(interpreter.COMPARE)), term, term)
    against_line = st.tuples(
        st.sampled_from(["<", ">", ">="]), st.sampled_from(numbers or ["line"]).map(_name), st.just(_name("line"))
    )
    leaves = [against_line, tests, *([st.sampled_from(flags)] if flags else []), term.map(lambda inner: ("null", inner))]
    return against_line | st.recursive(
        st.one_of(*leaves),
        lambda inner: st.tuples(st.sampled_from(["and", "or"]), inner, inner) | inner.map(lambda part: ("not", part)),
        max_leaves=4,
    )


def values() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Threshold values of which no two can hold at once."""
    value: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {
            "area": st.sampled_from(["", "", "99", "9901"]),
            "population": st.sampled_from([[], [], ["脱贫户"], ["一般农户", "监测对象"]]),
            "period": st.sampled_from(PERIODS),
            "value": AMOUNTS,
        }
    )
    general = st.fixed_dictionaries(
        {"area": st.just(""), "population": st.just([]), "period": st.just(PERIODS[0]), "value": AMOUNTS}
    )
    several = st.lists(value, max_size=3)
    return st.tuples(st.one_of(general, general, general, value), several).map(lambda drawn: _distinct([drawn[0], *drawn[1]]))


def base_values() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Values of a reference: above zero, for all household types."""
    return values().map(
        lambda drawn: (
            [{**value, "value": max(value["value"], Decimal("0.01"))} for value in drawn if not value["population"]] or [BASE]
        )
    )


def _distinct(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: dict[tuple[str, ...], dict[str, Any]] = {}
    for value in values:
        kept.setdefault((value["area"], *value["population"]), _dated(value))
    return list(kept.values())


def _dated(value: dict[str, Any]) -> dict[str, Any]:
    since, until = value["period"]
    return {**{key: cell for key, cell in value.items() if key != "period"}, "from": since, "to": until}


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    unit = draw(st.sampled_from(["person", "household"]))
    kinds = needs() | needs() | needs() | roster_needs() | list_needs() | signal_needs()
    drawn = {name: draw(kinds) for name in ("a", "b")[: draw(st.integers(1, 2))]}
    declared = {name: {**need, "of": need["of"] if unit == "person" else None} for name, need in drawn.items()}
    condition = draw(conditions(declared))
    used = [name for name in ("line", "base") if interpreter._mentions(condition, name)]
    is_low = draw(st.booleans())
    return {
        "unit": unit,
        "needs": declared,
        "condition": condition,
        "observed": "a",
        "lines": {"line": draw(values()), "base": draw(base_values())},
        "against": draw(st.sampled_from(used)) if used else "line",
        "near": draw(st.sampled_from([None, Decimal("2.5" if is_low else "0.4")])) if used else None,
        **draw(memory(declared["a"], used, is_low=is_low)),
        "complete": draw(st.sampled_from([True, True, False])),
    }


def memory(observed: dict[str, Any], used: list[str], *, is_low: bool) -> st.SearchStrategy[dict[str, Any]]:
    """How a rule repeats and when it is over; a memory needs a quantity that rises and falls."""
    is_walked = observed["source"] != "roster" and observed["aggregate"] in WALKED and not observed["change"]
    clearing = [None, None, Decimal("1.5" if is_low else "0.5")] if is_walked and used else [None]
    repeats = ["first_crossing", "every_time", *(["when_worse"] if is_walked else [])]
    worse = {"when_worse": Decimal("0.8" if is_low else "1.25")}
    return st.tuples(st.sampled_from(clearing), st.sampled_from(repeats)).map(
        lambda drawn: {"clearing": drawn[0], "repeat": drawn[1], "worse": worse.get(drawn[1])}
    )


@st.composite
def plain_rules(draw: st.DrawFn) -> dict[str, Any]:
    """Rules like most real ones: one quantity against one line, with a near band on the right side of it."""
    operator = draw(st.sampled_from([">", ">=", "<"]))
    drawn = draw(needs())
    aggregate = draw(st.sampled_from(WALKED))
    changed = {"aggregate": aggregate, "kind": None, "of": None, **({"absent": "unknown"} if aggregate == "latest" else {})}
    observed = {**drawn, **changed}
    return {
        **draw(rules()),
        "needs": {"a": observed},
        **draw(memory(observed, ["line"], is_low=operator == "<")),
        "condition": (operator, ("name", "a"), ("name", "line")),
        "lines": {"line": [{**BASE, "value": draw(AMOUNTS)}], "base": [BASE]},
        "against": "line",
        "near": Decimal("2.5") if operator == "<" else Decimal("0.4"),
    }


@st.composite
def remembering_rules(draw: st.DrawFn) -> dict[str, Any]:
    """Rules whose verdict or day hangs on the days before: a rolling window, clearing, and what has become worse."""
    rule = draw(plain_rules())
    (operator, *_), days = rule["condition"], draw(st.sampled_from([30, 90]))
    kinds = {"aggregate": draw(st.sampled_from(["sum", "sum", "count", "max", "min"])), "change": None, "absent": "zero"}
    observed = {**rule["needs"]["a"], **kinds, "days": days, "since_visit": draw(st.sampled_from([False, False, True]))}
    repeat = draw(st.sampled_from(["first_crossing", "when_worse"]))
    worse = Decimal("0.8") if operator == "<" else Decimal("1.25")
    return {
        **rule,
        "unit": "household",
        "needs": {"a": observed},
        "near": draw(st.sampled_from([None, rule["near"]])),
        "lines": {"line": [{**BASE, "value": draw(st.sampled_from([Decimal(2), Decimal(8), Decimal(10)]))}], "base": [BASE]},
        "clearing": Decimal("1.5") if operator == "<" else Decimal("0.5"),
        "repeat": repeat,
        "worse": worse if repeat == "when_worse" else None,
    }


def bills() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Facts on days on which something enters or leaves the windows, or close to them."""
    row = st.fixed_dictionaries(
        {
            "resident": st.just(0),
            "on_day": st.sampled_from(TURNS),
            "received_on": st.just(NIGHT),
            "amount": st.sampled_from([Decimal(n) for n in (-3, 1, 2, 3, 4, 5, 6, 8, 10)]),
            "kind": st.just("x"),
            "probability": st.just(1.0),
        }
    )
    return st.lists(row, min_size=1, max_size=6)


def people() -> st.SearchStrategy[list[dict[str, Any]]]:
    person = st.fixed_dictionaries(
        {
            "household_id": st.sampled_from(["H1", "H2"]),
            "household_type": mostly(st.sampled_from(["一般农户", "脱贫户", "监测对象"])),
            "place_code": mostly(st.sampled_from(["990101001001", "990201001001", "530101001001"])),
            "income_per_head": st.none() | AMOUNTS,
            "relation": st.sampled_from(["户主", "配偶", None]),
            "is_doubtful": st.sampled_from([False, False, True]),
        }
    )
    return st.lists(person, min_size=1, max_size=3)


def fact_rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.fixed_dictionaries(
        {
            "resident": st.integers(0, 2),
            "on_day": mostly(st.sampled_from(DAYS)),
            "received_on": st.sampled_from(DAYS),
            "amount": mostly(AMOUNTS),
            "kind": mostly(st.sampled_from(["x", "y"])),
            "probability": st.sampled_from([1.0, 1.0, 1.0, 0.5]),
        }
    )
    return st.lists(row, max_size=7)


def visit_rows(days: list[date] = DAYS) -> st.SearchStrategy[list[dict[str, Any]]]:
    visit = st.fixed_dictionaries(
        {
            "household_id": st.sampled_from(["H1", "H2"]),
            "visited_on": st.sampled_from(days),
            "family": st.sampled_from(["因病", "综合", "因学"]),
            "outcome": st.sampled_from(["属实可应对", "未见到人"]),
        }
    )
    return st.lists(visit, max_size=3)


def signal_rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    signal = st.fixed_dictionaries(
        {
            "resident": st.integers(0, 2),
            "is_household": st.booleans(),
            "rule": st.sampled_from(["one", "two"]),
            "verdict": st.sampled_from(["fires", "fires", "near", None]),
            "kind": st.sampled_from(["x", "y"]),
            "on_day": mostly(st.sampled_from(DAYS)),
            "received_on": st.sampled_from(DAYS),
            "amount": st.sampled_from([Decimal(n) for n in (1, 5, 10)]),
            "evidence": st.lists(st.integers(100, 104), min_size=1, max_size=2),
        }
    )
    return st.lists(signal, max_size=5)
