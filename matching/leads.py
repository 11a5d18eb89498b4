"""Who a row without a usable number may speak of: `match_seeker`, and `match_lead`, one row per person with candidates."""

from typing import Final

import duckdb

from matching import places
from matching.pairs import MOST_CANDIDATES

_STATE: Final = """
    CASE WHEN kind = 'old15' THEN 'old15'
         WHEN number IS NULL THEN kind
         WHEN NOT match_number_valid(number) THEN 'invalid'
         WHEN kind = 'plain' AND substr(number, 16) = '000' THEN 'doubtful'
         ELSE 'valid' END"""


def follow(connection: duckdb.DuckDBPyConnection) -> None:
    """Create, for the persons in `unmatched`: match_seeker (person_id, state of the number, name, birth, village) and
    match_lead (person_id, level birth_village | birth | village, residents, resident_id if there is one).

    A valid number that the roster lacks may lead only to a resident of the same name and birth date, and the same village where
    it is known, whose own number is missing or wrong; any other is somebody else.
    """
    _seekers(connection)
    places.resolve(connection)
    _residents(connection)
    _pairs(connection)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_lead AS
        SELECT person_id, level, sum(residents)::BIGINT AS residents,
               if(sum(residents) = 1, min(resident_id), NULL) AS resident_id
        FROM (SELECT *, min(step) OVER (PARTITION BY person_id) AS first_step FROM match_lead_pair)
        WHERE step = first_step GROUP BY person_id, level
    """)


def _seekers(connection: duckdb.DuckDBPyConnection) -> None:
    """A birth date in a number that fails its check digit, or was damaged, may itself be wrong: it is not `sure`."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_seeker AS
        SELECT person_id, state, place,
               if(contains(name, '?') OR contains(name, '*'), NULL, name) AS name,
               if(state = 'valid', coalesce(in_number, in_column), coalesce(in_column, in_number)) AS birth,
               in_column IS NOT NULL OR (state IN ('valid', 'old15') AND in_number IS NOT NULL) AS is_birth_sure
        FROM (SELECT *, {_STATE} AS state, match_date(birth_date) AS in_column, match_birth_in_number(kind, text) AS in_number
              FROM unmatched)
    """)


def _residents(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(r"""
        CREATE OR REPLACE TEMP TABLE match_resident AS
        SELECT resident_id, name, coalesce(match_date(birth_date), match_birth_in_number('plain', number)) AS birth,
               left(place_code, 12) AS village,
               coalesce(match_number_valid(number) AND substr(number, 16) <> '000', false) AS is_numbered
        FROM (FROM match_roster SEMI JOIN match_seeker USING (name)) m
        JOIN (SELECT resident_id, birth_date, place_code FROM roster_identity) USING (resident_id)
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_found_place AS
        SELECT s.*, p.village FROM match_seeker s LEFT JOIN match_place p USING (place) WHERE name IS NOT NULL
    """)


def _pairs(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_lead_pair`: persons and candidates, or for crowded keys the person and how many there are."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_lead_pair
        (person_id BIGINT, level VARCHAR, step INTEGER, resident_id VARCHAR, residents BIGINT)
    """)
    _by_key(
        connection,
        "birth",
        "s.state <> 'valid' OR (NOT r.is_numbered AND coalesce(s.village = r.village, true))",
        "if(s.village = r.village, 'birth_village', 'birth'), if(s.village = r.village, 1, 2)",
    )
    _by_key(connection, "village", "s.state <> 'valid' AND (NOT s.is_birth_sure OR r.birth IS NULL)", "'village', 3")


def _by_key(connection: duckdb.DuckDBPyConnection, key: str, condition: str, level: str) -> None:
    """Candidates of the same name and `key`.  Crowded keys are counted and taken out in tables of their own before the join."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_crowd AS
        SELECT name, {key}, count(*) AS residents FROM match_resident WHERE {key} IS NOT NULL
        GROUP BY name, {key} HAVING count(*) > {MOST_CANDIDATES}
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_sought AS FROM match_found_place ANTI JOIN match_crowd USING (name, {key})
    """)
    connection.execute(f"""
        INSERT INTO match_lead_pair
        SELECT s.person_id, {level}, r.resident_id, 1 FROM match_sought s JOIN match_resident r USING (name, {key})
        WHERE {condition}
        UNION ALL
        SELECT person_id, '{key}', if('{key}' = 'birth', 4, 5), NULL, residents
        FROM match_found_place JOIN match_crowd USING (name, {key}) WHERE state <> 'valid'
    """)
