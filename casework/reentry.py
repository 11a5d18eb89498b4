"""Re-entry: households identified again soon after their risk counted as gone, and the tally of the exit watch per county."""

from datetime import date

import duckdb

from case_tables import EXIT_COUNT, REENTRY
from engine import conform, sql_text
from outcomes import IDENTIFIED


def find_reentries(connection: duckdb.DuckDBPyConnection, months: int, as_of: date) -> None:
    """Create `reentry` (REENTRY) and `exit_removal` from `registry_month`, `registry_state` and `case_file`.

    `exit_removal`: household, county and day of every removal that the registry tells, months without a day counted from their
    first.  A household is back when a later state of the registry says monitored again, identified after the removal (or with
    the removal taken back), or when a visit after it found that it is to be identified; within `months` months, the first such
    day counts.  `months` in the table are the months' ends between the two days.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE exit_removal AS {_removals_sql(as_of)}")
    connection.execute(f"""
        CREATE OR REPLACE TABLE reentry AS
        WITH returns AS ({_returns_sql()})
        SELECT household_id, r.county, removed_on, arg_min(back_on, (back_on, family)) AS back_on,
            (date_diff('month', removed_on, arg_min(back_on, (back_on, family))))::INTEGER AS months,
            arg_min(family, (back_on, family)) AS family
        FROM exit_removal r JOIN returns b USING (household_id)
        WHERE b.back_on > removed_on AND b.back_on <= removed_on + INTERVAL {months} MONTH AND b.back_on <= DATE '{as_of}'
        GROUP BY household_id, r.county, removed_on ORDER BY household_id, removed_on""")
    conform(connection, "reentry", REENTRY)


def _removals_sql(as_of: date) -> str:
    """Where a state that says removed follows one that does not, or none: the day it names, else the first of its month."""
    return f"""
SELECT household_id, county, coalesce(removed_on, date_trunc('month', ends_on)::DATE) AS removed_on
FROM (SELECT *, lag(is_removed) OVER (PARTITION BY household_id ORDER BY position) AS was_removed FROM registry_month)
WHERE is_removed AND NOT coalesce(was_removed, false)
    AND coalesce(removed_on, date_trunc('month', ends_on)::DATE) <= DATE '{as_of}'"""


def _returns_sql() -> str:
    return f"""
    SELECT household_id, greatest(identified_on, date_trunc('month', ends_on)::DATE) AS back_on,
        unnest(if(len(families) = 0, [NULL], families)) AS family
    FROM (SELECT *, lag(is_removed) OVER (PARTITION BY household_id ORDER BY position) AS was_removed FROM registry_month)
    WHERE was_removed AND NOT is_removed
    UNION ALL
    SELECT household_id, visited_on, visited_family FROM case_file WHERE outcome = {sql_text(IDENTIFIED)}"""


def count_exits(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `exit_count` (EXIT_COUNT) from `exit_watch`, `exit_removal` and `reentry`, per county and for all ('').

    `back` / `removed` is the error measure.  Removals younger than the stated months may still come back, so it is too low.
    """
    verdicts = ("proposed", "not_yet", "unknown", "never")
    states = ", ".join(f"count(*) FILTER (verdict = '{name}') AS {name}" for name in verdicts)
    connection.execute(f"""
        CREATE OR REPLACE TABLE exit_count AS
        WITH counted AS (
            SELECT county, count(*) AS watched, {states}, 0 AS removed, 0 AS back FROM exit_watch GROUP BY county
            UNION ALL SELECT county, 0, 0, 0, 0, 0, count(*), 0 FROM exit_removal GROUP BY county
            UNION ALL SELECT county, 0, 0, 0, 0, 0, 0, count(*) FROM reentry GROUP BY county
        )
        SELECT if(grouping(county) = 1, '', county) AS county, {_sums()}
        FROM counted GROUP BY GROUPING SETS ((county), ()) HAVING grouping(county) = 1 OR county IS NOT NULL ORDER BY county""")
    conform(connection, "exit_count", EXIT_COUNT)


def _sums() -> str:
    names = [name for name in EXIT_COUNT.names if name != "county"]
    return ", ".join(f"coalesce(sum({name}), 0)::BIGINT AS {name}" for name in names)
