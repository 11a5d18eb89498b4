"""Clearing, and asking again only when it is worse: what the days before say of tonight."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from case_tables import CASE, CASE_BEFORE, MONITORED
from casework.suppress import Again, suppress
from engine import empty_table
from rules.evaluate import evaluate
from rules.history import left_on
from rules.model import Rule
from rules.windows import Window
from tests.rules.making import NIGHT, county, make_rule, need, verdict_of

HALF_YEAR = {"total": need("sum", column="amount", window={"days": 180}, unit="元")}
WORSE = make_rule(needs=HALF_YEAR, repeat="when_worse", worse=1.25)


def spent(day: str, amount: int) -> dict[str, object]:
    return {"on_day": day, "amount": amount}


def night(
    rule: Rule, facts: Sequence[Mapping[str, object]], visits: Sequence[Mapping[str, object]] = ()
) -> tuple[list[dict[str, Any]], list[str]]:
    """The signals, and why those that were set aside were."""
    with county([{}], facts, visits) as connection:
        evaluate(connection, {rule.id: rule}, {}, NIGHT, {"feed": "fresh"})
        empty_table(connection, "case_before", CASE_BEFORE)
        empty_table(connection, "case_file", CASE)
        empty_table(connection, "monitored", MONITORED)
        suppress(connection, NIGHT, 90, Again({rule.id: rule.worse} if rule.worse else {}))
        aside = connection.execute("SELECT why FROM suppressed").fetchall()
        return connection.sql("SELECT * FROM signal").to_arrow_table().to_pylist(), [row[0] for row in aside]


@pytest.mark.parametrize(
    ("refund", "verdict"), [(0, "fires"), (-5, "fires"), (-10, "fires"), (-11, "clear")], ids=["none", "small", "at", "under"]
)
def test_once_met_it_stays_met_until_it_has_fallen_under_the_clearing_line(refund: int, verdict: str) -> None:
    year = {"total": need("sum", column="amount", window={"calendar_year": True})}
    assert verdict_of(make_rule(needs=year, clearing=0.9), spent("2025-02-01", 100), spent("2025-03-01", refund)) == verdict
    assert verdict_of(make_rule(needs=year), spent("2025-02-01", 100), spent("2025-03-01", refund)) == (
        "fires" if refund == 0 else "clear"
    )


def test_what_leaves_a_rolling_window_lets_the_value_fall() -> None:
    """On 31 March 60 and 40 were in the window of 90 days; then the 60 left it, or only 5 of them."""
    rule = make_rule(needs={"total": need("sum", column="amount", window={"days": 90})}, clearing=0.9)
    assert verdict_of(rule, spent("2025-02-01", 60), spent("2025-04-20", 40)) == "clear"
    assert verdict_of(rule, spent("2025-02-25", 5), spent("2025-04-20", 95)) == "fires"
    assert verdict_of(rule, spent("2025-04-20", 95)) == "clear", "never met"


def test_what_let_it_be_met_is_part_of_the_proof() -> None:
    """The 5 of February are in tonight's window no more; without them nothing would ever have been met."""
    rule = make_rule(needs={"total": need("sum", column="amount", window={"days": 90}, unit="元")}, clearing=0.9)
    facts = [spent("2025-02-25", 5), spent("2025-04-20", 95)]
    (signal,), _ = night(rule, facts)
    assert (signal["evidence"], signal["observed"], signal["event_on"]) == ([1, 2, 1000], 95, date(2025, 4, 20))
    for fact in facts:
        assert night(rule, [fact])[0] == []


def test_a_value_that_came_back_has_crossed_anew() -> None:
    year = {"total": need("sum", column="amount", window={"calendar_year": True})}
    facts = [spent("2025-02-01", 100), spent("2025-03-01", -50), spent("2025-04-01", 60), spent("2025-05-01", -15)]
    (signal,), _ = night(make_rule(needs=year, clearing=0.9), facts)
    assert (signal["event_on"], signal["observed"]) == (date(2025, 4, 1), 95)


