"""Small rosters and feeds as Arrow tables, and one call that links them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import duckdb
import pyarrow as pa

import engine
from matching.link import link
from review_tables import REVIEW_VERDICT
from tables import IDENTITY, ROSTER_IDENTITY

FEED = pa.schema([*IDENTITY, ("source", pa.string()), ("batch_id", pa.string()), ("row_number", pa.int32())])
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

Row = Mapping[str, str | None]


class Link(NamedTuple):
    """What came out for one row."""

    resident_id: str | None
    decision: str
    method: str
    probability: float
    runner_up: str | None
    evidence: str
    identity_key: str


def number(birth: str, sequence: int, area: str = "990101") -> str:
    """A valid number: area no one is assigned, birth date as yyyymmdd, three digits of sequence, check digit."""
    stem = f"{area}{birth}{sequence:03d}"
    return stem + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True)) % 11]


def resident(resident_id: str, name: str | None, **cells: str | None) -> dict[str, str | None]:
    """A roster row; what is not given lies in village 990101101201."""
    place = {"place_code": "99010110120103", "place_name": "虚构县城关镇东风村三组", "household_id": f"H{resident_id}"}
    return {"resident_id": resident_id, "name": name, **place, **cells}


def feed(records: Iterable[Row]) -> pa.Table:
    """The `identity` table: one row per record, row ids from 1."""
    rows = [{"row_id": n, "source": "s", "batch_id": "b", "row_number": n, **r} for n, r in enumerate(records, 1)]
    return pa.Table.from_pylist(rows, schema=FEED)


@contextmanager
def connect(threads: int = 1) -> Iterator[duckdb.DuckDBPyConnection]:
    """In memory, bounded and without spilling: a run-away join must fail at once, not fill a disk."""
    with TemporaryDirectory() as work, engine.connect(Path(work), threads, "1GiB") as connection:
        connection.execute("SET temp_directory = ''")
        yield connection


def verdicts(*given: tuple[str, str | None, str, str]) -> pa.Table:
    """The `review_verdict` table: identity_key, resident_id, verdict and day of each, row ids from 1."""
    rows = [
        {"row_id": n, "identity_key": key, "resident_id": who, "verdict": verdict, "decided_on": date.fromisoformat(day)}
        for n, (key, who, verdict, day) in enumerate(given, 1)
    ]
    return pa.Table.from_pylist(rows, schema=REVIEW_VERDICT)


def run(
    connection: duckdb.DuckDBPyConnection,
    roster: Iterable[Row],
    identity: pa.Table,
    ruled: pa.Table | None = None,
    memory: Path | None = None,
) -> dict[int, Link]:
    """Run the stage; row_id -> link.  Fails if a row came out twice."""
    given = {
        "roster_identity": pa.Table.from_pylist(list(roster), schema=ROSTER_IDENTITY),
        "identity": identity,
        "review_verdict": verdicts() if ruled is None else ruled,
    }
    for table, arrow in given.items():
        connection.register("given_arrow", arrow)
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS FROM given_arrow")
        connection.unregister("given_arrow")
    link(connection, memory=memory)
    rows = connection.execute(f"SELECT row_id, {', '.join(Link._fields)} FROM link").fetchall()
    found = {int(row[0]): Link(*row[1:]) for row in rows}
    assert len(found) == len(rows)
    return found


def links(roster: Iterable[Row], identity: pa.Table, threads: int = 1, ruled: pa.Table | None = None) -> dict[int, Link]:
    """Run the stage in a connection of its own."""
    with connect(threads) as connection:
        return run(connection, roster, identity, ruled)


def one(roster: Iterable[Row], **record: str | None) -> Link:
    """The link of a single record."""
    return links(roster, feed([record]))[1]
