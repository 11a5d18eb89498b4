"""What was handed out and what came back become cases, each with its state and its whole history."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from casework.cases import file_cases, follow_cases
from settings import Clocks, Holidays
from tests.casework.filed import lay_ledger

AS_OF = date(2026, 12, 20)


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def filed(db: duckdb.DuckDBPyConnection, as_of: date = AS_OF, **laid: Any) -> list[dict[str, Any]]:
    """The cases that a ledger gives, by id."""
    lay_ledger(db, **laid)
    follow_cases(db, as_of)
    file_cases(db, Clocks(), Holidays(), as_of)
    cases: list[dict[str, Any]] = db.sql("SELECT * FROM case_file").to_arrow_table().to_pylist()
    return cases


def history(db: duckdb.DuckDBPyConnection) -> list[tuple[str, str | None, str]]:
    return db.execute("SELECT event, from_state, to_state FROM case_event ORDER BY case_id, position").fetchall()


def test_a_row_handed_out_opens_a_case_that_awaits_its_visit(db: duckdb.DuckDBPyConnection) -> None:
    (case,) = filed(db)
    assert (case["case_id"], case["state"], case["clock"], case["opened_on"]) == ("W1", "warned", "visit", date(2026, 11, 2))
    assert case["closed_on"] is None
    assert history(db) == [("opened", None, "warned")]


def test_the_same_warning_in_another_form_joins_the_case_and_its_one_visit(db: duckdb.DuckDBPyConnection) -> None:
    more = {"as_of": date(2026, 11, 9), "row_hash": "f" * 12, "families": ["因学"], "sources": ["education"], "rules": ["r"]}
    (case,) = filed(db, before=[{}, more])
    assert case["families"] == ["因学", "因病"]
    assert case["sources"] == ["education", "medical"]
    assert case["opened_on"] == date(2026, 11, 2)
    assert history(db) == [("opened", None, "warned"), ("asked_again", "warned", "warned")]


def test_a_verdict_that_settles_closes_the_case_as_what_was_found(db: duckdb.DuckDBPyConnection) -> None:
    (case,) = filed(db, answers=[{}])
    assert (case["state"], case["closed_as"], case["closed_on"]) == ("closed", "属实可应对", date(2026, 11, 10))
    assert (case["visited_on"], case["visited_family"], case["verdict_row"]) == (date(2026, 11, 10), "因病", 1)
    assert case["clock"] is None


def test_who_was_not_met_is_still_to_be_visited(db: duckdb.DuckDBPyConnection) -> None:
    (case,) = filed(db, answers=[{"outcome": "未见到人"}])
    assert (case["state"], case["tries"], case["outcome"]) == ("warned", 1, None)


def test_a_visit_after_one_that_met_nobody_settles_and_the_try_is_counted(db: duckdb.DuckDBPyConnection) -> None:
    missed = {"row_id": 2, "outcome": "未见到人", "visited_on": date(2026, 11, 5), "fate": "overruled"}
    (case,) = filed(db, answers=[{}, missed])
    assert (case["state"], case["tries"], case["closed_as"]) == ("closed", 1, "属实可应对")


def test_what_is_passed_on_is_closed_without_a_finding_about_the_family(db: duckdb.DuckDBPyConnection) -> None:
    (case,) = filed(db, answers=[{"outcome": "转其他部门"}])
    assert (case["state"], case["closed_as"]) == ("closed", "转其他部门")


def test_refused_and_empty_rows_change_nothing(db: duckdb.DuckDBPyConnection) -> None:
    (case,) = filed(db, answers=[{"fate": "refused"}, {"row_id": 2, "fate": "empty", "outcome": None}])
    assert (case["state"], case["tries"]) == ("warned", 0)


def test_what_was_corrected_and_what_was_sent_back_stays_in_the_history(db: duckdb.DuckDBPyConnection) -> None:
    first = {"row_id": 2, "visited_on": date(2026, 11, 5), "fate": "overruled"}
    refused = {"row_id": 3, "fate": "refused", "why": "没有填核实日期", "visited_on": None, "received_on": date(2026, 11, 8)}
    step = {"step": "compared", "happened_on": date(2026, 11, 1), "fate": "refused", "why": "办理日期早于列入名单的日期"}
    ended = {"step": "rejected", "happened_on": date(2026, 12, 1), "received_on": date(2026, 12, 1), "fate": "overruled"}
    (case,) = filed(db, answers=[{"outcome": "纳入识别"}, first, refused], steps=[step, ended])
    assert (case["state"], case["verdict_row"], case["tries"]) == ("visited", 1, 0)
    told = db.execute("SELECT event, title, row_id, from_state, to_state FROM case_event ORDER BY position").fetchall()
    assert told[1:] == [
        ("overruled", "入户核实（因病）：属实可应对（已被后来的结论取代）", 2, "warned", "warned"),
        ("refused", "送回的核实名单有一行退回重填：没有填核实日期", 3, "warned", "warned"),
        ("answered", "入户核实（因病）：纳入识别", 1, "warned", "visited"),
        ("refused", "送回的办理进度有一行退回重填：办理日期早于列入名单的日期", 100, "visited", "visited"),
        ("overruled", "不予纳入（已被后来的结果取代）", 101, "visited", "visited"),
    ]


def test_a_household_with_a_newer_case_awaits_one_visit_though_a_verdict_was_taken_back(db: duckdb.DuckDBPyConnection) -> None:
    newer = {"as_of": date(2026, 11, 12), "warning_id": "W2", "row_hash": "e" * 12}
    contradicting = {"fate": "refused", "why": "不同的结论"}
    first, second = filed(db, before=[{}, newer], answers=[contradicting, {**contradicting, "row_id": 2}])
    assert (first["state"], first["closed_as"], first["closed_on"]) == ("closed", "并入新的预警", date(2026, 11, 12))
    assert second["state"] == "warned"
    first, second = filed(
        db, before=[{}, newer], answers=[{"received_on": date(2026, 12, 1), "visited_on": date(2026, 11, 30)}]
    )
    assert (first["closed_as"], second["state"]) == ("属实可应对", "warned"), "a verdict that comes yet is not lost"


STEPS: list[dict[str, Any]] = [
    {"step": "authorised", "happened_on": date(2026, 11, 11)},
    {"step": "compared", "happened_on": date(2026, 11, 16)},
    {"step": "publicity_started", "happened_on": date(2026, 11, 18), "until": date(2026, 11, 23)},
    {"step": "publicity_ended", "happened_on": date(2026, 11, 24)},
    {"step": "approved", "happened_on": date(2026, 11, 27)},
]
WHERE = [
    ("visited", "comparison"),
    ("compared", "publicity"),
    ("publicity", "publicity"),
    ("noticed", "approval"),
    ("closed", None),
]


@pytest.mark.parametrize(("taken", "expected"), list(enumerate(WHERE, start=1)))
def test_a_family_to_be_identified_goes_on_step_by_step(
    db: duckdb.DuckDBPyConnection, taken: int, expected: tuple[str, str | None]
) -> None:
    as_of = STEPS[taken - 1]["happened_on"]
    (case,) = filed(db, as_of, answers=[{"outcome": "纳入识别"}], steps=STEPS[:taken])
    assert (case["state"], case["clock"]) == expected
    assert case["outcome"] == "纳入识别"
    assert case["closed_as"] == ("纳入监测" if taken == len(STEPS) else None)


def test_a_notice_is_over_the_day_after_its_last_and_an_objection_starts_again(db: duckdb.DuckDBPyConnection) -> None:
    answers, posted = [{"outcome": "纳入识别"}], STEPS[:3]
    assert filed(db, date(2026, 11, 23), answers=answers, steps=posted)[0]["state"] == "publicity"
    (case,) = filed(db, date(2026, 11, 24), answers=answers, steps=posted)
    assert (case["state"], case["state_since"]) == ("noticed", date(2026, 11, 24))
    objected = [*posted, {"step": "objection", "happened_on": date(2026, 11, 20)}]
    assert filed(db, date(2026, 11, 24), answers=answers, steps=objected)[0]["state"] == "compared"


def test_comparison_may_run_before_the_verdict_comes_in(db: duckdb.DuckDBPyConnection) -> None:
    compared = {"step": "compared", "happened_on": date(2026, 11, 8)}
    (case,) = filed(db, answers=[{"outcome": "纳入识别"}], steps=[compared])
    assert case["state"] == "compared"


def test_after_the_end_nothing_moves_a_case_and_all_of_it_stays_in_the_history(db: duckdb.DuckDBPyConnection) -> None:
    late = {"visited_on": date(2026, 11, 15), "family": "因病", "outcome": "纳入识别"}
    (case,) = filed(db, answers=[{}], visits=[late])
    assert (case["state"], case["closed_as"]) == ("closed", "属实可应对")
    assert history(db)[-1] == ("answered", "closed", "closed")


def test_a_result_of_another_system_closes_the_case_that_was_open_then(db: duckdb.DuckDBPyConnection) -> None:
    later = {"warning_id": "W2", "as_of": date(2026, 12, 1), "row_hash": "e" * 12}
    visits = [{"visited_on": date(2026, 11, 10), "family": "综合", "outcome": "已有帮扶"}]
    first, second = filed(db, before=[{}, later], visits=visits)
    assert (first["state"], second["state"]) == ("closed", "warned")


@pytest.mark.parametrize(
    "visit",
    [
        {"visited_on": date(2026, 11, 10), "family": "住房", "outcome": "已有帮扶"},
        {"visited_on": date(2026, 11, 1), "family": "因病", "outcome": "已有帮扶"},
        {"visited_on": date(2026, 11, 10), "family": "因病", "outcome": "已有帮扶", "household_id": "H2"},
    ],
)
def test_a_visit_for_something_else_or_before_the_case_is_none_of_its(
    db: duckdb.DuckDBPyConnection, visit: dict[str, Any]
) -> None:
    assert filed(db, visits=[visit])[0]["state"] == "warned"


def test_the_same_rows_in_any_order_give_the_same_history(db: duckdb.DuckDBPyConnection) -> None:
    answers = [{"outcome": "未见到人", "row_id": 3, "visited_on": date(2026, 11, 4)}, {"outcome": "纳入识别"}]
    filed(db, answers=answers, steps=STEPS)
    first = db.execute("FROM case_event").fetchall()
    filed(db, answers=answers[::-1], steps=STEPS[::-1])
    again = db.execute("FROM case_event").fetchall()
    assert [row[:-1] for row in first] == [row[:-1] for row in again]
