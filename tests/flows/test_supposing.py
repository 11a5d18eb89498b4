"""What a review may bring: judged on copies, compared with the night as it is."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import feed_tables
import tables
from engine import connect
from flows.supposing import supposed
from tests.outputs.invented import Values, register, table

CLINIC = {"clinic": ("cost",)}
"""A rule fires for a household whose costs reach 100, with severity 40."""


def judge(connection: duckdb.DuckDBPyConnection) -> None:
    """`signal` and `open_signal` from whatever `resident` and `fact_clinic` mean at the moment."""
    connection.execute("""
        CREATE OR REPLACE TABLE signal AS
        SELECT 'S' || household_id AS signal_id, '花费过高' AS title, 40 AS severity,
               if(sum(cost) >= 100, 'fires', 'near') AS verdict, list(f.row_id ORDER BY f.row_id) AS evidence
        FROM fact_clinic f JOIN resident USING (resident_id, household_id) GROUP BY household_id
    """)
    connection.execute("CREATE OR REPLACE TABLE open_signal AS FROM signal")


def row(number: int, household: str, cost: int, decision: str = "linked", **said: object) -> Values:
    """One row of the clinic, of the household's only member, as fact and link in one."""
    return {
        "row_id": number,
        "cost": cost,
        "resident_id": f"{household}R",
        "decision": decision,
        "method": "near_number",
        "identity_key": f"{number:016x}",
        **said,
    }


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path, 2, "512MiB") as opened:
        yield opened


def valued(connection: duckdb.DuckDBPyConnection, *rows: Values) -> dict[int, tuple[int, str]]:
    """Identity -> points and titles, for a night of households A, B and C."""
    residents = [{"resident_id": f"{household}R", "household_id": household} for household in "ABC"]
    links = [{name: value for name, value in one.items() if name in tables.LINK.names} for one in rows]
    register(connection, resident=table(tables.RESIDENT, *residents), link=table(tables.LINK, *links))
    register(connection, doubtful=table(feed_tables.DOUBTFUL), list_state=table(feed_tables.LIST_STATE))
    connection.execute("CREATE TABLE accepted_clinic (row_id BIGINT, cost BIGINT, received_on DATE)")
    connection.executemany("INSERT INTO accepted_clinic VALUES (?, ?, NULL)", [[one["row_id"], one["cost"]] for one in rows])
    connection.execute("""
        CREATE TABLE fact_clinic AS
        SELECT row_id, resident_id, household_id, received_on, 1::DOUBLE AS probability, cost
        FROM accepted_clinic JOIN (SELECT row_id, resident_id, decision FROM link) USING (row_id)
        JOIN (SELECT resident_id, household_id FROM resident) USING (resident_id) WHERE decision = 'linked'
    """)
    judge(connection)
    with supposed(connection, CLINIC) as is_any:
        if is_any:
            judge(connection)
    found = connection.execute("SELECT identity_key, points, titles FROM review_value").fetchall()
    return {int(identity, 16): (points, titles) for identity, points, titles in found}


def test_a_row_that_would_tip_the_scale_is_worth_its_rules_severity(connection: duckdb.DuckDBPyConnection) -> None:
    rows = row(1, "A", 60), row(2, "A", 50, "review"), row(3, "B", 60), row(4, "B", 30, "review"), row(5, "C", 150, "review")
    assert valued(connection, *rows) == {2: (40, "花费过高"), 5: (40, "花费过高")}


def test_what_fires_anyway_is_worth_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    assert valued(connection, row(1, "A", 100), row(2, "A", 500, "review")) == {}


def test_rows_that_only_together_tip_it_are_each_worth_it(connection: duckdb.DuckDBPyConnection) -> None:
    assert set(valued(connection, row(1, "A", 60, "review"), row(2, "A", 60, "review"))) == {1, 2}


def test_answered_rows_and_rows_of_nobody_are_not_supposed(connection: duckdb.DuckDBPyConnection) -> None:
    answered, nobody = row(1, "A", 500, "review", method="review_open"), row(2, "B", 500, "review", resident_id=None)
    assert valued(connection, answered, nobody) == {}


def test_the_nights_own_tables_stay_as_they_were(connection: duckdb.DuckDBPyConnection) -> None:
    valued(connection, row(1, "A", 60), row(2, "A", 50, "review"))
    assert connection.sql("SELECT signal_id, verdict FROM signal").fetchall() == [("SA", "near")]
    assert connection.sql("SELECT count(*) FROM resident").fetchall() == [(3,)]
    assert connection.sql("SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 'supposed'").fetchall() == [(0,)]


def test_a_failure_within_leaves_nothing_behind(connection: duckdb.DuckDBPyConnection) -> None:
    valued(connection, row(1, "A", 60))
    with pytest.raises(duckdb.Error), supposed(connection, CLINIC):
        connection.execute("SELECT nonsense")
    assert connection.sql("SELECT count(*) FROM resident").fetchall() == [(3,)]
    with supposed(connection, CLINIC) as is_any:
        assert not is_any
