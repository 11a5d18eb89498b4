"""What the night knows of cases before it asks anything."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

import case_tables
from casework.before import case_before
from tests.casework.filed import HANDED, Rows, lay

VISITED = date(2026, 11, 10)
CASE = {"household_id": "H1", "state": "warned", "opened_on": date(2026, 11, 2), "families": ["因学", "因病"]}


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def known(db: duckdb.DuckDBPyConnection, cases: Rows, issued: Rows, previous: Path | None = None) -> dict[str, Any]:
    """case_id -> first_seen and families."""
    lay(db, "case_file", [{"case_id": "W1", **CASE, **case} for case in cases], case_tables.CASE)
    lay(db, "issued_before", [{**HANDED, **row} for row in issued], case_tables.ISSUED)
    case_before(db, previous)
    rows = db.execute("SELECT case_id, first_seen, families FROM case_before ORDER BY case_id").fetchall()
    return {name: (seen, families) for name, seen, families in rows}


def test_what_was_handed_out_after_the_visit_was_not_looked_at(db: duckdb.DuckDBPyConnection) -> None:
    first, later = {"first_seen": date(2026, 10, 30)}, {"as_of": date(2026, 11, 11), "families": ["因学"]}
    assert known(db, [{}], [first, later]) == {"W1": (date(2026, 10, 30), ["因学", "因病"])}
    assert known(db, [{"state": "visited", "visited_on": VISITED}], [first, later]) == {"W1": (date(2026, 10, 30), ["因病"])}
    too_early = {"state": "visited", "visited_on": date(2026, 10, 1)}
    assert known(db, [too_early], [first, later]) == {"W1": (date(2026, 10, 30), [])}


def test_closed_cases_are_known_only_while_the_night_before_still_warned_of_them(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    previous = tmp_path / "warnings.parquet"
    db.execute(f"COPY (SELECT 'W2' AS warning_id) TO '{previous}'")
    cases = [{"state": "closed"}, {"case_id": "W2", "state": "closed"}, {"case_id": "W3", "household_id": "H3"}]
    assert set(known(db, cases, [], previous)) == {"W2", "W3"}
    assert set(known(db, cases, [])) == {"W3"}