def test_without_a_visit_worse_is_the_first_crossing() -> None:
    (signal,), aside = night(WORSE, [spent("2025-03-01", 100), spent("2025-05-01", 100)])
    assert (signal["event_on"], aside) == (date(2025, 3, 1), [])
    assert "加重" not in signal["reason"]


def test_a_little_more_than_at_the_visit_does_not_ask_again() -> None:
    facts = [spent("2025-03-01", 100), spent("2025-05-10", 24)]
    (signal,), aside = night(WORSE, facts, [{"visited_on": "2025-05-01"}])
    assert signal["event_on"] == date(2025, 3, 1)
    assert aside == ["2025-05-01 已入户核实（因病），结论：属实可应对；此后没有明显加重（须达到核实时的 1.25 倍）"]


def test_a_quarter_more_than_at_the_visit_asks_again_and_says_so() -> None:
    facts = [spent("2025-03-01", 100), spent("2025-05-10", 24), spent("2025-06-10", 1)]
    (signal,), aside = night(WORSE, facts, [{"visited_on": "2025-05-01"}])
    assert (signal["event_on"], aside) == (date(2025, 6, 10), [])
    assert signal["reason"].endswith("；2025-05-01 核实时为 100元，此后明显加重")


def test_what_happened_on_the_day_of_the_visit_was_seen_then() -> None:
    facts = [spent("2025-03-01", 100), spent("2025-05-01", 30), spent("2025-05-10", 10)]
    (signal,), aside = night(WORSE, facts, [{"visited_on": "2025-05-01"}])
    assert (signal["event_on"], len(aside)) == (date(2025, 3, 1), 1)


def test_worse_may_mean_less() -> None:
    income = {"total": need("latest", column="amount", absent="unknown", unit="元")}
    rule = make_rule(needs=income, condition="total < line", repeat="when_worse", worse=0.8)
    facts = [spent("2025-03-01", 90), spent("2025-06-10", 72)]
    assert night(rule, facts, [{"visited_on": "2025-05-01"}])[0][0]["event_on"] == date(2025, 6, 10)
    assert night(rule, [facts[0], spent("2025-06-10", 73)], [{"visited_on": "2025-05-01"}])[0][0]["event_on"] == date(
        2025, 3, 1
    )


@pytest.mark.parametrize("window", [{"months": 1}, {"months": 2}, {"months": 12}, {"days": 30}])
def test_a_row_leaves_a_rolling_window_on_the_first_day_that_does_not_look_at_it(window: dict[str, int]) -> None:
    declared = Window.model_validate(window)
    days = [date(2023, 12, 1) + timedelta(days=n) for n in range(460)]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE seen AS SELECT unnest(?::DATE[]) AS happened_on", [days])
        left = dict(connection.execute(f"SELECT happened_on, {left_on(declared)} FROM seen").fetchall())
    for day, gone in left.items():
        assert declared.span(gone)[0] > day
        assert declared.span(gone - timedelta(days=1))[0] <= day


def test_by_months_the_value_of_a_day_is_that_of_the_window_that_ended_on_it() -> None:
    """Of 31 March: 60 and 40; from 28 April on the 60 of 28 March are gone, and with them what is needed to keep it."""
    rule = make_rule(needs={"total": need("sum", column="amount", window={"months": 1})}, clearing=0.9)
    facts = [spent("2025-03-28", 60), spent("2025-03-31", 40), spent("2025-04-27", 0)]
    assert verdict_of(rule, *facts, as_of=date(2025, 4, 27)) == "fires"
    assert verdict_of(rule, *facts, as_of=date(2025, 4, 28)) == "clear"
    less = [spent("2025-03-28", 10), *facts[1:], spent("2025-04-01", 50)]
    assert verdict_of(rule, *less, as_of=date(2025, 4, 28)) == "fires"
    assert verdict_of(rule, *less, as_of=date(2025, 4, 30)) == "fires"
    assert verdict_of(rule, *less, as_of=date(2025, 5, 1)) == "clear"
