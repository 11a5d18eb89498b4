"""Rules from folders: what is refused, where and with which cure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from errors import CatalogueError
from rules.examples import check_examples
from rules.load import check, load_references, load_rules
from tests.rules.making import EXAMPLES, FEED, declaration, example, make_reference, make_rule, need, value

UNSAID = {"reason": "无"}


def refusal(facts: Mapping[str, Mapping[str, str]] = FEED, **changes: object) -> CatalogueError:
    rule = make_rule(**changes)
    with pytest.raises(CatalogueError) as caught:
        check({rule.id: rule}, {"base": make_reference(value(1))}, facts)
    assert caught.value.file == "a_rule.yaml"
    assert "fangpin check" in caught.value.do
    return caught.value


def test_a_good_rule_passes() -> None:
    rule = make_rule()
    check({rule.id: rule}, {}, FEED)
    assert check_examples({rule.id: rule}, {}, FEED) == ()


@pytest.mark.parametrize(
    ("changes", "place", "word"),
    [
        ({"condition": "total >= nobody"}, "condition", "nobody"),
        ({"condition": "total"}, "condition", "是非"),
        ({"condition": "total >= 'x'"}, "condition", "类型"),
        ({"condition": "total >= (SELECT 1)"}, "condition", "子查询"),
        ({"population": "income > 1"}, "population", "income"),
        ({"population": "total > 1"}, "population", "total"),
        (
            {"thresholds": {"line": {"unit": "元", "values": [value({"factor": 1, "of": "other"})]}}},
            "thresholds.line.values.0.value.of",
            "other",
        ),
        ({"near": 0.8, "condition": "total > 5"}, "near", "line"),
        ({"needs": {"total": need("sum", column="colour")}}, "needs.total.column", "colour"),
        ({"needs": {"total": need("sum", column="kind")}}, "needs.total.column", "须得出数"),
        ({"needs": {"total": need("max", column="on_day")}}, "needs.total.column", "须得出数"),
        ({"needs": {"total": need("count", date="amount")}}, "needs.total.date", "须得出日期"),
        ({"needs": {"total": need("count", where="amount")}}, "needs.total.where", "须得出是非"),
        ({"needs": {"total": need("count", where="read_csv('x') is null")}}, "needs.total.where", "read_csv"),
        ({"needs": {"total": need("count", source="moon")}}, "needs.total.source", "moon"),
        (
            {"needs": {"total": need("latest", column="kind", absent="unknown")}, "condition": "total = 'x' and line > 0"},
            "observed",
            "文字",
        ),
        (
            {"needs": {"select": need("count")}, "observed": "select", "condition": "line > 1", "reason": "无"},
            "needs.select",
            "保留字",
        ),
    ],
)
def test_what_cannot_run_is_refused_with_its_place(changes: dict[str, Any], place: str, word: str) -> None:
    error = refusal(**changes)
    assert error.place == place
    assert word in error.found


def test_an_office_adds_to_and_replaces_rules_and_references(tmp_path: Path) -> None:
    for name, folder in (("a_rule", tmp_path / "rules"), ("job_lost", tmp_path / "rules")):
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(declaration(id=name), allow_unicode=True), encoding="utf-8")
    rules = load_rules(tmp_path / "rules")
    assert rules["a_rule"].title == rules["job_lost"].title == "测试规则"
    assert set(load_rules(None)) == set(rules) - {"a_rule"}
    assert load_references(tmp_path / "absent") == load_references(None)


def test_a_broken_rule_file_names_file_and_place(tmp_path: Path) -> None:
    (tmp_path / "a_rule.yaml").write_text(yaml.safe_dump(declaration(severity=0), allow_unicode=True), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_rules(tmp_path)
    assert (Path(caught.value.file).name, caught.value.place) == ("a_rule.yaml", "severity")


def test_a_false_example_is_told() -> None:
    wrong = make_rule(examples=[*EXAMPLES, example("fires", "fires", 99)])
    assert check_examples({wrong.id: wrong}, {}, FEED) == ("规则 a_rule 的例子 fires（2025-06-30）：应为 fires，实为 clear",)


def test_an_example_may_say_that_its_resident_is_not_surely_identified() -> None:
    absent = {"total": need("exists", absent="not_listed")}
    shapes = {"needs": absent, "thresholds": {}, "against": None, "condition": "not total", "reason": "无"}
    listed = {"facts": {"feed": [{"on_day": "2025-05-01"}]}}
    cases = [
        {"case": "fires", "as_of": "2025-06-30", "expect": "fires"},
        {"case": "not", "as_of": "2025-06-30", "expect": "clear", **listed},
        {"case": "missing", "as_of": "2025-06-30", "expect": "unknown", "is_doubtful": True},
        {"case": "old_date", "as_of": "2025-04-30", "expect": "fires", **listed},
    ]
    rule = make_rule(**shapes, examples=cases)
    assert check_examples({rule.id: rule}, {}, FEED) == ()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"facts": {"feed": [{"colour": "红"}]}}, "colour"),
        ({"facts": {"feed": [{"on_day": "昨天"}]}}, "on_day"),
        ({"facts": {"moon": [{}]}}, "没有数据来源 moon"),
        ({"resident": {"shoe_size": 43}}, "shoe_size"),
        ({"resident": {"age": "老"}}, "age 须是整数"),
    ],
)
def test_an_example_that_cannot_be_set_up_is_told(change: dict[str, Any], word: str) -> None:
    rule = make_rule(examples=[*EXAMPLES, {**example("not", "clear", 1), **change}])
    (message,) = check_examples({rule.id: rule}, {}, FEED)
    assert message.startswith("规则 a_rule 的例子 not（2025-06-30）")
    assert word in message
