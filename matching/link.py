"""Who each row speaks of: every current row of every department, tied to a resident or put where a person will look."""

from collections.abc import Iterable

import duckdb

from engine import conform
from errors import Fault
from matching.characters import read_characters
from matching.leads import follow
from matching.normalise import normalise
from matching.pairs import same_number
from matching.passes import LAST_PASSES, LEAD_PASSES, NUMBER_PASSES, Pass
from tables import LINK


def link(connection: duckdb.DuckDBPyConnection) -> None:
    """Read `roster_identity` (ROSTER_IDENTITY) and `identity` (IDENTITY, source, batch_id, row_number), create `link` (LINK).

    Every row of `identity` comes out exactly once.  The result depends on neither row order nor threads.
    """
    try:
        characters = read_characters()
        normalise(connection, characters)
        _open(connection)
        same_number(connection, characters)
        run_passes(connection, NUMBER_PASSES)
        follow(connection)
        run_passes(connection, (*LEAD_PASSES, *LAST_PASSES))
        _links(connection)
    finally:
        _close(connection)
    conform(connection, "link", LINK)
    _verify(connection)


def run_passes(connection: duckdb.DuckDBPyConnection, passes: Iterable[Pass]) -> None:
    """Add each pass's matches to `match_found`; the next one sees in `unmatched` only who is left."""
    for step in passes:
        connection.execute(
            f"INSERT INTO match_found SELECT person_id, resident_id, ?, ?, ?, runner_up, evidence FROM ({step.matches})",
            [step.decision, step.name, step.probability],
        )


def _open(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_found (person_id BIGINT, resident_id VARCHAR, decision VARCHAR, method VARCHAR,
                                                  probability DOUBLE, runner_up VARCHAR, evidence VARCHAR)
    """)
    connection.execute("CREATE OR REPLACE TEMP VIEW unmatched AS FROM match_person ANTI JOIN match_found USING (person_id)")


def _links(connection: duckdb.DuckDBPyConnection) -> None:
    """From distinct identities back to rows."""
    connection.execute("""
        CREATE OR REPLACE TABLE link AS
        SELECT i.row_id, i.source, i.batch_id, i.row_number::INTEGER AS row_number, f.resident_id, f.decision, f.method,
               f.probability, f.runner_up, f.evidence
        FROM identity i
        JOIN match_person p ON i.id_number IS NOT DISTINCT FROM p.id_number AND i.name IS NOT DISTINCT FROM p.spelled
                           AND i.birth_date IS NOT DISTINCT FROM p.birth_date AND i.place IS NOT DISTINCT FROM p.place
        LEFT JOIN match_found f USING (person_id)
        ORDER BY i.row_id, i.source, i.batch_id, i.row_number
    """)


def _verify(connection: duckdb.DuckDBPyConnection) -> None:
    """Every row once, and each with a finding."""
    row = connection.execute("SELECT (SELECT count(*) FROM identity), count(*), count(decision) FROM link").fetchone()
    if row is None or len(set(row)) != 1:
        raise Fault(f"link: rows in, rows out, rows decided differ: {row}")


def _close(connection: duckdb.DuckDBPyConnection) -> None:
    """Names and numbers do not outlive the stage."""
    connection.execute("DROP VIEW IF EXISTS unmatched")
    names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, 'match_')")
    for (name,) in names.fetchall():
        connection.execute(f'DROP TABLE "{name}"')
