"""A night's outcome as text files that a person can read: the visiting lists as they are, and five tables without hashes."""

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from flows.summary import Summary
from tables import BINS, MAX_ROWS, row_id

REVIEW: Final = "待人工比对"
MANIFEST: Final = "清单.csv"
"""Hashes of files, which tell a reader nothing."""

ACCOUNTING: Final = f"SELECT source, file, received_on, state, rows_in, {', '.join(BINS)}, quarantined_by FROM accounting"
LINKS: Final = """
SELECT file, row_number, resident_id, decision, method, probability, runner_up, evidence
FROM links JOIN batches USING (batch_id)"""
SIGNALS: Final = """
SELECT s.household_id, s.resident_id, s.rule, s.family, s.verdict, s.observed, s.threshold, s.unit, s.severity, s.event_on,
       s.known_on, s.reason, a.why AS suppressed_why, a.until AS suppressed_until, s.evidence
FROM signals s LEFT JOIN suppressed a USING (signal_id)"""
WARNINGS: Final = """
SELECT rank, household_id, tier, score, parts, array_to_string(families, '、') AS families, event_on, status, due_on
FROM warnings"""
UNKNOWN: Final = "SELECT rule, units, why FROM verdict_counts WHERE verdict = 'unknown'"

TABLES: Final[Mapping[str, tuple[str, str]]] = {
    "accounting": (ACCOUNTING, "file"),
    "links": (LINKS, "file, row_number"),
    "signals": (SIGNALS, "household_id, rule, resident_id NULLS FIRST"),
    "unknown": (UNKNOWN, "rule, why"),
    "warnings": (WARNINGS, "rank"),
}
"""Expected file -> query over the night's Parquet files and a total order."""


def export(summary: Summary, folder: Path) -> None:
    """Write what `tests/golden/expected` holds of a night into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(summary.lists_folder.rglob("*.csv")):
        if path.name == MANIFEST:
            continue
        place = path.relative_to(summary.lists_folder)
        target = folder / place.name if place.parts[0] == REVIEW else folder / "lists" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    with duckdb.connect(config={"threads": 1}) as connection:
        for table in sorted(summary.run.glob("*.parquet")):
            connection.execute(f"CREATE VIEW {table.stem} AS FROM read_parquet('{table}')")
        for name, (query, order) in TABLES.items():
            _write(connection, f"{query} ORDER BY {order}", folder / f"{name}.csv")


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    files = _files(connection)
    cursor = connection.execute(query)
    titles = [column[0] for column in cursor.description or []]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(titles)
        for row in cursor.fetchall():
            writer.writerow([_rows_of(cell, files) if isinstance(cell, list) else cell for cell in row])


def _files(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """What all row ids of a batch have in common -> its file."""
    batches = connection.execute("SELECT batch_id, file FROM batches").fetchall()
    return {row_id(batch_id, 0): file for batch_id, file in batches}


def _rows_of(evidence: list[int], files: Mapping[int, str]) -> str:
    """Row ids as `source:data row`, in the order of files."""
    found = sorted((files[row & ~MAX_ROWS], row & MAX_ROWS) for row in evidence)
    return " ".join(f"{file.split('/')[0]}/{file.split('/')[1]}:{number}" for file, number in found)
