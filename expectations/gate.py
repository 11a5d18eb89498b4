"""The gate: every batch is accepted or held, every row of an accepted one taken or quarantined, and all of it is said."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import duckdb
import pyarrow as pa

from engine import conform
from errors import Fault, RosterError
from expectations.inspecting import Delivery, inspect
from expectations.reading import Arrival, arrivals, create_table, parquet
from expectations.validating import Limits
from expectations.verdict import Verdict, fingerprint, keep, recall
from settings import Home
from sources.contract import Contract
from tables import FINDING, QUARANTINE, ROW_BITS, row_id


@dataclass(frozen=True)
class Gate:
    """What the gate decided."""

    held: Mapping[str, str]
    """batch_id -> in Chinese, why the whole batch is held."""
    stale: Mapping[str, date]
    """Source whose newest delivery is held, or without a good row -> the day of the last accepted one, which serves instead."""
    missing: tuple[str, ...]
    """Sources of which no batch ever had anything to use.  A feed that nobody awaits is neither stale nor missing."""
    why_missing: Mapping[str, str]
    """Missing source -> in Chinese, why: its newest batch's reason, or that nothing came."""


def gate(connection: duckdb.DuckDBPyConnection, home: Home, contracts: Mapping[str, Contract], batches: pa.Table) -> Gate:
    """Judge every batch (BATCH) received and create the tables `quarantine` (QUARANTINE) and `finding` (FINDING).

    A batch judged before under the same contract and suite is not validated again.  Raises Fault if a check could not be
    computed, or if our SQL and Great Expectations count differently.
    """
    arrived = arrivals(batches, contracts)
    verdicts = _judge(connection, home, contracts, arrived)
    _publish_quarantine(connection, home, arrived, verdicts)
    _publish_findings(connection, arrived, verdicts)
    return _conclude(contracts, arrived, verdicts, _spoilt(connection, arrived))


def require_roster(gate: Gate, contracts: Mapping[str, Contract]) -> None:
    """Raise RosterError if the feed with `role: roster` has no accepted batch: without it nobody can be matched."""
    for contract in contracts.values():
        if contract.role == "roster" and contract.id in gate.missing:
            raise RosterError(
                file=f"inbox/{contract.id}",
                expected=f"至少一批可用的{contract.title}",
                found=gate.why_missing[contract.id],
                do=f"请{contract.owner}按约定重新报送{contract.title}，放入该文件夹后再运行",
            )


def _judge(
    connection: duckdb.DuckDBPyConnection, home: Home, contracts: Mapping[str, Contract], arrived: Sequence[Arrival]
) -> dict[str, Verdict]:
    """batch_id -> verdict: remembered, or made now and kept."""
    keys = {a.batch_id: fingerprint(a, contracts[a.source]) for a in arrived}
    known = {a.batch_id: recall(home, a, keys[a.batch_id]) for a in arrived}
    verdicts = {batch_id: verdict for batch_id, verdict in known.items() if verdict is not None}
    deliveries = _deliveries(contracts, [a for a in arrived if a.batch_id not in verdicts])
    if deliveries:
        for arrival, verdict, quarantine in inspect(home, deliveries, _limits(connection)):
            keep(home, arrival, keys[arrival.batch_id], verdict, quarantine)
            verdicts[arrival.batch_id] = verdict
    return verdicts


def _deliveries(contracts: Mapping[str, Contract], fresh: Sequence[Arrival]) -> list[Delivery]:
    by_source: dict[str, list[Arrival]] = {}
    for arrival in fresh:
        by_source.setdefault(arrival.source, []).append(arrival)
    return [Delivery(contracts[source], tuple(some)) for source, some in sorted(by_source.items())]


def _limits(connection: duckdb.DuckDBPyConnection) -> Limits:
    """The night's own limits, for the scratch database beside it."""
    row = connection.execute("SELECT current_setting('threads'), current_setting('memory_limit')").fetchone()
    if row is None:
        raise Fault("DuckDB does not tell its settings")
    return Limits(int(row[0]), str(row[1]))


def _publish_quarantine(
    connection: duckdb.DuckDBPyConnection, home: Home, arrived: Sequence[Arrival], verdicts: Mapping[str, Verdict]
) -> None:
    files = [str(home.quarantine(a.source, a.batch_id)) for a in arrived if verdicts[a.batch_id].entries]
    create_table(connection, "quarantine", QUARANTINE.empty_table())
    if files:
        connection.execute(f'INSERT INTO quarantine SELECT row_id, expectation, "column", severity FROM {parquet(files)}')
    conform(connection, "quarantine", QUARANTINE)


def _publish_findings(
    connection: duckdb.DuckDBPyConnection, arrived: Sequence[Arrival], verdicts: Mapping[str, Verdict]
) -> None:
    rows = [
        {"source": a.source, "batch_id": a.batch_id} | asdict(finding)
        for a in arrived
        for finding in verdicts[a.batch_id].findings
    ]
    create_table(connection, "finding", pa.Table.from_pylist(rows, schema=FINDING))
    conform(connection, "finding", FINDING)


def _spoilt(connection: duckdb.DuckDBPyConnection, arrived: Sequence[Arrival]) -> dict[str, str]:
    """batch_id -> why a batch that was not held is of no use all the same: none of its rows is good."""
    counted = connection.execute(f"SELECT row_id >> {ROW_BITS}, count(DISTINCT row_id) FROM quarantine GROUP BY 1").fetchall()
    bad = dict(counted)
    spoilt = [a.batch_id for a in arrived if a.rows and bad.get(row_id(a.batch_id, 0) >> ROW_BITS) == a.rows]
    return dict.fromkeys(spoilt, "整批各行均被隔离，没有可用的行")


def _conclude(
    contracts: Mapping[str, Contract],
    arrived: Sequence[Arrival],
    verdicts: Mapping[str, Verdict],
    spoilt: Mapping[str, str],
) -> Gate:
    """`arrived` is oldest first; a source is stale if nothing of its newest day of delivery can be used."""
    held = {a.batch_id: reason for a in arrived if (reason := verdicts[a.batch_id].held) is not None}
    newest = {a.source: a.batch_id for a in arrived}
    latest = {a.source: a.received_on for a in arrived}
    unusable = {**held, **spoilt}
    accepted = {a.source: a.received_on for a in arrived if a.batch_id not in unusable}
    awaited = {source for source, contract in contracts.items() if contract.is_awaited}
    missing = tuple(source for source in contracts if source in awaited and source not in accepted)
    return Gate(
        held=held,
        stale={source: day for source, day in accepted.items() if source in awaited and day < latest[source]},
        missing=missing,
        why_missing={source: unusable[newest[source]] if source in newest else "没有收到过任何文件" for source in missing},
    )
