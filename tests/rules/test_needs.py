"""Aggregates over windows, and what is unknown about them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rules.model import Rule
from tests.rules.making import county, judge, make_rule, need, verdict_of

IN_WINDOW = "2025-05-01"
INCOMPLETE = "UPDATE list_state SET is_complete = FALSE, why = '数据已过期' WHERE source = 'feed'"
PLAIN: dict[str, Any] = {"thresholds": {}, "against": None, "condition": "not a", "observed": "a", "reason": "无"}


def counting(condition: str, observed: str = "a", **needs: dict[str, object]) -> Rule:
    return make_rule(needs=needs, thresholds={}, against=None, condition=condition, observed=observed, reason="无")


def test_a_partial_sum_fires_but_never_clears() -> None:
    known, lost = {"on_day": IN_WINDOW, "amount": 60}, {"on_day": IN_WINDOW, "amount": None}
    assert verdict_of(make_rule(), known, known, lost) == "fires"
    assert verdict_of(make_rule(), known, lost) == "unknown"
    assert verdict_of(make_rule(near=0.5), known, lost) == "unknown", "nearly, and perhaps over: not known"
    assert verdict_of(make_rule(), known) == "clear"


def test_a_partial_sum_does_not_fire_where_more_would_calm_us() -> None:
    rule = make_rule(condition="total < line")
    assert verdict_of(rule, {"on_day": IN_WINDOW, "amount": 60}) == "fires"
    assert verdict_of(rule, {"on_day": IN_WINDOW, "amount": 60}, {"on_day": IN_WINDOW, "amount": None}) == "unknown"


def test_missing_amounts_do_not_matter_where_something_else_decides() -> None:
    rule = make_rule(condition="total >= line and labour = '普通劳动力'")
    lost = {"on_day": IN_WINDOW, "amount": None}
    assert verdict_of(rule, lost, labour="无劳动力") == "clear"
    assert verdict_of(rule, lost, labour="普通劳动力") == "unknown"
    assert verdict_of(rule, {"on_day": IN_WINDOW, "amount": 500}, labour=None) == "unknown"


def test_an_unknown_date_or_kind_is_neither_in_nor_out() -> None:
    rule = counting("a", a=need("exists", where="kind = 'x'", window={"days": 90}))
    assert verdict_of(rule, {"on_day": None, "kind": "x"}) == "unknown"
    assert verdict_of(rule, {"on_day": IN_WINDOW, "kind": None}) == "unknown"
    assert verdict_of(rule, {"on_day": "2020-01-01", "kind": None}) == "clear"
    assert verdict_of(rule, {"on_day": None, "kind": "y"}) == "clear"
    assert verdict_of(rule, {"on_day": IN_WINDOW, "kind": None}, {"on_day": IN_WINDOW, "kind": "x"}) == "fires"


def test_silence_means_what_the_rule_says() -> None:
    assert verdict_of(counting("a < 1", a=need("count"))) == "fires"
    assert verdict_of(counting("a < 1", a=need("count", absent="unknown"))) == "unknown"
    assert verdict_of(counting("not a", a=need("exists"))) == "fires"
    assert verdict_of(counting("not a", a=need("exists", absent="unknown"))) == "unknown"


@pytest.mark.parametrize(
    ("aggregate", "more", "value"),
    [
        ("sum", {"column": "amount"}, 60),
        ("sum", {"column": "amount * 2 - 1"}, 117),
        ("count", {}, 3),
        ("count", {"column": "kind"}, 2),
        ("count", {"where": "amount > 10"}, 2),
        ("max", {"column": "amount"}, 30),
        ("min", {"column": "amount"}, 10),
        ("exists", {"where": "kind = 'y'"}, 1),
        ("latest", {"column": "amount", "absent": "unknown"}, 20),
        ("days_since", {"absent": "unknown"}, 29),
    ],
)
def test_what_each_aggregate_gives(aggregate: str, more: dict[str, Any], value: int) -> None:
    rule = counting("a is not null", a=need(aggregate, window={"calendar_year": True}, **more))
    days = [
        ("2025-03-01", 10, "x"),
        ("2025-05-01", 30, "x"),
        ("2025-06-01", 20, "y"),
        ("2024-12-31", 999, "z"),
        ("2025-07-01", 999, "z"),
    ]
    facts = [{"on_day": day, "amount": amount, "kind": kind} for day, amount, kind in days]
    with county([{}], facts) as connection:
        assert judge(connection, rule)["R1"]["observed"] == Decimal(value)


def test_the_latest_of_one_day_is_the_one_received_last_whatever_the_order() -> None:
    rule = counting("a = 'y'", observed="n", a=need("latest", column="kind", absent="unknown"), n=need("count"))
    one = {"on_day": IN_WINDOW, "kind": "x", "received_on": "2025-06-01", "row_id": 9}
    other = {"on_day": IN_WINDOW, "kind": "y", "received_on": "2025-06-02", "row_id": 3}
    assert verdict_of(rule, one, other) == verdict_of(rule, other, one) == "fires"


def test_a_household_adds_up_its_members_and_counts_them() -> None:
    rule = make_rule(
        unit="household",
        needs={
            "total": need("sum", column="amount"),
            "workers": {"source": "roster", "aggregate": "count", "where": "labour = '普通劳动力'", "absent": "zero"},
            "who": need("count", column="resident_id"),
        },
        condition="total >= line and workers = 1 and who = 2",
    )
    facts = [{"on_day": IN_WINDOW, "amount": 60}, {"on_day": "2025-05-03", "amount": 60, "resident_id": "R2"}]
    people = [{"labour": "普通劳动力", "relation": "户主"}, {"labour": "无劳动力"}, {"household_id": "H2"}]
    with county(people, facts) as connection:
        found = judge(connection, rule)
    assert set(found) == {"H1"}
    assert (found["H1"]["verdict"], found["H1"]["resident_id"], found["H1"]["total"]) == ("fires", None, 120)
    assert found["H1"]["evidence"] == [1, 2, 1000], "the facts, the members counted and the household's own row"


def test_a_household_speaks_through_its_head_or_else_its_first_member() -> None:
    rule = counting("a >= 70", a={"attribute": "age"}).model_copy(update={"unit": "household"})
    people: list[dict[str, object]] = [
        {"birth_date": "1990-01-01", "relation": "之子"},
        {"birth_date": "1950-01-01", "relation": "户主"},
        {"birth_date": "1950-01-01", "household_id": "H2"},
        {"birth_date": "1990-01-01", "household_id": "H2"},
    ]
    with county(people) as connection:
        found = judge(connection, rule)
    assert {who: row["verdict"] for who, row in found.items()} == {"H1": "fires", "H2": "fires"}


@pytest.mark.parametrize(("born", "age"), [("2009-06-30", 16), ("2009-07-01", 15), ("2008-02-29", 17)])
def test_age_is_in_full_years_on_the_night(born: str, age: int) -> None:
    rule = counting("a >= 0", a={"attribute": "age"})
    with county([{"birth_date": born}]) as connection:
        assert judge(connection, rule)["R1"]["observed"] == age


def test_facts_that_are_not_surely_theirs_do_not_count() -> None:
    facts = [{"on_day": IN_WINDOW, "amount": 60, "probability": p} for p in (1.0, 0.99, 0.98)]
    with county([{}], facts) as connection:
        assert judge(connection, make_rule())["R1"]["observed"] == 120
        assert judge(connection, make_rule(min_probability=0.98))["R1"]["observed"] == 180


def test_first_crossing_is_the_day_the_running_sum_reached_the_line() -> None:
    days = [
        ("2025-04-01", 40),
        ("2025-02-01", 30),
        ("2025-05-01", 20),
        ("2025-05-01", 15),
        ("2025-06-01", 50),
        ("2025-01-05", None),
    ]
    facts = [{"on_day": day, "amount": amount} for day, amount in days]
    with county([{}], facts) as connection:
        first = judge(connection, make_rule())["R1"]
        every = judge(connection, make_rule(repeat="every_time"))["R1"]
        near = judge(connection, make_rule(near=0.5, thresholds={"line": {"unit": "元", "values": [_line(200)]}}))["R1"]
    assert (first["event_on"], every["event_on"]) == (date(2025, 5, 1), date(2025, 6, 1))
    assert (near["verdict"], near["event_on"]) == ("unknown", date(2025, 6, 1)), "an amount is missing"


def test_first_crossing_of_the_near_band() -> None:
    rule = make_rule(near=0.5, thresholds={"line": {"unit": "元", "values": [_line(200)]}})
    facts = [{"on_day": day, "amount": 60} for day in ("2025-02-01", "2025-03-01", "2025-04-01")]
    with county([{}], facts) as connection:
        found = judge(connection, rule)["R1"]
    assert (found["verdict"], found["event_on"]) == ("near", date(2025, 3, 1))


def test_first_crossing_counts_distinct_people() -> None:
    rule = make_rule(
        unit="household",
        needs={"a": need("count", column="resident_id")},
        thresholds={},
        against=None,
        condition="a >= 2",
        observed="a",
        reason="无",
    )
    facts = [
        {"on_day": "2025-01-01"},
        {"on_day": "2025-02-01"},
        {"on_day": "2025-03-01", "resident_id": "R2"},
        {"on_day": "2025-04-01"},
    ]
    with county([{"relation": "户主"}, {}], facts) as connection:
        assert judge(connection, rule)["H1"]["event_on"] == date(2025, 3, 1)


def test_a_state_has_no_event_day() -> None:
    rule = counting("a >= 16", a={"attribute": "age"})
    with county([{"birth_date": "1990-01-01", "received_on": "2025-06-05"}]) as connection:
        found = judge(connection, rule)["R1"]
    assert (found["event_on"], found["known_on"], found["evidence"]) == (None, date(2025, 6, 5), [1000])


def _line(amount: int) -> dict[str, object]:
    return {"from": "2000-01-01", "value": amount, "document": "某县文件（测试）"}


def test_a_change_is_held_against_the_span_before() -> None:
    wages = need("sum", column="amount", window={"months": 3}, change="percent")
    rule = counting("wages <= -30", "wages", wages=wages)
    before, now = {"on_day": "2025-02-10", "amount": 3000}, {"on_day": "2025-05-10", "amount": 2000}
    assert verdict_of(rule, before, now) == "fires"
    assert verdict_of(rule, before, {**now, "amount": 2500}) == "clear"
    assert verdict_of(rule, before) == "fires", "nothing any more"
    assert verdict_of(rule, now) == "unknown", "a share of nothing"
    assert verdict_of(rule, before, {**now, "amount": None}) == "unknown"
    assert verdict_of(rule, {"on_day": "2024-02-10", "amount": 3000}) == "clear", "before both spans"


def test_a_window_may_begin_with_the_last_visit_that_settled_the_family() -> None:
    since = need("sum", column="amount", window={"months": 12, "since_last_verdict": True})
    rule = make_rule(needs={"total": since})
    spent = {"on_day": "2025-03-01", "amount": 150}
    assert verdict_of(rule, spent) == "fires"
    assert verdict_of(rule, spent, visits=[{"visited_on": "2025-03-01"}]) == "clear"
    assert verdict_of(rule, spent, visits=[{"visited_on": "2025-03-01", "outcome": "未见到人"}]) == "fires"
    assert verdict_of(rule, spent, visits=[{"visited_on": "2025-03-01", "family": "因学"}]) == "fires"
    assert verdict_of(rule, spent, visits=[{"visited_on": "2025-02-01", "family": "综合"}]) == "fires"
    assert verdict_of(rule, {**spent, "on_day": None}, visits=[{"visited_on": "2025-03-01"}]) == "unknown"


def test_a_rule_about_persons_may_ask_for_their_household() -> None:
    able: dict[str, object] = {
        "source": "roster",
        "aggregate": "count",
        "where": "labour = '普通劳动力'",
        "absent": "zero",
        "of": "household",
    }
    rule = counting("a >= 1 and able = 0", a=need("count"), able=able)
    ill = {"on_day": IN_WINDOW, "amount": 1}
    for labour, verdict in (("普通劳动力", "clear"), ("无劳动力", "fires"), (None, "unknown")):
        with county([{"labour": "无劳动力"}, {"labour": labour}], [ill]) as connection:
            assert judge(connection, rule)["R1"]["verdict"] == verdict


def test_facts_of_the_household_count_for_each_member_and_prove_it() -> None:
    rule = counting("a >= 2", a=need("count", of="household"))
    facts = [{"on_day": "2025-05-01"}, {"on_day": "2025-06-01", "resident_id": "R2"}]
    with county([{}, {}, {"household_id": "H2"}], facts) as connection:
        found = judge(connection, rule)
    assert found.keys() == {"R1", "R2"}
    assert [found["R2"][key] for key in ("verdict", "event_on", "evidence")] == ["fires", date(2025, 6, 1), [1, 2, 1001]]


def test_the_latest_value_crosses_on_the_day_it_came() -> None:
    rule = counting("a <= 1000", a=need("latest", column="amount", absent="unknown"))
    days = [("2025-03-01", 3000), ("2025-04-01", 900), ("2025-05-01", 800)]
    with county([{}], [{"on_day": day, "amount": amount} for day, amount in days]) as connection:
        assert judge(connection, rule)["R1"]["event_on"] == date(2025, 4, 1)


def test_absent_from_a_list_is_said_only_of_surely_identified_people_and_complete_lists() -> None:
    rule = counting("not a", a=need("exists", absent="not_listed", title="在学籍名单上"))
    assert verdict_of(rule) == "fires"
    assert verdict_of(rule, {"on_day": IN_WINDOW}) == "clear"
    assert verdict_of(rule, {"on_day": IN_WINDOW, "probability": 0.7}) == "unknown", "perhaps it is he"
    assert verdict_of(rule, {"on_day": None}) == "unknown"
    for doubt, why in (("INSERT INTO doubtful VALUES ('feed', 'R1', 'H1', '有疑')", "有疑"), (INCOMPLETE, "数据已过期")):
        with county([{}]) as connection:
            connection.execute(doubt)
            found = judge(connection, rule)["R1"]
        assert (found["verdict"], found["why"]) == ("unknown", f"缺少：在学籍名单上（{why}）")


def test_a_doubtful_member_makes_the_household_doubtful() -> None:
    rule = make_rule(**{**PLAIN, "unit": "household", "needs": {"a": need("exists", absent="not_listed")}})
    for source, verdict in (("feed", "unknown"), ("", "unknown"), ("visits", "fires")):
        with county([{}, {}]) as connection:
            connection.execute("INSERT INTO doubtful VALUES (?, 'R2', 'H1', '有疑')", [source])
            assert judge(connection, rule)["H1"]["verdict"] == verdict
