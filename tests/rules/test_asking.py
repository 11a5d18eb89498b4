"""What every rule says of a few households: the same as the night's verdicts, and what these leave out."""

from typing import Any

from rules.asking import ask
from rules.reading import columns_read
from tests.rules.making import NIGHT, county, judge, make_rule, need

PEOPLE: list[dict[str, object]] = [{}, {"household_id": "H2"}]
PAID: list[dict[str, object]] = [{"on_day": "2025-05-01", "amount": 40}, {"on_day": "2025-06-02", "amount": None}]


def asked(rule: Any, state: str = "fresh", facts: list[dict[str, object]] = PAID) -> list[dict[str, Any]]:
    with county(PEOPLE, facts) as connection:
        ask(connection, {rule.id: rule}, {}, NIGHT, {"feed": state})
        rows: list[dict[str, Any]] = connection.sql("FROM answer").to_arrow_table().to_pylist()
        judged = judge(connection, rule) if state == "fresh" else {}
    for row in rows if state == "fresh" else ():
        theirs = judged[row["resident_id"] or row["household_id"]]
        assert {name: row[name] for name in ("verdict", "observed", "threshold", "why")} == {
            name: theirs[name] for name in ("verdict", "observed", "threshold", "why")
        }
    return rows


def test_what_cannot_be_said_has_its_reason_and_its_values() -> None:
    (row,) = asked(make_rule())
    assert (row["verdict"], row["why"], str(row["judged_on"])) == ("unknown", "缺少：金额", "2025-06-02")
    assert row["said"] == ["金额 40元", "标准 100元"]


def test_what_is_clear_is_said_too() -> None:
    (row,) = asked(make_rule(), facts=PAID[:1])
    assert (row["verdict"], row["missing"]) == ("clear", [])


def test_whoever_has_no_record_is_not_looked_at() -> None:
    assert asked(make_rule(), facts=[]) == []


def test_a_rule_that_silence_can_set_off_is_asked_of_everybody() -> None:
    rule = make_rule(needs={"total": need("exists")}, condition="not total", thresholds={}, against=None, reason="没有")
    assert [row["verdict"] for row in asked(rule, facts=[])] == ["fires", "fires"]


def test_a_feed_that_never_came_leaves_each_household_of_the_population_unknown() -> None:
    rows = asked(make_rule(population="household_type = '脱贫户'"), "missing")
    assert rows == []
    rows = asked(make_rule(), "missing")
    assert [(row["household_id"], row["verdict"], row["missing"]) for row in rows] == [
        ("H1", "unknown", ["feed"]),
        ("H2", "unknown", ["feed"]),
    ]


def test_the_columns_a_rule_looks_at() -> None:
    rule = make_rule(population="age >= 18", needs={"total": need("sum", column="amount", where="kind = 'a'")})
    assert columns_read(rule) == {"feed": {"amount", "kind", "on_day"}, "roster": {"age"}}
