"""What `estimate` learns from, out of DuckDB: candidate pairs for the expectation, pairs of strangers, pairs of relatives.

Order is decided by contents (keys and ids), draws by hashes of contents with the seed: neither row order nor threads matter.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from matching.block import KEYS, MOST_OF_HOUSEHOLD, MOST_RESIDENTS, key_values
from matching.characters import Characters
from matching.compare import compare
from matching.em import Alone, Pairs, m_bits
from matching.parameters import FIELDS, LEVELS, Parameters
from matching.rivals import Counts

_WIDENED: Final = ("name_village", "birth_village", "phone")
"""The keys to follow for pairs of two valid numbers as well."""
_MOST_DRAWN: Final = 100_000
_MOST_RELATIVES: Final = 200_000

_RULED: Final = """
    SELECT identity_key, resident_id, 1.0 AS ruled FROM match_same
    UNION ALL SELECT identity_key, resident_id, 0.0 FROM match_not_same"""

_HAS: Final[Mapping[str, str]] = {
    "number": "NOT p.is_valid AND p.digits IS NOT NULL",
    "valid_number": "p.is_valid",
    "name": "p.name IS NOT NULL",
    "birth": "coalesce(p.born, p.born_in_number) IS NOT NULL",
    "place": "coalesce(length(p.place) = 12, false)",
    "phone": "p.phone IS NOT NULL",
}
"""By error share: whether the row has what leads to a resident (as in `missed`)."""


def widen(connection: duckdb.DuckDBPyConnection) -> None:
    """Add to `match_candidate` the pairs of two valid numbers that some keys skip, and the pairs that people ruled on."""
    for key in KEYS:
        if key.name in _WIDENED:
            mine, theirs = (f"SELECT DISTINCT * FROM ({side}) WHERE k IS NOT NULL AND is_valid" for side in key_values(key))
            small = f"{theirs} QUALIFY count(*) OVER (PARTITION BY k) <= {MOST_RESIDENTS}"
            connection.execute(f"INSERT INTO match_candidate SELECT person_id, rid FROM ({mine}) JOIN ({small}) USING (k)")
    connection.execute(f"""
        INSERT INTO match_candidate
        SELECT person_id, rid FROM ({_RULED}) JOIN match_person USING (identity_key) JOIN match_roster USING (resident_id)
    """)
    connection.execute("CREATE OR REPLACE TEMP TABLE match_candidate AS SELECT DISTINCT * FROM match_candidate")


def gather(connection: duckdb.DuckDBPyConnection, parameters: Parameters) -> tuple[Pairs, Alone]:
    """The pairs of `match_scored`, which `parameters` weighed, and the persons without any.

    Of persons whose number and name settled it only distinct patterns come out, with how many have each; of others all pairs.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE match_judging AS {_JUDGING}")
    seekers = _fetch(
        connection,
        f"""SELECT {_PATTERN}, 1 AS alike, dense_rank() OVER (ORDER BY written_key) - 1 AS person
            FROM match_judging WHERE NOT is_sure ORDER BY written_key, resident_id""",
    )
    sure = _fetch(
        connection,
        f"""SELECT {_PATTERN}, count(*) AS alike, row_number() OVER (ORDER BY {_PATTERN}) - 1 AS person
            FROM match_judging WHERE is_sure GROUP BY {_PATTERN} ORDER BY {_PATTERN}""",
    )
    alone = _fetch(
        connection,
        """SELECT missed, count(*) AS persons FROM match_missed ANTI JOIN match_judging USING (person_id)
           GROUP BY missed ORDER BY missed""",
    )
    pairs = _pairs(seekers, sure, parameters)
    return pairs, Alone(alone["missed"] / parameters.prior.odds, alone["persons"].astype(np.float64))


_CODES: Final = ", ".join(f"list_position({list(LEVELS[field])}, s.{field}) - 1 AS {field}" for field in FIELDS)
_FLAGS: Final = ", ".join(f"{has} AS has_{field}" for field, has in _HAS.items())
_JUDGING: Final = f"""
    SELECT s.person_id, p.written_key, s.resident_id, sure.rid IS NOT NULL AS is_sure, m.missed, s.weight,
           coalesce(ruled, 'nan'::DOUBLE) AS ruled, s.is_pointed, p.born IS NOT NULL AS has_own_birth,
           p.sex IS NOT NULL AS has_own_sex, {_CODES}, {_FLAGS}
    FROM match_scored s JOIN match_person p USING (person_id) JOIN match_missed m USING (person_id)
    LEFT JOIN match_sure sure USING (person_id)
    LEFT JOIN ({_RULED}) r ON r.identity_key = p.identity_key AND r.resident_id = s.resident_id"""
_PATTERN: Final = ", ".join(
    ["missed", "weight", "ruled", "is_pointed", "has_own_birth", "has_own_sex", *FIELDS, *(f"has_{field}" for field in _HAS)]
)


def _fetch(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, np.ndarray[Any, Any]]:
    table = connection.sql(query).to_arrow_table()
    return {name: table.column(name).to_numpy() for name in table.column_names}


