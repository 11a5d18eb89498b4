"""How far each candidate pair agrees, field by field: `match_compared`, whose levels are those of `parameters.LEVELS`."""

from collections.abc import Sequence
from typing import Final

import duckdb
import pyarrow as pa

from engine import sql_text
from matching.characters import Characters
from matching.names import exact_sql, name_levels
from matching.parameters import LEVELS

_POINTING: Final = "('equal', 'equal_invalid', 'permit')"
BY_NUMBER: Final = ("equal", "equal_invalid", "permit", "wrong_digit", "swapped", "length", "stem", "kin")
"""Number levels where birth date and sex inside the number count no more: they say the same again, or are a relative's."""


def _level(field: str, case: str) -> str:
    """SQL: the level that `case` tells, as a type that has the field's levels and no other."""
    return f"({case})::ENUM({', '.join(map(sql_text, LEVELS[field]))})"


_ONE_EDIT: Final = """
    CASE WHEN damerau_levenshtein(p_digits, r_digits) = 1
         THEN CASE WHEN length(p_digits) <> length(r_digits) THEN 'length'
                   WHEN levenshtein(p_digits, r_digits) = 1 THEN 'wrong_digit' ELSE 'swapped' END END"""
"""Digits are ASCII, so byte distances are right.  Two valid numbers never differ by one such slip: the check digit finds it."""

_STEM: Final = """
    (length(p_known_digits) >= 14 AND starts_with(r_digits, p_known_digits))
    OR (length(r_known_digits) >= 14 AND starts_with(p_digits, r_known_digits))
    OR (p_kind = 'old15_unsure' AND left(r_digits, 6) || substr(r_digits, 9, 9) = p_text)
    OR (r_kind = 'old15_unsure' AND left(p_digits, 6) || substr(p_digits, 9, 9) = r_text)"""

_NUMBER: Final = _level(
    "number",
    f"""
    CASE WHEN p_number = r_number THEN CASE WHEN p_valid THEN 'equal' ELSE 'equal_invalid' END
         WHEN p_kind = 'permit' AND r_kind = 'permit' THEN CASE WHEN p_text = r_text THEN 'permit' ELSE 'different' END
         WHEN {_STEM} THEN 'stem'
         WHEN owner_household = household_id THEN 'kin'
         WHEN p_valid AND r_valid THEN 'different_valid'
         WHEN p_digits IS NULL OR r_digits IS NULL THEN 'missing'
         ELSE coalesce({_ONE_EDIT}, 'different') END""",
)

BIRTH: Final = _level(
    "birth",
    """
    CASE WHEN p_birth IS NULL OR r_birth IS NULL THEN 'missing'
         WHEN p_birth = r_birth OR p_birth = r_other_birth THEN 'equal'
         WHEN year(p_birth) = year(r_birth) AND month(p_birth) = day(r_birth) AND day(p_birth) = month(r_birth) THEN 'exchanged'
         WHEN hamming(strftime(p_birth, '%Y%m%d'), strftime(r_birth, '%Y%m%d')) = 1 THEN 'one_digit'
         WHEN abs(date_diff('day', p_birth, r_birth)) BETWEEN 17 AND 51 THEN 'lunar'
         WHEN year(p_birth) = year(r_birth) THEN 'year'
         ELSE 'different' END""",
)
"""`lunar`: a date of the farmers' calendar written as one of ours comes 17 to 51 days early."""

SEX: Final = _level(
    "sex",
    """
    CASE WHEN p_sex IS NULL OR r_sex IS NULL THEN 'missing' WHEN p_sex = r_sex THEN 'equal' ELSE 'different' END""",
)

PLACE: Final = _level(
    "place",
    """
    CASE WHEN p_place IS NULL OR r_place IS NULL THEN 'missing'
         WHEN length(p_place) = 12 AND p_place = r_place THEN 'village'
         WHEN length(p_place) >= 9 AND left(p_place, 9) = left(r_place, 9) THEN 'township'
         WHEN left(p_place, 6) = left(r_place, 6) THEN 'county'
         ELSE 'different' END""",
)

PHONE: Final = _level(
    "phone",
    """
    CASE WHEN p_phone IS NULL OR r_phone IS NULL THEN 'missing' WHEN p_phone = r_phone THEN 'equal' ELSE 'different' END""",
)

_NAME: Final = _level(
    "name",
    f"""
    CASE WHEN s.p_name = s.r_name AND {exact_sql("s.p_name")} THEN 'equal'
         WHEN head = s.r_name THEN 'kin'
         WHEN k.is_head THEN 'relation'
         WHEN s.p_name IS NULL OR s.r_name IS NULL THEN 'missing'
         WHEN k.is_name THEN 'kin'
         ELSE coalesce(l.level, 'different') END""",
)

_SIDE: Final = ("name", "sound", "kind", "text", "number", "digits", "known_digits", "place", "phone")


