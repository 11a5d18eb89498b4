"""A small ledger and what came back, as tables, to try what becomes of cases."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import duckdb
import pyarrow as pa

import case_tables

HANDED: Final[Mapping[str, Any]] = {
    "as_of": date(2026, 11, 2),
    "list_id": "20261102-990101",
    "county": "990101",
    "township": "990101001",
    "village": "990101001001",
    "county_name": "石桥县",
    "township_name": "柳河镇",
    "village_name": "石桥村",
    "warning_id": "W1",
    "household_id": "H1",
    "position": 1,
    "tier": "橙",
    "first_seen": date(2026, 11, 2),
    "due_on": date(2026, 11, 17),
    "families": ["因病"],
    "rules": ["medical_inpatient_year"],
    "sources": ["medical"],
    "channels": ["department"],
    "row_hash": "0123456789ab",
    "seals": "{}",
}
ANSWERED: Final[Mapping[str, Any]] = {
    "row_id": 1,
    "batch_id": "b1",
    "line": 2,
    "received_on": date(2026, 11, 12),
    "warning_id": "W1",
    "household_id": "H1",
    "county": "990101",
    "issued_on": date(2026, 11, 2),
    "visited_on": date(2026, 11, 10),
    "outcome": "属实可应对",
    "family": "因病",
    "fate": "taken",
}
STEPPED: Final[Mapping[str, Any]] = {"received_on": date(2026, 11, 30), "case_id": "W1", "fate": "taken"}
VISITED: Final = pa.schema([
    *(("row_id", pa.int64()), ("resident_id", pa.string()), ("household_id", pa.string()), ("received_on", pa.date32())),
    *(("probability", pa.float64()), ("visit_no", pa.string()), ("visited_on", pa.date32())),
    *(("family", pa.string()), ("outcome", pa.string())),
])  # fmt: skip

Rows = Sequence[Mapping[str, Any]]


def lay(connection: duckdb.DuckDBPyConnection, name: str, rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Rows as a table of the night; what a row does not say is null."""
    table = pa.Table.from_pylist([{column: row.get(column) for column in schema.names} for row in rows], schema=schema)
    connection.register("laid", table)
    connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM laid')
    connection.unregister("laid")


def lay_ledger(
    connection: duckdb.DuckDBPyConnection,
    *,
    before: Rows = ({},),
    tonight: Rows = (),
    answers: Rows = (),
    steps: Rows = (),
    visits: Rows = (),
) -> None:
    """What `casework.cases` reads; every row says only what differs from the usual one."""
    lay(connection, "issued_before", [{**HANDED, **row} for row in before], case_tables.ISSUED)
    lay(connection, "issued", [{**HANDED, **row} for row in tonight], case_tables.ISSUED)
    lay(connection, "answer", [{**ANSWERED, **row} for row in answers], case_tables.ANSWER)
    rows = [{"row_id": 100 + number, **STEPPED, **row} for number, row in enumerate(steps)]
    lay(connection, "case_step", rows, case_tables.CASE_STEP)
    came = {"household_id": "H1", "received_on": date(2026, 11, 20)}
    lay(connection, "fact_visits", [{"row_id": 200 + number, **came, **row} for number, row in enumerate(visits)], VISITED)
