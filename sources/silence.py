"""Feeds that come and bring nothing: the same as before, or hardly anything; and per source when it came and is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median_low
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from engine import sql_text
from feed_tables import SOURCE_STATUS
from settings import Home
from sources.contract import Contract
from sources.inbox import Problem
from sources.lateness import due_on

NEARLY_EMPTY_PERCENT: Final = 10
"""Of the usual number of rows.  Our own figure: quiet months of a feed halve it or quarter it, a broken export leaves a
tenth or less."""

HABIT: Final = 3
"""So many earlier deliveries make a habit; with fewer nothing is usual yet.  Our own figure."""

HABIT_ROWS: Final = 20
"""Below so many usual rows a share of them says nothing.  Our own figure."""


@dataclass(frozen=True)
class _Came:
    """One delivery: when, and the batch with its rows."""

    batch_id: str
    received_on: date
    rows: int | None


def source_status(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    contracts: Mapping[str, Contract],
    batches: pa.Table,
    deliveries: pa.Table,
    as_of: date,
) -> pa.Table:
    """SOURCE_STATUS, one row per contract in order of id; `batches` is BATCH, `deliveries` DELIVERY, both by `as_of`.

    A file that could not be read came, but says nothing of what the feed holds.
    """
    read = batches.filter(pc.is_null(batches["unreadable"]))
    rows = dict(zip(read["batch_id"].to_pylist(), read["rows"].to_pylist(), strict=True))
    came: dict[str, list[_Came]] = {}
    for one in deliveries.select(["source", "batch_id", "received_on"]).to_pylist():
        came.setdefault(one["source"], []).append(_Came(one["batch_id"], one["received_on"], rows.get(one["batch_id"])))
    told = [
        _status(contract, came.get(source, []), _repeats(connection, home, source, came.get(source, [])), as_of)
        for source, contract in sorted(contracts.items())
    ]
    return pa.Table.from_pylist(told, schema=SOURCE_STATUS)


def _status(contract: Contract, came: Sequence[_Came], repeats: int, as_of: date) -> dict[str, object]:
    last = came[-1] if came else None
    due = due_on(contract, last.received_on) if last and contract.is_awaited else None
    late = max(0, (as_of - due).days) if due else None
    usual = _usual(came)
    return {
        "source": contract.id,
        "title": contract.title,
        "owner": contract.owner,
        "cadence": contract.cadence.every,
        "last_received_on": last.received_on if last else None,
        "deliveries": len(came),
        "due_on": due,
        "days_late": late,
        "repeats_in_a_row": repeats,
        "rows": last.rows if last else None,
        "usual_rows": usual,
        "state": _state(contract, last, late, repeats, usual),
    }


def _state(contract: Contract, last: _Came | None, late: int | None, repeats: int, usual: int | None) -> str:
    if last is None:
        return "missing"
    if late:
        return "late"
    is_habit = usual is not None and usual >= HABIT_ROWS
    if is_habit and last.rows is not None and last.rows * 100 < (usual or 0) * NEARLY_EMPTY_PERCENT:
        return "nearly_empty"
    return "unchanged" if repeats and _is_sent(contract) else "fresh"


def _is_sent(contract: Contract) -> bool:
    """A database asked every night may well answer as it did the night before; a sender who sends the same again may err."""
    return contract.is_awaited and contract.query is None


def _usual(came: Sequence[_Came]) -> int | None:
    """The median of what came before, each file once however often it came."""
    before = ((one.batch_id, one.rows) for one in came[:-1] if one.batch_id != came[-1].batch_id)
    earlier = {batch_id: rows for batch_id, rows in before if rows is not None}
    return median_low(earlier.values()) if len(earlier) >= HABIT else None


def _repeats(connection: duckdb.DuckDBPyConnection, home: Home, source: str, came: Sequence[_Came]) -> int:
    """How many of the newest deliveries, one after the other, had only what the one before had, in whatever order."""
    count = 0
    for earlier, later in zip(reversed(came[:-1]), reversed(came[1:]), strict=True):
        if (
            None in (earlier.rows, later.rows)
            or earlier.rows != later.rows
            or not _is_same(connection, home, source, earlier.batch_id, later.batch_id)
        ):
            break
        count += 1
    return count


def _is_same(connection: duckdb.DuckDBPyConnection, home: Home, source: str, one: str, other: str) -> bool:
    if one == other:
        return True
    paths = [home.facts(source, batch_id) for batch_id in (one, other)]
    return _content(connection, paths[0]) == _content(connection, paths[1])


def _content(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[object, ...]:
    query = f"SELECT count(*), sum(hash(row_hash)), bit_xor(hash(row_hash)) FROM read_parquet({sql_text(str(path))})"
    return connection.execute(query).fetchone() or ()


def silent(status: pa.Table) -> tuple[Problem, ...]:
    """The feeds that came and brought nothing, or hardly anything, for the office to ask after."""
    told = {
        "unchanged": "“{title}”连续 {repeats_in_a_row} 次与前一次内容相同；请向{owner}核实是否送错了旧文件",
        "nearly_empty": "“{title}”最近一次只有 {rows} 行，通常约 {usual_rows} 行；请向{owner}核实是否导出不全",
    }
    rows = [row for row in status.to_pylist() if row["state"] in told]
    return tuple(Problem(row["source"], told[row["state"]].format(**row)) for row in rows)
