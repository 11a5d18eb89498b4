"""What a night leaves behind: its tables, what analysts may see, the manifest and the chained audit log."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import duckdb

from catalogue import Part, load_yaml
from engine import copy_parquet, sql_text, whole_file
from errors import Fault, HomeError
from outputs.analyst_tables import QUERIES
from outputs.files import sha256_of

NIGHT: Final[Mapping[str, tuple[str, str]]] = {
    "batch": ("batches", "source, received_on, file, batch_id"),
    "delivery": ("deliveries", "source, position"),
    "source_status": ("source_status", "source"),
    "finding": ("findings", "ALL"),
    "quarantine": ("quarantine", "ALL"),
    "notice": ("notices", "ALL"),
    "held_file": ("held_files", "source, received_on, file, batch_id"),
    "returned_row": ("returned_rows", "ALL"),
    "quarantine_status": ("quarantine_status", 'source, expectation, "column"'),
    "link": ("links", "row_id"),
    "candidate": ("candidates", "identity_key, position"),
    "block": ("blocks", "key"),
    "roster_issue": ("roster_issues", "resident_id, issue, other_resident_id"),
    "review_verdict_count": ("review_verdict_counts", "verdict"),
    "review_conflict": ("review_conflicts", "ALL"),
    "review_queue": ("review_queue", "county, position NULLS LAST, identity_key"),
    "resident": ("residents", "resident_id"),
    "list_state": ("list_state", "source"),
    "doubtful": ("doubtful", "source, resident_id, why"),
    "signal": ("signals", "household_id, signal_id"),
    "verdict_count": ("verdict_counts", '"rule", verdict, why, units'),
    "unjudged": ("unjudged", '"rule", household_id, resident_id'),
    "suppressed": ("suppressed", "signal_id, verdict_row"),
    "warning": ("warnings", "rank"),
    "referral": ("referrals", "county, position, warning_id"),
    "case_before": ("cases_before", "case_id"),
    "visit_due": ("visit_due", "asked_on"),
    "monitored": ("monitored", "household_id, family, row_id"),
    "issued": ("issued", "county, position, warning_id"),
    "answer": ("answers", "row_id"),
    "case_step": ("case_steps", "row_id"),
    "case_file": ("cases", "case_id"),
    "case_event": ("case_events", "case_id, position"),
    "burden": ("burden", "village"),
    "channel_share": ("channel_shares", "county, channels"),
    "authorisation": ("authorisations", "row_id"),
    "screen_count": ("screen_counts", "source"),
    "property_flag": ("property_flags", "case_id, resident_id, source, row_id"),
    "exit_watch": ("exit_watch", "household_id"),
    "reentry": ("reentries", "household_id, removed_on"),
    "exit_count": ("exit_counts", "county"),
    "registry_issue": ("registry_issues", "county, issue"),
    "spared": ("spared", "household_id"),
    "yield": ("yields", "level, key"),
    "alarm": ("alarms", "alarm_id"),
    "problem": ("problems", "problem_id"),
    "accounting": ("accounting", "source, received_on, file, batch_id"),
    "sender_quality": ("sender_quality", "source, unit, received_on"),
}
"""Table -> name of its file and a total order, so that the same night gives the same bytes on any number of threads."""

DATABASE: Final = "fangpin.duckdb"
STORAGE_VERSION: Final = "v1.4.0"
"""The oldest DuckDB analysts still run must be able to open what we publish."""

STAGING: Final = ".publishing-"
NO_LINE: Final = "0" * 64


class TableText(Part):
    """What a published table is, and each of its columns, in Chinese."""

    title: str
    columns: Mapping[str, str]


class Texts(Part):
    """`analyst_tables.yaml`: `shared` explains columns that mean the same in every table."""

    shared: Mapping[str, str]
    tables: Mapping[str, TableText]


class Stage(Part):
    """One stage of a night: how long it took and how many rows it made."""

    name: str
    seconds: float
    rows: int


class Manifest(Part):
    """Everything needed to say what a night was made from and what it made; no person's value."""

    as_of: date
    python: str
    packages: Mapping[str, str]
    contracts: Mapping[str, str]
    expectations: Mapping[str, str]
    released: tuple[str, ...]
    rules: Mapping[str, str]
    references: Mapping[str, str]
    weights: str
    audiences: str
    large_scale: str
    exit_rules: str
    match_parameters: str
    area_changes: str
    counts: Mapping[str, int]
    stages: tuple[Stage, ...]
    peak_rss_mb: float
    stale: Mapping[str, date]
    held: Mapping[str, str]
    files: Mapping[str, str]


def write_tables(connection: duckdb.DuckDBPyConnection, folder: Path, names: Iterable[str]) -> dict[str, int]:
    """Write the named tables of a night (keys of NIGHT) as Parquet into `folder`; returns file name -> rows."""
    written = {}
    for name in names:
        if name not in NIGHT:
            raise Fault(f"table {name} has no file name and order of its own")
        stem, order = NIGHT[name]
        written[f"{stem}.parquet"] = copy_parquet(
            connection, f'SELECT * FROM "{name}" ORDER BY {order}', folder / f"{stem}.parquet"
        )
    return written


