"""Rules whose facts are what other rules say."""

import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from errors import CatalogueError
from flows.declared import read_catalogue
from rules.evaluate import Known, evaluate
from rules.examples import check_examples, try_examples
from rules.load import check
from rules.model import Rule
from settings import Home
from tests.rules.making import FEED, NIGHT, county, make_rule, need

FACTS = [
    {"on_day": "2025-03-01", "amount": 120, "kind": "y"},
    {"on_day": "2025-05-01", "amount": 30, "kind": "x", "resident_id": "R2"},
    {"on_day": "2025-05-02", "amount": 120, "kind": "y", "resident_id": "R3", "household_id": "H2"},
]
SPENT = make_rule(id="spent")
SEEN = make_rule(
    id="seen",
    family="因学",
    needs={"total": need("count", where="kind = 'x'")},
    thresholds={},
    against=None,
    condition="total >= 1",
    reason="无",
)


def signals_need(aggregate: str = "count", **more: object) -> dict[str, object]:
    return {"title": "风险信号", "source": "signals", "aggregate": aggregate, "absent": "zero", **more}


def said(rule: str | None, **more: object) -> dict[str, Any]:
    return {"rule": rule, "family": "因病", "severity": 50, "event_on": "2025-05-01", **more}


def example(case: str, expect: str, *signals: Mapping[str, object]) -> dict[str, Any]:
    return {"case": case, "as_of": "2025-06-30", "facts": {"signals": signals}, "expect": expect}


EXAMPLES = [
    example("fires", "fires", said("spent"), said("seen", resident_id=None)),
    example("not", "clear", said("spent")),
    example("missing", "unknown", said("spent"), said("seen", verdict=None)),
    example("old_date", "clear", said("spent"), said("seen", event_on="2020-01-01")),
]


def combination(**changes: object) -> Rule:
    """Two signals of a household in a year."""
    both = signals_need(date="event_on", window={"months": 12})
    base: dict[str, Any] = {"id": "both", "unit": "household", "needs": {"n": both}, "thresholds": {}, "against": None}
    shown = {"condition": "n >= 2", "observed": "n", "reason": "{n}", "examples": EXAMPLES}
    return make_rule(**{**base, **shown, **changes})


def night(
    *rules: Rule, states: Mapping[str, str] | None = None, facts: list[dict[str, Any]] = FACTS, threads: int = 1
) -> tuple[dict[tuple[str, str], dict[str, Any]], dict[tuple[str, str], int]]:
    """Rule and household -> signal; rule and verdict -> units."""
    with county([{}, {}, {"household_id": "H2"}], facts, threads=threads) as connection:
        evaluate(connection, {rule.id: rule for rule in rules}, {}, NIGHT, states or {"feed": "fresh"})
        signals = connection.sql("SELECT * FROM signal").to_arrow_table().to_pylist()
        counts = connection.execute('SELECT "rule", verdict, units FROM verdict_count').fetchall()
    return {(row["rule"], row["household_id"]): row for row in signals}, {row[:2]: row[2] for row in counts}


def test_two_signals_of_a_household_make_a_third_that_rests_on_them() -> None:
    signals, counts = night(combination(), SPENT, SEEN)
    both = signals["both", "H1"]
    assert both["combines"] == sorted([signals["spent", "H1"]["signal_id"], signals["seen", "H1"]["signal_id"]])
    assert both["evidence"] == [1, 2, 1000, 1001]
    assert (both["event_on"], both["observed"]) == (date(2025, 5, 1), 2), "the day of the second"
    assert ("both", "H2") not in signals
    assert (counts["both", "fires"], counts["both", "clear"]) == (1, 1)
    assert signals["spent", "H1"]["combines"] is None


def test_examples_of_a_combination_are_signals() -> None:
    rule = combination()
    assert check_examples({"both": rule}, {}, FEED) == ()
    wrong = combination(examples=[*EXAMPLES, example("fires", "fires", said("spent"))])
    assert len(check_examples({"both": wrong}, {}, FEED)) == 1
    colour = combination(examples=[*EXAMPLES, example("not", "clear", {"colour": "红"})])
    assert "colour" in check_examples({"both": colour}, {}, FEED)[0]


