"""A small registry of monitored households and their roster, as tables of a night."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import duckdb
import pyarrow as pa

import case_tables
import tables
from sources.contracts import load_contracts
from tests.casework.filed import lay

AS_OF: Final = date(2026, 10, 31)
MONTHS: Final = ("202604", "202605", "202606", "202607", "202608", "202609")
MONTH: Final[Mapping[str, Any]] = {
    "resident_id": "R1",
    "household_id": "H1",
    "registry_no": "JC0001",
    "class": "边缘易致贫户",
    "identified_on": date(2025, 3, 1),
    "is_removed": False,
    "risk_1": "因病",
    "income_per_head": Decimal("9800.00"),
    "own_medical_spending": Decimal("600.00"),
    "schooling": "有保障",
    "medical": "有保障",
    "housing": "有保障",
    "water": "有保障",
    "health_help": True,
}
"""A household of which everything holds."""
PERSON: Final[Mapping[str, Any]] = {
    "row_id": 9001,
    "resident_id": "R1",
    "household_id": "H1",
    "relation": "户主",
    "birth_date": date(1980, 5, 1),
    "household_type": "监测对象",
    "risk_removed": "否",
    "labour": "普通劳动力",
    "county": "990101",
    "township": "990101001",
    "is_on_dibao": "否",
}
Rows = Sequence[Mapping[str, Any]]


def registry_schema() -> pa.Schema:
    """The columns of `fact_monitored`."""
    facts = load_contracts(None)["monitored"].facts
    first = (("row_id", pa.int64()), ("resident_id", pa.string()), ("household_id", pa.string()), ("received_on", pa.date32()))
    told = ((name, tables.FACT_TYPES[fact.type].arrow) for name, fact in facts.items())
    return pa.schema([*first, ("probability", pa.float64()), *told])


def told_monthly(months: Iterable[str] = MONTHS, **changed: Any) -> list[dict[str, Any]]:
    """One row per month, numbered by its month."""
    return [{**MONTH, "row_id": int(month), "month": month, **changed} for month in months]


def lay_registry(
    connection: duckdb.DuckDBPyConnection,
    registry: Rows | None = None,
    *,
    people: Rows = ({},),
    signals: Rows = (),
    set_aside: Sequence[str] = (),
    judged: Sequence[str] = ("因病", "收入"),
    unjudged: Rows = (),
    cases: Rows = (),
    warnings: Rows = (),
) -> None:
    """What `casework.registry` and `casework.exit_watch` read; `set_aside` are signals answered, `judged` families watched."""
    lay(connection, "fact_monitored", told_monthly() if registry is None else registry, registry_schema())
    lay(connection, "resident", [{**PERSON, **row} for row in people], tables.RESIDENT)
    usual = {"household_id": "H1", "verdict": "fires", "severity": 60, "evidence": [77]}
    fired = [{**usual, "signal_id": f"S{number}", **row} for number, row in enumerate(signals)]
    lay(connection, "signal", fired, tables.SIGNAL)
    lay(connection, "open_signal", [row for row in fired if row["signal_id"] not in set_aside], tables.SIGNAL)
    counts = [{"rule": family, "family": family, "verdict": "clear", "units": 5} for family in judged]
    lay(connection, "verdict_count", counts, tables.VERDICT_COUNT)
    lay(connection, "unjudged", unjudged, tables.UNJUDGED)
    lay(connection, "case_file", cases, case_tables.CASE)
    lay(connection, "warning", warnings, tables.WARNING)
