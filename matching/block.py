"""Which residents a person is compared with: `match_candidate`.

The keys are chosen so that every known kind of error leaves at least one of them whole.  Pairs are counted before they are
made.  A block with more residents than the cap is split by a narrower key; what is still too large is not compared but counted,
and those persons are told apart in `match_crowded`.
"""

from dataclasses import dataclass
from typing import Final

import duckdb

from matching.names import exact_sql

MOST_RESIDENTS: Final = 24
"""The cap: more residents under one key say that the key tells nobody apart."""
MOST_OF_HOUSEHOLD: Final = 12
"""Larger "households" are institutions or mistakes; a relative is not sought in them."""


@dataclass(frozen=True)
class Key:
    """Something a person and a resident have in common, as SQL over `match_person` (or `match_roster`); NULL leads nowhere.

    `alternatives` are tried one beside the other; `narrower` is added where the block is too large; a `weak` key leads from a
    valid number only to residents without one.
    """

    name: str
    alternatives: tuple[tuple[str, str], ...]
    narrower: tuple[str, str]
    weak: bool = True


_BORN: Final = ("born", "CASE WHEN born_in_number IS DISTINCT FROM born THEN born_in_number END")
_VILLAGE: Final = "CASE WHEN length(place) = 12 THEN place END"
_WHOLE_NAME: Final = f"CASE WHEN {exact_sql('name')} THEN name END"
_LAST4: Final = "CASE WHEN length(digits) >= 16 THEN substr(digits, -4) END"


def _same(*parts: str) -> tuple[str, str]:
    """One expression for both sides."""
    together = _key(*parts)
    return together, together


def _key(*parts: str) -> str:
    missing = " OR ".join(f"({part}) IS NULL" for part in parts)
    return f"CASE WHEN NOT ({missing}) THEN hash({', '.join(parts)}) END"


def _with_birth(*parts: str) -> tuple[tuple[str, str], ...]:
    return tuple((_key(*parts, mine), _key(*parts, theirs)) for mine in _BORN for theirs in _BORN)


def _without_place(alternatives: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Only for persons whose place is unknown."""
    return tuple((f"CASE WHEN place IS NULL THEN {mine} END", theirs) for mine, theirs in alternatives)


KEYS: Final = (
    Key("number", (_same("number"),), _same("name"), weak=False),
    Key("permit", (_same("CASE WHEN kind = 'permit' THEN text END"),), _same("name"), weak=False),
    Key("name_birth", _with_birth(_WHOLE_NAME), _same("place"), weak=False),
    Key("name_village", (_same(_WHOLE_NAME, _VILLAGE),), _same("coalesce(born, born_in_number)")),
    Key("name_last4", (_same(_WHOLE_NAME, _LAST4),), _same("place")),
    Key("sound_birth", _with_birth("sound"), _same("place")),
    Key("birth_village", _with_birth(_VILLAGE), _same("left(name, 1)")),
    Key("surname_birth", _without_place(_with_birth("left(name, 1)")), _same("sex")),
    Key("phone", (_same("phone"),), _same("left(name, 1)")),
)
"""What an error damages is whole in another key: a number in name_birth or name_last4, a name in number or birth_village,
a birth date in number or name_village, a place in number or name_birth."""

DISPENSABLE: Final = ("phone", "family_of_number", "family_of_phone", "family_of_head")
"""Keys that only help: too large a block under one of them is as good as not knowing the phone or the family."""


def block(connection: duckdb.DuckDBPyConnection) -> None:
    """Find the residents for the persons of `match_seeker`.

    Creates `match_candidate` (person_id, rid), `match_owner` (person_id, rid, resident_id, household_id, born: whose number the
    person has), `match_crowded` (person_id, key, residents: a block that was not compared) and `match_block` (person_id, key,
    pairs, largest block).
    """
    _open(connection)
    for key in KEYS:
        _follow(connection, key)
    _owners(connection)
    _relatives(connection)
    _crowded_heads(connection)
    connection.execute("CREATE OR REPLACE TEMP TABLE match_candidate AS SELECT DISTINCT person_id, rid FROM match_found")


def _open(connection: duckdb.DuckDBPyConnection) -> None:
    for table, columns in (
        ("match_found", "person_id BIGINT, rid BIGINT, key VARCHAR"),
        ("match_crowded", "person_id BIGINT, key VARCHAR, residents BIGINT"),
        ("match_block", "person_id BIGINT, key VARCHAR, pairs BIGINT, largest BIGINT"),
    ):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")


def _follow(connection: duckdb.DuckDBPyConnection, key: Key) -> None:
    """Candidates under one key: the blocks that are small enough, then the others split by the narrower key."""
    mine, theirs = key_values(key)
    _sought(connection, f"SELECT DISTINCT * FROM ({mine}) WHERE k IS NOT NULL", theirs)
    _pair(connection, key)
    if connection.execute("SELECT 1 FROM match_crowd LIMIT 1").fetchone():
        _split(connection, key)
        _pair(connection, key)
        _crowded(connection, key)


def key_values(key: Key, persons: str = "match_seeker", residents: str = "match_roster") -> tuple[str, str]:
    """SQL for the values of a key: of persons (person_id, is_valid, k) and of residents (rid, is_valid, k)."""
    mine, theirs = (dict.fromkeys(side) for side in zip(*key.alternatives, strict=True))
    of_persons = " UNION ALL ".join(f"SELECT person_id, is_valid, {value} AS k FROM {persons}" for value in mine)
    of_residents = " UNION ALL ".join(f"SELECT rid, is_valid, {value} AS k FROM {residents}" for value in theirs)
    return of_persons, of_residents


def _sought(connection: duckdb.DuckDBPyConnection, mine: str, theirs: str) -> None:
    """Both sides of a key, its blocks and those over the cap: `match_sought`, `match_offered`, `match_size`, `match_crowd`."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE match_sought AS {mine}")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_offered AS SELECT DISTINCT * FROM ({theirs}) SEMI JOIN match_sought USING (k)
    """)
    connection.execute("CREATE OR REPLACE TEMP TABLE match_size AS SELECT k, count(*) AS n FROM match_offered GROUP BY k")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_crowd AS SELECT k, n AS residents FROM match_size WHERE n > {MOST_RESIDENTS}
    """)


