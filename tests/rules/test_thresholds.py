"""Which value is in force: by the day of the event, then the longest area, then the household type."""

from typing import Any

import pytest

from rules.model import Rule
from tests.rules.making import county, judge, make_reference, make_rule, value, verdict_of


def with_values(*values: dict[str, Any], **changes: object) -> Rule:
    return make_rule(thresholds={"line": {"unit": "元", "values": list(values)}}, **changes)


@pytest.mark.parametrize(("amount", "verdict"), [("99.99", "clear"), ("100.00", "fires"), ("100.01", "fires")])
def test_exactly_at_the_boundary(amount: str, verdict: str) -> None:
    assert verdict_of(make_rule(), {"on_day": "2025-05-01", "amount": amount}) == verdict


@pytest.mark.parametrize(("amount", "verdict"), [("79.99", "clear"), ("80.00", "near"), ("99.99", "near"), ("100", "fires")])
def test_the_near_band_scales_the_threshold_exactly(amount: str, verdict: str) -> None:
    assert verdict_of(make_rule(near=0.8), {"on_day": "2025-05-01", "amount": amount}) == verdict


def test_a_threshold_that_changes_mid_year_is_chosen_by_the_event_not_by_the_night() -> None:
    rule = with_values(value(100, to="2025-03-13"), value(200, "2025-03-14"))
    assert verdict_of(rule, {"on_day": "2025-03-13", "amount": 150}) == "fires"
    assert verdict_of(rule, {"on_day": "2025-03-14", "amount": 150}) == "clear"
    both = ({"on_day": "2025-03-13", "amount": 150}, {"on_day": "2025-03-14", "amount": 20})
    assert verdict_of(rule, *both) == "clear", "the latest event of the evidence decides"


def test_the_longest_area_prefix_wins_over_the_household_type() -> None:
    rule = with_values(
        value(10, population=["脱贫户"], document="全国文件"),
        value(20, area="99"),
        value(30, area="9901"),
        value(40, area="53"),
    )
    places = {"990101001001": 30, "990201001001": 20, "530101001001": 40, "110101001001": 10}
    people = [{"place_code": place, "household_type": "脱贫户"} for place in places]
    facts = [{"resident_id": f"R{number + 1}", "on_day": "2025-05-01", "amount": 1} for number in range(len(places))]
    with county(people, facts) as connection:
        found = judge(connection, rule)
    assert [found[f"R{number + 1}"]["threshold"] for number in range(4)] == list(places.values())
    assert found["R4"]["document"] == "全国文件"


def test_within_an_area_the_named_household_types_win() -> None:
    rule = with_values(value(100), value(50, population=["脱贫户", "监测对象"]))
    fact = {"on_day": "2025-05-01", "amount": 60}
    assert verdict_of(rule, fact, household_type="监测对象") == "fires"
    assert verdict_of(rule, fact, household_type="一般农户") == "clear"
    assert verdict_of(rule, fact, household_type=None) == "unknown", "an unknown type is not everybody else"


def test_no_value_in_force_is_unknown() -> None:
    fact = {"on_day": "2025-05-01", "amount": 900}
    assert verdict_of(with_values(value(100, area="53")), fact) == "unknown"
    assert verdict_of(with_values(value(100, "2025-06-01")), fact) == "unknown"
    assert verdict_of(with_values(value(100, area="53"), value(50)), fact, place_code=None) == "unknown"


def test_a_multiple_of_a_reference_follows_its_area_and_date() -> None:
    rule = with_values(value({"factor": 0.5, "of": "base"}, document="地方办法"))
    base = make_reference(
        value(100, to="2024-12-31", area="99"),
        value(201.5, "2025-01-01", area="99", document="统计公报"),
        value(80, area="53"),
    )
    people = [{}, {"place_code": "530101001001"}, {"place_code": "110101001001"}]
    facts = [{"resident_id": f"R{number}", "on_day": "2025-05-01", "amount": 90} for number in (1, 2, 3)]
    with county(people, facts) as connection:
        found = judge(connection, rule, {"base": base})
    assert [(str(found[who]["threshold"]), found[who]["verdict"]) for who in ("R1", "R2")] == [
        ("100.7500", "clear"),
        ("40.0000", "fires"),
    ]
    assert found["R1"]["document"] == "地方办法；统计公报"
    assert (found["R3"]["threshold"], found["R3"]["verdict"]) == (None, "unknown")
    assert found["R3"]["why"] == "缺少：当地当时适用的标准"


def test_a_need_without_events_is_judged_by_the_night() -> None:
    changes: dict[str, Any] = {"needs": {"income": {"attribute": "income_per_head"}}, "condition": "income < line"}
    rule = with_values(value(100, to="2025-06-29"), value(50, "2025-06-30"), observed="income", reason="{income}", **changes)
    assert verdict_of(rule, income_per_head=60) == "clear"
    assert verdict_of(rule, income_per_head=40) == "fires"
    assert verdict_of(rule, income_per_head=None) == "unknown"
