"""Rules in Chinese words."""

from decimal import Decimal
from typing import Any

import pytest

from rules import words
from rules.expression import parse_shape
from rules.load import load_references, load_rules
from rules.phrases import Names, phrase, plain
from rules.words import Glossary
from tests.rules.making import EXAMPLES, example, make_reference, make_rule, need, value

GLOSSARY = Glossary(
    {
        "feed": "某部门台账",
        "fires": "火灾受灾户",
        "other": "另一规则",
        "feed.amount": "金额",
        "feed.kind": "类别",
        "feed.on_day": "发生日期",
        "feed.terms": "病种",
    },
    {"feed.amount": "元"},
)
NAMES = Names(
    {"amount": "金额", "kind": "类别", "is_left": "是否空置", "gone": "近 90 日的离岗", "stay": "在岗", "terms": "病种"},
    {"amount": "元"},
    frozenset({"gone", "stay"}),
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("amount >= 1000", "金额达到 1,000 元"),
        ("amount > 0.5", "金额超过 0.5 元"),
        ("amount < amount * 2", "金额低于金额×2"),
        ("amount between 6 and 16", "金额在 6 至 16 之间"),
        ("amount = 0", "金额为 0 元"),
        ("amount = (amount + 1) / 2", "金额为（金额＋1）÷2"),
        ("kind in ('甲', '乙', '丙')", "类别为甲、乙或丙"),
        ("not kind in ('甲')", "类别不为甲"),
        ("kind not in ('甲', '乙')", "类别不为甲或乙"),
        ("kind <> '甲'", "类别不为甲"),
        ("kind is null", "没有写类别"),
        ("kind is not null", "写明了类别"),
        ("is_left is true", "是否空置：是"),
        ("not is_left", "是否空置：否"),
        ("gone and not stay", "有近 90 日的离岗，且没有在岗"),
        ("gone or (stay and amount > 1)", "有近 90 日的离岗，或（有在岗，且金额超过 1 元）"),
        ("not (contains(kind, '亡') or contains(kind, '故'))", "不是（类别含“亡”，或类别含“故”）"),
        ("list_contains(terms, '残疾')", "病种含“残疾”"),
        ("amount <= -amount", "金额不超过负的金额"),
        ("is_left and amount > 1", "是否空置：是，且金额超过 1 元"),
        ("is_left", "是否空置：是"),
        ("kind = DATE '2025-01-01'", "类别为 2025-01-01"),
    ],
)
def test_expressions_read_as_sentences(text: str, words: str) -> None:
    assert phrase(parse_shape(text), NAMES) == words


def test_numbers_lose_idle_zeros_and_gain_separators() -> None:
    assert [plain(Decimal(text)) for text in ("10000", "0.50", "100", "1234567.80")] == ["10,000", "0.5", "100", "1,234,567.8"]


def test_a_rule_says_whom_it_concerns_and_when_it_speaks() -> None:
    rule = make_rule(population="age between 16 and 59 and household_type = '脱贫户'", near=0.8)
    assert words.who(rule) == "每个人，年龄在 16 至 59 之间，且户类型为脱贫户"
    assert words.when(rule, {}) == "金额达到标准"
    assert words.bands(rule) == ("到标准的 0.8 倍算接近，只作参考",)
    assert words.repeat(rule) == "第一次越过时提示；入户核实后，在静默期内不再问"
    assert words.reason(rule) == "累计 〔金额〕，标准 〔标准〕（〔文件〕）"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (need("count", window={"days": 90}), "某部门台账，近 90 日（按发生日期）；取条数。没有记录当作 0"),
        (
            need("count", column="resident_id", where="kind = '甲'", window={"previous_month": True}),
            "某部门台账，上个月（按发生日期），类别为甲；取人数（同一人只计一次）。没有记录当作 0",
        ),
        (
            need("sum", column="amount", window={"calendar_year": True, "late_days": 31}),
            "某部门台账，当年 1 月 1 日起、过后 31 日内仍看上一年（按发生日期）；取“金额”之和。没有记录当作 0",
        ),
        (
            need("sum", column="amount", window={"months": 6}, change="percent"),
            "某部门台账，近 6 个月（按发生日期）；取“金额”之和比前一段同样长的时间增减的百分数。没有记录当作 0",
        ),
        (
            need("max", column="amount", of="household", window={"since_last_verdict": True}),
            "某部门台账（全户），上次入户核实之后（按发生日期）；取“金额”中最大的。没有记录当作 0",
        ),
        ({"source": "roster", "aggregate": "count", "absent": "unknown"}, "花名册；取人数。没有记录则不能判断"),
        (
            {"source": "signals", "rules": ["other"], "aggregate": "count", "where": "verdict = 'fires'", "absent": "zero"},
            "本夜其他规则的结论，结论为提示，规则为另一规则；取条数。没有记录当作 0",
        ),
        (
            need("exists", absent="not_listed"),
            "某部门台账，不限时间（按发生日期）；取有没有。名册完整、人已对准而没有记录，当作不在册",
        ),
        ({"attribute": "income_per_head"}, "花名册上本人的人均纯收入"),
    ],
)
def test_a_need_says_what_is_counted_where_and_since_when(changes: dict[str, Any], told: str) -> None:
    rule = make_rule(needs={"total": {"title": "某数", **changes}})
    assert words.looked_at(rule, GLOSSARY) == (f"某数：{told}",)


def test_figures_come_in_the_order_in_which_they_count() -> None:
    share = value({"factor": 0.5, "of": "base"}, "2020-01-01", area="99", population=["脱贫户"])
    rule = make_rule(thresholds={"line": {"unit": "元", "values": [value(100), share]}})
    found = words.figures(rule.thresholds["line"], {"base": make_reference(value(20000))})
    assert found == (
        ("0.5 × 参照值", "脱贫户", "99", "2020-01-01 起", "某县文件（测试）"),
        ("100 元", "", "", "2000-01-01 起", "某县文件（测试）"),
    )


def test_a_threshold_nobody_set_says_why_and_what_its_examples_are_tried_with() -> None:
    line = {"unit": "元", "unset": "没有查到数额", "trial": 10000}
    rule = make_rule(thresholds={"line": line}, off="办公室定数后启用")
    assert words.figures(rule.thresholds["line"], {}) == ()
    assert words.unset(rule.thresholds["line"]) == "没有查到数额（例子按 10,000 元试算）"
    assert words.unset(make_rule().thresholds["line"]) == ""


def test_examples_are_told_with_titles_units_and_what_is_missing() -> None:
    rule = make_rule(examples=[*EXAMPLES, {**example("not", "clear", 1500), "note": "少"}])
    cases = words.cases(rule, GLOSSARY)
    assert cases[0] == ("", "2025-06-30 夜。某部门台账：发生日期 2025-05-01、金额 150 元", "提示", "")
    assert cases[3] == ("缺数据", "2025-06-30 夜。某部门台账：发生日期 2025-05-01、金额 没有写", "不能判断", "")
    assert cases[-1] == ("", "2025-06-30 夜。某部门台账：发生日期 2025-05-01、金额 1,500 元", "不提示", "少")


def test_every_built_in_rule_can_be_told() -> None:
    references = load_references(None)
    for rule in load_rules(None).values():
        told = [words.who(rule), words.when(rule, references), words.repeat(rule), words.reason(rule)]
        told += [*words.looked_at(rule, Glossary({}, {})), *words.bands(rule)]
        assert all(told), rule.id
        assert "{" not in "".join(told), rule.id
