"""What goes back of the lists that came back: every row that could not be taken, until one about the same was."""

from datetime import date
from typing import Final

import duckdb

from case_tables import REFUSED_ROW
from casework.answers import REFUSALS
from casework.problems import MARK_CURE, UNUSABLE
from casework.steps import CURE
from engine import conform, sql_text
from outcomes import SETTLING, titles_sql

_FILES: Final = "SELECT source, batch_id, arg_max(file, position) AS file FROM delivery GROUP BY ALL"

LONGEST: Final = 366
"""Days after which nothing is answered any more of what was handed out on a day (our own figure)."""


def gather_refused(
    connection: duckdb.DuckDBPyConnection, answers: str, steps: str, marks: str, as_of: date, forgotten: date | None = None
) -> None:
    """Create `refused_row` (REFUSED_ROW) from `answer`, `case_step`, `returned_row` and `record_number`.

    Reads also `issued_before`, `delivery`, `accepted_<source>` and `problem_unusable`; `answers`, `steps` and `marks` are the
    sources.  Marks of the ledger of problems speak of no warning: they belong to no county's list.  `record_number`
    (row_id, warning_id) has the number that stands in each quarantined row of theirs; where it is none of ours the row is left
    to the list of what the gate took out.  Of rows about one warning refused time and again for one reason only those of the
    last day are told; one that came with a good one about the same is told on its first night only.  `forgotten` is the last
    night whose ledger was purged after its term: numbers that are unknown since do not go back to anybody.
    """
    known = f"AND (w.warning_id IS NOT NULL OR r.received_on > DATE '{forgotten}' + {LONGEST})" if forgotten else ""
    refused = " UNION ALL ".join(
        (_answers_sql(answers), _steps_sql(steps), _quarantined_sql(answers, steps), _marks_sql(marks))
    )
    connection.execute(f"""
        CREATE OR REPLACE TABLE refused_row AS
        WITH warning AS (SELECT warning_id, arg_min(county, as_of) AS county FROM issued_before GROUP BY warning_id),
        refused AS ({refused}),
        taken AS (
            SELECT {sql_text(answers)} AS source, warning_id, NULL AS step, received_on,
                outcome IN ({titles_sql(SETTLING)}) AS settles
            FROM answer WHERE fate IN ('taken', 'overruled')
            UNION ALL SELECT {sql_text(steps)}, case_id, step, received_on, true FROM case_step
            WHERE fate IN ('taken', 'overruled')
        )
        SELECT row_id, source, w.county, received_on, file, sheet, line,
            CASE WHEN w.warning_id IS NOT NULL THEN r.warning_id END AS warning_id, reason, cure
        FROM refused r LEFT JOIN warning w USING (warning_id) LEFT JOIN ({_FILES}) USING (source, batch_id)
        WHERE (NOT is_quarantined OR w.warning_id IS NOT NULL) {known} AND NOT EXISTS (
            FROM taken t WHERE t.source = r.source AND t.warning_id = r.warning_id AND (r.step IS NULL OR t.step = r.step)
                AND (t.received_on > r.received_on
                    OR t.received_on = r.received_on AND settles AND r.received_on < DATE '{as_of}'
                        AND (r.source = {sql_text(answers)} OR r.step IS NOT NULL)))
        QUALIFY w.warning_id IS NULL
            OR received_on = max(received_on) OVER (PARTITION BY source, r.warning_id, r.step, reason)
        ORDER BY source, w.county, received_on, file, row_id, reason
    """)
    conform(connection, "refused_row", REFUSED_ROW)


def _answers_sql(source: str) -> str:
    cures = " ".join(f"WHEN {sql_text(code)} THEN {sql_text(one.cure)}" for code, one in REFUSALS.items())
    return f"""
SELECT row_id, {sql_text(source)} AS source, a.batch_id, a.received_on, sheet, a.line, a.warning_id, NULL::VARCHAR AS step,
    why AS reason, CASE a.reason {cures} END AS cure, false AS is_quarantined
FROM answer a JOIN (SELECT row_id, sheet FROM accepted_{source}) USING (row_id) WHERE fate = 'refused'"""


def _steps_sql(source: str) -> str:
    return f"""
SELECT row_id, {sql_text(source)}, batch_id, s.received_on, sheet, line, s.case_id, s.step, why, {sql_text(CURE)}, false
FROM case_step s JOIN (SELECT row_id, batch_id, sheet, line FROM accepted_{source}) USING (row_id) WHERE fate = 'refused'"""


def _quarantined_sql(*sources: str) -> str:
    """A row may fail several checks; each is told.  That another line about the same came since, perhaps an empty one, is no
    answer."""
    named = ", ".join(map(sql_text, sources))
    return f"""
SELECT row_id, source, batch_id, received_on, sheet, line, warning_id, NULL, if(title = '', reason, title || '：' || reason),
    if(title = '', expected, '“' || title || '”' || expected), true
FROM returned_row LEFT JOIN record_number USING (row_id)
WHERE source IN ({named}) AND expectation <> 'is_data_row'"""


def _marks_sql(source: str) -> str:
    whys = " ".join(f"WHEN {sql_text(code)} THEN {sql_text(title)}" for code, title in UNUSABLE.items())
    return f"""
SELECT row_id, {sql_text(source)}, batch_id, m.received_on, sheet, line, NULL, NULL, CASE u.why {whys} END,
    {sql_text(MARK_CURE)}, false
FROM problem_unusable u JOIN (SELECT row_id, batch_id, received_on, sheet, line FROM accepted_{source}) m USING (row_id)"""