def publish(connection: duckdb.DuckDBPyConnection, folder: Path, as_of: date) -> tuple[Path, ...]:
    """Publish the analysts' tables as `fangpin.duckdb` and one Parquet file each, and return the files.

    Every row says of which night it is (`as_of`).  Everything is made whole beside its place and then renamed: a reader
    sees an old or a new file, never half a one, and keeps the old database while it is open.  The database alone is a
    whole night at every moment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob(f"{STAGING}*"):
        shutil.rmtree(left_over)
    staging = Path(mkdtemp(prefix=STAGING, dir=folder))
    try:
        _write_published(connection, staging, as_of)
        names = [*(f"{table}.parquet" for table in QUERIES), DATABASE]
        return tuple((staging / name).replace(folder / name) for name in names)
    finally:
        shutil.rmtree(staging)


def _write_published(connection: duckdb.DuckDBPyConnection, folder: Path, as_of: date) -> None:
    """Make the database in `folder`, explained, closed and checkpointed, and a Parquet copy of each of its tables."""
    texts = load_yaml(Path(__file__).with_name("analyst_tables.yaml"), Texts)
    connection.execute(f"ATTACH {sql_text(str(folder / DATABASE))} AS published (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        for table, (query, order) in QUERIES.items():
            dated = f"SELECT DATE '{as_of.isoformat()}' AS as_of, * FROM ({query}) ORDER BY {order}"
            connection.execute(f"CREATE TABLE published.{table} AS {dated}")
            _comment(connection, table, texts)
            copy_parquet(connection, f"SELECT * FROM published.{table} ORDER BY {order}", folder / f"{table}.parquet")
        connection.execute("CHECKPOINT published")
    finally:
        connection.execute("DETACH published")


def _comment(connection: duckdb.DuckDBPyConnection, table: str, texts: Texts) -> None:
    """Explain a published table and all of its columns; Fault if a column has no explanation."""
    columns = connection.sql(f"SELECT * FROM published.{table} LIMIT 0").columns
    known = {**texts.shared, **texts.tables[table].columns}
    if missing := [column for column in columns if column not in known]:
        raise Fault(f"published table {table}: no explanation for {', '.join(missing)}")
    connection.execute(f"COMMENT ON TABLE published.{table} IS {sql_text(texts.tables[table].title)}")
    for column in columns:
        connection.execute(f'COMMENT ON COLUMN published.{table}."{column}" IS {sql_text(known[column])}')


def package_versions(names: Iterable[str]) -> dict[str, str]:
    """Installed versions of distributions, for a manifest."""
    return {name: version(name) for name in sorted(names)}


def file_hashes(root: Path, *below: Path) -> dict[str, str]:
    """sha256 of every file under the folders `below`, by its path from `root`; hidden files are left out."""
    files = sorted(path for folder in below for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
    return {path.relative_to(root).as_posix(): sha256_of(path) for path in files}


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write manifest.json, whole or not at all; a run folder is complete when it has one."""
    text = json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=2, sort_keys=True)
    with whole_file(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def append_audit(path: Path, entry: Mapping[str, object]) -> str:
    """Append one line to the audit log, chained to the line before, and return its hash; durable on return.

    `previous` is the sha256 of the line before (64 zeros for the first), `hash` that of this line without `hash`.  If
    a killed run left its last line torn, a new line is begun and says so in `mended`.  One writer at a time.
    """
    if reserved := entry.keys() & {"previous", "hash", "mended"}:
        raise Fault(f"audit entry uses reserved keys: {', '.join(sorted(reserved))}")
    before = path.read_bytes() if path.exists() else b""
    is_torn = not before.endswith(b"\n") and before != b""
    record = {**entry, "previous": _sha256(_lines(before)[-1]) if before else NO_LINE}
    if is_torn:
        record["mended"] = "上一行不完整（写入时中断），自本行起另起一行"
    record["hash"] = _sha256(_canonical(record))
    _append(path, (b"\n" if is_torn else b"") + _canonical(record) + b"\n")
    return str(record["hash"])


def _append(path: Path, line: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.write(handle, line) != len(line):
            raise HomeError(file=path, expected="整行写入", found="只写入一部分", do="检查磁盘空间，然后重新运行")
        os.fsync(handle)
    finally:
        os.close(handle)


def verify_audit(path: Path) -> int | None:
    """The number of the first line of the audit log that is broken, from 1; None if the chain holds.

    A torn line is accepted only where the next line admits it.  Lines cut off the end leave no trace in the file
    itself: compare the last hash with one kept elsewhere.
    """
    content = path.read_bytes() if path.exists() else b""
    lines = _lines(content)
    previous = NO_LINE
    for number, line in enumerate(lines, start=1):
        record = _record(line)
        following = _record(lines[number]) if number < len(lines) else None
        is_admitted_tear = record is None and following is not None and "mended" in following
        if not is_admitted_tear and not _holds(record, previous):
            return number
        previous = _sha256(line)
    return None if content.endswith(b"\n") or not content else len(lines)


def _lines(content: bytes) -> list[bytes]:
    return content.removesuffix(b"\n").split(b"\n") if content else []


def _record(line: bytes) -> dict[str, object] | None:
    """The object a line holds, or None where the line is torn."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _holds(record: dict[str, object] | None, previous: str) -> bool:
    if record is None or record.get("previous") != previous:
        return False
    unsigned = {key: value for key, value in record.items() if key != "hash"}
    return record.get("hash") == _sha256(_canonical(unsigned))


def _canonical(record: Mapping[str, object]) -> bytes:
    """One line of JSON that is the same for equal records; dates are written as ISO text."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