def compare(connection: duckdb.DuckDBPyConnection, characters: Characters) -> None:
    """Create `match_compared` from `match_candidate`.

    Columns: person_id, the resident's rid, resident_id, r_kind and is_gone, one level per field, whether the number points at
    the resident or its family, and the values whose frequency counts.
    """
    _side_by_side(connection)
    _name_levels(connection, characters)
    _named_relatives(connection)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_compared AS
        SELECT person_id, rid, resident_id, r_kind, is_gone, number,
               number IN {_POINTING} AS is_pointed, number = 'kin' AS is_family,
               coalesce(p_birth = owner_birth, false) AS is_owner_birth,
               {_NAME} AS name, {BIRTH} AS birth, {SEX} AS sex, {PLACE} AS place, {PHONE} AS phone,
               coalesce(s.p_name, head) AS p_name, p_sound, p_birth, p_place, p_phone
        FROM ({_SEEN}) s
        LEFT JOIN match_name_level l ON s.p_name = l.p_name AND s.r_name = l.r_name
        LEFT JOIN match_relative k USING (person_id, rid)
    """)


def _side_by_side(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_pair`: the candidates with both sides' values and the level of the number."""
    mine = ", ".join(f"p.{name} AS p_{name}" for name in _SIDE)
    theirs = ", ".join(f"r.{name} AS r_{name}" for name in _SIDE)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_pair AS
        SELECT * EXCLUDE (p_kind, p_text, p_number, p_digits, p_known_digits, r_text, r_number, r_digits, r_known_digits),
               {_NUMBER} AS number
        FROM (SELECT c.person_id, c.rid, r.resident_id, r.is_gone, {mine}, {theirs},
                     p.is_valid AS p_valid, r.is_valid AS r_valid, p.head, p.born, p.born_in_number,
                     p.sex AS p_sex, p.sex_in_number AS p_other_sex, r.sex AS r_sex, r.sex_in_number AS r_other_sex,
                     r.born AS r_born, r.born_in_number AS r_born_in_number,
                     r.household_id, o.household_id AS owner_household, o.born AS owner_birth
              FROM match_candidate c JOIN match_person p USING (person_id) JOIN match_roster r USING (rid)
              LEFT JOIN match_owner o USING (person_id))
    """)


_SEEN: Final = f"""
    SELECT * EXCLUDE (p_sex, r_sex),
           CASE WHEN number IN {BY_NUMBER} THEN born ELSE coalesce(born, born_in_number) END AS p_birth,
           coalesce(r_born, r_born_in_number) AS r_birth, r_born_in_number AS r_other_birth,
           CASE WHEN number IN {BY_NUMBER} THEN p_sex ELSE coalesce(p_sex, p_other_sex) END AS p_sex,
           coalesce(r_sex, r_other_sex) AS r_sex
    FROM match_pair"""
"""What a number that agrees already says is not counted twice: only the columns of their own speak then."""


def _name_levels(connection: duckdb.DuckDBPyConnection, characters: Characters) -> None:
    """`match_name_level`: differing pairs of names, each compared once."""
    pairs = connection.sql(f"""
        SELECT DISTINCT p_name, r_name, p_sound, r_sound FROM match_pair
        WHERE p_name IS NOT NULL AND r_name IS NOT NULL
          AND NOT (p_name = r_name AND {exact_sql("p_name")})
    """).to_arrow_table()
    connection.execute("CREATE OR REPLACE TEMP TABLE match_name_level (p_name VARCHAR, r_name VARCHAR, level VARCHAR)")
    for batch in pairs.to_batches(max_chunksize=500_000):
        left, right, left_sounds, right_sounds = (batch.column(place).to_pylist() for place in range(4))
        levels = _levels(left, right, left_sounds, right_sounds, characters)
        table = pa.table({"p_name": batch.column(0), "r_name": batch.column(1), "level": levels})
        connection.register("match_arrow", table)
        connection.execute("INSERT INTO match_name_level SELECT * FROM match_arrow")
        connection.unregister("match_arrow")


def _levels(
    left: Sequence[str], right: Sequence[str], left_sounds: Sequence[str], right_sounds: Sequence[str], characters: Characters
) -> pa.Array:
    return pa.array(name_levels(left, right, left_sounds, right_sounds, characters), pa.string())


def _named_relatives(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_relative`: pairs where another member of the household has the person's name, or is the one 张三之女 names."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_relative AS
        SELECT person_id, p.rid, r.name = p_name AS is_name, r.name = head AS is_head
        FROM (FROM match_pair WHERE p_name IS DISTINCT FROM r_name AND coalesce(p_name, head) IS NOT NULL) p
        JOIN (SELECT household_id, name, min(rid) AS first, max(rid) AS last
              FROM match_roster SEMI JOIN match_pair USING (household_id) WHERE name IS NOT NULL GROUP BY ALL) r
          ON r.household_id = p.household_id AND r.name = coalesce(p.p_name, p.head) AND (r.first <> p.rid OR r.last <> p.rid)
    """)
