"""Both sides in one form: `match_roster`, one row per resident, and `match_person`, one per distinct identity as written.

SQL does what it can; only names that are not plain characters go through Python, each spelling once.
"""

import duckdb
import pyarrow as pa

from matching import numbers
from matching.characters import Characters
from matching.names import SUSPECT, compared_form

_FIRST, _LAST = 0x4E00, 0x9FFF


def normalise(connection: duckdb.DuckDBPyConnection, characters: Characters) -> None:
    """Read `roster_identity` and `identity`, create `match_roster` and `match_person`.

    Columns of both: name (compared form, NULL if nobody is named), written (the number as written but for case and outer
    spaces), kind, number (18 characters, or NULL if it cannot be trusted); the person's `person_id` is its lowest row_id.
    """
    numbers.install(connection)
    _name_forms(connection, characters)
    people = "SELECT min(row_id) AS person_id, id_number, name, birth_date, place FROM identity GROUP BY ALL"
    for table, columns, source in (
        ("match_roster", "resident_id, household_id", "roster_identity"),
        ("match_person", "person_id, id_number, r.name AS spelled, birth_date, place, text", f"({people})"),
    ):
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE {table} AS
            SELECT {columns}, CASE WHEN is_plain THEN r.name ELSE f.form END AS name,
                   upper(trim(id_number)) AS written, kind, match_number(kind, text) AS number
            FROM (SELECT *, match_number_kind(text) AS kind
                  FROM (SELECT *, match_number_text(id_number) AS text, {_is_plain(characters)} AS is_plain FROM {source})) r
            LEFT JOIN match_name_form f ON f.spelling = r.name
        """)


def _is_plain(characters: Characters) -> str:
    """SQL: the name is its own compared form, nothing to fold, cut or doubt."""
    return f"coalesce(regexp_full_match(name, '[{_plain_ranges(characters)}]+'), false)"


def _plain_ranges(characters: Characters) -> str:
    """The common characters as ranges of a regular expression, without those that have another form or are suspect."""
    excluded = sorted({ord(c) for c in SUSPECT | characters.variants.keys() if _FIRST <= ord(c) <= _LAST})
    starts = [_FIRST, *(code + 1 for code in excluded)]
    ends = [*(code - 1 for code in excluded), _LAST]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends, strict=True) if a <= b)


def _name_forms(connection: duckdb.DuckDBPyConnection, characters: Characters) -> None:
    """`match_name_form`: spelling -> form, for the names SQL leaves to Python."""
    spellings = connection.sql(f"""
        SELECT name FROM roster_identity WHERE name IS NOT NULL AND NOT {_is_plain(characters)}
        UNION SELECT name FROM identity WHERE name IS NOT NULL AND NOT {_is_plain(characters)}
    """).to_arrow_table()["name"]
    forms = pa.array([compared_form(str(spelling), characters.variants) for spelling in spellings], pa.string())
    connection.register("match_name_form_arrow", pa.table({"spelling": spellings, "form": forms}))
    connection.execute("CREATE OR REPLACE TEMP TABLE match_name_form AS FROM match_name_form_arrow")
    connection.unregister("match_name_form_arrow")