def _pair(connection: duckdb.DuckDBPyConnection, key: Key) -> None:
    """Count, then make, the pairs of the blocks that are small enough."""
    connection.execute("CREATE OR REPLACE TEMP TABLE match_seeking AS FROM match_sought ANTI JOIN match_crowd USING (k)")
    connection.execute(f"""
        INSERT INTO match_block
        SELECT person_id, '{key.name}', coalesce(sum(n), 0), coalesce(max(n), 0)
        FROM match_seeking LEFT JOIN match_size USING (k) GROUP BY person_id
    """)
    usable = "WHERE NOT (p.is_valid AND r.is_valid)" if key.weak else ""
    connection.execute(f"""
        INSERT INTO match_found
        SELECT person_id, rid, '{key.name}' FROM match_seeking p JOIN match_offered r USING (k) {usable}
    """)


def _split(connection: duckdb.DuckDBPyConnection, key: Key) -> None:
    """Cut each large block by the narrower key.  Who has nothing to cut by, or may miss somebody who has not, is crowded."""
    person, resident = key.narrower
    connection.execute("CREATE OR REPLACE TEMP TABLE match_large AS FROM match_crowd")
    connection.execute("CREATE OR REPLACE TEMP TABLE match_many AS FROM match_sought SEMI JOIN match_large USING (k)")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_cut AS
        SELECT rid, o.is_valid, k, {resident} AS cut
        FROM match_offered o SEMI JOIN match_large USING (k) JOIN (SELECT * EXCLUDE (is_valid) FROM match_roster) USING (rid)
    """)
    connection.execute(f"""
        INSERT INTO match_crowded
        SELECT person_id, '{key.name}', any_value(residents)
        FROM match_many JOIN match_large USING (k) JOIN (SELECT person_id, {person} AS cut FROM match_seeker) USING (person_id)
        LEFT JOIN (SELECT DISTINCT k, true AS has_uncut FROM match_cut WHERE cut IS NULL) USING (k)
        WHERE cut IS NULL OR has_uncut GROUP BY person_id
    """)
    _sought(
        connection,
        f"""SELECT person_id, m.is_valid, hash(k, {person}) AS k
            FROM match_many m JOIN (SELECT * EXCLUDE (is_valid) FROM match_seeker) USING (person_id)
            WHERE ({person}) IS NOT NULL""",
        "SELECT rid, is_valid, hash(k, cut) AS k FROM match_cut WHERE cut IS NOT NULL",
    )


def _crowded(connection: duckdb.DuckDBPyConnection, key: Key) -> None:
    """Who is still in too large a block was not compared under this key: counted, and remembered."""
    connection.execute(f"""
        INSERT INTO match_crowded
        SELECT person_id, '{key.name}', max(residents) FROM match_sought JOIN match_crowd USING (k) GROUP BY person_id
    """)


def _owners(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_owner`: whose number the person has, if it is one resident's."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_owner AS
        SELECT person_id, min(rid) AS rid, any_value(resident_id) AS resident_id, any_value(household_id) AS household_id,
               any_value(coalesce(born, born_in_number)) AS born
        FROM match_found JOIN match_roster USING (rid) WHERE key = 'number' GROUP BY person_id HAVING count(DISTINCT rid) = 1
    """)