def _pairs(
    seekers: Mapping[str, np.ndarray[Any, Any]], sure: Mapping[str, np.ndarray[Any, Any]], parameters: Parameters
) -> Pairs:
    """Both parts one after the other, the persons numbered on."""
    persons = int(seekers["person"].max()) + 1 if len(seekers["person"]) else 0
    both = {name: np.concatenate([seekers[name], sure[name]]) for name in seekers}
    person = np.concatenate([seekers["person"], sure["person"] + persons]).astype(np.int64)
    first = np.unique(person, return_index=True)[1]
    pairs = Pairs(
        person=person,
        levels={field: both[field].astype(np.int64) for field in FIELDS},
        is_pointed=both["is_pointed"].astype(np.bool_),
        has_own_birth=both["has_own_birth"].astype(np.bool_),
        has_own_sex=both["has_own_sex"].astype(np.bool_),
        u_bits=both["weight"],
        ruled=both["ruled"],
        has={field: both[f"has_{field}"].astype(np.bool_) for field in _HAS},
        missed=both["missed"][first] / parameters.prior.odds,
        alike=both["alike"][first].astype(np.float64),
    )
    return replace(pairs, u_bits=pairs.u_bits - m_bits(pairs, parameters))


def rows_with_number(connection: duckdb.DuckDBPyConnection) -> int:
    """How many persons have a number that can be compared with others."""
    query = "SELECT count(*) AS persons FROM match_person WHERE digits IS NOT NULL OR kind = 'permit'"
    return int(_fetch(connection, query)["persons"][0])


def strangers(connection: duckdb.DuckDBPyConnection, characters: Characters, seed: int, most: int) -> Counts:
    """Levels of random pairs of a person and a resident, but for those that `match_scored` takes for one person."""
    persons, residents = (
        _draw(connection, side, key, seed) for side, key in (("person", "written_key"), ("roster", "resident_id"))
    )
    chosen = np.unique(np.random.default_rng(seed).integers(0, max(persons * residents, 1), min(most, persons * residents)))
    connection.register("match_arrow", pa.table({"mine": chosen // max(residents, 1), "theirs": chosen % max(residents, 1)}))
    pairs = """
        SELECT person_id, rid
        FROM match_arrow JOIN match_drawn_person p ON p.rank = mine JOIN match_drawn_roster r ON r.rank = theirs
        ANTI JOIN (SELECT person_id, s.rid FROM match_scored s JOIN match_best b USING (person_id) WHERE s.odds * 2 >= b.whole)
        USING (person_id, rid)"""
    counts = _levels_apart(connection, characters, "FROM match_drawn_person", "FROM match_drawn_roster", pairs)
    connection.unregister("match_arrow")
    return counts


def _draw(connection: duckdb.DuckDBPyConnection, side: str, key: str, seed: int) -> int:
    """`match_drawn_<side>`: a sample with ranks from 0; returns its size."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_drawn_{side} AS
        SELECT *, row_number() OVER (ORDER BY md5({key} || ' {seed}')) - 1 AS rank
        FROM match_{side} QUALIFY rank < {_MOST_DRAWN}
    """)
    return int(_fetch(connection, f"SELECT count(*) AS drawn FROM match_drawn_{side}")["drawn"][0])


def relatives(connection: duckdb.DuckDBPyConnection, characters: Characters, seed: int) -> Counts:
    """Levels of pairs of different members of one household, the one as a row that carries the other's number.

    The second is compared without its household: that the first is on the roster as well would be all that such pairs show.
    """
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_housemate AS
        FROM match_roster WHERE household_id IS NOT NULL
        QUALIFY count(*) OVER (PARTITION BY household_id) <= {MOST_OF_HOUSEHOLD}
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_borrower AS
        SELECT row_number() OVER () AS person_id, b.rid AS owner, a.name, a.sound, b.kind, b.text, b.number, b.digits,
               b.known_digits, b.is_valid, coalesce(a.born, a.born_in_number) AS born, b.born_in_number, a.sex, b.sex_in_number,
               a.place, a.phone, NULL::VARCHAR AS head
        FROM match_housemate a JOIN match_housemate b USING (household_id)
        WHERE a.rid <> b.rid AND b.number IS NOT NULL
        ORDER BY hash(a.resident_id, b.resident_id, {seed}), a.resident_id, b.resident_id LIMIT {_MOST_RELATIVES}
    """)
    return _levels_apart(
        connection,
        characters,
        "FROM match_borrower",
        "SELECT * REPLACE (rid::VARCHAR AS household_id) FROM match_housemate SEMI JOIN match_borrower ON owner = rid",
        "SELECT person_id, owner AS rid FROM match_borrower",
    )


def _levels_apart(
    connection: duckdb.DuckDBPyConnection, characters: Characters, persons: str, residents: str, pairs: str
) -> Counts:
    """Compare pairs on a connection of their own, where `match_candidate` and the rest are theirs, and count the levels."""
    tables = {"person": persons, "roster": residents, "candidate": pairs}
    unused = {name: f"FROM match_{name} WHERE false" for name in ("owner",)}
    with connection.cursor() as aside:
        for name, query in (tables | unused).items():
            aside.register(f"match_{name}", connection.sql(query).to_arrow_table())
        compare(aside, characters)
        return {field: _counted(aside, field) for field in FIELDS}


def _counted(connection: duckdb.DuckDBPyConnection, field: str) -> dict[str, int]:
    rows = connection.execute(f"SELECT {field}, count(*) FROM match_compared GROUP BY ALL").fetchall()
    return dict.fromkeys(LEVELS[field], 0) | {str(level): int(pairs) for level, pairs in rows}