def test_a_combination_may_look_at_named_rules_families_or_combinations() -> None:
    named = combination(id="named", condition="n >= 1", needs={"n": signals_need(rules=["seen"])})
    family = combination(id="of_family", condition="n >= 1", needs={"n": signals_need(where="family = '因学'")})
    again = combination(id="again", condition="n", needs={"n": signals_need("exists", rules=["both"])})
    signals, _ = night(SPENT, SEEN, combination(), named, family, again)
    assert signals["named", "H1"]["evidence"] == signals["of_family", "H1"]["evidence"] == [2, 1000, 1001]
    assert signals["again", "H1"]["combines"] == [signals["both", "H1"]["signal_id"]]
    assert signals["again", "H1"]["evidence"] == [1, 2, 1000, 1001]
    assert {rule for rule, household in signals if household == "H2"} == {"spent"}


def test_what_a_rule_could_not_judge_is_not_clear_for_those_who_combine_it() -> None:
    facts = [{**FACTS[0]}, {**FACTS[1], "kind": None}, {**FACTS[2]}]
    signals, counts = night(combination(), SPENT, SEEN, facts=facts)
    assert ("both", "H1") not in signals
    assert (counts["both", "unknown"], counts["both", "clear"]) == (1, 1)


def test_a_rule_without_its_feed_leaves_combinations_unknown_unless_they_are_met_without_it() -> None:
    lost = make_rule(id="lost", needs={"total": need("count", source="visits", date="visited_on")}, reason="无")
    any_two = combination()
    one_known = combination(id="one_known", condition="n >= 1", needs={"n": signals_need()})
    other = combination(id="other", condition="n >= 2", needs={"n": signals_need(where="family = '因学'")})
    signals, counts = night(any_two, one_known, other, SPENT, SEEN, lost)
    assert counts["lost", "unknown"] == 3
    assert (counts["both", "fires"], counts["both", "unknown"]) == (1, 1)
    assert counts["one_known", "fires"] == 2
    assert (counts["other", "clear"], "unknown" in {v for r, v in counts if r == "other"}) == (2, False), "of another family"
    assert signals["both", "H1"]["verdict"] == "fires"


def test_a_rule_that_is_off_gives_no_signal_and_leaves_nothing_unknown() -> None:
    _, counts = night(combination(), SPENT, make_rule(**{**SEEN.model_dump(by_alias=True), "off": "未启用"}))
    assert (counts["both", "fires"], counts["both", "clear"]) == (0, 2)


def test_a_person_may_be_judged_by_the_signals_of_the_household() -> None:
    rule = combination(
        unit="person",
        condition="n >= 2 and age > 60",
        needs={"n": signals_need(of="household"), "age_of": {"attribute": "age"}},
    )
    people: list[dict[str, object]] = [{"birth_date": "1950-01-01"}, {"birth_date": "2000-01-01"}]
    with county(people, FACTS[:2]) as connection:
        evaluate(connection, {one.id: one for one in (rule, SPENT, SEEN)}, {}, NIGHT, {"feed": "fresh"})
        rows = connection.execute("SELECT resident_id, evidence FROM signal WHERE rule = 'both'").fetchall()
    assert rows == [("R1", [1, 2, 1000, 1001])]


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ({"both": ["again"], "again": ["both"]}, "→"),
        ({"both": ["both"], "again": []}, "both → both"),
        ({"both": ["nobody"], "again": []}, "没有规则 nobody"),
    ],
)
def test_circles_and_unknown_rules_are_refused_at_load(rules: dict[str, list[str]], found: str) -> None:
    declared = {name: combination(id=name, needs={"n": signals_need(rules=read)}) for name, read in rules.items()}
    with pytest.raises(CatalogueError) as caught:
        check(declared, {}, FEED)
    assert found in caught.value.found
    assert caught.value.file in ("both.yaml", "again.yaml")
    assert caught.value.place.startswith("needs")


