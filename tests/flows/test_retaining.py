"""What may go after its term: nothing that a rule, an open case or a night still needs, and a term too short is refused."""

from datetime import date
from typing import Any, Final

import pytest

from errors import HomeError
from expectations.reading import Arrival
from flows.retaining import Asked, Need, check_terms, going, kept_told, months_before, needs_of
from rules.load import load_rules
from settings import Office, Retention
from sources.contracts import load_contracts
from sources.store import Batch

TODAY: Final = date(2026, 11, 20)
CONTRACTS: Final = load_contracts(None)
NEEDS: Final = needs_of(load_rules(None))


def arrival(batch_id: str, source: str, day: date) -> Arrival:
    return Arrival(batch_id, source, day, f"{source}/{day}/a.csv", "", 1, 0, 5, 0, [], [], None)


def batch(one: Arrival, **changes: Any) -> Batch:
    told = {"batch_id": one.batch_id, "source": one.source, "received_on": one.received_on, "file": one.file, "rows": one.rows}
    return Batch.model_validate({**told, "sha256": "", "bytes": 1, "contract": "", **changes})


def asked(open_since: date | None = None, needs: dict[str, Need] | None = None, **terms: int) -> Asked:
    office = Office(retention=Retention.model_validate(terms))
    return Asked(office, CONTRACTS, NEEDS if needs is None else needs, open_since, TODAY)


def plan(of: Asked, *arrived: Arrival, held: dict[str, str] | None = None) -> dict[str, tuple[str, ...]]:
    batches = {one.batch_id: batch(one) for one in arrived}
    return {one.batch.batch_id: one.classes for one in going(of, batches, arrived, held or {})}


def test_how_far_the_rules_look_back() -> None:
    assert NEEDS["housing"] == Need(36, "housing_unsafe")
    assert NEEDS["medical"].months is None  # whether a disease was ever reported before
    assert NEEDS["fires"].months == 4  # 90 days in whole months of 28


def test_the_terms_shipped_are_long_enough() -> None:
    check_terms(Office(), CONTRACTS, NEEDS, "office.yaml")


@pytest.mark.parametrize(
    ("terms", "place", "told"),
    [
        ({"personal_months": 35, "sensitive_months": 35}, "_months", "housing_unsafe"),
        ({"identity_months": 12}, "retention.identity_months", "不少于"),
        ({"cases_months": 2}, "retention.cases_months", "quiet_days"),
    ],
)
def test_a_term_too_short_is_refused(terms: dict[str, int], place: str, told: str) -> None:
    with pytest.raises(HomeError) as refused:
        check_terms(Office(retention=Retention.model_validate(terms)), CONTRACTS, NEEDS, "office.yaml")
    assert place in str(refused.value)
    assert told in str(refused.value)


def test_a_replaced_snapshot_goes_class_by_class_and_the_newest_stays() -> None:
    old, newer, newest = (
        arrival("a", "roster", date(2020, 1, 1)),
        arrival("b", "roster", date(2024, 9, 1)),
        arrival("c", "roster", date(2024, 10, 1)),
    )
    assert plan(asked(), old, newer, newest) == {"a": ("identity", "personal", "originals")}
    assert plan(asked(identity_months=24, originals_months=60), old, newer, newest) == {
        "a": ("identity", "personal", "originals"),
        "b": ("identity",),
    }
    assert plan(asked(), old) == {}  # it is old, and still the only one
    assert plan(asked(), old, newest, held={"c": "held"}) == {}  # what replaced it was not accepted


def test_appended_batches_go_when_no_rule_and_no_open_case_needs_them() -> None:
    first, second = arrival("a", "fires", date(2022, 1, 1)), arrival("b", "fires", date(2026, 1, 1))
    classes = ("identity", "sensitive" if CONTRACTS["fires"].personal_data == "sensitive" else "personal", "originals")
    assert plan(asked(), first, second) == {"a": classes}
    assert plan(asked(open_since=date(2022, 3, 1)), first, second) == {}
    assert plan(asked(needs={"fires": Need(None, "ever")}), first, second) == {}
    assert plan(asked(originals_months=120), first, second) == {}  # its rows still count: all of it goes at once


def test_ledgers_and_verdicts_never_go() -> None:
    old = [arrival(name, name, date(2010, 1, 1)) for name in ("visits", "authorisations", "monitored", "answers")]
    assert plan(asked(), *old) == {}


def test_what_is_left_of_a_batch_goes_after_its_own_term() -> None:
    one = arrival("a", "roster", date(2021, 1, 1))
    known = {"a": batch(one, purged={"identity": date(2024, 1, 1)}, unneeded_since=date(2022, 1, 1))}
    (found,) = going(asked(), known, [], {})
    assert found.classes == ("personal", "originals")
    assert found.unneeded_since == date(2022, 1, 1)


def test_why_something_stays_is_told() -> None:
    told = kept_told(asked(open_since=date(2026, 5, 1)), {"medical": 3})
    assert any("医保结算" in line and "全部历史" in line for line in told)
    assert any("2026-05-01" in line for line in told)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [(date(2026, 3, 31), 1, date(2026, 2, 28)), (date(2026, 1, 5), 13, date(2024, 12, 5)), (TODAY, 36, date(2023, 11, 20))],
)
def test_months_are_those_of_the_calendar(day: date, months: int, expected: date) -> None:
    assert months_before(day, months) == expected
