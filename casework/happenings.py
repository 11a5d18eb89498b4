"""What happened to each case, in order, and which of it moved the case on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from engine import sql_text
from outcomes import ALL_FAMILIES, IDENTIFIED, NOT_MET, PASSED_ON, SETTLING, titles_sql


@dataclass(frozen=True)
class Step:
    """A step that a county reports: what people call it, where it takes the case (None: nowhere) and as what it closes it."""

    title: str
    leads_to: str | None
    closes_as: str | None = None


STEPS: Final[Mapping[str, Step]] = {
    "authorised": Step("签署承诺授权", None),
    "compared": Step("完成信息比对", "compared"),
    "publicity_started": Step("开始公示", "publicity"),
    "publicity_ended": Step("公示结束，无异议", "noticed"),
    "objection": Step("公示有异议，重新评议", "compared"),
    "approved": Step("县级审定，纳入监测", "closed", "纳入监测"),
    "rejected": Step("不予纳入", "closed", "不予纳入"),
}


MERGED: Final = "并入新的预警"
"""As what a case is closed whose visit is made under the household's next one."""


def verdicts_sql(as_of: date) -> str:
    """case_id, row_id, source, visited_on, received_on, outcome, family: what visits found of each case.

    A returned row names its case.  A result of another system is the case's that was open on that day, if it looked at one
    of its risks.  Rows overruled by a later one tell only that nobody was met.
    """
    return f"""
SELECT warning_id AS case_id, row_id, 'answers' AS source, visited_on, received_on, outcome, family
FROM answer JOIN opened ON case_id = warning_id
WHERE fate = 'taken' OR (fate = 'overruled' AND outcome = {sql_text(NOT_MET)})
UNION ALL
SELECT o.case_id, v.row_id, 'visits' AS source, v.visited_on, v.received_on, v.outcome, v.family
FROM (FROM fact_visits ANTI JOIN answer USING (row_id)) v JOIN opened o USING (household_id)
WHERE v.visited_on BETWEEN o.opened_on AND DATE '{as_of}' AND v.visited_on < coalesce(o.next_on, DATE '9999-12-31')
    AND (v.family = {sql_text(ALL_FAMILIES)} OR list_contains(o.families, v.family))"""


def happenings_sql(handed: str, as_of: date) -> str:
    """Everything that happened to every case, with its position, the states before and after it, and whether it moved the case.

    Of several verdicts the first that settles decides; one that only says what the steps have gone beyond moves nothing; after
    the case is closed nothing does.  A notice that nobody objected to is over on the day after its last.
    """
    before = "PARTITION BY case_id ORDER BY happened_on, turn, known_on, row_id NULLS FIRST"
    return f"""
WITH happened AS ({_opened()} UNION ALL {_asked_again(handed)} UNION ALL {_visited()} UNION ALL {_stepped()}
    UNION ALL {_in_vain()} UNION ALL {_lapsed(as_of)} UNION ALL {_merged()}),
placed AS (
    SELECT *, row_number() OVER ({before})::INTEGER AS position,
        count(wanted) FILTER (turn > 1) OVER ({before} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
    FROM happened
),
weighed AS (SELECT * REPLACE (CASE WHEN event = 'answered' AND earlier > 0 THEN NULL ELSE wanted END AS wanted) FROM placed),
counted AS (
    SELECT *, wanted IS NOT NULL AND NOT coalesce(bool_or(wanted = 'closed') OVER (
        PARTITION BY case_id ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS moves
    FROM weighed
),
walked AS (
    SELECT *, last_value(CASE WHEN moves THEN wanted END IGNORE NULLS) OVER (
        PARTITION BY case_id ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS to_state
    FROM counted
)
SELECT *, lag(to_state) OVER (PARTITION BY case_id ORDER BY position) AS from_state FROM walked"""


def _opened() -> str:
    return """
SELECT case_id, opened_on AS happened_on, opened_on AS known_on, 0 AS turn, 'opened' AS event, '列入名单，待入户核实' AS title,
    'warned' AS wanted, NULL::VARCHAR AS closed_as, NULL::DATE AS until, NULL::VARCHAR AS source, NULL::BIGINT AS row_id
FROM opened"""


def _asked_again(handed: str) -> str:
    return f"""
SELECT DISTINCT warning_id, as_of, as_of, 1, 'asked_again', '名单内容有变化，并入同一次核实', NULL, NULL, NULL::DATE, NULL,
    NULL::BIGINT
FROM {handed} JOIN opened ON case_id = warning_id WHERE as_of > opened_on"""


