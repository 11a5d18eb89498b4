"""Cases already filed, as a table, to try what the office learns from them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import duckdb

import case_tables
from tests.casework.filed import lay

AS_OF: Final = date(2026, 11, 30)
FILED: Final[Mapping[str, Any]] = {
    "county": "990101",
    "township": "990101001",
    "village": "990101001201",
    "county_name": "虚构县",
    "township_name": "石桥乡",
    "village_name": "虚一村",
    "opened_on": date(2026, 11, 2),
    "families": ["因病"],
    "rules": ["self_paid"],
    "sources": ["medical"],
    "channels": ["department"],
    "state": "warned",
}


def lay_cases(connection: duckdb.DuckDBPyConnection, cases: Iterable[Mapping[str, Any]]) -> None:
    """`case_file`; every case says only what differs from the usual one."""
    numbered = enumerate(cases, start=1)
    rows = [
        {"case_id": f"W{n:05d}", "household_id": f"H{n:05d}", "days_over": 0, "tries": 0, **FILED, **one} for n, one in numbered
    ]
    lay(connection, "case_file", rows, case_tables.CASE)


def answered(outcome: str, **other: object) -> dict[str, Any]:
    """A case whose visit found this."""
    return {"outcome": outcome, "visited_on": date(2026, 11, 10), "state": "closed"} | other
