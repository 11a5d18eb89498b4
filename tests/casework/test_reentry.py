"""Who came back after the risk counted as gone, and the tally per county."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from casework.exit_rules import Exits, load_exit_rules
from casework.exit_watch import watch_exits
from casework.reentry import count_exits, find_reentries
from casework.registry import state_registry
from tests.casework.registered import AS_OF, Rows, lay_registry, told_monthly

REMOVED: dict[str, Any] = {"is_removed": True, "removed_on": date(2026, 5, 1)}
AGAIN = {"identified_on": date(2026, 9, 1), "risk_1": "因学"}


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def returned(db: duckdb.DuckDBPyConnection, registry: Rows, months: int = 12, **laid: Any) -> list[tuple[Any, ...]]:
    lay_registry(db, registry, **laid)
    state_registry(db, AS_OF)
    find_reentries(db, months, AS_OF)
    return db.execute("FROM reentry").fetchall()


GONE = told_monthly(("202605", "202606", "202607", "202608"), **REMOVED)


def test_who_is_identified_again_within_the_months_came_back(db: duckdb.DuckDBPyConnection) -> None:
    back = [*GONE, *told_monthly(("202609",), **AGAIN)]
    expected = ("H1", "990101", date(2026, 5, 1), date(2026, 9, 1), 4, "因学")
    assert returned(db, back) == [expected]
    assert returned(db, back, months=3) == []
    assert returned(db, GONE) == []


def test_a_removal_taken_back_without_a_new_identification_counts_from_the_month_that_says_so(
    db: duckdb.DuckDBPyConnection,
) -> None:
    ((*_, removed, back, months, family),) = returned(db, [*GONE, *told_monthly(("202609",))])
    assert (removed, back, months, family) == (date(2026, 5, 1), date(2026, 9, 1), 4, "因病")


def test_a_visit_that_found_it_to_be_identified_counts_too_and_the_first_return_is_told(db: duckdb.DuckDBPyConnection) -> None:
    case = {"case_id": "W1", "household_id": "H1", "outcome": "纳入识别", "visited_on": date(2026, 8, 3)}
    case["visited_family"] = "因灾"
    ((*_, back, _, family),) = returned(db, [*GONE, *told_monthly(("202609",), **AGAIN)], cases=[case])
    assert (back, family) == (date(2026, 8, 3), "因灾")
    assert returned(db, GONE, cases=[case | {"outcome": "属实可应对"}]) == []
    assert returned(db, GONE, cases=[case | {"visited_on": date(2026, 4, 30)}]) == []


def test_two_removals_are_two_and_a_removal_without_a_day_counts_from_its_first_month(db: duckdb.DuckDBPyConnection) -> None:
    rows = [
        *told_monthly(("202603", "202604"), is_removed=True),
        *told_monthly(("202605",), identified_on=date(2026, 5, 1)),
        *told_monthly(("202606", "202607"), is_removed=True, removed_on=date(2026, 6, 1)),
    ]
    assert [row[2:5] for row in returned(db, rows)] == [(date(2026, 3, 1), date(2026, 5, 1), 2)]
    assert db.execute("SELECT removed_on FROM exit_removal ORDER BY 1").fetchall() == [(date(2026, 3, 1),), (date(2026, 6, 1),)]


def test_the_tally_is_per_county_and_for_all(db: duckdb.DuckDBPyConnection) -> None:
    other = {"resident_id": "R2", "household_id": "H2", "row_id": 2, "county": "990102", "township": "990102001"}
    other["labour"] = "无劳动力"
    rows = [*GONE, *told_monthly(("202609",), **AGAIN), *told_monthly(household_id="H2", resident_id="R2")]
    returned(db, rows, people=[{}, other])
    watch_exits(db, Exits(load_exit_rules(None), ()), AS_OF)
    count_exits(db)
    assert db.execute("FROM exit_count").fetchall() == [
        ("", 2, 0, 1, 0, 1, 1, 1), ("990101", 1, 0, 1, 0, 0, 1, 1), ("990102", 1, 0, 0, 0, 1, 0, 0),
    ]  # fmt: skip
