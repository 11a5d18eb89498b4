"""Persons whom number and name settle, nine in ten: weighed and decided once per pattern, not once each.

Two of them whose other fields agree to the same levels have the same weights, probability and evidence.  The first of each
pattern stands for the others; what is found of it is `spread` to them.
"""

from typing import Final

import duckdb

from matching.compare import BIRTH, PHONE, PLACE, SEX
from matching.names import exact_sql

_PATTERN: Final = "p_kind, r_kind, is_gone, birth, sex, place, phone, has_birth, has_village, has_phone"
"""All that a decision on one of them rests on; where the number points at the resident no frequency matters."""

_LEVELS: Final = f"""
    SELECT person_id, rid, resident_id, p_kind, r_kind, is_gone, {BIRTH} AS birth, {SEX} AS sex, {PLACE} AS place,
           {PHONE} AS phone, has_birth, has_village, p_phone IS NOT NULL AS has_phone
    FROM (SELECT person_id, rid, resident_id, p.kind AS p_kind, r.kind AS r_kind, is_gone,
                 p.born AS p_birth, coalesce(r.born, r.born_in_number) AS r_birth, r.born_in_number AS r_other_birth,
                 p.sex AS p_sex, coalesce(r.sex, r.sex_in_number) AS r_sex,
                 p.place AS p_place, r.place AS r_place, p.phone AS p_phone, r.phone AS r_phone,
                 coalesce(p.born, p.born_in_number) IS NOT NULL AS has_birth,
                 coalesce(length(p.place) = 12, false) AS has_village
          FROM match_person p JOIN match_roster r USING (number, name)
          ANTI JOIN match_shared USING (number) ANTI JOIN match_ruled USING (identity_key)
          WHERE p.is_valid AND {exact_sql("name")})"""


def find_sure(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_sure`: persons whose valid number one resident has under the same name, and on whom nobody ever ruled.

    Nobody else can come near these.  Columns: person_id, rid, resident_id, first: whose pattern it shares.  Creates
    `match_first_pair` as well, the pairs of the first ones with their levels, and `match_seeker`, the other persons.
    """
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_shared AS
        SELECT number FROM match_roster WHERE number IS NOT NULL GROUP BY number HAVING count(*) > 1
    """)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE match_level AS {_LEVELS}")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_pattern AS
        SELECT min(person_id) AS first, {_PATTERN} FROM match_level GROUP BY {_PATTERN}
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_sure AS
        SELECT person_id, rid, resident_id, first FROM match_level JOIN match_pattern USING ({_PATTERN})
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_first_pair AS
        SELECT person_id, rid, resident_id, r_kind, is_gone, birth, sex, place, phone
        FROM match_level SEMI JOIN match_pattern ON person_id = first
    """)
    connection.execute("CREATE OR REPLACE TEMP TABLE match_seeker AS FROM match_person ANTI JOIN match_sure USING (person_id)")


def add_first(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the pairs of the first ones to `match_compared`."""
    connection.execute("""
        INSERT INTO match_compared BY NAME
        SELECT *, 'equal' AS number, 'equal' AS name, true AS is_pointed, false AS is_family, false AS is_owner_birth
        FROM match_first_pair
    """)


JUDGED: Final = "SELECT person_id FROM match_seeker UNION ALL SELECT person_id FROM match_first_pair"
"""SQL: the persons who are judged one by one."""


def spread(table: str) -> str:
    """SQL: the rows of `table` (person_id, rid, resident_id and more) for every person, the sure ones as their first."""
    return f"""
        FROM {table} ANTI JOIN match_sure USING (person_id)
        UNION ALL BY NAME
        SELECT s.person_id, s.rid, s.resident_id, t.* EXCLUDE (person_id, rid, resident_id)
        FROM match_sure s JOIN {table} t ON t.person_id = s.first"""
