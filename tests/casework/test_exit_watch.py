"""Whose risk may be proposed as gone: all conditions known to hold, nobody without labour, and what is not known is said."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from casework.exit_rules import BUILT_IN, Exits, Line, load_exit_rules
from casework.exit_watch import CONDITIONS, watch_exits
from casework.registry import state_registry
from errors import CatalogueError
from tests.casework.registered import AS_OF, MONTHS, Rows, lay_registry, told_monthly

LINES = (
    Line("99", date(2026, 1, 1), date(2026, 6, 30), Decimal(8500), "某县 2026 年上半年监测范围"),
    Line("99", date(2026, 7, 1), None, Decimal(8700), "某县 2026 年监测范围"),
)
EXITS = Exits(load_exit_rules(None), LINES)


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def watched(
    db: duckdb.DuckDBPyConnection, registry: Rows | None = None, exits: Exits = EXITS, as_of: date = AS_OF, **laid: Any
) -> dict[str, Any]:
    """The one household's verdict, conditions that are not met under their state, and why."""
    lay_registry(db, registry, **laid)
    state_registry(db, as_of)
    watch_exits(db, exits, as_of)
    row: dict[str, Any]
    (row,) = db.sql("SELECT * FROM exit_watch").to_arrow_table().to_pylist()
    conditions = json.loads(row["conditions"])
    assert list(conditions) == list(CONDITIONS)
    return row | {"open": {name: state for name, state in conditions.items() if state != "met"}}


def test_where_everything_holds_the_household_is_proposed_with_its_figures(db: duckdb.DuckDBPyConnection) -> None:
    row = watched(db)
    assert (row["verdict"], row["open"]) == ("proposed", {})
    income = "近 6 个月人均纯收入最低 9,800 元，高于监测范围 8,500 元（某县 2026 年上半年监测范围）"
    assert row["why"].startswith(f"2025-03 识别；{income}；")
    assert row["evidence"] == [int(month) for month in MONTHS]
    assert (row["county"], row["township"], row["registry_no"]) == ("990101", "990101001", "JC0001")


def without(month: str) -> list[dict[str, Any]]:
    return told_monthly(other for other in MONTHS if other != month)


def last(**changed: Any) -> list[dict[str, Any]]:
    """The usual months, the newest of them changed."""
    return [*told_monthly(MONTHS[:-1]), *told_monthly(MONTHS[-1:], **changed)]


UNMET: list[tuple[str, dict[str, Any]]] = [
    ("identified", {"registry": told_monthly(identified_on=date(2026, 5, 1))}),
    ("income", {"registry": last(income_per_head=Decimal("8699.99"))}),
    ("income", {"registry": last(income_per_head=Decimal(8700))}),
    ("income", {"registry": [*told_monthly(("202604",), income_per_head=Decimal(8500)), *told_monthly(MONTHS[1:])]}),
    ("spending", {"registry": last(own_medical_spending=Decimal(2451))}),
    ("spending", {"registry": last(school_spending=Decimal(2000))}),
    ("guarantees", {"registry": last(water="无保障")}),
    ("measure", {"registry": last(health_help=False)}),
]


@pytest.mark.parametrize(("condition", "laid"), UNMET)
def test_one_condition_not_met_is_not_yet(db: duckdb.DuckDBPyConnection, condition: str, laid: dict[str, Any]) -> None:
    row = watched(db, **laid)
    assert (row["verdict"], row["open"]) == ("not_yet", {condition: "not_met"})
    assert row["why"].startswith("未满足：")


UNKNOWN: list[tuple[str, dict[str, Any]]] = [
    ("income", {"registry": without("202606")}),
    ("income", {"registry": last(income_per_head=None), "also": ("spending",)}),
    ("spending", {"registry": last(own_medical_spending=None)}),
    ("spending", {"people": [{}, {"resident_id": "R2", "row_id": 2, "schooling": "普通高中二年级", "labour": "无劳动力"}]}),
    ("guarantees", {"registry": last(housing=None)}),
    ("measure", {"registry": last(health_help=None)}),
    ("risk_gone", {"judged": ["收入"]}),
    ("risk_gone", {"registry": last(risk_1=None)}),
    ("risk_gone", {"unjudged": [{"household_id": "H1", "family": "因病", "severity": 60, "is_combination": False}]}),
    ("labour", {"people": [{"labour": None}]}),
]


@pytest.mark.parametrize(("condition", "laid"), UNKNOWN)
def test_what_is_not_known_proposes_nobody(db: duckdb.DuckDBPyConnection, condition: str, laid: dict[str, Any]) -> None:
    also = laid.get("also", ())
    row = watched(db, **{name: value for name, value in laid.items() if name != "also"})
    assert (row["verdict"], row["open"]) == ("unknown", dict.fromkeys((condition, *also), "unknown"))
    assert row["why"].startswith("尚不清楚：")


