"""One warning per household, with a score whose parts add up, and its place in the order of visits."""

from datetime import date
from pathlib import Path
from typing import Final

import duckdb

import tables
from catalogue import Part
from engine import conform, sql_text
from errors import Fault
from outputs.propose import Line, Proposals, lines_sql, proposal_sql
from outputs.scoring import (
    above_sql,
    day_sql,
    families_sql,
    learnt_sql,
    magnitudes_sql,
    parts_sql,
    visited_sql,
    vulnerability_sql,
)
from outputs.weights import Weights


class Ranking(Part):
    """Everything that decides the order besides the night's tables: points, proposals, monitoring lines."""

    weights: Weights
    proposals: Proposals
    lines: tuple[Line, ...]


TIE_BREAK: Final = "score DESC, len(families) DESC, event_on DESC NULLS LAST, household_id"
"""The one declared order of warnings; household_id makes it total."""

FIRED: Final = """
fired AS (SELECT DISTINCT household_id FROM open_signal WHERE verdict = 'fires')"""

HOUSEHOLD: Final = """
member AS (SELECT * FROM resident SEMI JOIN fired USING (household_id)),
home AS (  -- where its members disagree about the place, the head's is taken
    SELECT * FROM member
    QUALIFY row_number() OVER (PARTITION BY household_id ORDER BY relation IS DISTINCT FROM '户主', resident_id) = 1
)"""

SPOKEN: Final = """
spoken AS (
    SELECT s.household_id, s.signal_id,
        CASE WHEN s.resident_id IS NULL THEN '' ELSE coalesce(nullif(m.relation, '其他'), '家庭成员') || '：' END
            || s.reason || CASE s.verdict WHEN 'near' THEN '（接近标准）' ELSE '' END AS text,
        row_number() OVER (
            PARTITION BY s.household_id  -- a combination says nothing to a visitor that its parts do not
            ORDER BY s.verdict = 'near', coalesce(len(s.combines), 0) > 0, s.severity DESC, s.rule, s.resident_id, s.signal_id
        ) AS place
    FROM open_signal s SEMI JOIN fired USING (household_id)
    LEFT JOIN member m ON m.household_id = s.household_id AND m.resident_id = s.resident_id
),
reasons AS (
    SELECT household_id, list(text ORDER BY place) AS reasons
    FROM (SELECT household_id, text, min(place) AS place FROM spoken GROUP BY household_id, text) GROUP BY household_id
),
signals AS (SELECT household_id, list(signal_id ORDER BY place) AS signals FROM spoken GROUP BY household_id)"""

RESULT: Final = f"""
SELECT warning_id, household_id, county, county_name, township, township_name, village, village_name, household_type,
    score, parts, tier,
    row_number() OVER (ORDER BY {TIE_BREAK})::INTEGER AS rank,
    row_number() OVER (PARTITION BY county ORDER BY {TIE_BREAK})::INTEGER AS county_rank,
    row_number() OVER (PARTITION BY county, township ORDER BY {TIE_BREAK})::INTEGER AS township_rank,
    families, reasons, signals, event_on, first_seen, status, due_on, proposed_risks, proposed_class, proposed_why,
    {above_sql(f"(PARTITION BY county ORDER BY {TIE_BREAK})")} AS above
FROM tiered JOIN proposal USING (household_id) ORDER BY rank"""


def rank(connection: duckdb.DuckDBPyConnection, ranking: Ranking, as_of: date, previous: Path | None) -> None:
    """Create `warning` (WARNING): one per household with a signal that fires.

    Reads `open_signal`, `resident`, `case_before`, `visit_due`, for what is in doubt `link` and `source_status`, and `yield` if
    the office lets it count.  `previous` is the Parquet file of an earlier night's warnings: a household on it keeps its id and
    first day until it is visited.  Raises Fault if a signal's household is not in the roster or a score is not the
    sum of its parts.
    """
    weights = ranking.weights
    steps = (
        FIRED,
        HOUSEHOLD,
        families_sql(weights),
        magnitudes_sql(weights, as_of),
        vulnerability_sql(weights, as_of),
        visited_sql(weights, as_of),
        learnt_sql(weights),
        SPOKEN,
        _before(previous, as_of),
        lines_sql(ranking.lines, as_of),
        parts_sql(weights),
        proposal_sql(ranking.proposals, as_of),
        _tiered(weights, as_of),
    )
    connection.execute(f"CREATE OR REPLACE TABLE warning AS WITH {','.join(steps)} {RESULT}")
    conform(connection, "warning", tables.WARNING)
    _verify(connection)


def _before(previous: Path | None, as_of: date) -> str:
    """Under which id and since when a household is warned of; ranking one night twice changes nothing.

    A case that waits for its visit keeps its id: what fires meanwhile joins that one visit, due when it was due.  The visit
    ends the warning: what is asked after it is a new one with a case of its own, so that what it finds does not overrule what
    the first visit found.
    """
    known = (
        f"read_parquet({sql_text(str(previous))})"
        if previous
        else "(VALUES (NULL::VARCHAR, NULL::VARCHAR, NULL::DATE)) t(warning_id, household_id, first_seen)"
    )
    return f"""
told_before AS (
    SELECT warning_id, household_id, first_seen FROM {known}
    WHERE first_seen < {day_sql(as_of)} AND warning_id NOT IN (SELECT case_id FROM case_before WHERE state <> 'warned')
),
waiting AS (SELECT case_id, household_id, opened_on, first_seen FROM case_before WHERE state = 'warned'),
before AS (
    SELECT household_id, coalesce(c.case_id, t.warning_id) AS id_before, coalesce(c.first_seen, t.first_seen) AS seen_before,
        c.opened_on AS asked_before
    FROM waiting c FULL JOIN told_before t USING (household_id)
)"""


def _tiered(weights: Weights, as_of: date) -> str:
    """Per household: tier and dates; the id lasts as long as the warning and tells nothing of the household."""
    return f"""
dated AS (
    SELECT *, coalesce(seen_before, {day_sql(as_of)}) AS first_seen, coalesce(asked_before, {day_sql(as_of)}) AS asked_on
    FROM scored
),
tiered AS (
    SELECT dated.*,
        coalesce(id_before, 'W' || upper(substr(sha256(household_id || chr(10) || first_seen::VARCHAR), 1, 12))) AS warning_id,
        CASE WHEN score >= {weights.tiers.red} THEN '红' WHEN score >= {weights.tiers.orange} THEN '橙' ELSE '黄' END AS tier,
        CASE WHEN seen_before IS NULL THEN '新增' ELSE '持续' END AS status,
        d.due_on
    FROM dated LEFT JOIN visit_due d USING (asked_on)
)"""


def _verify(connection: duckdb.DuckDBPyConnection) -> None:
    """Fail unless every score is the sum of its parts, every household has a place and a last day, and no id names two."""
    row = connection.execute("""
        SELECT count(*) FILTER (score IS DISTINCT FROM list_sum(json_extract(parts, '$.*')::INTEGER[])),
            count(*) FILTER (county IS NULL), 2 * count(*) - count(DISTINCT warning_id) - count(DISTINCT household_id),
            count(*) FILTER (due_on IS NULL)
        FROM warning""").fetchone()
    unequal, homeless, ambiguous, undated = row or (0, 0, 0, 0)
    if unequal or homeless or ambiguous or undated:
        raise Fault(
            f"warnings: {unequal} scores differ from their parts, {homeless} households are not in the roster, "
            f"{ambiguous} ids or households are used twice, {undated} have no last day"
        )
