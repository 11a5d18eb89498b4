"""The registry says who is monitored for what, contradicts the roster in places, and spares steps."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from casework.registry import FAMILIES_OF, spare_steps, state_registry
from casework.registry_check import HELP, check_registry
from sources.contracts import load_contracts
from tests.casework.registered import AS_OF, Rows, lay_registry, told_monthly


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def monitored(db: duckdb.DuckDBPyConnection, registry: Rows | None = None, **laid: Any) -> list[tuple[Any, ...]]:
    lay_registry(db, registry, **laid)
    state_registry(db, AS_OF)
    return db.execute("SELECT household_id, family, since, row_id FROM monitored").fetchall()


def test_a_household_is_monitored_for_each_of_its_risks_in_the_words_of_the_rules(db: duckdb.DuckDBPyConnection) -> None:
    rows = told_monthly(risk_2="因自然灾害-洪涝", risk_3="因自然灾害-旱", risk_5="因缺劳动力")
    rows = [{**row, "risk_3": "因自然灾害-干旱"} for row in rows]
    since = date(2025, 3, 1)
    assert monitored(db, rows) == [("H1", family, since, 202609) for family in ("因灾", "因病", "缺劳动力")]


def test_the_newest_month_counts_and_one_to_come_does_not(db: duckdb.DuckDBPyConnection) -> None:
    rows = [*told_monthly(("202608", "202611")), *told_monthly(("202609",), risk_1="因学")]
    assert [row[1] for row in monitored(db, rows)] == ["因学"]


def test_who_is_removed_or_was_last_told_of_long_ago_is_not_monitored(db: duckdb.DuckDBPyConnection) -> None:
    assert monitored(db, told_monthly(("202608",)) + told_monthly(("202609",), is_removed=True)) == []
    assert monitored(db, told_monthly(("202607",))) != []
    assert monitored(db, told_monthly(("202606",))) == []


def test_a_registry_that_names_no_risk_suppresses_nothing(db: duckdb.DuckDBPyConnection) -> None:
    assert monitored(db, told_monthly(risk_1=None)) == []
    assert [row[1] for row in monitored(db, told_monthly(risk_1="其他"))] == ["保障变化", "收入"]


def test_of_two_states_of_a_month_the_one_identified_last_counts(db: duckdb.DuckDBPyConnection) -> None:
    again = {"registry_no": "JC0002", "identified_on": date(2026, 5, 1), "risk_1": "因学", "row_id": 5}
    rows = [*told_monthly(("202609",)), *(row | again for row in told_monthly(("202609",)))]
    assert [row[1:] for row in monitored(db, rows)] == [("因学", date(2026, 5, 1), 5)]


def test_every_risk_and_every_measure_of_the_contract_is_known() -> None:
    facts = load_contracts(None)["monitored"].facts
    assert all(tuple(facts[f"risk_{number}"].values or {}) == tuple(FAMILIES_OF) for number in range(1, 6))
    assert {name for name in facts if name.endswith("_help")} | {"is_backstopped"} == set(HELP)


def issues(db: duckdb.DuckDBPyConnection, registry: Rows | None = None, **laid: Any) -> dict[str, int]:
    monitored(db, registry, **laid)
    check_registry(db, AS_OF)
    return dict(db.execute("SELECT issue, households FROM registry_issue WHERE county = '990101'").fetchall())


def test_a_registry_that_agrees_with_the_roster_has_no_issue(db: duckdb.DuckDBPyConnection) -> None:
    assert issues(db) == {}


@pytest.mark.parametrize(
    ("registry", "person", "issue"),
    [
        ({}, {"household_type": "脱贫户", "risk_removed": None}, "not_in_roster"),
        ({}, {"risk_removed": "是"}, "removed_differs"),
        ({"is_removed": True}, {}, "removed_differs"),
        ({"risk_1": None}, {}, "no_risk"),
        ({"own_medical_spending": None}, {}, "no_spending"),
        ({"own_medical_spending": 0}, {}, "no_spending"),
        ({"health_help": None}, {}, "no_help"),
        ({"health_help": False}, {}, "no_help"),
    ],
)
def test_contradictions_are_counted(
    db: duckdb.DuckDBPyConnection, registry: dict[str, Any], person: dict[str, Any], issue: str
) -> None:
    assert issues(db, told_monthly(**registry), people=[person]) == {issue: 1}


def test_who_is_missing_from_the_registry_is_counted_where_there_is_one(db: duckdb.DuckDBPyConnection) -> None:
    other = {"household_id": "H2", "resident_id": "R2", "row_id": 2}
    assert issues(db, people=[{}, other]) == {"not_in_registry": 1}
    assert issues(db, people=[{}, other | {"risk_removed": "是"}]) == {}
    assert issues(db, people=[{}, other | {"county": "990102"}]) == {}
    assert issues(db, [], people=[{}, other]) == {}


def test_who_vanished_from_the_newest_month_is_counted(db: duckdb.DuckDBPyConnection) -> None:
    other = {"household_id": "H2", "resident_id": "R2", "row_id": 2}
    rows = [*told_monthly(), *told_monthly(("202608",), household_id="H2", resident_id="R2", registry_no="JC0002")]
    assert issues(db, rows, people=[{}, other]) == {"gone": 1}


def spared(db: duckdb.DuckDBPyConnection, registry: Rows | None = None, **laid: Any) -> list[tuple[Any, ...]]:
    monitored(db, registry, **{"warnings": [{"household_id": "H1"}], **laid})
    spare_steps(db, date(2021, 1, 1))
    return db.execute("SELECT household_id, steps, why FROM spared").fetchall()


def test_who_was_identified_before_the_new_steps_need_not_go_through_them(db: duckdb.DuckDBPyConnection) -> None:
    old = told_monthly(identified_on=date(2020, 11, 1))
    assert spared(db, old) == [
        ("H1", ["承诺授权", "民主公开"], "已是监测对象（2020-11 识别）：承诺授权、民主公开不必重复"),
    ]
    assert spared(db, told_monthly(identified_on=date(2021, 1, 1))) == []
    assert spared(db, [row | {"is_removed": True} for row in old]) == []


def test_only_who_is_warned_or_has_an_open_case_is_spared_anything(db: duckdb.DuckDBPyConnection) -> None:
    old = told_monthly(identified_on=date(2020, 11, 1))
    assert spared(db, old, warnings=[]) == []
    assert len(spared(db, old, warnings=[], cases=[{"case_id": "W1", "household_id": "H1", "state": "visited"}])) == 1
    assert spared(db, old, warnings=[], cases=[{"case_id": "W1", "household_id": "H1", "state": "closed"}]) == []


def test_a_household_on_dibao_need_not_be_compared_again(db: duckdb.DuckDBPyConnection) -> None:
    people = [{}, {"resident_id": "R2", "row_id": 2, "is_on_dibao": "是"}]
    assert spared(db, [], people=people) == [("H1", ["信息比对"], "低保户：信息比对已经做过，不必重复")]
    both = spared(db, told_monthly(identified_on=date(2020, 11, 1)), people=people)
    assert both[0][1] == ["承诺授权", "民主公开", "信息比对"]
