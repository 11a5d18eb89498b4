"""The SQL and a small interpreter agree on invented rules and facts."""

from datetime import date
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings

from rules.logic import is_event_driven
from rules.model import Rule
from tests.rules import interpreter
from tests.rules.drawing import (
    SOMEBODY,
    TURNS,
    WALKED,
    bills,
    fact_rows,
    people,
    plain_rules,
    remembering_rules,
    rules,
    signal_rows,
    visit_rows,
)
from tests.rules.interpreter import Found
from tests.rules.making import DOCUMENT, NIGHT, county, declaration, judge, make_reference

THOROUGH = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def declared_in_yaml(rule: dict[str, Any]) -> dict[str, Any]:
    """The invented rule as it would stand in a file."""
    shapes = {name: _need_in_yaml(need) for name, need in rule["needs"].items()}
    return declaration(
        unit=rule["unit"],
        needs=shapes,
        thresholds={"line": {"unit": "元", "values": _in_yaml(rule["lines"]["line"])}},
        condition=interpreter.text(rule["condition"]),
        observed="a",
        against=rule["against"],
        near=rule["near"],
        clearing=rule["clearing"],
        repeat=rule["repeat"],
        worse=rule["worse"],
        reason="无",
    )


def _need_in_yaml(need: dict[str, Any]) -> dict[str, Any]:
    column = {"feed": "amount", "roster": "income_per_head", "signals": "severity"}[need["source"]]
    shape = {key: need[key] for key in ("source", "rules", "aggregate", "absent", "change", "of")}
    shape |= {"feed": {"date": "on_day"}, "signals": {"date": "event_on"}}.get(need["source"], {})
    shape |= {"column": column} if need["aggregate"] in WALKED and need["aggregate"] != "count" else {}
    field = "family" if need["source"] == "signals" else "kind"
    shape |= {"where": f"{field} = '{need['kind']}'"} if need["kind"] else {}
    window = {"days": need["days"]} if need["days"] else {}
    window |= {"since_last_verdict": True} if need["since_visit"] else {}
    return shape | ({"window": window} if window else {})


def _in_yaml(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**value, "document": DOCUMENT} for value in values]


@settings(THOROUGH, max_examples=300)
@given(rules() | plain_rules(), people(), fact_rows(), visit_rows(), signal_rows())
def test_the_sql_and_the_interpreter_agree(
    rule: dict[str, Any],
    people: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    visits: list[dict[str, Any]],
    said: list[dict[str, Any]],
) -> None:
    agree(rule, people, rows, visits, said)


@settings(THOROUGH, max_examples=200)
@given(remembering_rules(), bills(), visit_rows(TURNS))
def test_they_agree_on_what_the_days_before_say(
    rule: dict[str, Any], rows: list[dict[str, Any]], visits: list[dict[str, Any]]
) -> None:
    agree(rule, [SOMEBODY], rows, visits, [])


def agree(
    rule: dict[str, Any],
    people: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    visits: list[dict[str, Any]],
    said: list[dict[str, Any]],
) -> None:
    """The rule's SQL and the interpreter say the same of every unit."""
    compiled = Rule.model_validate(declared_in_yaml(rule))
    base = [{key: cell for key, cell in value.items() if key != "population"} for value in _in_yaml(rule["lines"]["base"])]
    residents = [{"resident_id": f"R{number}", **person} for number, person in enumerate(people)]
    facts = [{"row_id": number, **_owned(row, residents)} for number, row in enumerate(rows)]
    signals = [_signal(number, row, residents) for number, row in enumerate(said)]
    doubtful = [person for person in residents if person["is_doubtful"]]
    plain = [{key: cell for key, cell in person.items() if key != "is_doubtful"} for person in residents]
    with county(plain, facts, visits, signals) as connection:
        tell(connection, doubtful, is_complete=rule["complete"])
        found = judge(connection, compiled, {"base": make_reference(*base)})
    everything: dict[str, Any] = {"feed": facts, "signals": signals, "doubtful": doubtful, "complete": rule["complete"]}
    everything["roster"] = [{**person, "amount": person["income_per_head"]} for person in residents]
    for unit in units(rule["unit"], residents):
        unit |= {"visit": last_visit(unit["household_id"], visits)}
        compare(found.get(unit[unit["key"]]), interpreter.judge(rule, unit, everything, NIGHT), compiled)


def _signal(number: int, row: dict[str, Any], residents: list[dict[str, Any]]) -> dict[str, Any]:
    owned = _owned(row, residents)
    about = {"resident_id": None} if owned.pop("is_household") else {}
    rests = {"evidence": row["evidence"]} if row["verdict"] else {"evidence": []}
    return {"signal_id": f"S{number}", "is_combination": False, **owned, **about, **rests}


def tell(connection: duckdb.DuckDBPyConnection, doubtful: list[dict[str, Any]], *, is_complete: bool) -> None:
    """Who may be on the list unseen, and whether it is complete."""
    for person in doubtful:
        connection.execute("INSERT INTO doubtful VALUES ('feed', ?, ?, '疑')", [person["resident_id"], person["household_id"]])
    if not is_complete:
        connection.execute("UPDATE list_state SET is_complete = FALSE, why = '不全' WHERE source = 'feed'")


def last_visit(household: str, visits: list[dict[str, Any]]) -> date | None:
    """The day of the last visit that settles the rule's family, by the night's date."""
    settling = [visit["visited_on"] for visit in visits if visit["household_id"] == household and _settles(visit)]
    return max(settling, default=None)


def _settles(visit: dict[str, Any]) -> bool:
    answers = visit["family"] != "因学" and visit["outcome"] == "属实可应对"
    return bool(answers and visit["visited_on"] <= NIGHT)


def _owned(row: dict[str, Any], residents: list[dict[str, Any]]) -> dict[str, Any]:
    owner = residents[row["resident"] % len(residents)]
    rest = {key: cell for key, cell in row.items() if key != "resident"}
    return {**rest, "resident_id": owner["resident_id"], "household_id": owner["household_id"]}


def units(kind: str, residents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Persons, or households speaking through their head or else their first member."""
    if kind == "person":
        return [{**person, "key": "resident_id"} for person in residents]
    heads: dict[str, dict[str, Any]] = {}
    for person in sorted(residents, key=lambda one: (one["relation"] != "户主", one["resident_id"])):
        heads.setdefault(person["household_id"], person)
    return [{**head, "key": "household_id"} for head in heads.values()]


def compare(row: dict[str, Any] | None, expected: Found, compiled: Rule) -> None:
    if row is None:
        # Nobody without a fact is looked at; whatever line is in force there, or none, silence cannot reach it.
        assert is_event_driven(compiled)
        assert expected.rows == ()
        assert expected.verdict in ("clear", "unknown")
        return
    assert row["verdict"] == expected.verdict
    assert row["threshold"] == expected.threshold
    if expected.verdict in ("fires", "near"):
        shown = expected.observed
        assert row["observed"] == (int(shown) if isinstance(shown, bool) else shown)
        assert row["event_on"] == expected.event_on
        assert set(expected.rows) <= set(row["evidence"])
        assert list(expected.signals) == (row["combines"] or [])
