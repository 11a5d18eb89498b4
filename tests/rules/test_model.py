"""What a rule or reference file may say, and what is refused before anything runs."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from rules.model import Rule
from rules.windows import Window
from tests.rules.making import EXAMPLES, declaration, make_reference, make_rule, need, value


def refusal(**changes: object) -> str:
    with pytest.raises(ValidationError) as caught:
        make_rule(**changes)
    return str(caught.value)


def test_a_complete_rule_is_accepted_and_frozen() -> None:
    rule = make_rule()
    assert rule.sources == ("feed",)
    with pytest.raises(ValidationError):
        rule.title = "改名"


@pytest.mark.parametrize("case", ["fires", "not", "exactly_at", "missing", "old_date"])
def test_every_kind_of_example_must_be_there(case: str) -> None:
    assert case in refusal(examples=[example for example in EXAMPLES if example["case"] != case])


def test_exactly_at_is_asked_for_only_where_there_is_a_threshold() -> None:
    examples = [example for example in EXAMPLES if example["case"] != "exactly_at"]
    rule = make_rule(thresholds={}, against=None, condition="total >= 100", reason="{total}", examples=examples)
    assert not rule.thresholds


def test_an_example_must_expect_what_its_case_says() -> None:
    examples = deepcopy(EXAMPLES)
    examples[0]["expect"] = "clear"
    assert "须为 fires" in refusal(examples=examples)


def test_a_threshold_without_document_is_refused() -> None:
    bare = {"from": "2020-01-01", "value": 5}
    assert "document" in refusal(thresholds={"line": {"unit": "元", "values": [bare]}})


@pytest.mark.parametrize(
    ("one", "other", "clashes"),
    [
        (value(1), value(2), True),
        (value(1, to="2020-12-31"), value(2, "2020-12-31"), True),
        (value(1, to="2020-12-31"), value(2, "2021-01-01"), False),
        (value(1, area="99"), value(2, area="9901"), False),
        (value(1, population=["脱贫户"]), value(2), False),
        (value(1, population=["脱贫户", "监测对象"]), value(2, population=["监测对象"]), True),
        (value(1, population=["脱贫户"]), value(2, population=["一般农户"]), False),
    ],
)
def test_two_thresholds_may_not_hold_at_once(one: dict[str, Any], other: dict[str, Any], clashes: bool) -> None:
    thresholds = {"line": {"unit": "元", "values": [one, other]}}
    if clashes:
        assert "同时生效" in refusal(thresholds=thresholds)
    else:
        assert make_rule(thresholds=thresholds)


def test_overlapping_reference_values_are_refused() -> None:
    with pytest.raises(ValidationError, match="同时生效"):
        make_reference(value(1, area="53"), value(2, "2024-01-01", area="53"))
    assert make_reference(value(1, area="53"), value(2, "2024-01-01", area="5301"))


def test_a_reference_is_positive_and_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValidationError):
        make_reference(value(0))
    with pytest.raises(ValidationError, match="早于"):
        make_reference(value(1, "2024-01-01", to="2023-12-31"))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"surprise": 1}, "surprise"),
        ({"observed": "nobody"}, "observed"),
        ({"against": "nobody"}, "against"),
        ({"near": 0.8, "against": None, "reason": "{total}"}, "near"),
        ({"near": 1}, "near"),
        ({"reason": "{nobody}"}, "nobody"),
        ({"reason": "{total"}, "花括号"),
        ({"severity": 0}, "severity"),
        ({"family": "因懒"}, "family"),
        ({"title": "一\n; DROP TABLE x"}, "title"),
        ({"min_probability": 1.5}, "min_probability"),
        ({"needs": {"age": need("count")}, "observed": "age", "condition": "age > line", "reason": "无"}, "改名"),
        ({"clearing": 1}, "clearing"),
        ({"clearing": 0.9, "against": None, "reason": "{total}"}, "clearing"),
        ({"clearing": 0.9, "near": 1.1}, "同一边"),
        ({"repeat": "when_worse"}, "worse"),
        ({"worse": 1.25}, "when_worse"),
        ({"repeat": "when_worse", "worse": 1}, "worse"),
        ({"clearing": 0.9, "needs": {"total": {"attribute": "age"}}}, "clearing"),
        ({"unit": "household", "needs": {"total": need("count", of="household")}}, "of: household"),
        ({"needs": {"verdict": need("count")}, "observed": "verdict", "reason": "无"}, "改名"),
        ({"needs": {"a__b": need("count")}, "observed": "a__b", "reason": "无"}, "a__b"),
    ],
)
def test_nonsense_is_refused_by_name(changes: dict[str, object], word: str) -> None:
    assert word in refusal(**changes)


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ({"attribute": "shoe_size"}, "attribute"),
        ({"attribute": "age", "where": "age > 1"}, "同写"),
        ({}, "attribute 或 source"),
        ({"source": "feed", "aggregate": "count", "date": "on_day"}, "absent"),
        (need("sum"), "column"),
        (need("exists", column="amount"), "column"),
        (need("latest", column="amount"), "absent"),
        (need("count", date=""), "date"),
        (need("count", date="on_day; DROP"), "date"),
        (need("count", source="feed x"), "source"),
        ({"source": "roster", "aggregate": "count", "date": "on_day", "absent": "zero"}, "花名册"),
        (need("count", rules=["other"]), "rules"),
        (need("count", absent="not_listed"), "not_listed"),
        (need("exists", source="roster", date="", absent="not_listed"), "not_listed"),
        (need("count", source="signals", date="", window={"days": 3}), "date"),
        (need("sum", column="amount", change="percent"), "change"),
        (need("exists", change="percent", window={"days": 3}), "change"),
        (need("count", change="percent", window={"since_last_verdict": True}), "change"),
        (need("count", change="percent", window={"days": 3, "since_last_verdict": True}), "change"),
        (need("count", window={}), "window"),
        (need("count", window={"days": 3, "months": 1}), "window"),
        (need("count", window={"days": 3, "late_days": 1}), "late_days"),
    ],
)
def test_needs_must_say_what_they_mean(bad: dict[str, object], word: str) -> None:
    assert word in refusal(needs={"total": bad})


@pytest.mark.parametrize(
    ("window", "night", "span"),
    [
        ({"days": 1}, "2025-06-30", ("2025-06-30", "2025-06-30")),
        ({"days": 90}, "2025-06-30", ("2025-04-02", "2025-06-30")),
        ({"months": 12}, "2025-06-30", ("2024-07-01", "2025-06-30")),
        ({"months": 1}, "2025-03-31", ("2025-03-01", "2025-03-31")),
        ({"months": 1}, "2024-03-30", ("2024-03-01", "2024-03-30")),
        ({"previous_month": True}, "2025-03-01", ("2025-02-01", "2025-02-28")),
        ({"previous_month": True}, "2025-01-31", ("2024-12-01", "2024-12-31")),
        ({"calendar_year": True}, "2025-01-01", ("2025-01-01", "2025-01-01")),
        ({"calendar_year": True, "late_days": 31}, "2025-01-31", ("2024-01-01", "2024-12-31")),
        ({"calendar_year": True, "late_days": 31}, "2025-02-01", ("2025-01-01", "2025-02-01")),
        ({"school_year": True}, "2025-08-31", ("2024-09-01", "2025-08-31")),
        ({"school_year": True}, "2025-09-01", ("2025-09-01", "2025-09-01")),
    ],
)
def test_windows_end_with_the_night(window: dict[str, object], night: str, span: tuple[str, str]) -> None:
    first, last = Window.model_validate(window).span(date.fromisoformat(night))
    assert (first.isoformat(), last.isoformat()) == span


def test_the_version_follows_the_rule_and_the_values_it_uses() -> None:
    share = {"line": {"unit": "元", "values": [value({"factor": 2, "of": "base"})]}}
    rule, other = make_rule(thresholds=share), make_rule(thresholds=share, severity=51)
    low, high = {"base": make_reference(value(10))}, {"base": make_reference(value(11))}
    assert rule.version(low) == Rule.model_validate(declaration(thresholds=share)).version(low)
    assert len({rule.version(low), rule.version(high), other.version(low)}) == 3
    assert rule.version(low) == rule.version({**low, "unused": make_reference(value(1), name="unused")})


@pytest.mark.parametrize(
    ("window", "night", "before"),
    [
        ({"days": 90}, "2025-06-30", ("2025-01-02", "2025-04-01")),
        ({"months": 12}, "2025-06-30", ("2023-07-01", "2024-06-30")),
        ({"previous_month": True}, "2025-03-01", ("2025-01-01", "2025-01-31")),
        ({"calendar_year": True}, "2024-02-29", ("2023-01-01", "2023-02-28")),
        ({"calendar_year": True, "late_days": 31}, "2025-01-31", ("2023-01-01", "2023-12-31")),
        ({"school_year": True}, "2025-06-30", ("2023-09-01", "2024-06-30")),
    ],
)
def test_the_span_before_is_as_long(window: dict[str, object], night: str, before: tuple[str, str]) -> None:
    first, last = Window.model_validate(window).before(date.fromisoformat(night))
    assert (first.isoformat(), last.isoformat()) == before


@pytest.mark.parametrize("window", [{"days": 0}, {"days": -30}, {"months": 0}, {"months": -1}])
def test_a_window_in_the_future_is_refused(window: dict[str, object]) -> None:
    assert "只能朝过去看" in refusal(needs={"total": need("sum", column="amount", window=window)})


def unset(**more: object) -> dict[str, Any]:
    return {"line": {"unit": "元", "unset": "没有查到文件规定的数额", "trial": 100, **more}}


def test_a_threshold_nobody_gives_a_number_for_says_so_and_its_rule_is_off() -> None:
    assert make_rule(thresholds=unset(), off="没有数额").off
    assert "off" in refusal(thresholds=unset())
    assert "trial" in refusal(thresholds={"line": {"unit": "元", "unset": "没有查到"}}, off="没有数额")
    assert "trial" in refusal(thresholds=unset(values=[value(1)]), off="没有数额")
    assert "trial" in refusal(thresholds={"line": {"unit": "元"}})


def test_a_condition_may_name_reference_values() -> None:
    rule = make_rule(condition="total >= base and total >= line", against="base", reason="{total}、{base}、{threshold}")
    assert (rule.direct, rule.references) == (("base",), ("base",))
    low, high = {"base": make_reference(value(10))}, {"base": make_reference(value(11))}
    assert rule.version(low) != rule.version(high)


def test_a_version_does_not_change_because_a_key_was_added_to_the_language() -> None:
    assert make_rule(near=None, off="", repeat="first_crossing").version({}) == make_rule().version({})