def test_a_registry_that_is_old_tells_nothing_of_tonight(db: duckdb.DuckDBPyConnection) -> None:
    row = watched(db, as_of=date(2026, 12, 31))
    assert row["open"] == {"income": "unknown", "spending": "unknown", "guarantees": "unknown"}


@pytest.mark.parametrize("labour", ["丧失劳动力", "无劳动力"])
def test_a_household_in_which_nobody_can_work_is_never_proposed(db: duckdb.DuckDBPyConnection, labour: str) -> None:
    child = {"resident_id": "R2", "row_id": 2, "birth_date": date(2014, 1, 1), "labour": "普通劳动力"}
    row = watched(db, people=[{"labour": labour}, child])
    assert (row["verdict"], row["why"]) == ("never", "整户无劳动力，不建议风险消除")


def test_a_signal_of_the_same_risk_says_that_it_is_not_gone_even_if_a_visit_answered_it(db: duckdb.DuckDBPyConnection) -> None:
    row = watched(db, signals=[{"family": "因病"}], set_aside=["S0"])
    assert row["open"] == {"spending": "not_met", "risk_gone": "not_met"}
    assert 77 in row["evidence"]


def test_a_signal_of_another_risk_counts_until_a_visit_has_answered_it(db: duckdb.DuckDBPyConnection) -> None:
    signals = [{"family": "住房"}]
    assert watched(db, signals=signals)["open"] == {"no_new": "not_met"}
    assert watched(db, signals=signals, set_aside=["S0"])["verdict"] == "proposed"


@pytest.mark.parametrize("signal", [{"severity": 20}, {"verdict": "near"}, {"combines": ["S9"]}, {"household_id": "H2"}])
def test_hints_lists_and_combinations_are_no_new_risk(db: duckdb.DuckDBPyConnection, signal: dict[str, Any]) -> None:
    assert watched(db, signals=[{"family": "住房", **signal}])["verdict"] == "proposed"


def test_an_open_case_comes_first(db: duckdb.DuckDBPyConnection) -> None:
    case = {"case_id": "W1", "household_id": "H1", "state": "warned"}
    assert watched(db, cases=[case])["open"] == {"no_new": "not_met"}
    assert watched(db, cases=[case | {"state": "closed"}])["verdict"] == "proposed"


def test_a_removed_household_is_watched_no_more(db: duckdb.DuckDBPyConnection) -> None:
    lay_registry(db, last(is_removed=True))
    state_registry(db, AS_OF)
    watch_exits(db, EXITS, AS_OF)
    assert db.execute("SELECT count(*) FROM exit_watch").fetchone() == (0,)


def test_the_line_of_the_narrowest_place_counts_and_without_one_nothing_is_known(db: duckdb.DuckDBPyConnection) -> None:
    narrow = Exits(EXITS.rules, (*LINES, Line("990101", date(2026, 1, 1), None, Decimal(9900), "本县监测范围")))
    assert watched(db, exits=narrow)["open"] == {"income": "not_met"}
    assert watched(db, exits=Exits(EXITS.rules, LINES[1:]))["open"] == {"income": "unknown"}
    assert watched(db, exits=Exits(EXITS.rules, ()))["open"] == {"income": "unknown"}


def test_before_any_rule_was_in_force_nothing_is_proposed(db: duckdb.DuckDBPyConnection) -> None:
    early = EXITS.rules.model_copy(update={"rules": (EXITS.rules.rules[0].model_copy(update={"since": date(2027, 1, 1)}),)})
    row = watched(db, exits=Exits(early, LINES))
    assert (row["verdict"], row["why"]) == ("unknown", "没有名单日期适用的风险消除规定")


def test_the_verdicts_do_not_depend_on_the_order_of_rows(db: duckdb.DuckDBPyConnection) -> None:
    first = watched(db)
    assert watched(db, told_monthly()[::-1]) == first


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("identified_months: 6", "identified_months: 0", "identified_months"),
        ("income_months: 6", "income_month: 6", "income_month"),
        ('spending_share: "0.25"', 'spending_share: "1.5"', "spending_share"),
        ("from: 2021-01-01", "from: 2021-01-01\n    to: 2020-01-01", "早于"),
        ("reentry:", "reentries:", "reentries"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_with_its_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    own = tmp_path / "exit_rules.yaml"
    own.write_text(BUILT_IN.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_exit_rules(own)
    assert told in str(caught.value)
    assert "exit_rules.yaml" in str(caught.value)


def test_an_office_replaces_the_rules_as_a_whole(tmp_path: Path) -> None:
    assert load_exit_rules(tmp_path / "none.yaml") == load_exit_rules(None)
    own = tmp_path / "exit_rules.yaml"
    own.write_text(BUILT_IN.read_text(encoding="utf-8").replace("income_months: 6", "income_months: 12"), encoding="utf-8")
    assert load_exit_rules(own).rules[0].income_months == 12
