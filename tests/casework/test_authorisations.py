"""An authorisation is a ground to read only while it holds on the day; every doubt counts against it, and is told."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

import duckdb
import pyarrow as pa
import pytest

import case_tables
from casework.authorisations import authorisations_told, read_authorisations
from tables import ROSTER_IDENTITY
from tests.casework.filed import lay

TONIGHT: Final = date(2026, 11, 20)
YESTERDAY: Final = TONIGHT - timedelta(days=1)
FACTS: Final = pa.schema([
    ("row_id", pa.int64()), ("resident_id", pa.string()), ("household_id", pa.string()), ("auth_no", pa.string()),
    ("signer_no", pa.int64()), ("household_no", pa.string()), ("queries", pa.string()), ("signed_on", pa.date32()),
    ("until", pa.date32()), ("withdrawn_on", pa.date32()),
])  # fmt: skip
WITHDRAWN: Final = pa.schema([("auth_no", pa.string()), ("signer_no", pa.int64()), ("withdrawn_on", pa.date32())])
SIGNED: Final[Mapping[str, Any]] = {
    "row_id": 1, "resident_id": "R1", "household_id": "H1", "auth_no": "SQ-001", "signer_no": 1, "queries": "vehicles",
    "signed_on": date(2026, 11, 3), "until": date(2027, 5, 3),
}  # fmt: skip


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        lay(connection, "case_file", [{"case_id": "W1", "household_id": "H1", "state": "visited"}], case_tables.CASE)
        known = [{"resident_id": "R1", "household_id": "YH-77"}, {"resident_id": "R2", "household_id": "YH-88"}]
        lay(connection, "roster_identity", known, ROSTER_IDENTITY)
        yield connection


def state(connection: duckdb.DuckDBPyConnection, *rows: Mapping[str, Any], withdrawals: Any = ()) -> list[str]:
    lay(connection, "fact_authorisations", [{**SIGNED, "row_id": at, **row} for at, row in enumerate(rows, 1)], FACTS)
    lay(connection, "withdrawal", [{"auth_no": "SQ-001", "signer_no": 1, **row} for row in withdrawals], WITHDRAWN)
    read_authorisations(connection, TONIGHT)
    return [found for (found,) in connection.execute("SELECT state FROM authorisation ORDER BY row_id").fetchall()]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "in_force"),
        ({"until": TONIGHT}, "in_force"),
        ({"until": YESTERDAY}, "ended"),
        ({"until": None}, "no_term"),
        ({"signed_on": TONIGHT + timedelta(days=1)}, "not_yet"),
        ({"signed_on": TONIGHT}, "in_force"),
        ({"withdrawn_on": TONIGHT}, "withdrawn"),
        ({"withdrawn_on": TONIGHT + timedelta(days=1)}, "in_force"),
        ({"withdrawn_on": YESTERDAY, "until": YESTERDAY}, "withdrawn"),
        ({"household_no": "H2"}, "not_member"),
        ({"household_no": "户-YH-77"}, "in_force"),
        ({"household_no": "h1"}, "in_force"),
    ],
)
def test_every_doubt_counts_against_it(db: duckdb.DuckDBPyConnection, changes: dict[str, Any], expected: str) -> None:
    assert state(db, changes) == [expected]


def test_a_later_row_takes_no_withdrawal_back(db: duckdb.DuckDBPyConnection) -> None:
    assert state(db, {}, withdrawals=[{"withdrawn_on": YESTERDAY}]) == ["withdrawn"]
    assert state(db, {}, withdrawals=[{"withdrawn_on": YESTERDAY, "signer_no": 2}]) == ["in_force"]


def test_queries_are_ids_of_feeds(db: duckdb.DuckDBPyConnection) -> None:
    state(db, {"queries": "vehicles,real_estate"})
    assert db.execute("SELECT queries FROM authorisation").fetchall() == [(["real_estate", "vehicles"],)]


def test_what_ended_yesterday_is_told_without_saying_whose(db: duckdb.DuckDBPyConnection) -> None:
    state(db, {"until": YESTERDAY}, {"auth_no": "SQ-002", "resident_id": "R2", "until": None})
    told = authorisations_told(db, TONIGHT)
    assert len(told) == 2
    assert "1 份已到期（其中 1 份昨日到期），不作为查询依据" in told[0]
    assert "缺有效期" in told[1]
    assert not [line for line in told for secret in ("SQ-", "R1", "H1", "YH") if secret in line]


def test_one_that_was_replaced_is_nothing_to_tell(db: duckdb.DuckDBPyConnection) -> None:
    assert state(db, {"until": YESTERDAY}, {"auth_no": "SQ-002"}) == ["ended", "in_force"]
    assert authorisations_told(db, TONIGHT) == ()
