"""Signals that a recent visit already answered are set aside, with the reason, until the quiet time is over.

The lists only start visits.  Setting a signal aside stops a repeated visit and nothing else: it ends no help, refuses
no application and changes no one's standing.
"""

from collections.abc import Mapping
from datetime import date

import duckdb

from engine import conform, number, sql_text
from outcomes import ALL_FAMILIES, SETTLING, titles_sql
from rules.model import Rule
from tables import SIGNAL, SUPPRESSED


def suppress(connection: duckdb.DuckDBPyConnection, as_of: date, quiet_days: int, rules: Mapping[str, Rule]) -> None:
    """Create `suppressed` and `open_signal` from `signal` and `fact_visits` (facts visited_on, family, outcome).

    A signal is set aside if its household was visited for its family at most `quiet_days` before `as_of`, the outcome
    settles it, and nothing happened after the visit (a signal without an event day describes a state, not an event).
    The latest such visit is named.  A combination all of whose signals are set aside is so too.  A rule that asks again only
    when it is worse says that it is not; `rules` tells which.
    """
    connection.execute(f"""
        CREATE OR REPLACE TABLE suppressed AS
        SELECT DISTINCT ON (s.signal_id)
               s.signal_id, s.household_id, s.rule, s.family,
               strftime(v.visited_on, '%Y-%m-%d') || ' 已入户核实（' || v.family || '），结论：' || v.outcome
               || {_since(rules)} AS why,
               v.row_id AS verdict_row,
               v.visited_on + {quiet_days} AS until
        FROM signal s JOIN fact_visits v ON v.household_id = s.household_id AND v.family IN (s.family, '{ALL_FAMILIES}')
        WHERE v.outcome IN ({titles_sql(SETTLING)})
          AND v.visited_on BETWEEN DATE '{as_of}' - {quiet_days} AND DATE '{as_of}'
          AND (s.event_on IS NULL OR s.event_on <= v.visited_on)
        ORDER BY s.signal_id, v.visited_on DESC, v.row_id DESC
    """)
    while _set_aside_combinations(connection):
        pass
    connection.execute("""
        CREATE OR REPLACE TABLE open_signal AS
        SELECT * FROM signal ANTI JOIN suppressed USING (signal_id)
        ORDER BY rule, household_id, resident_id NULLS FIRST
    """)
    conform(connection, "suppressed", SUPPRESSED)
    conform(connection, "open_signal", SIGNAL)


def _set_aside_combinations(connection: duckdb.DuckDBPyConnection) -> int:
    """Set aside the combinations that rest on nothing open any more; returns how many, as others may combine them."""
    return number(
        connection,
        """
        INSERT INTO suppressed
        SELECT c.signal_id, c.household_id, c.rule, c.family, '所组合的风险都已入户核实' AS why,
               arg_min(p.verdict_row, (p.until, p.verdict_row)) AS verdict_row, min(p.until) AS until
        FROM (SELECT *, unnest(combines) AS part FROM signal) c LEFT JOIN suppressed p ON p.signal_id = c.part
        WHERE c.signal_id NOT IN (SELECT signal_id FROM suppressed)
        GROUP BY c.signal_id, c.household_id, c.rule, c.family HAVING count(p.signal_id) = count(*)
        ORDER BY c.signal_id
        """,
    )


def _since(rules: Mapping[str, Rule]) -> str:
    worse = {
        rule.id: f"；此后没有明显加重（须达到核实时的 {rule.worse.normalize():f} 倍）" for rule in rules.values() if rule.worse
    }
    cases = " ".join(f"WHEN {sql_text(name)} THEN {sql_text(said)}" for name, said in worse.items())
    nothing = sql_text("；此后没有新的越线或事件")
    return f"CASE s.rule {cases} ELSE {nothing} END" if worse else nothing
