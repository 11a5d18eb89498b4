"""Cases: what was handed out, what came back, and where each household's case stands after it.

A case is opened by the night that first hands out a warning and has that warning's id.  Everything is made anew every night
from the ledger of rows handed out and from the rows that came back, so that a late correction changes history as it should.
"""

from datetime import date
from typing import Final

import duckdb

from case_tables import CASE, CASE_EVENT, ISSUED
from casework.clocks import deadlines
from casework.happenings import happenings_sql, verdicts_sql
from engine import conform
from settings import Clocks, Holidays

_LISTS: Final = ("families", "rules", "sources", "channels")

_HANDED: Final = "(FROM issued_before UNION ALL BY NAME FROM issued)"


def follow_cases(connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Create `case_event` (CASE_EVENT) and `case_standing`: every case as it stands, before its clock is read.

    Reads `issued_before`, `issued` (empty before tonight's rows are handed out), `answer`, `case_step` and `fact_visits`.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE opened AS {_opened_sql()}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE case_verdict AS {verdicts_sql(as_of)}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE happening AS {happenings_sql(_HANDED, as_of)}")
    columns = ", ".join(CASE_EVENT.names)
    connection.execute(f"CREATE OR REPLACE TABLE case_event AS SELECT {columns} FROM happening ORDER BY case_id, position")
    conform(connection, "case_event", CASE_EVENT)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE case_standing AS {_standing_sql()}")


def file_cases(connection: duckdb.DuckDBPyConnection, clocks: Clocks, holidays: Holidays, as_of: date) -> None:
    """Create `case_file` (CASE) from `case_standing`, the clocks of its cases read."""
    running = "SELECT case_id, state, state_since, publicity_until FROM case_standing"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE running AS {running}")
    deadlines(connection, clocks, holidays, as_of)
    made = {"days_over": "coalesce(days_over, 0)::INTEGER AS days_over"}
    columns = ", ".join(made.get(name, name) for name in CASE.names)
    connection.execute(f"""
        CREATE OR REPLACE TABLE case_file AS
        SELECT {columns} FROM case_standing LEFT JOIN clock USING (case_id) ORDER BY case_id""")
    conform(connection, "case_file", CASE)
    for name in ("case_standing", "running", "happening", "case_verdict", "opened"):
        connection.execute(f"DROP TABLE {name}")


def _opened_sql() -> str:
    """One row per case: the place as last handed out, all it was handed out for, and when the household's next case opened."""
    places = [name for name in ISSUED.names if name.startswith(("county", "township", "village"))]
    last = ", ".join(f"arg_max({name}, (as_of, row_hash)) AS {name}" for name in ["household_id", *places])
    lists = ", ".join(f"list_sort(list_distinct(flatten(list({name})))) AS {name}" for name in _LISTS)
    return f"""
SELECT *, lead(opened_on) OVER (PARTITION BY household_id ORDER BY opened_on, case_id) AS next_on
FROM (SELECT warning_id AS case_id, min(as_of) AS opened_on, {last}, {lists} FROM {_HANDED} GROUP BY warning_id)"""


def _standing_sql() -> str:
    return """
WITH moved AS (FROM happening WHERE moves),
reached AS (
    SELECT case_id, arg_max(to_state, position) AS state, arg_max(happened_on, position) AS state_since,
        arg_max_null(closed_as, position) AS closed_as
    FROM moved GROUP BY case_id
),
settled AS (
    SELECT v.case_id, v.visited_on, v.outcome, v.family AS visited_family, v.row_id AS verdict_row
    FROM moved JOIN case_verdict v USING (case_id, row_id) WHERE event = 'answered'
),
missed AS (SELECT case_id, count(*)::INTEGER AS tries FROM happening WHERE event = 'not_met' GROUP BY case_id),
posted AS (SELECT case_id, arg_max(until, position) AS publicity_until FROM moved WHERE to_state = 'publicity' GROUP BY case_id)
SELECT o.* EXCLUDE (next_on), state, state_since, coalesce(tries, 0)::INTEGER AS tries,
    visited_on, outcome, visited_family, verdict_row, publicity_until,
    CASE state WHEN 'closed' THEN state_since END AS closed_on, CASE state WHEN 'closed' THEN closed_as END AS closed_as
FROM opened o JOIN reached USING (case_id) LEFT JOIN settled USING (case_id) LEFT JOIN missed USING (case_id)
LEFT JOIN posted USING (case_id)"""
