"""Taking in what lies in a home's inbox, and what is in its store afterwards."""

from datetime import date
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from settings import Home
from sources.contract import Contract
from sources.ingest import Intake, ingest
from tests.sources.making import contract

AS_OF: Final = date(2026, 3, 5)


def run(db: duckdb.DuckDBPyConnection, home: Home, of: Contract | None = None, as_of: date = AS_OF) -> Intake:
    used = of or contract()
    return ingest(db, home, {used.id: used}, as_of)


def batches(intake: Intake) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = intake.batches.to_pylist()
    return rows


def facts_of(home: Home, intake: Intake, index: int = 0) -> list[dict[str, Any]]:
    batch = batches(intake)[index]
    rows: list[dict[str, Any]] = pq.read_table(home.facts(batch["source"], batch["batch_id"])).to_pylist()
    return rows


def stored(home: Home) -> dict[str, bytes]:
    return {p.relative_to(home.root).as_posix(): p.read_bytes() for p in sorted(home.store.rglob("*")) if p.is_file()}
