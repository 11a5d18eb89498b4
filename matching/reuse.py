"""Links of earlier nights: an identity that was decided keeps its decision while nothing it rests on has changed.

A decision rests on the identity as written, the residents that share a key with it and their households, how rare its values
are (in steps of a quarter bit), what people decided about it, the parameters, the tables of characters and area codes, and this
software.  `recall` brings the decisions back, `forget` takes out those that something touched, `keep` stores all.  So a night
after a small change gives the links of a full run.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import duckdb

from engine import copy_parquet, sql_text, whole_file
from matching.block import KEYS, key_values
from matching.parameters import Parameters
from matching.score import COUNTED, ROSTER_VALUE, count_bits, in_steps, reckoned_residents

_TABLES: Final = {"known": "match_outcome", "roster": "match_roster", "verdicts": "match_verdict"}
_VALUE_OF_PERSON: Final = {
    "name": "coalesce(name, head)",
    "sound": "sound",
    "birth": "unnest([born, born_in_number])",
    "place": "place",
    "phone": "phone",
}


@dataclass(frozen=True)
class Memory:
    """Where earlier links are kept, and what of the software and its parameters they depend on."""

    folder: Path
    basis: str

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"

    @property
    def about(self) -> Path:
        return self.folder / "about.json"


def basis(parameters: Parameters, others: Iterable[object]) -> str:
    """A hash of all but data that a link depends on: parameters, `others`, code and tables of this room, packages."""
    packages = [version(name) for name in ("duckdb", "pypinyin", "rapidfuzz")]
    digest = hashlib.sha256(f"{parameters.hash} {packages}".encode())
    for thing in others:
        digest.update(repr(thing).encode())
    for file in sorted(Path(__file__).parent.glob("*.*")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def recall(connection: duckdb.DuckDBPyConnection, memory: Memory | None) -> bool:
    """Create `match_known` (decided identities, by written_key); whether the roster and the verdicts are those of that time."""
    kept = _about(memory)
    if memory is None or kept.get("basis") != memory.basis:
        connection.execute("CREATE OR REPLACE TEMP TABLE match_known (written_key VARCHAR)")
        return False
    connection.execute(f"CREATE OR REPLACE TEMP TABLE match_known AS {_stored(memory, 'known')}")
    return bool(kept.get("roster") == _roster_print(connection) and kept.get("verdicts") == _verdict_print(connection))


def _about(memory: Memory | None) -> dict[str, str]:
    """What was kept; damaged or half a memory is no memory."""
    if memory is None or not memory.about.exists() or not all(memory.file(name).exists() for name in _TABLES):
        return {}
    try:
        read = json.loads(memory.about.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _stored(memory: Memory, name: str) -> str:
    return f"SELECT * FROM read_parquet({sql_text(str(memory.file(name)))})"


def recall_roster(connection: duckdb.DuckDBPyConnection, memory: Memory) -> None:
    """The roster as it was normalised then."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE match_roster AS {_stored(memory, 'roster')}")


def forget(connection: duckdb.DuckDBPyConnection, memory: Memory, parameters: Parameters) -> None:
    """Take out of `match_known` the persons of `match_person` (all of tonight's) whose decision something touched since."""
    if not connection.execute("SELECT 1 FROM match_known LIMIT 1").fetchone():
        return
    connection.execute(f"CREATE OR REPLACE TEMP TABLE match_old_roster AS {_stored(memory, 'roster')}")
    if reckoned_residents(connection, "match_old_roster") != reckoned_residents(connection):
        connection.execute("DELETE FROM match_known")
        return
    _changed_residents(connection)
    for table, touched in _touched(memory, parameters):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE match_touched AS {touched}")
        connection.execute(f"DELETE FROM match_known WHERE {table} IN (SELECT {table} FROM match_touched)")
    connection.execute("DROP TABLE match_old_roster")


def _changed_residents(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_changed`: residents new, gone or altered, before and after, and everybody in their households."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_altered AS
        (SELECT * EXCLUDE (rid) FROM match_old_roster EXCEPT ALL SELECT * EXCLUDE (rid) FROM match_roster)
        UNION (SELECT * EXCLUDE (rid) FROM match_roster EXCEPT ALL SELECT * EXCLUDE (rid) FROM match_old_roster)
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_changed AS
        FROM (FROM match_old_roster UNION ALL FROM match_roster) SEMI JOIN match_altered USING (household_id)
        UNION ALL FROM (FROM match_old_roster UNION ALL FROM match_roster) SEMI JOIN match_altered USING (resident_id)
    """)


def _touched(memory: Memory, parameters: Parameters) -> Iterable[tuple[str, str]]:
    """Column of `match_known` and SQL for its values that need another look."""
    for key in KEYS:
        mine, theirs = key_values(key, "match_person", "match_changed")
        yield "written_key", _persons(f"SELECT person_id FROM ({mine}) WHERE k IN (SELECT k FROM ({theirs}))")
    yield "written_key", _OF_CHANGED_HEAD
    for counted in COUNTED:
        valued = f"SELECT written_key, {_VALUE_OF_PERSON[counted]} AS value FROM match_person"
        other = _other_rarity(counted, parameters)
        yield "written_key", f"SELECT written_key FROM ({valued}) SEMI JOIN ({other}) USING (value)"
    old = _stored(memory, "verdicts")
    yield "identity_key", f"({old} EXCEPT FROM match_verdict) UNION (FROM match_verdict EXCEPT {old})"


_OF_CHANGED_HEAD: Final = """
    SELECT written_key
    FROM match_person p SEMI JOIN match_changed r ON p.head = r.name AND left(p.place, 12) = left(r.place, 12)"""
"""Persons named as the child of somebody who changed."""


def _persons(person_ids: str) -> str:
    return f"SELECT written_key FROM match_person SEMI JOIN ({person_ids}) USING (person_id)"


def _other_rarity(counted: str, parameters: Parameters) -> str:
    """SQL: the values whose weight is another than before; only those of altered residents can be."""
    value = ROSTER_VALUE[counted]
    whens = ("is_then", "NOT is_then")
    then, now = (in_steps(count_bits(counted, f"count(*) FILTER ({when})", parameters)) for when in whens)
    both = f"SELECT {value} AS value, true AS is_then FROM match_old_roster UNION ALL SELECT {value}, false FROM match_roster"
    return f"""
        SELECT value FROM ({both}) SEMI JOIN (SELECT {value} AS value FROM match_altered) USING (value)
        GROUP BY value HAVING {then} <> {now}"""


def keep(connection: duckdb.DuckDBPyConnection, memory: Memory) -> None:
    """Store tonight's outcome for the next night.  The description comes last: a memory without it is none."""
    memory.about.unlink(missing_ok=True)
    memory.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, table in _TABLES.items():
        copy_parquet(connection, f"FROM {table}", memory.file(name))
    about = {"basis": memory.basis, "roster": _roster_print(connection), "verdicts": _verdict_print(connection)}
    with whole_file(memory.about) as temporary:
        temporary.write_text(json.dumps(about), encoding="utf-8")


def _roster_print(connection: duckdb.DuckDBPyConnection) -> str:
    """Changes with any cell of `roster_identity`, whatever the order of its rows."""
    return _print(connection, "roster_identity")


def _verdict_print(connection: duckdb.DuckDBPyConnection) -> str:
    return _print(connection, "match_verdict")


def _print(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    row = connection.execute(f"SELECT count(*), sum(hash(t)) FROM {table} t").fetchone()
    return repr(row)
