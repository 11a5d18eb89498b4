"""The clocks of an office: by when a warning is to be visited and each further step of a case done, and who is late.

A clock starts on the day of the step before, which is not counted, and ends with its last day.  While a notice is posted no
clock runs; that of the approval starts after the notice's last day.  Who is late is asked again, later put before the leader
(超期督办); nothing here stops help or ends a case.
"""

from datetime import date, timedelta
from typing import Final

import duckdb
import pyarrow as pa

from case_tables import VISIT_DUE
from casework.workdays import due_sql, enough, lay_workdays, require_all_due, unknown_years
from engine import conform
from settings import Clocks, Holidays, Limit, WorkingDays

CLOCK: Final = pa.schema(
    [
        ("case_id", pa.string()),
        ("clock", pa.string()),  # case_tables.CLOCKS
        ("due_on", pa.date32()),  # null while a notice is posted
        ("timeliness", pa.string()),  # case_tables.TIMELINESS
        ("days_over", pa.int32()),  # calendar days past due_on, else 0
    ]
)

_CLOCK_OF: Final = {
    "warned": "visit", "visited": "comparison", "compared": "publicity", "publicity": "approval", "noticed": "approval",
}  # fmt: skip
"""In state `publicity` once the notice's last day is over: the county has not told yet."""


def deadlines(connection: duckdb.DuckDBPyConnection, clocks: Clocks, holidays: Holidays, as_of: date) -> None:
    """Create `clock` (CLOCK), one row per row of `running` (case_id, state, state_since, publicity_until) that is not closed.

    Raises Fault if a clock that runs has no last day.
    """
    _lay_running(connection, clocks, holidays, as_of)
    connection.execute(f"""
        CREATE OR REPLACE TABLE clock AS
        WITH posted AS (
            SELECT r.case_id, r.state, r.state_since,
                CASE WHEN r.state IN ('publicity', 'noticed') THEN r.publicity_until END AS posted_until
            FROM running r WHERE r.state <> 'closed'
        ),
        started AS (
            SELECT case_id, coalesce(posted_until, state_since) AS since,
                coalesce(posted_until >= DATE '{as_of}', false) AS is_paused,
                CASE WHEN is_paused THEN 'publicity' ELSE {_of_state()} END AS clock
            FROM posted
        ),
        dated AS (
            SELECT s.case_id, s.clock, s.is_paused, CASE WHEN s.is_paused THEN NULL {_due_cases(clocks)} END AS due_on
            FROM started s
        )
        SELECT case_id, clock, due_on, {_timeliness(clocks, as_of)} AS timeliness,
            greatest(DATE '{as_of}' - due_on, 0)::INTEGER AS days_over
        FROM dated ORDER BY case_id""")
    conform(connection, "clock", CLOCK)
    require_all_due(connection, "clock", "timeliness <> 'paused'")


def _lay_running(connection: duckdb.DuckDBPyConnection, clocks: Clocks, holidays: Holidays, as_of: date) -> None:
    limits = _running(clocks).values()
    days = "min(least(state_since, publicity_until)), max(greatest(state_since, publicity_until))"
    earliest, latest = connection.execute(f"SELECT {days} FROM running WHERE state <> 'closed'").fetchall()[0]
    lay_workdays(connection, earliest or as_of, enough(latest or as_of, limits, holidays), holidays)


def _of_state() -> str:
    """The clock of a state while no notice is posted."""
    cases = " ".join(f"WHEN '{state}' THEN '{clock}'" for state, clock in _CLOCK_OF.items())
    return f"CASE state {cases} END"


def _due_cases(clocks: Clocks) -> str:
    return " ".join(f"WHEN s.clock = '{name}' THEN {due_sql('s.since', limit)}" for name, limit in _running(clocks).items())


def _running(clocks: Clocks) -> dict[str, Limit]:
    return {
        "visit": clocks.visit, "comparison": clocks.comparison, "publicity": clocks.publicity, "approval": clocks.approval,
    }  # fmt: skip


def _timeliness(clocks: Clocks, as_of: date) -> str:
    return f"""CASE WHEN is_paused THEN 'paused'
        WHEN DATE '{as_of}' - due_on > {clocks.escalate_after} THEN 'escalated'
        WHEN DATE '{as_of}' > due_on THEN 'overdue'
        WHEN due_on - DATE '{as_of}' <= {clocks.due_within} THEN 'due' ELSE 'in_time' END"""


def visit_days(connection: duckdb.DuckDBPyConnection, limit: Limit, holidays: Holidays, as_of: date) -> None:
    """Create `visit_due` (VISIT_DUE) for every day on which a household of `case_before` may have been handed out first, and
    for `as_of`: a county is late from the day it was asked, not from the day of a warning that capacity held back.
    """
    query = f"SELECT min(opened_on) FROM case_before WHERE opened_on < DATE '{as_of}'"
    since = connection.execute(query).fetchall()[0][0] or as_of
    lay_workdays(connection, since, enough(as_of, [limit], holidays), holidays)
    connection.execute(f"""
        CREATE OR REPLACE TABLE visit_due AS
        SELECT w.day AS asked_on, {due_sql("w.day", limit)} AS due_on
        FROM workday w WHERE w.day <= DATE '{as_of}' ORDER BY w.day
    """)
    conform(connection, "visit_due", VISIT_DUE)
    require_all_due(connection, "visit_due")


def missing_years(connection: duckdb.DuckDBPyConnection, clocks: Clocks, holidays: Holidays, as_of: date) -> tuple[int, ...]:
    """The years on whose working days the end of a running clock depends, and whose holidays nobody knows.

    Reads `case_file` and `warning` as they are at the end of the night.
    """
    working = [name for name, limit in _running(clocks).items() if isinstance(limit, WorkingDays)]
    rows = connection.execute(
        """
        WITH counted AS (
            SELECT state_since AS since, due_on FROM case_file WHERE list_contains($working, clock) AND due_on IS NOT NULL
            UNION ALL SELECT $as_of::DATE, due_on FROM warning WHERE list_contains($working, 'visit')
            UNION ALL SELECT state_since, publicity_until FROM case_file WHERE state = 'publicity' AND $is_working_notice
        )
        SELECT DISTINCT unnest(range(year(since), year(due_on) + 1)) FROM counted
        """,
        {"working": working, "as_of": as_of, "is_working_notice": isinstance(clocks.publicity_days, WorkingDays)},
    ).fetchall()
    return unknown_years((year for (year,) in rows), holidays)


def years_ahead(clocks: Clocks, holidays: Holidays, as_of: date) -> tuple[int, ...]:
    """The years that a limit in working days reaches if it starts on `as_of`, and whose holidays nobody knows."""
    limits = [*_running(clocks).values(), clocks.publicity_days]
    longest = max((limit.days for limit in limits if isinstance(limit, WorkingDays)), default=0)
    last = as_of + timedelta(days=_at_least(longest))
    return unknown_years(range(as_of.year, last.year + 1), holidays) if longest else ()


def _at_least(working: int) -> int:
    """Days of the calendar that so many working days take without any holiday."""
    return working // 5 * 7 + working % 5