def _visited() -> str:
    leads = f"""CASE WHEN outcome = {sql_text(IDENTIFIED)} THEN 'visited'
        WHEN outcome IN ({titles_sql((*SETTLING, PASSED_ON))}) THEN 'closed' END"""
    return f"""
SELECT case_id, visited_on, received_on, 2, if(outcome = {sql_text(NOT_MET)}, 'not_met', 'answered'),
    '入户核实（' || family || '）：' || outcome, {leads}, nullif(outcome, {sql_text(IDENTIFIED)}), NULL::DATE, source, row_id
FROM case_verdict"""


def _stepped() -> str:
    rows = ", ".join(
        "(" + ", ".join(sql_text(cell) if cell else "NULL" for cell in (name, step.title, step.leads_to, step.closes_as)) + ")"
        for name, step in STEPS.items()
    )
    return f"""
SELECT case_id, s.happened_on, s.received_on, 3, 'step', k.title, k.leads_to, k.closes_as, s.until, 'case_steps', s.row_id
FROM case_step s JOIN opened USING (case_id) JOIN (VALUES {rows}) k(step, title, leads_to, closes_as) USING (step)
WHERE s.fate = 'taken'"""


def _in_vain() -> str:
    """What came back and changed nothing: what a later finding or end took the place of, and rows sent back."""
    titles = ", ".join(f"({sql_text(name)}, {sql_text(step.title)})" for name, step in STEPS.items())
    return f"""
SELECT case_id, visited_on, received_on, 2, 'overruled',
    '入户核实（' || family || '）：' || outcome || '（已被后来的结论取代）',
    NULL, NULL, NULL::DATE, 'answers', row_id
FROM answer JOIN opened ON case_id = warning_id WHERE fate = 'overruled' AND outcome <> {sql_text(NOT_MET)}
UNION ALL
SELECT case_id, s.happened_on, s.received_on, 3, 'overruled', k.title || '（已被后来的结果取代）', NULL, NULL, NULL::DATE,
    'case_steps', s.row_id
FROM case_step s JOIN opened USING (case_id) JOIN (VALUES {titles}) k(step, title) USING (step) WHERE s.fate = 'overruled'
UNION ALL
SELECT case_id, received_on, received_on, 5, 'refused', '送回的核实名单有一行退回重填：' || why, NULL, NULL, NULL::DATE,
    'answers', row_id
FROM answer JOIN opened ON case_id = warning_id WHERE fate = 'refused'
UNION ALL
SELECT case_id, s.received_on, s.received_on, 5, 'refused', '送回的办理进度有一行退回重填：' || why, NULL, NULL, NULL::DATE,
    'case_steps', row_id
FROM case_step s JOIN opened USING (case_id) WHERE s.fate = 'refused'"""


def _merged() -> str:
    """Cases that still await their visit though the household has a newer one: what ended them was taken back since."""
    leading = ", ".join(sql_text(name) for name, step in STEPS.items() if step.leads_to)
    return f"""
SELECT case_id, next_on, next_on, 6, 'merged', '这一户另有新的预警，并入那一次核实', 'closed', {sql_text(MERGED)},
    NULL::DATE, NULL, NULL::BIGINT
FROM opened o WHERE next_on IS NOT NULL
    AND NOT EXISTS (FROM case_verdict v WHERE v.case_id = o.case_id AND outcome IN ({titles_sql((*SETTLING, PASSED_ON))}))
    AND NOT EXISTS (FROM case_step s WHERE s.case_id = o.case_id AND fate = 'taken' AND step IN ({leading}))"""


def _lapsed(as_of: date) -> str:
    """Notices whose last day is over without another word of the county."""
    return f"""
SELECT p.case_id, p.until + 1, p.until + 1, 4, 'step', '公示期满', 'noticed', NULL, NULL::DATE, NULL, NULL::BIGINT
FROM case_step p JOIN opened USING (case_id)
WHERE p.fate = 'taken' AND p.step = 'publicity_started' AND p.until < DATE '{as_of}' AND NOT EXISTS (
    FROM case_step o WHERE o.fate = 'taken' AND o.case_id = p.case_id AND o.happened_on BETWEEN p.happened_on AND p.until + 1
        AND o.step IN ('publicity_ended', 'objection', 'approved', 'rejected'))"""
