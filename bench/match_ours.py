"""Our matcher on an invented world, one step per process: `python -m bench.match_ours {normalise,match,link} HOME [MEMORY]`.

`normalise` writes both sides in compared form, which is what `match` and Splink start from; `link` is the whole stage from
raw rows.  Each prints its figures as JSON.
"""

import sys
from functools import partial
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from bench.watch import Figures, Watch, report
from engine import connect, copy_parquet
from matching import normalise
from matching.characters import read_characters
from matching.link import link, match
from matching.parameters import read_parameters
from matching.places import read_changes
from matching.verdicts import read_verdicts
from tables import IDENTITY, ROSTER_IDENTITY

THREADS: Final = 2
MEMORY: Final = "3GiB"
"""What DuckDB may use unless another limit is given."""
NORMALISED: Final = "normalised"
OURS: Final = "ours"
SPLINK: Final = "splink"
"""Folders of the world's home."""
_CAME_AS: Final = {"place": "place_code"}
"""Columns of IDENTITY that extracts call otherwise."""


def main() -> None:
    """Run one step in the world's folder."""
    steps = {"normalise": normalise_world, "match": match_world, "link": link_world}
    memory = sys.argv[3] if len(sys.argv) > 3 else MEMORY
    report(partial(steps[sys.argv[1]], memory=memory), Path(sys.argv[2]))


def normalise_world(home: Path, memory: str) -> Figures:
    """Write normalised/{roster,person,row}.parquet."""
    with connect(home / "work", THREADS, memory) as connection:
        _load(connection, home)
        watch = Watch()
        characters, changes = read_characters(), read_changes(home / "area_changes.tsv")
        normalise.install(connection)
        normalise.gather_written(connection)
        normalise.normalise_roster(connection, characters, changes)
        normalise.normalise_persons(connection, characters, changes)
        figures = watch.read()
        for name, query in {
            "roster": "FROM match_roster",
            "person": "FROM match_person",
            "row": "SELECT row_id, person_id FROM match_row JOIN match_written USING (written_key) ORDER BY row_id",
        }.items():
            copy_parquet(connection, query, home / NORMALISED / f"{name}.parquet")
    return figures


def match_world(home: Path, memory: str) -> Figures:
    """From normalised input to decisions; write ours/{decided,pair}.parquet."""
    with connect(home / "work", THREADS, memory) as connection:
        for name in ("roster", "person"):
            connection.execute(f"CREATE TEMP TABLE match_{name} AS FROM read_parquet('{home}/{NORMALISED}/{name}.parquet')")
        normalise.install(connection)
        read_verdicts(connection)
        characters, parameters = read_characters(), read_parameters()
        watch = Watch()
        match(connection, characters, parameters)
        figures = watch.read()
        pairs = copy_parquet(connection, _PAIRS, home / OURS / "pair.parquet")
        persons = copy_parquet(connection, "FROM match_decided", home / OURS / "decided.parquet")
    return {**figures, "pairs": pairs, "persons": persons, "threshold": parameters.decision.link}


_PAIRS: Final = """
    SELECT s.person_id, r.resident_id, s.odds / b.whole AS probability
    FROM match_scored s JOIN match_best b ON b.person_id = s.person_id JOIN match_roster r ON r.rid = s.rid
"""
"""Every pair that was compared."""


def link_world(home: Path, memory: str) -> Figures:
    """The whole stage from raw rows; write ours/link.parquet."""
    with connect(home / "work", THREADS, memory) as connection:
        _load(connection, home)
        watch = Watch()
        link(connection, changes=read_changes(home / "area_changes.tsv"))
        figures = watch.read()
        rows = copy_parquet(
            connection,
            "SELECT row_id, resident_id, decision, method, probability, runner_up FROM link",
            home / OURS / "link.parquet",
        )
        crowded = connection.sql("SELECT coalesce(sum(crowded), 0)::BIGINT FROM block").fetchone()
    return {**figures, "rows": rows, "crowded": crowded[0] if crowded else 0}


def _load(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    """`roster_identity` and `identity` from the world's files; what the extract lacks is null."""
    _table(connection, "roster_identity", ROSTER_IDENTITY, home / "roster.parquet")
    bare = pa.schema([*IDENTITY, ("source", pa.string()), ("batch_id", pa.string()), ("row_number", pa.int32())])
    _table(connection, "identity", bare, home / "extract.parquet")
    connection.execute("UPDATE identity SET source = 'extract', batch_id = '0', row_number = row_id::INTEGER")


def _table(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, path: Path) -> None:
    connection.register("arrow", schema.empty_table())
    connection.execute(f"CREATE TABLE {name} AS FROM arrow")
    connection.unregister("arrow")
    there = connection.sql(f"FROM read_parquet('{path}')").columns
    both = {field: _CAME_AS.get(field, field) for field in schema.names if _CAME_AS.get(field, field) in there}
    connection.execute(f"INSERT INTO {name} ({', '.join(both)}) SELECT {', '.join(both.values())} FROM read_parquet('{path}')")


if __name__ == "__main__":
    main()
