"""Runs the suites over batches not gated before: once as our own SQL, once through Great Expectations; the two must agree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from engine import connect
from errors import Fault
from expectations import of_batches, of_declared, profiling, reading, wording
from expectations.checks import Check
from expectations.declared import Declared
from expectations.looking_up import look_up
from expectations.profiling import Profile
from expectations.reading import Arrival, create_table
from expectations.suite import batch_checks, row_checks
from expectations.validating import Limits, unexpected_counts
from expectations.verdict import Finding, Verdict
from settings import Home
from sources.contract import Contract

_BATCH: Final = "batch"
"""The table with one row per batch; the rows of a source are in `rows_<source>`."""


@dataclass(frozen=True)
class Delivery:
    """The new batches of one source."""

    contract: Contract
    arrivals: tuple[Arrival, ...]
    declared: tuple[Declared, ...] = ()
    sees: Mapping[tuple[str, str], Arrival] = field(default_factory=dict)
    """(batch_id, other source) -> the delivery of that source in which checks look values up; it may be missing."""

    @property
    def checks(self) -> tuple[Check, ...]:
        """What every row is asked."""
        return row_checks(self.contract, self.declared)

    @property
    def table(self) -> str:
        return f"rows_{self.contract.id}"

    @property
    def has_rows(self) -> bool:
        """Whether there is any row to be asked: of a barred feed none is read."""
        return not self.contract.is_barred and any(arrival.rows for arrival in self.arrivals)


@dataclass(frozen=True)
class Seen:
    """What our own SQL saw: per (batch_id, check id) how many rows fail, or for a batch check whether it fails and the number
    it looked at; the rows that fail, as batch_id and the columns of QUARANTINE, ordered; and what each batch looks like."""

    rows: Mapping[tuple[str, str], int]
    batches: Mapping[tuple[str, str], tuple[bool, int]]
    failing: pa.Table
    profiles: Mapping[str, Profile]


def inspect(home: Home, deliveries: Sequence[Delivery], limits: Limits) -> Iterator[tuple[Arrival, Verdict, pa.Table]]:
    """Every batch with its verdict and its failing rows (QUARANTINE).

    Raises Fault if our SQL and Great Expectations count differently.
    """
    home.work.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=home.work, prefix="gate-") as folder:
        database = Path(folder) / "gate.duckdb"
        with connect(home.work, limits.threads, limits.memory_limit, str(database)) as db:
            seen = _look(db, home, deliveries)
        suites = {d.table: d.checks for d in deliveries if d.has_rows}
        suites[_BATCH] = batch_checks(deliveries[0].contract)
        _agree(_totals(seen, deliveries), unexpected_counts(database, suites, limits))
    for delivery in deliveries:
        for arrival in delivery.arrivals:
            yield _decide(delivery, arrival, seen)


def _look(db: duckdb.DuckDBPyConnection, home: Home, deliveries: Sequence[Delivery]) -> Seen:
    db.execute("CREATE TABLE failing (source VARCHAR, batch_id VARCHAR, row_id BIGINT, ordinal INTEGER)")
    profiles: dict[str, Profile] = {}
    for delivery in deliveries:
        if delivery.has_rows:
            _look_at_rows(db, home, delivery)
            profiles |= profiling.profiles(db, home, delivery.contract, delivery.arrivals)
    _tell_checks(db, deliveries)
    rows = db.execute(
        "SELECT batch_id, name || ':' || \"column\", count(*) FROM failing JOIN asked USING (source, ordinal) GROUP BY ALL"
    ).fetchall()
    failing = db.sql(
        'SELECT batch_id, row_id, name AS expectation, "column", severity'
        " FROM failing JOIN asked USING (source, ordinal) ORDER BY batch_id, row_id, ordinal"
    ).to_arrow_table()
    return Seen({(batch, check): count for batch, check, count in rows}, _look_at_batches(db, deliveries), failing, profiles)


def _look_at_rows(db: duckdb.DuckDBPyConnection, home: Home, delivery: Delivery) -> None:
    """One pass over the rows: most are good, so the list of what fails is only made for those that are not."""
    contract = delivery.contract
    nameless = reading.without_identity_sql(home, delivery.arrivals)
    db.execute(f"CREATE TABLE {reading.without_identity(contract.id)} AS {nameless}")
    rounded = reading.rounded_number_sql(home, delivery.arrivals)
    db.execute(f"CREATE TABLE {reading.with_rounded_number(contract.id)} AS {rounded}")
    db.execute(f"CREATE VIEW {delivery.table} AS {reading.judged_sql(home, contract, delivery.arrivals)}")
    facts = reading.facts_sql(home, contract, delivery.arrivals)
    for one in delivery.declared:
        if one.exists_in is not None:
            look_up(db, home, one, one.exists_in, delivery.arrivals, delivery.sees, facts)
    for rows in of_declared.collected(contract, delivery.declared):
        db.execute(f"CREATE TABLE {rows.table} AS {rows.query(facts)}")
    bad = [check.bad for check in delivery.checks]
    failed = ", ".join(f"CASE WHEN {predicate} THEN {ordinal} END" for ordinal, predicate in enumerate(bad))
    db.execute(
        "INSERT INTO failing SELECT ?, batch_id, row_id, unnest(list_filter(ordinals, lambda x: x IS NOT NULL)) FROM"
        f" (SELECT batch_id, row_id, [{failed}] AS ordinals FROM ({facts}) WHERE ({') OR ('.join(bad)}))",
        [contract.id],
    )


def _tell_checks(db: duckdb.DuckDBPyConnection, deliveries: Sequence[Delivery]) -> None:
    """Table `asked`: what the ordinals mean."""
    rows = [
        {"source": d.contract.id, "ordinal": n, "name": check.name, "column": check.column, "severity": check.severity}
        for d in deliveries
        for n, check in enumerate(d.checks)
    ]
    create_table(db, "asked", pa.Table.from_pylist(rows))


def _look_at_batches(db: duckdb.DuckDBPyConnection, deliveries: Sequence[Delivery]) -> dict[tuple[str, str], tuple[bool, int]]:
    rows = [of_batches.asked(d.contract, a) for d in deliveries for a in d.arrivals]
    create_table(db, "arrived", pa.Table.from_pylist(rows, schema=of_batches.ASKED))
    db.execute(
        f"CREATE TABLE {_BATCH} AS SELECT arrived.*, coalesce(bad, 0) AS failing FROM arrived LEFT JOIN"
        " (SELECT batch_id, count(DISTINCT row_id) AS bad FROM failing JOIN asked USING (source, ordinal)"
        " WHERE severity = 'critical' GROUP BY batch_id) USING (batch_id)"
    )
    checks = batch_checks(deliveries[0].contract)
    seen = ", ".join(f"{check.bad}, CAST({check.observed} AS BIGINT)" for check in checks)
    found = db.execute(f"SELECT batch_id, {seen} FROM {_BATCH}").fetchall()
    return {(row[0], check.id): (row[1 + 2 * n], row[2 + 2 * n] or 0) for row in found for n, check in enumerate(checks)}


def _totals(seen: Seen, deliveries: Sequence[Delivery]) -> dict[str, dict[str, int]]:
    """Our counts as Great Expectations gives its own: table -> check id -> how many do not meet it."""
    totals = {
        delivery.table: {
            check.id: sum(seen.rows.get((arrival.batch_id, check.id), 0) for arrival in delivery.arrivals)
            for check in delivery.checks
        }
        for delivery in deliveries
        if delivery.has_rows
    }
    totals[_BATCH] = dict.fromkeys((check.id for check in batch_checks(deliveries[0].contract)), 0)
    for (_, check), (fails, _) in seen.batches.items():
        totals[_BATCH][check] += fails
    return totals


def _agree(ours: Mapping[str, Mapping[str, int]], theirs: Mapping[str, Mapping[str, int]]) -> None:
    for table, counts in ours.items():
        for check, count in counts.items():
            if theirs[table][check] != count:
                found = f"{count} by SQL, {theirs[table][check]} by Great Expectations"
                raise Fault(f"{check} on {table} is counted differently: {found}")


def _decide(delivery: Delivery, arrival: Arrival, seen: Seen) -> tuple[Arrival, Verdict, pa.Table]:
    """A held batch is not taken row by row: its rows count as held, so none is quarantined."""
    contract = delivery.contract
    findings = [_batch_finding(delivery, arrival, check, seen) for check in batch_checks(contract)]
    failing = seen.failing.filter(pc.equal(seen.failing["batch_id"], arrival.batch_id)).drop_columns("batch_id")
    if reasons := [finding.message for finding in findings if finding.verdict == "hold"]:
        return arrival, Verdict("\n".join(reasons), tuple(findings), 0), failing.slice(0, 0)
    if arrival.rows and delivery.has_rows:
        findings += [
            _row_finding(contract, arrival, check, seen.rows.get((arrival.batch_id, check.id), 0)) for check in delivery.checks
        ]
    return arrival, Verdict(None, tuple(findings), failing.num_rows, seen.profiles.get(arrival.batch_id)), failing


def _batch_finding(delivery: Delivery, arrival: Arrival, check: Check, seen: Seen) -> Finding:
    fails, observed = seen.batches[arrival.batch_id, check.id]
    failed = "hold" if check.severity == "critical" else "warn"
    verdict = failed if fails else "pass"
    detail = _worst(delivery, arrival, seen) if fails and check.name == "mostly_usable" else ""
    message = wording.of_batch(delivery.contract, arrival, check, observed, verdict, detail)
    return Finding(check.name, check.column, observed, verdict, message)


def _worst(delivery: Delivery, arrival: Arrival, seen: Seen) -> str:
    """Of the row checks that quarantine the one that most rows fail; of equals the first."""
    critical = [check for check in delivery.checks if check.severity == "critical"]
    failing = {check: seen.rows.get((arrival.batch_id, check.id), 0) for check in critical}
    most = max(failing, key=failing.__getitem__)
    return wording.worst(delivery.contract, most, failing[most])


def _row_finding(contract: Contract, arrival: Arrival, check: Check, failing: int) -> Finding:
    failed = "quarantine" if check.severity == "critical" else "warn"
    message = wording.of_rows(contract, arrival, check, failing)
    return Finding(check.name, check.column, failing, failed if failing else "pass", message)
