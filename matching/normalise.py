"""Both sides in one form: `match_roster`, one row per resident, and `match_person`, one per distinct identity as written.

SQL does what it can; names go through Python, each spelling once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import duckdb
import pyarrow as pa

from matching import fields, numbers, places
from matching.characters import Characters
from matching.names import SUSPECT, parse_name, sounds

_FIRST, _LAST = 0x4E00, 0x9FFF
_AT_ONCE: Final = 200_000
WRITTEN: Final = ("id_number", "name", "birth_date", "sex", "place", "phone")
"""What makes an identity: two rows that agree in all of it, as written, speak of the same person."""

_FIELDS: Final = """
    f.form AS name, s.sound, kind, text, number,
    coalesce(number, CASE WHEN regexp_full_match(text, '[0-9X]{16,20}') THEN text END) AS digits,
    match_known_digits(kind, text) AS known_digits,
    match_birth_in_number(kind, text) AS born_in_number,
    coalesce(match_check_ok(number) AND match_birth_in_number(kind, text) IS NOT NULL AND substr(number, 16) <> '000', false)
        AS is_valid,
    match_date(birth_date) AS born,
    match_sex(sex) AS sex, match_sex_in_number(kind, text) AS sex_in_number, match_phone(phone) AS phone"""
"""A number that ends in 000 may be what a spreadsheet left of another: one in eleven of those passes the check digit."""


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros that both sides need."""
    for module in (numbers, fields, places):
        module.install(connection)


def normalise_roster(connection: duckdb.DuckDBPyConnection, characters: Characters, changes: Sequence[places.Change]) -> None:
    """Read `roster_identity`, create `match_roster`, one row per resident.

    Columns: rid, resident_id, household_id, is_gone (dead or moved away); name (compared form, NULL if nobody is named), sound,
    kind and text of the number cell, number (18 characters, NULL if it cannot be trusted), digits (what can be compared digit
    by digit), known_digits (what a spreadsheet left), is_valid, born, sex and the same as the number has them, place (6, 9 or
    12 digits, today's codes), phone.
    """
    _names(connection, characters, "roster_identity")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_roster AS
        {_numbered("(SELECT row_number() OVER () AS rid, * FROM roster_identity)")}
        SELECT rid, resident_id, household_id, residency IS NOT NULL AS is_gone, {_FIELDS},
               {places.current("place_code", changes)} AS place
        FROM numbered r LEFT JOIN match_name_form f ON f.spelling = r.name LEFT JOIN match_sound s ON s.form = f.form
    """)


def gather_written(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `match_written` and `match_row` from `identity`.

    `match_written` has the distinct identities as written, with person_id (their lowest row_id) and written_key; `match_row`
    leads from row_id to written_key.
    """
    told_apart = ", ".join(f"coalesce({column}, chr(30))" for column in WRITTEN)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_row AS
        SELECT row_id, md5(concat_ws(chr(31), {told_apart})) AS written_key FROM identity
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_written AS
        SELECT person_id, {", ".join(WRITTEN)}, written_key
        FROM (SELECT min(row_id) AS person_id, written_key FROM match_row GROUP BY written_key)
        JOIN (SELECT row_id AS person_id, {", ".join(WRITTEN)} FROM identity) USING (person_id)
    """)


def normalise_persons(
    connection: duckdb.DuckDBPyConnection,
    characters: Characters,
    changes: Sequence[places.Change],
    which: str = "match_written",
) -> None:
    """Create `match_person` from the table `which`, made like `match_written`.

    Columns: name to phone as in `match_roster`, person_id, written_key, identity_key (what a verdict is about), head and term
    (张三 and 女 of 张三之女).
    """
    _names(connection, characters, which)
    places.resolve(connection, changes)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_person AS
        {_numbered(which)}, person AS MATERIALIZED (
            SELECT person_id, written_key, {_FIELDS}, f.head, f.term,
                   r.name AS spelled, birth_date AS birth_written, p.code AS place
            FROM numbered r
            LEFT JOIN match_name_form f ON f.spelling = r.name LEFT JOIN match_sound s ON s.form = f.form
            LEFT JOIN match_place p ON p.place = r.place
        )
        SELECT * EXCLUDE (spelled, birth_written),
               left(md5(concat_ws(
                   chr(10), text, coalesce(name, head || term, spelled), coalesce(born::VARCHAR, birth_written),
                   CASE WHEN number IS NULL THEN concat_ws(chr(10), place, phone) END)), 16) AS identity_key
        FROM person
    """)


