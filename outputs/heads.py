"""Whom a household is listed under: names come back here, for the lists alone, and go when these are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

TABLE: Final = "household_head"


@contextmanager
def heads_of(connection: duckdb.DuckDBPyConnection, households: str) -> Iterator[None]:
    """While inside, `household_head` has one row per household of the query `households` (household_id) that the roster knows.

    Columns: household_id, household_code (户编号 as written), head_name, head_id_number ('' if none), phone (the head's, or
    that of the first member who has one), group_name, members.  Without a head the first member is named, with （成员）.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {TABLE} AS {_heads_sql(households)}")
    try:
        yield
    finally:
        connection.execute(f"DROP TABLE {TABLE}")


def _heads_sql(households: str) -> str:
    return f"""
WITH member AS (
    SELECT household_id, resident_id, group_name, relation, count(*) OVER (PARTITION BY household_id) AS members,
        row_number() OVER (
            PARTITION BY household_id ORDER BY relation IS DISTINCT FROM '户主', resident_id, row_id) AS nth
    FROM resident SEMI JOIN ({households}) USING (household_id)
),
person AS (
    SELECT member.*, roster_identity.household_id AS household_code, name, id_number, nullif(trim(phone), '') AS phone
    FROM member LEFT JOIN roster_identity USING (resident_id)
)
SELECT household_id, coalesce(min(household_code), household_id) AS household_code,
    min(name) FILTER (nth = 1)
        || CASE WHEN min(relation) FILTER (nth = 1) IS DISTINCT FROM '户主' THEN '（成员）' ELSE '' END AS head_name,
    coalesce(min(id_number) FILTER (nth = 1), '') AS head_id_number,
    first(phone ORDER BY nth, phone) FILTER (phone IS NOT NULL) AS phone,
    min(group_name) FILTER (nth = 1) AS group_name, min(members) AS members
FROM person GROUP BY household_id"""
