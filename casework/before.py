"""Where cases stand before the night asks anything: what is not to be asked twice, and which warnings go on."""

from pathlib import Path

import duckdb

from case_tables import CASE_BEFORE
from engine import conform, sql_text


def case_before(connection: duckdb.DuckDBPyConnection, previous: Path | None) -> None:
    """Create `case_before` (CASE_BEFORE) from `case_file` and `issued_before`, both as they are before tonight.

    `previous` is the Parquet file of the warnings of the night before: a warning on it whose case is closed by now is over, so
    that the household, if it is warned of once more, is warned of anew.  What was handed out only after the visit has not been
    looked at: it is none of the case's `families` here.
    """
    told = f"SELECT warning_id FROM read_parquet({sql_text(str(previous))})" if previous else "SELECT NULL WHERE false"
    connection.execute(f"""
        CREATE OR REPLACE TABLE case_before AS
        WITH handed AS (
            SELECT c.case_id, min(i.first_seen) AS first_seen,
                list_sort(list_distinct(flatten(list(i.families) FILTER (i.as_of <= coalesce(c.visited_on, i.as_of))))) AS asked
            FROM issued_before i JOIN case_file c ON c.case_id = i.warning_id GROUP BY c.case_id
        )
        SELECT c.case_id, c.household_id, c.state, c.state_since, c.opened_on,
            coalesce(h.first_seen, c.opened_on) AS first_seen,
            CASE WHEN h.case_id IS NULL THEN c.families ELSE coalesce(h.asked, []) END AS families,
            c.visited_on, c.visited_family, c.verdict_row
        FROM case_file c LEFT JOIN handed h USING (case_id)
        WHERE c.state <> 'closed' OR c.case_id IN ({told})
        ORDER BY c.case_id""")
    conform(connection, "case_before", CASE_BEFORE)