_FAMILY: Final = (
    (
        "family_of_number",
        """SELECT person_id, household_id
           FROM match_owner JOIN match_seeker s USING (person_id) JOIN match_roster r USING (rid, household_id)
           WHERE s.name IS DISTINCT FROM r.name""",
    ),
    (
        "family_of_phone",
        """SELECT DISTINCT person_id, household_id
           FROM match_found JOIN match_seeker s USING (person_id) JOIN match_roster USING (rid)
           WHERE key = 'phone' AND NOT s.is_valid""",
    ),
    (
        "family_of_head",
        f"""SELECT DISTINCT person_id, household_id
            FROM match_seeker s JOIN (
                SELECT name, place, household_id FROM match_roster
                WHERE length(place) = 12 AND name IN (SELECT head FROM match_seeker)
                QUALIFY count(*) OVER (PARTITION BY name, place) <= {MOST_RESIDENTS}
            ) r ON s.head = r.name AND s.place = r.place""",
    ),
)
"""Whose relatives to look at: the number is another member's, the phone the family's, the name 张三之女 names the father."""


def _relatives(connection: duckdb.DuckDBPyConnection) -> None:
    """All members of the households found, unless there are too many to be one family."""
    found = " UNION ALL ".join(f"SELECT person_id, household_id, '{name}' AS key FROM ({some})" for name, some in _FAMILY)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE match_family AS {found}")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_member AS
        SELECT rid, household_id FROM match_roster SEMI JOIN match_family USING (household_id)
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_sized AS
        SELECT person_id, key, household_id, n
        FROM match_family LEFT JOIN (SELECT household_id, count(*) AS n FROM match_member GROUP BY household_id)
        USING (household_id)
    """)
    connection.execute(f"""
        INSERT INTO match_crowded
        SELECT person_id, key, max(n) FROM match_sized WHERE n > {MOST_OF_HOUSEHOLD} GROUP BY person_id, key
    """)
    connection.execute(f"""
        INSERT INTO match_block
        SELECT person_id, key, coalesce(sum(n) FILTER ({_SMALL}), 0), coalesce(max(n) FILTER ({_SMALL}), 0)
        FROM match_sized GROUP BY person_id, key
    """)
    connection.execute(f"""
        INSERT INTO match_found
        SELECT person_id, rid, key FROM match_sized JOIN match_member USING (household_id) WHERE {_SMALL}
    """)


_SMALL: Final = f"n <= {MOST_OF_HOUSEHOLD}"


def _crowded_heads(connection: duckdb.DuckDBPyConnection) -> None:
    """Who is named as the child of one of too many namesakes in a village was not compared with any of their families."""
    connection.execute(f"""
        INSERT INTO match_crowded
        SELECT person_id, 'family_of_head', n
        FROM match_seeker s JOIN (
            SELECT name, place, count(*) AS n FROM match_roster
            WHERE length(place) = 12 AND name IN (SELECT head FROM match_seeker) GROUP BY ALL HAVING n > {MOST_RESIDENTS}
        ) r ON s.head = r.name AND s.place = r.place
    """)
