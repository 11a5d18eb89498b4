"""A night's signals and counts."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rules.evaluate import evaluate
from rules.model import Reference, Rule
from tables import SIGNAL, VERDICT_COUNT
from tests.rules.making import NIGHT, county, judge, make_reference, make_rule, need, value

FRESH = {"feed": "fresh"}
PEOPLE: list[dict[str, object]] = [{}, {}, {"household_id": "H2"}, {"household_id": "H2"}, {"household_id": "H3"}]
FACTS: list[dict[str, object]] = [
    {"on_day": "2025-03-01", "amount": 70, "received_on": "2025-04-05"},
    {"on_day": "2025-05-01", "amount": 1234567, "received_on": "2025-06-05"},
    {"on_day": "2025-05-01", "amount": 85.5, "resident_id": "R3", "household_id": "H2"},
    {"on_day": "2025-05-01", "amount": None, "resident_id": "R4", "household_id": "H2"},
]


def run(
    rules: Sequence[Rule],
    states: Mapping[str, str] = FRESH,
    *,
    references: Mapping[str, Reference] | None = None,
    facts: Sequence[Mapping[str, object]] = FACTS,
    threads: int = 1,
) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
    """Signals, and counts as (rule, verdict, units, why)."""
    with county(PEOPLE, facts, threads=threads) as connection:
        evaluate(connection, {rule.id: rule for rule in rules}, references or {}, NIGHT, states)
        signals = connection.sql("SELECT * FROM signal").to_arrow_table()
        counts = connection.sql("SELECT * FROM verdict_count").to_arrow_table()
        leftovers = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE temporary").fetchall()
        views = connection.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchall()
    assert (signals.schema.names, counts.schema.names) == (SIGNAL.names, VERDICT_COUNT.names)
    assert (leftovers, views) == ([(0,)], [(0,)])
    return signals.to_pylist(), [(row["rule"], row["verdict"], row["units"], row["why"]) for row in counts.to_pylist()]


def test_a_signal_says_who_what_when_and_why() -> None:
    signals, _ = run([make_rule(near=0.8)])
    fired, nearly = signals
    rule = make_rule(near=0.8)
    assert fired == {
        "signal_id": fired["signal_id"],
        "household_id": "H1",
        "resident_id": "R1",
        "rule": "a_rule",
        "version": rule.version({}),
        "family": "因病",
        "title": "测试规则",
        "verdict": "fires",
        "observed": Decimal("1234637.0000"),
        "threshold": Decimal("100.0000"),
        "unit": "元",
        "document": "某县文件（测试）",
        "severity": 50,
        "reason": "累计 1,234,637元，标准 100元（某县文件（测试））",
        "event_on": date(2025, 5, 1),
        "known_on": date(2025, 6, 5),
        "as_of": NIGHT,
        "evidence": [1, 2, 1000],
        "combines": None,
    }
    assert (nearly["resident_id"], nearly["verdict"], nearly["reason"]) == (
        "R3",
        "near",
        "累计 85.50元，标准 100元（某县文件（测试））",
    )


def test_ids_are_stable_and_differ_by_rule_and_person() -> None:
    rules = [make_rule(near=0.8), make_rule(near=0.8, id="b_rule")]
    first, second = run(rules)[0], run(rules[::-1])[0]
    ids = [signal["signal_id"] for signal in first]
    assert first == second
    assert len(set(ids)) == 4
    assert all(len(name) == 16 and set(name) <= set("0123456789abcdef") for name in ids)


def test_every_unit_of_the_population_is_counted_once() -> None:
    _, counts = run([make_rule(near=0.8)])
    assert counts == [
        ("a_rule", "clear", 2, None),
        ("a_rule", "fires", 1, None),
        ("a_rule", "near", 1, None),
        ("a_rule", "unknown", 1, "缺少：金额"),
    ]


@pytest.mark.parametrize(("unit", "size"), [("person", 5), ("household", 3)])
def test_a_missing_source_makes_the_whole_population_unknown(unit: str, size: int) -> None:
    for states in ({"feed": "missing"}, {}):
        signals, counts = run([make_rule(unit=unit)], states)
        assert signals == []
        assert counts == [("a_rule", "unknown", size, "尚无数据：feed")]


def test_a_missing_source_leaves_the_other_rules_alone() -> None:
    state = make_rule(
        id="b_rule",
        needs={"a": {"attribute": "age"}},
        thresholds={},
        against=None,
        condition="a > 1",
        observed="a",
        reason="无",
    )
    _, counts = run([make_rule(), state], {})
    assert [row[:3] for row in counts] == [
        ("a_rule", "unknown", 5),
        ("b_rule", "clear", 0),
        ("b_rule", "fires", 0),
        ("b_rule", "near", 0),
        ("b_rule", "unknown", 5),
    ]


def test_a_stale_source_is_judged_and_noted_in_the_counts_only() -> None:
    fresh, stale = run([make_rule()]), run([make_rule()], {"feed": "stale"})
    assert stale[0] == fresh[0]
    note = "数据已过期，按最近一次合格数据判断：feed"
    assert {row[3] for row in stale[1]} == {note, f"缺少：金额；{note}"}


def test_the_population_is_asked_first_and_may_be_unknown() -> None:
    rule = make_rule(population="labour = '普通劳动力'", condition="total >= line")
    signals, counts = run([rule])
    assert signals == []
    assert ("a_rule", "unknown", 1, "缺少：判断是否适用所需的档案项") in counts
    assert sum(row[2] for row in counts) == 5
    assert sum(row[2] for row in run([make_rule(population="labour is not null")])[1]) == 0


def test_neither_row_order_nor_threads_change_anything() -> None:
    rules = [
        make_rule(near=0.8),
        make_rule(id="b_rule", unit="household"),
        make_rule(id="c_rule", needs={"total": need("latest", column="amount", absent="unknown")}),
    ]
    numbered = [{"row_id": number, **fact} for number, fact in enumerate(FACTS)]
    assert run(rules, facts=numbered) == run(rules, facts=numbered[::-1], threads=4)


def test_the_night_and_the_printed_sql_agree() -> None:
    rule = make_rule(near=0.8, unit="household")
    signals, _ = run([rule])
    with county(PEOPLE, FACTS) as connection:
        printed = judge(connection, rule)
    columns = ("verdict", "observed", "threshold", "document", "event_on", "known_on", "evidence")
    assert [[signal[c] for c in columns] for signal in signals] == [
        [printed[signal["household_id"]][c] for c in columns] for signal in signals
    ]
    assert {"fires"} == {signal["verdict"] for signal in signals}


def test_a_changed_reference_value_changes_the_version() -> None:
    rule = make_rule(thresholds={"line": {"unit": "元", "values": [value({"factor": 1, "of": "base"})]}})
    versions = {run([rule], references={"base": make_reference(value(line))})[0][0]["version"] for line in (50, 60)}
    assert len(versions) == 2


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "0元"), ("999.9", "999.90元"), ("-1234.56", "-1,234.56元"), ("-0.5", "-0.50元"), ("12345678.01", "12,345,678.01元")],
)
def test_money_is_written_as_people_write_it(amount: str, text: str) -> None:
    rule = make_rule(
        condition="total <= line", thresholds={"line": {"unit": "元", "values": [value(99999999)]}}, reason="{total}"
    )
    facts = [{"on_day": "2025-05-01", "amount": amount}]
    assert run([rule], facts=facts)[0][0]["reason"] == text


def test_reasons_show_words_dates_and_counts_plainly() -> None:
    rule = make_rule(
        needs={
            "total": need("count", unit="次"),
            "last": need("latest", column="kind", absent="unknown"),
            "day": need("max", column="on_day", absent="unknown"),
            "any_of": need("exists"),
        },
        thresholds={},
        against=None,
        condition="total >= 1",
        reason="{total}、{last}、{day}、{any_of}、{document}",
    )
    facts = [{"on_day": "2025-05-01", "kind": "失业登记"}]
    assert run([rule], facts=facts)[0][0]["reason"] == "1次、失业登记、2025-05-01、有、测试用"


def test_a_sum_that_fell_back_crosses_anew() -> None:
    """A refund in between: the event is the day it was reached for good, so a visit before that day answers nothing."""
    amounts = [("2025-01-05", 600), ("2025-01-20", -600), ("2025-03-05", 700), ("2025-04-01", 10)]
    facts = [{"on_day": day, "amount": amount, "resident_id": "R1", "household_id": "H1"} for day, amount in amounts]
    signals, _ = run([make_rule()], facts=facts)
    assert [(row["verdict"], row["observed"], row["event_on"]) for row in signals] == [
        ("fires", Decimal("710.0000"), date(2025, 3, 5))
    ]


def test_a_rule_that_is_off_is_counted_and_not_judged() -> None:
    line = {"line": {"unit": "元", "unset": "没有查到文件规定的数额", "trial": 100}}
    signals, counts = run([make_rule(thresholds=line, off="没有查到数额，办公室定数后启用")])
    assert signals == []
    assert counts == [("a_rule", "off", 5, "没有查到数额，办公室定数后启用")]


def test_a_reference_value_named_in_the_condition_is_shown_with_its_document() -> None:
    references = {"base": make_reference(value(80))}
    needs = {"total": need("sum", column="amount", unit="元")}
    rule = make_rule(
        needs=needs, thresholds={}, condition="total >= base", against="base", reason="{total}对{threshold}（{document}）"
    )
    fired = run([rule], references=references)[0][1]
    assert (fired["threshold"], fired["document"]) == (Decimal(80), "某县文件（测试）")
    assert fired["reason"] == "85.50元对80元（某县文件（测试））"
