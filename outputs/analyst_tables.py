"""What analysts may see: the night's tables with opaque ids, no person's code, file name or free text of a sender."""

from collections.abc import Mapping
from typing import Final


def _opaque(letter: str, column: str) -> str:
    """A key that is equal for equal ids and does not show them; NULL stays NULL."""
    return f"'{letter}' || upper(substr(sha256('{letter}' || chr(10) || {column}), 1, 16))"


WARNINGS: Final = f"""
SELECT w.warning_id, {_opaque("H", "w.household_id")} AS household_key, w.county, w.county_name, w.township, w.township_name,
    w.village, w.village_name, w.household_type, w.score, w.parts, w.tier, w.rank, w.county_rank, w.township_rank,
    w.families, w.event_on, w.first_seen, w.status, w.due_on, w.proposed_risks, w.proposed_class,
    w.above, r.is_listed
FROM warning w JOIN referral r USING (warning_id)"""

WARNING_REASONS: Final = """
SELECT warning_id, unnest(range(1, len(reasons) + 1))::INTEGER AS position, unnest(reasons) AS reason
FROM warning"""

SIGNALS: Final = f"""
SELECT s.signal_id, w.warning_id, {_opaque("H", "s.household_id")} AS household_key,
    {_opaque("P", "s.resident_id")} AS resident_key, s.rule, s.version, s.family, s.title, s.verdict, s.observed,
    s.threshold, s.unit, s.document, s.severity, s.reason, s.event_on, s.known_on, s.evidence, s.combines,
    a.signal_id IS NOT NULL AS is_suppressed, a.kind AS suppressed_as, a.why AS suppressed_why, a.until AS suppressed_until
FROM signal s LEFT JOIN suppressed a USING (signal_id)
LEFT JOIN (SELECT warning_id, unnest(signals) AS signal_id FROM warning) w USING (signal_id)"""

VERDICT_COUNTS: Final = 'SELECT "rule", title, family, verdict, units, why FROM verdict_count'

REFERRALS: Final = """
SELECT list_id, county, township, position, warning_id, is_listed, why_cut
FROM referral"""

ACCOUNTING: Final = "SELECT * EXCLUDE (file) FROM accounting"

REVIEW_QUEUE: Final = f"""
SELECT county, position, rows, {_opaque("P", "resident_id")} AS resident_key, runner_up IS NOT NULL AS has_runner_up, method,
    probability, points, titles, is_listed, why_cut
FROM review_queue"""

REVIEW_VERDICT_COUNTS: Final = "SELECT verdict, rows, identities, decided_on FROM review_verdict_count"

BLOCKS: Final = "SELECT key, persons, pairs, crowded, largest FROM block"

ROSTER_ISSUE_COUNTS: Final = """
SELECT county, issue, title, count(DISTINCT resident_id) AS residents FROM roster_issue GROUP BY county, issue, title"""

RULE_COUNTS: Final = """
WITH counted AS (
    SELECT "rule", min(title) AS title, min(family) AS family,
        coalesce(sum(units) FILTER (verdict = 'fires'), 0)::BIGINT AS fires,
        coalesce(sum(units) FILTER (verdict = 'near'), 0)::BIGINT AS near,
        coalesce(sum(units) FILTER (verdict = 'clear'), 0)::BIGINT AS clear,
        coalesce(sum(units) FILTER (verdict = 'unknown'), 0)::BIGINT AS unknown,
        coalesce(sum(units) FILTER (verdict = 'off'), 0)::BIGINT AS not_in_use
    FROM verdict_count GROUP BY "rule"
),
answered AS (SELECT "rule", count(DISTINCT signal_id) AS suppressed FROM suppressed GROUP BY "rule"),
led AS (
    SELECT s."rule", count(DISTINCT w.warning_id) AS warnings, count(DISTINCT w.warning_id) FILTER (r.is_listed) AS listed
    FROM signal s JOIN (SELECT warning_id, unnest(signals) AS signal_id FROM warning) w USING (signal_id)
    JOIN referral r USING (warning_id) WHERE s.verdict = 'fires' GROUP BY s."rule"
)
SELECT counted.*, coalesce(suppressed, 0) AS suppressed, coalesce(warnings, 0) AS warnings, coalesce(listed, 0) AS listed
FROM counted LEFT JOIN answered USING ("rule") LEFT JOIN led USING ("rule")"""

CASES: Final = f"""
SELECT case_id, {_opaque("H", "household_id")} AS household_key, county, township, village, county_name, township_name,
    village_name, opened_on, families, rules, sources, channels, state, state_since, clock, due_on, timeliness, days_over,
    tries, visited_on, outcome, visited_family, publicity_until, closed_on, closed_as
FROM case_file"""

BURDEN: Final = """
SELECT county, township, village, county_name, township_name, village_name, asked_month, open_cases, overdue, signals, merged,
    avoided
FROM burden"""

CHANNEL_SHARES: Final = "SELECT county, channels, cases, visited, confirmed, identified FROM channel_share"

YIELDS: Final = """
SELECT level, key, title, visited, confirmed, identified, share, low, high, shrunk, toward, listed, wrong FROM "yield\""""

ALARMS: Final = """
SELECT alarm_id, kind, county, source, place, family, since, observed, expected, p_value, threshold, title, message
FROM alarm"""

PROBLEMS: Final = """
SELECT problem_id, kind, subject, county, title, detail, owner, opened_on, due_on, last_seen_on, state, closed_on
FROM problem"""

QUERIES: Final[Mapping[str, tuple[str, str]]] = {
    "warnings": (WARNINGS, "rank"),
    "warning_reasons": (WARNING_REASONS, "warning_id, position"),
    "signals": (SIGNALS, '"rule", signal_id'),
    "verdict_counts": (VERDICT_COUNTS, '"rule", verdict, why, units'),
    "rule_counts": (RULE_COUNTS, '"rule"'),
    "referrals": (REFERRALS, "county, position, warning_id"),
    "review_queue": (REVIEW_QUEUE, "county, position NULLS LAST, resident_key, method, rows, probability, why_cut, titles"),
    "review_verdict_counts": (REVIEW_VERDICT_COUNTS, "verdict"),
    "blocks": (BLOCKS, "key"),
    "roster_issue_counts": (ROSTER_ISSUE_COUNTS, "county, issue, title"),
    "accounting": (ACCOUNTING, "source, received_on, batch_id"),
    "cases": (CASES, "case_id"),
    "burden": (BURDEN, "county, township, village"),
    "channel_shares": (CHANNEL_SHARES, "county, channels"),
    "yields": (YIELDS, "level, key"),
    "alarms": (ALARMS, "alarm_id"),
    "problems": (PROBLEMS, "problem_id"),
    "sender_quality": ("SELECT * FROM sender_quality", "source, unit, received_on"),
}
"""Published table -> the query that makes it, and a total order; `analyst_tables.yaml` explains every column."""
