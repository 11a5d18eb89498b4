"""What each village is asked to do, and what it was spared: visits are somebody's days."""

from datetime import date

import duckdb

from case_tables import BURDEN
from engine import conform


def weigh(connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Create `burden` (BURDEN) from `case_file`, `signal`, `open_signal`, `suppressed`, `warning` and `resident`.

    One row per village with a case open or opened this month, or a signal tonight.  A household counts where its head lives, a
    case where it was handed out.  `merged`: signals of the households warned of, less one each.  `avoided`: households whose
    every signal that fires was set aside, each a visit that would have been asked for once more.
    """
    connection.execute(f"""
        CREATE OR REPLACE TABLE burden AS
        WITH place AS (
            SELECT household_id, county, township, village, county_name, township_name, village_name FROM resident
            SEMI JOIN signal USING (household_id)
            QUALIFY row_number() OVER (PARTITION BY household_id ORDER BY relation IS DISTINCT FROM '户主', resident_id) = 1
        ),
        told AS (
            SELECT household_id, count(*) AS signals, count(signal_id) FILTER (is_open) AS joined,
                bool_or(verdict = 'fires' AND NOT is_open) AS is_answered
            FROM (SELECT s.household_id, s.signal_id, s.verdict, o.signal_id IS NOT NULL AS is_open
                FROM signal s LEFT JOIN open_signal o USING (signal_id)) GROUP BY household_id
        ),
        counted AS (
            SELECT county, township, village, county_name, township_name, village_name,
                (opened_on >= date_trunc('month', DATE '{as_of}'))::BIGINT AS asked_month,
                (state <> 'closed')::BIGINT AS open_cases,
                coalesce(timeliness IN ('overdue', 'escalated'), false)::BIGINT AS overdue,
                0 AS signals, 0 AS merged, 0 AS avoided
            FROM case_file
            UNION ALL BY NAME
            SELECT p.* EXCLUDE (household_id), 0 AS asked_month, 0 AS open_cases, 0 AS overdue, t.signals,
                if(w.household_id IS NULL, 0, greatest(t.joined - 1, 0)) AS merged,
                (w.household_id IS NULL AND t.is_answered)::BIGINT AS avoided
            FROM told t JOIN place p USING (household_id) LEFT JOIN warning w USING (household_id)
        )
        SELECT county, township, village, max(county_name) AS county_name, max(township_name) AS township_name,
            max(village_name) AS village_name, sum(asked_month)::BIGINT AS asked_month, sum(open_cases)::BIGINT AS open_cases,
            sum(overdue)::BIGINT AS overdue, sum(signals)::BIGINT AS signals, sum(merged)::BIGINT AS merged,
            sum(avoided)::BIGINT AS avoided
        FROM counted GROUP BY county, township, village
        HAVING asked_month + open_cases + sum(signals) > 0
        ORDER BY county, township, village""")
    conform(connection, "burden", BURDEN)
