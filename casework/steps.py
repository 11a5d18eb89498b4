"""What a county reports of cases on their way to identification: each step held against the ledger and against the others."""

from collections.abc import Mapping
from typing import Final

import duckdb

from case_tables import CASE_STEP
from casework.workdays import due_sql, enough, lay_workdays
from engine import conform, sql_text
from settings import Holidays, Limit

STEPS: Final[Mapping[str, str]] = {
    "承诺授权": "authorised",
    "信息比对": "compared",
    "公示开始": "publicity_started",
    "公示结束无异议": "publicity_ended",
    "公示有异议": "objection",
    "县级审定": "approved",
    "不予纳入": "rejected",
}
"""What the contract of the feed calls a step, and what we call it."""

REFUSALS: Final[Mapping[str, str]] = {
    "没有下发过这个预警编号": "opened_on IS NULL",
    "没有填办理环节": "step IS NULL",
    "没有填办理日期": "happened_on IS NULL",
    "办理日期晚于收到表格的日期": "happened_on > received_on",
    "办理日期早于列入名单的日期": "happened_on < opened_on",
    "公示截止日早于公示开始": "step = 'publicity_started' AND until < happened_on",
    "没有在此之前的公示开始": "step IN ('publicity_ended', 'objection') AND posted_on IS NULL",
    "公示期未满": "step = 'publicity_ended' AND happened_on < posted_until",
}
"""Why a row is refused, as people read it, and SQL that tells it; the first that applies is told."""
_ENDINGS: Final = "('approved', 'rejected')"
OPPOSED: Final = "同一天收到的表里，这一户既报县级审定又报不予纳入"
_OVER: Final = "此后另报了审定结果，以后收到的为准"
CURE: Final = "改正后重填这一行，送回即可"


def match_steps(connection: duckdb.DuckDBPyConnection, source: str, notice: Limit, holidays: Holidays) -> None:
    """Create `case_step` (CASE_STEP) from `accepted_<source>` and `issued_before`; rows left empty are not in it.

    A notice whose last day the county does not say is posted as long as the office's `notice`.  The notice that an end or an
    objection speaks of is the last that began by that day, whenever it was reported.  Of several endings of a case the one
    received last holds; two that differ and came on one day are both refused.
    """
    earliest, latest = connection.execute(f"SELECT min(happened_on), max(happened_on) FROM accepted_{source}").fetchall()[0]
    if earliest is not None:
        lay_workdays(connection, earliest, enough(latest, [notice], holidays), holidays)
    steps = " ".join(f"WHEN {sql_text(title)} THEN {sql_text(step)}" for title, step in STEPS.items())
    last_day = due_sql("told.happened_on", notice) if earliest is not None else "NULL::DATE"
    why = " ".join(f"WHEN {test} THEN {sql_text(said)}" for said, test in REFUSALS.items())
    connection.execute(f"""
        CREATE OR REPLACE TABLE case_step AS
        WITH opened AS (SELECT warning_id AS case_id, min(as_of) AS opened_on FROM issued_before GROUP BY ALL),
        said AS (
            SELECT row_id, received_on, ltrim(case_id, '''') AS case_id, CASE step {steps} END AS step, happened_on,
                CASE WHEN step = '公示开始' THEN coalesce(until, {last_day}) END AS until
            FROM accepted_{source} AS told WHERE step IS NOT NULL OR happened_on IS NOT NULL OR until IS NOT NULL
        ),
        posted AS (
            SELECT s.row_id, max(p.happened_on) AS posted_on, arg_max(p.until, (p.happened_on, p.row_id)) AS posted_until
            FROM said s JOIN said p ON p.case_id = s.case_id AND p.step = 'publicity_started' AND p.happened_on <= s.happened_on
            WHERE p.until >= p.happened_on GROUP BY s.row_id
        ),
        weighed AS (
            SELECT said.*, CASE {why} END AS why
            FROM said LEFT JOIN opened USING (case_id) LEFT JOIN posted USING (row_id)
        ),
        ended AS (SELECT *, why IS NULL AND step IN {_ENDINGS} AS ends FROM weighed),
        opposed AS (
            SELECT *, ends AND count(DISTINCT step) OVER (PARTITION BY case_id, received_on, ends) > 1 AS is_opposed FROM ended
        ),
        last AS (
            SELECT *, ends AND NOT is_opposed AND row_number() OVER (
                PARTITION BY case_id, ends AND NOT is_opposed ORDER BY received_on DESC, happened_on DESC, row_id DESC
            ) > 1 AS is_over
            FROM opposed
        )
        SELECT row_id, received_on, case_id, step, happened_on, until,
            CASE WHEN why IS NOT NULL OR is_opposed THEN 'refused' WHEN is_over THEN 'overruled' ELSE 'taken' END AS fate,
            coalesce(why, CASE WHEN is_opposed THEN {sql_text(OPPOSED)} WHEN is_over THEN {sql_text(_OVER)} END) AS why
        FROM last ORDER BY row_id
    """)
    conform(connection, "case_step", CASE_STEP)