def test_what_combinations_may_ask_of_a_signal_is_checked() -> None:
    for where in ("observed > 1", "severity = '高'"):
        rule = combination(needs={"n": signals_need(where=where)})
        with pytest.raises(CatalogueError) as caught:
            check({"both": rule}, {}, FEED)
        assert caught.value.place == "needs.n.where"


def test_some_rules_judged_again_say_what_all_would_say() -> None:
    """A rule changes; one that could not judge somebody stays; what combines them must know of both."""
    unsure: list[dict[str, Any]] = [
        *FACTS,
        {"on_day": None, "amount": 5, "kind": "x", "resident_id": "R3", "household_id": "H2"},
    ]
    none = combination(id="none", condition="n < 1", observed="n", thresholds={}, reason="{n}")
    upon = combination(id="upon", needs={"n": signals_need(rules=["both"])}, condition="n >= 1")
    before = {rule.id: rule for rule in (SPENT, SEEN, combination(), none, upon)}
    line = SPENT.thresholds["line"].values[0].model_copy(update={"value": Decimal(130)})
    dearer = SPENT.thresholds["line"].model_copy(update={"values": (line,)})
    after = {**before, "spent": SPENT.model_copy(update={"thresholds": {"line": dearer}})}
    tables = ("signal", "verdict_count", "unjudged")
    with county([{}, {}, {"household_id": "H2"}], unsure) as connection:
        evaluate(connection, before, {}, NIGHT, {"feed": "fresh"})
        connection.execute("CREATE SCHEMA earlier; CREATE SCHEMA whole")
        for table in tables:
            connection.execute(f"CREATE TABLE earlier.{table} AS FROM {table}")
        evaluate(connection, after, {}, NIGHT, {"feed": "fresh"})
        for table in tables:
            connection.execute(f"CREATE TABLE whole.{table} AS FROM {table}")
        evaluate(connection, after, {}, NIGHT, {"feed": "fresh"}, Known("earlier", set(before) - {"spent"}))
        for table in tables:
            rows = [
                connection.execute(f"SELECT * FROM {schema}.{table} ORDER BY ALL").fetchall() for schema in ("main", "whole")
            ]
            assert rows[0] == rows[1], table
            assert (
                rows[0] != connection.execute(f"SELECT * FROM earlier.{table} ORDER BY ALL").fetchall() or table == "unjudged"
            )
        assert connection.execute("SELECT count(*) FROM unjudged WHERE rule = 'seen'").fetchone() == (1,)


def test_neither_the_order_of_rules_nor_of_rows_nor_threads_change_anything() -> None:
    again = combination(id="again", condition="n", needs={"n": signals_need("exists", rules=["both"])})
    rules = [SPENT, SEEN, combination(), again]
    numbered = [{"row_id": number, **fact} for number, fact in enumerate(FACTS)]
    assert night(*rules, facts=numbered) == night(*rules[::-1], facts=numbered[::-1], threads=4)


def test_the_rows_a_combination_names_give_it_again_and_without_one_it_goes() -> None:
    numbered = [{"row_id": number, **fact} for number, fact in enumerate(FACTS, 1)]
    both = night(SPENT, SEEN, combination())[0]["both", "H1"]
    named = [row for row in numbered if row["row_id"] in both["evidence"]]
    assert night(SPENT, SEEN, combination(), facts=named)[0]["both", "H1"] == both
    for row in named:
        assert ("both", "H1") not in night(SPENT, SEEN, combination(), facts=[one for one in named if one is not row])[0]


@pytest.mark.parametrize("name", ["shock_at_low_income", "shock_in_monitored", "shock_without_labour"])
def test_one_bill_under_two_rules_is_one_kind_of_shock(name: str) -> None:
    catalogue = read_catalogue(Home(Path(os.devnull)))
    rules = {name: catalogue.rules[name]}
    (twice,) = (trial for trial in try_examples(rules, catalogue.references, catalogue.facts) if "只算一类" in trial.label)
    assert "1类" in twice.says
