"""Persons and residents with the same number: `match_pair`, and `match_case`, one row per person, that passes decide on."""

from typing import Final

import duckdb
import pyarrow as pa

from matching.characters import Characters
from matching.names import near_reasons

MOST_CANDIDATES: Final = 50
"""More residents under one key than this are a tie that is counted, not listed: no explosion of pairs."""

_EXACT: Final = "p.name = r.name AND NOT contains(p.name, '?') AND NOT contains(p.name, '*')"


def same_number(connection: duckdb.DuckDBPyConnection, characters: Characters) -> None:
    """Create `match_case`: person_id, residents, equals, level, reason, repair, is_valid, resident_id, other, kin.

    level is equal | near | different | unusable; reason is the level, or why the names are near; repair is as_written, or what
    was done to the number; `other` is the second of exactly two residents; `kin` the one other member of the resident's
    household whose name is the person's.
    """
    _shared(connection)
    _pairs(connection)
    _near_names(connection, characters)
    _kin(connection)
    _cases(connection)


def _shared(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_shared`: the few numbers that several residents have."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_shared AS
        SELECT number, count(*) AS residents FROM match_roster WHERE number IS NOT NULL GROUP BY number HAVING count(*) > 1
    """)


def _pairs(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_sought` is a table, not a subquery: crowded numbers must be gone before the join, whatever the planner thinks."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_sought AS
        SELECT person_id, name, written, kind, number
        FROM match_person ANTI JOIN (FROM match_shared WHERE residents > {MOST_CANDIDATES}) USING (number)
        WHERE number IS NOT NULL
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_pair AS
        SELECT p.person_id, p.name, r.resident_id, r.household_id, r.name AS resident_name,
               coalesce(s.residents, 1) AS residents, match_number_valid(number) AS is_valid,
               CASE WHEN p.written = r.written THEN 'as_written' WHEN p.kind <> 'plain' THEN p.kind
                    WHEN r.kind <> 'plain' THEN 'roster' ELSE 'plain' END AS repair,
               CASE WHEN p.name IS NULL OR r.name IS NULL THEN 'unusable'
                    WHEN {_EXACT} THEN 'equal' ELSE 'different' END AS level
        FROM match_sought p JOIN match_roster r USING (number) LEFT JOIN match_shared s USING (number)
    """)


def _near_names(connection: duckdb.DuckDBPyConnection, characters: Characters) -> None:
    """`match_near`: the differing pairs of names that are near, with the reason."""
    table = connection.sql("SELECT DISTINCT name, resident_name FROM match_pair WHERE level = 'different'").to_arrow_table()
    names, others = table["name"].to_pylist(), table["resident_name"].to_pylist()
    reasons = pa.array(near_reasons(list(zip(names, others, strict=True)), characters), pa.string())
    connection.register("match_near_arrow", table.append_column("reason", reasons))
    connection.execute("CREATE OR REPLACE TEMP TABLE match_near AS FROM match_near_arrow WHERE reason IS NOT NULL")
    connection.unregister("match_near_arrow")


def _cases(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_case AS
        WITH named AS (
            SELECT p.* REPLACE (if(n.reason IS NULL, level, 'near') AS level), coalesce(n.reason, level) AS reason
            FROM match_pair p
            LEFT JOIN match_near n ON p.name = n.name AND p.resident_name = n.resident_name
        ), ranked AS (
            SELECT *, count(*) FILTER (level = 'equal') OVER (PARTITION BY person_id) AS equals,
                   lead(resident_id) OVER best AS next_id, row_number() OVER best AS place
            FROM named WHERE residents > 1
            WINDOW best AS (
                PARTITION BY person_id ORDER BY CASE level WHEN 'equal' THEN 1 WHEN 'near' THEN 2 ELSE 3 END, resident_id)
        )
        SELECT person_id, residents, (level = 'equal')::BIGINT AS equals, level, reason, repair, is_valid, resident_id,
               NULL AS other, kin
        FROM named LEFT JOIN match_kin USING (person_id) WHERE residents = 1
        UNION ALL
        SELECT person_id, residents, equals, level, reason, repair, is_valid,
               if(residents = 2 OR equals = 1, resident_id, NULL), if(residents = 2, next_id, NULL), NULL
        FROM ranked WHERE place = 1
        UNION ALL
        SELECT person_id, residents, 0, 'different', 'different', 'as_written', true, NULL, NULL, NULL
        FROM match_person JOIN match_shared USING (number) WHERE residents > {MOST_CANDIDATES}
    """)


def _kin(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_kin`: a relative's number is often given for a child, so look in the household for the one the name belongs to."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_kin AS
        SELECT p.person_id, min(r.resident_id) AS kin
        FROM match_pair p JOIN match_roster r USING (household_id, name)
        WHERE p.level = 'different' AND p.residents = 1 AND r.resident_id <> p.resident_id
        GROUP BY p.person_id
    """)
