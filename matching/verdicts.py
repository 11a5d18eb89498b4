"""What people found when they compared a row with residents: permanent, never asked again, overruled only by a newer verdict.

A verdict is about an identity (`identity_key`): the number, name and birth date of a row in compared form, without a usable
number also its place and phone.  So it holds for every other row that gives the same number, name and birth date, whatever its
place or phone, and for no other row.
"""

import duckdb

from engine import conform
from review_tables import REVIEW_CONFLICT, REVIEW_VERDICT


def read_verdicts(connection: duckdb.DuckDBPyConnection) -> None:
    """Settle `review_verdict` (REVIEW_VERDICT; taken as empty if there is none) into what holds and what was overruled.

    Creates `match_verdict` (all of them), `match_same` (identity_key, resident_id), `match_not_same` (identity_key,
    resident_id), `match_open` (identity_key: nobody could tell), `match_ruled` (identity_key: all that have any) and
    `review_conflict` (REVIEW_CONFLICT).
    """
    _gather(connection)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_ruling AS
        SELECT *, row_number() OVER (PARTITION BY identity_key, resident_id ORDER BY decided_on DESC, row_id DESC) AS of_pair,
               max_by(struct_pack(verdict, resident_id, row_id, decided_on), (decided_on, row_id)) FILTER (verdict = 'same')
                   OVER (PARTITION BY identity_key) AS latest_same
        FROM match_verdict
    """)
    _standing(connection)
    _conflicts(connection)


def _gather(connection: duckdb.DuckDBPyConnection) -> None:
    is_there = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'review_verdict'").fetchone()
    connection.register("match_arrow", REVIEW_VERDICT.empty_table())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE match_verdict AS FROM {'review_verdict' if is_there else 'match_arrow'}")
    connection.unregister("match_arrow")
    conform(connection, "match_verdict", REVIEW_VERDICT)


def _standing(connection: duckdb.DuckDBPyConnection) -> None:
    """The latest `same` holds unless the same pair was refused later; a refusal holds unless the pair was confirmed later."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_same AS
        SELECT identity_key, resident_id FROM match_ruling
        WHERE of_pair = 1 AND verdict = 'same' AND row_id = latest_same.row_id
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_not_same AS
        SELECT identity_key, resident_id FROM match_ruling
        WHERE of_pair = 1 AND verdict = 'not_same' AND resident_id IS NOT NULL
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_open AS
        SELECT identity_key FROM match_verdict ANTI JOIN match_same USING (identity_key)
        GROUP BY identity_key HAVING max_by(verdict, (decided_on, row_id)) = 'cannot_tell'
    """)
    connection.execute("CREATE OR REPLACE TEMP TABLE match_ruled AS SELECT DISTINCT identity_key FROM match_verdict")


def _conflicts(connection: duckdb.DuckDBPyConnection) -> None:
    """An older verdict that a newer one contradicts: another resident, or the other answer about the same one."""
    connection.execute("""
        CREATE OR REPLACE TABLE review_conflict AS
        SELECT a.identity_key, a.resident_id, a.verdict, a.decided_on, a.row_id, min(b.row_id) AS overruled_by
        FROM match_verdict a JOIN match_verdict b
          ON a.identity_key = b.identity_key AND (b.decided_on, b.row_id) > (a.decided_on, a.row_id)
         AND (a.verdict = 'same' AND b.verdict = 'same' AND a.resident_id <> b.resident_id
              OR a.resident_id = b.resident_id AND a.verdict <> b.verdict
                 AND a.verdict IN ('same', 'not_same') AND b.verdict IN ('same', 'not_same'))
        GROUP BY ALL ORDER BY a.identity_key, a.row_id
    """)
    conform(connection, "review_conflict", REVIEW_CONFLICT)