def _numbered(table: str) -> str:
    """SQL: the common table `numbered`, a row of `table` with its number read.

    Each step is made before the next: macros written into one another would be worked out again at every mention.
    """
    return f"""
        WITH texted AS MATERIALIZED (SELECT *, match_number_text(id_number) AS text FROM {table}),
        kinded AS MATERIALIZED (SELECT *, match_number_kind(text) AS kind FROM texted),
        numbered AS MATERIALIZED (SELECT *, match_number(kind, text) AS number FROM kinded)"""


def _names(connection: duckdb.DuckDBPyConnection, characters: Characters, table: str) -> None:
    _name_forms(connection, characters, table)
    _sounds(connection, characters)


def _is_plain(characters: Characters) -> str:
    """SQL: the name is its own compared form, nothing to fold, cut or doubt."""
    return f"coalesce(regexp_full_match(name, '[{_plain_ranges(characters)}]+'), false)"


def _plain_ranges(characters: Characters) -> str:
    """The common characters as ranges of a regular expression, without those that have another form or are suspect."""
    excluded = sorted({ord(c) for c in SUSPECT | characters.variants.keys() if _FIRST <= ord(c) <= _LAST})
    starts = [_FIRST, *(code + 1 for code in excluded)]
    ends = [*(code - 1 for code in excluded), _LAST]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends, strict=True) if a <= b)


def _name_forms(connection: duckdb.DuckDBPyConnection, characters: Characters, table: str) -> None:
    """`match_name_form`: spelling -> form, head, term; only names that are not plain are parsed in Python."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_spelling AS
        SELECT name AS spelling, {_is_plain(characters)} AS is_plain
        FROM (SELECT DISTINCT name FROM {table}) WHERE name IS NOT NULL
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_name_form AS
        SELECT spelling, spelling AS form, NULL::VARCHAR AS head, NULL::VARCHAR AS term FROM match_spelling WHERE is_plain
    """)
    for spellings in _batches(connection, "SELECT spelling FROM match_spelling WHERE NOT is_plain"):
        names = [parse_name(spelling, characters.variants) for spelling in spellings]
        forms, heads, terms = [n.form for n in names], [n.head for n in names], [n.term for n in names]
        _append(connection, "match_name_form", {"spelling": spellings, "form": forms, "head": heads, "term": terms})


def _sounds(connection: duckdb.DuckDBPyConnection, characters: Characters) -> None:
    """`match_sound`: compared form -> its sound."""
    connection.execute("CREATE OR REPLACE TEMP TABLE match_sound (form VARCHAR, sound VARCHAR)")
    for forms in _batches(connection, "SELECT DISTINCT form FROM match_name_form WHERE form IS NOT NULL"):
        _append(connection, "match_sound", {"form": forms, "sound": sounds(forms, characters)})


def _batches(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[list[str]]:
    """The one column of a query, in lists that stay small however many names there are."""
    for batch in connection.sql(query).to_arrow_table().to_batches(max_chunksize=_AT_ONCE):
        yield batch.column(0).to_pylist()


def _append(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, Sequence[str | None]]) -> None:
    connection.register("match_arrow", pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))
    connection.execute(f"INSERT INTO {table} SELECT * FROM match_arrow")
    connection.unregister("match_arrow")
