"""`fangpin replay`: after a contract was mended, the newest night once more over the same deliveries, and what it changed.

Nothing is taken from the inbox.  The store is mended batch by batch, each whole or not at all; lists, tables and the run's
folder change together at the end, so a replay that is killed is simply run again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from engine import connect, sql_text
from expectations.gate import Gate
from flows import stages
from flows.declared import read_catalogue
from flows.joints import sql_list
from flows.nightly import finish
from flows.quarantined import known_source, newest_run
from flows.replay_account import RENUMBERED, Account, Replay
from flows.running import Step, alone, prepare
from settings import Settings
from tables import BINS, ROW_BITS, row_id


@dataclass(frozen=True)
class Before:
    """The newest night as it was published."""

    as_of: date
    contracts: Mapping[str, str]
    held: frozenset[str]
    account: Account


def replay(settings: Settings, step: Step, source: str | None = None) -> Replay:
    """Send the rows of the newest night through again; the same night, changed only by what was mended since.

    With `source` nothing is done unless that one is judged otherwise.  Raises UnknownId if there was no night, NightRunning
    if another holds the home, AccountingFault if a row is lost on the way: then nothing is published.
    """
    prepare(settings.home)
    office = settings.office
    with alone(settings.home), connect(settings.home.work, office.threads, office.memory_limit) as db:
        run = newest_run(settings.home)
        before = _before(run)
        tonight = stages.Night(replace(settings, as_of=before.as_of), read_catalogue(settings.home), db)
        contracts = tonight.catalogue.contracts
        known_source(source, tuple(contracts))
        intake = step("ingest", partial(stages.take_in, tonight, (), take_new=False))
        gated = step("gate", partial(stages.inspect, tonight, intake.batches))
        _remember(db, run, before)
        changed = _changed(tonight, before, gated)
        titles = {name: contract.title for name, contract in contracts.items()}
        if not changed or (source is not None and source not in changed):
            return Replay(before.as_of, (), before.account, before.account, {}, {}, titles)
        finish(tonight, intake, gated, step)
        left, entered = _moved(tonight)
        return Replay(before.as_of, changed, before.account, _account(db), left, entered, titles)


def _before(run: Path) -> Before:
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    rows = pq.read_table(run / "accounting.parquet").to_pylist()
    return Before(date.fromisoformat(run.name), manifest["contracts"], frozenset(manifest["held"]), _summed(rows))


def _account(db: duckdb.DuckDBPyConnection) -> Account:
    return _summed(db.sql("FROM accounting").to_arrow_table().to_pylist())


def _summed(rows: list[dict[str, object]]) -> Account:
    """A bin that an older version did not know had nothing in it."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        bins = found.setdefault(str(row["source"]), dict.fromkeys(("rows_in", *BINS), 0))
        for name in bins:
            bins[name] += int(str(row.get(name) or 0))
    return dict(sorted(found.items()))


def _remember(db: duckdb.DuckDBPyConnection, run: Path, before: Before) -> None:
    """Table `was_quarantined`: row_id, expectation and column as the published night had them; held rows stood elsewhere."""
    prefixes = ", ".join(str(row_id(batch, 0) >> ROW_BITS) for batch in sorted(before.held)) or "NULL"
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE was_quarantined AS
        SELECT row_id, expectation, "column" FROM read_parquet({sql_text(str(run / "quarantine.parquet"))})
        WHERE (row_id >> {ROW_BITS} IN ({prefixes})) IS NOT TRUE""")


def _changed(night: stages.Night, before: Before, gated: Gate) -> tuple[str, ...]:
    """The sources whose contract, quarantine or holds are no longer those of the published night."""
    contracts = {name: contract.hash for name, contract in night.catalogue.contracts.items()}
    mended = {name for name in before.account if contracts.get(name) != before.contracts.get(name)}
    prefixes = ", ".join(str(row_id(batch, 0) >> ROW_BITS) for batch in sorted(gated.held)) or "NULL"
    differing = f"""
        WITH now AS (SELECT row_id, expectation, "column" FROM quarantine
            WHERE (row_id >> {ROW_BITS} IN ({prefixes})) IS NOT TRUE),
        moved AS ((FROM now EXCEPT FROM was_quarantined) UNION ALL (FROM was_quarantined EXCEPT FROM now))
        SELECT DISTINCT row_id >> {ROW_BITS} FROM moved"""
    rows = {prefix for (prefix,) in night.db.execute(differing).fetchall()}
    batches = night.db.execute("SELECT DISTINCT source, batch_id FROM delivery").fetchall()
    holds = before.held ^ gated.held.keys()
    moved = {name for name, batch in batches if batch in holds or row_id(batch, 0) >> ROW_BITS in rows}
    return tuple(sorted(mended | moved))


def _moved(night: stages.Night) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Who left quarantine and into which bin, who came into it."""
    catalogue = night.catalogue
    linked = sql_list(catalogue.facts)
    rows = night.db.execute(f"""
        WITH was AS (SELECT DISTINCT row_id FROM was_quarantined), ended AS (
            SELECT row_id, s.source, CASE
                WHEN standing <> 'current' THEN standing
                WHEN list_contains({linked}, s.source) THEN l.decision
                WHEN s.source = {sql_text(catalogue.roster)} THEN 'registered'
                ELSE coalesce(r.bin, 'unanswered') END AS bin,
            FROM standing s LEFT JOIN link l USING (row_id) LEFT JOIN record_bin r USING (row_id)
        )
        SELECT coalesce(d.source, ''), coalesce(bin, '{RENUMBERED}'), was.row_id IS NOT NULL AS is_old, count(*)
        FROM was FULL JOIN ended USING (row_id)
        LEFT JOIN (SELECT DISTINCT source, (('0x' || batch_id[1:10])::BIGINT >> 1) AS prefix FROM delivery) d
            ON d.prefix = coalesce(was.row_id, ended.row_id) >> {ROW_BITS}
        WHERE (was.row_id IS NULL) = (coalesce(bin, '') = 'quarantined') GROUP BY ALL ORDER BY ALL
    """).fetchall()
    left: dict[str, dict[str, int]] = {}
    for source, place, is_old, count in rows:
        if is_old:
            left.setdefault(source, {})[place] = count
    return left, {source: count for source, _, is_old, count in rows if not is_old}
