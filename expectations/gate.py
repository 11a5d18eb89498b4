"""The gate: every batch is accepted or held, every row of an accepted one taken or quarantined, and all of it is said."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from types import MappingProxyType

import duckdb
import pyarrow as pa

from engine import conform
from errors import Fault, RosterError
from expectations.answering import answers, publish_held, with_companions
from expectations.declared import Declared
from expectations.doubting import decide
from expectations.inspecting import Delivery, inspect
from expectations.load import of_source
from expectations.looking_up import Sees, visible
from expectations.reading import Arrival, arrivals, create_table, parquet
from expectations.released import Release
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
    answered: Mapping[str, str] = field(default_factory=dict)
    """Held batch_id -> batch_id of the delivery that stands in its place: nothing is open any more."""

    @property
    def open(self) -> dict[str, str]:
        """`held` without what was answered: what the senders still owe."""
        return {batch_id: reason for batch_id, reason in self.held.items() if batch_id not in self.answered}


def gate(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    contracts: Mapping[str, Contract],
    batches: pa.Table,
    declared: Mapping[str, Declared] = MappingProxyType({}),
    released: Mapping[str, Release] = MappingProxyType({}),
) -> Gate:
    """Judge every batch (BATCH) received and create `quarantine`, `notice` (both QUARANTINE), `finding`
    (FINDING) and `held_file` (HELD_FILE).

    A batch judged before under the same contract, checks and deliveries of other feeds is not validated again; how it compares
    with its past, and whether a person released it, is asked anew.  Raises Fault if a check could not be computed, or if our
    SQL and Great Expectations count differently.
    """
    arrived = arrivals(batches, contracts)
    verdicts = _judge(connection, home, Asking(contracts, declared, released), arrived)
    _publish_failing(connection, home, arrived, verdicts)
    _publish_findings(connection, arrived, verdicts)
    gated = _conclude(contracts, arrived, verdicts, _spoilt(connection, arrived))
    publish_held(connection, arrived, gated.held, gated.answered)
    return gated


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


@dataclass(frozen=True)
class Asking:
    """Everything that is declared of the feeds, and what people let pass."""

    contracts: Mapping[str, Contract]
    declared: Mapping[str, Declared]
    released: Mapping[str, Release]

    def waves(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The sources that look into no other, then those that do: what they look into must have been judged."""
        later = {source for source in self.contracts if self.looks_into(source)}
        return tuple(source for source in self.contracts if source not in later), tuple(sorted(later))

    def checks(self, source: str) -> tuple[Declared, ...]:
        return of_source(self.declared, source)

    def looks_into(self, source: str) -> tuple[str, ...]:
        return tuple(sorted({one.exists_in.source for one in self.checks(source) if one.exists_in}))


def _judge(connection: duckdb.DuckDBPyConnection, home: Home, asking: Asking, arrived: Sequence[Arrival]) -> dict[str, Verdict]:
    """batch_id -> verdict."""
    decided: dict[str, Verdict] = {}
    for wave in asking.waves():
        some = [arrival for arrival in arrived if arrival.source in wave]
        usable = [a for a in arrived if a.rows and a.batch_id in decided and decided[a.batch_id].held is None]
        sees: dict[tuple[str, str], Arrival] = {}
        for source in wave:
            own = [arrival for arrival in some if arrival.source == source]
            sees |= visible(own, usable, asking.looks_into(source))
        verdicts = _validate(connection, home, asking, some, sees)
        for source in wave:
            own = [arrival for arrival in some if arrival.source == source]
            decided |= decide(asking.contracts[source], asking.checks(source), own, verdicts, asking.released)
    return decided


def _validate(
    connection: duckdb.DuckDBPyConnection, home: Home, asking: Asking, arrived: Sequence[Arrival], sees: Sees
) -> dict[str, Verdict]:
    """batch_id -> what the batch shows by itself: remembered, or looked at now and kept."""
    keys = {a.batch_id: _fingerprint(asking, a, sees) for a in arrived}
    known = {a.batch_id: recall(home, a, keys[a.batch_id]) for a in arrived}
    verdicts = {batch_id: verdict for batch_id, verdict in known.items() if verdict is not None}
    deliveries = _deliveries(asking, [a for a in arrived if a.batch_id not in verdicts], sees)
    if deliveries:
        for arrival, verdict, failing in inspect(home, deliveries, _limits(connection)):
            keep(home, arrival, keys[arrival.batch_id], verdict, failing)
            verdicts[arrival.batch_id] = verdict
    return verdicts


def _fingerprint(asking: Asking, arrival: Arrival, sees: Sees) -> str:
    seen = [sees[arrival.batch_id, other] for other in asking.looks_into(arrival.source) if (arrival.batch_id, other) in sees]
    return fingerprint(arrival, asking.contracts[arrival.source], asking.checks(arrival.source), seen)


def _deliveries(asking: Asking, fresh: Sequence[Arrival], sees: Sees) -> list[Delivery]:
    by_source: dict[str, list[Arrival]] = {}
    for arrival in fresh:
        by_source.setdefault(arrival.source, []).append(arrival)
    return [
        Delivery(asking.contracts[source], tuple(some), asking.checks(source), sees)
        for source, some in sorted(by_source.items())
    ]


def _limits(connection: duckdb.DuckDBPyConnection) -> Limits:
    """The night's own limits, for the scratch database beside it."""
    row = connection.execute("SELECT current_setting('threads'), current_setting('memory_limit')").fetchone()
    if row is None:
        raise Fault("DuckDB does not tell its settings")
    return Limits(int(row[0]), str(row[1]))


def _publish_failing(
    connection: duckdb.DuckDBPyConnection, home: Home, arrived: Sequence[Arrival], verdicts: Mapping[str, Verdict]
) -> None:
    """Rows of batches that are not held: `quarantine` for those taken out, `notice` for those that are only told of."""
    taken = [a for a in arrived if verdicts[a.batch_id].entries and verdicts[a.batch_id].held is None]
    files = [str(home.quarantine(a.source, a.batch_id)) for a in taken]
    for table, severity in (("quarantine", "critical"), ("notice", "warning")):
        create_table(connection, table, QUARANTINE.empty_table())
        if files:
            chosen = f"SELECT row_id, expectation, \"column\", severity FROM {parquet(files)} WHERE severity = '{severity}'"
            connection.execute(f"INSERT INTO {table} {chosen}")
        conform(connection, table, QUARANTINE)


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
    alone = {a.batch_id: reason for a in arrived if (reason := verdicts[a.batch_id].held) is not None}
    held = with_companions(contracts, arrived, alone)
    newest = {a.source: a.batch_id for a in arrived}
    latest = {a.source: a.last[0] for a in arrived}
    unusable = {**held, **spoilt}
    accepted = {a.source: a.last[0] for a in arrived if a.batch_id not in unusable}
    awaited = {source for source, contract in contracts.items() if contract.is_awaited}
    missing = tuple(source for source in contracts if source in awaited and source not in accepted)
    return Gate(
        held=held,
        stale={source: day for source, day in accepted.items() if source in awaited and day < latest[source]},
        missing=missing,
        why_missing={source: unusable[newest[source]] if source in newest else "没有收到过任何文件" for source in missing},
        answered=answers(contracts, arrived, held, unusable.keys()),
    )
