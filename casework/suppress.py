"""Never ask twice: signals that were answered, are being dealt with or are known already are set aside, each with the reason.

The lists only start visits.  Setting a signal aside stops a repeated visit and nothing else: it ends no help, refuses
no application and changes no one's standing.  What has happened since, what has got worse and what is of another family
is asked in any case; a visit that met nobody sets nothing aside, and what the household itself reports is always looked at.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

import duckdb

from case_tables import STATES
from engine import conform, number, sql_text
from outcomes import ALL_FAMILIES, PASSED_ON, SETTLING, titles_sql
from tables import SIGNAL, SUPPRESSED

_BEYOND: Final = ("visited", "compared", "publicity", "noticed")
"""States of a case whose visit is over and whose outcome is still to come."""
DECIDED: Final = ("纳入监测", "不予纳入")
"""As what a case is closed that went through comparison and notice."""
_KINDS: Final = "['open_case', 'monitored', 'visited']"
"""Of several reasons that one is named that lasts longest."""
MUCH: Final = 2
"""How many times its line a new measure must reach for a monitored household to be asked again without a visit that says what
it was (our own figure)."""


@dataclass(frozen=True)
class Again:
    """What suppression must know of rules."""

    worse: Mapping[str, Decimal] = field(default_factory=dict)
    """Rules that ask again only when it is worse -> multiple of the value at the last visit."""
    reported: Collection[str] = ()
    """Rules that read what households report themselves."""


def suppress(connection: duckdb.DuckDBPyConnection, as_of: date, quiet_days: int, again: Again) -> None:
    """Create `suppressed` and `open_signal` from `signal`, `fact_visits`, `case_before`, `case_file` and `monitored`.

    `visited`: the household was visited for the signal's family at most `quiet_days` before `as_of`, the outcome settles it
    or passed it on, and nothing happened after the visit (a signal without an event day describes a state, not an event).
    The latest such visit is named.  A case that was decided at its end counts from that day.  `open_case`: what the visit
    found is on its way through comparison, notice and approval; the family is the same, and nothing happened after the visit.
    While a case awaits its visit its household stays on the list, under the same warning: what fires then joins that visit.
    `monitored`: the household is monitored for that risk, unless it is worse or the household reports it (`_asks_again`).  A
    combination all of whose signals are set aside is so too.
    """
    connection.execute(f"""
        CREATE OR REPLACE TABLE suppressed AS
        WITH settled AS (
            FROM fact_visits WHERE outcome IN ({titles_sql((*SETTLING, PASSED_ON))}) AND visited_on <= DATE '{as_of}'
        ),
        reason AS (
            {_visited(as_of, quiet_days, again.worse)} UNION ALL {_decided(as_of, quiet_days, again.worse)}
            UNION ALL {_open_case(again.worse)} UNION ALL {_monitored(again)}
        )
        SELECT DISTINCT ON (signal_id)
            signal_id, household_id, rule, family, kind, why, verdict_row, until
        FROM reason ORDER BY signal_id, list_position({_KINDS}, kind), since DESC, verdict_row DESC NULLS LAST""")
    while _set_aside_combinations(connection):
        pass
    connection.execute("""
        CREATE OR REPLACE TABLE open_signal AS
        SELECT * FROM signal ANTI JOIN suppressed USING (signal_id)
        ORDER BY rule, household_id, resident_id NULLS FIRST
    """)
    conform(connection, "suppressed", SUPPRESSED)
    conform(connection, "open_signal", SIGNAL)


def _visited(as_of: date, quiet_days: int, worse: Mapping[str, Decimal]) -> str:
    return f"""
        SELECT s.signal_id, s.household_id, s.rule, s.family, 'visited' AS kind,
            strftime(v.visited_on, '%Y-%m-%d') || ' 已入户核实（' || v.family || '），结论：' || v.outcome
                || {_since(worse)} AS why,
            v.row_id AS verdict_row, v.visited_on + {quiet_days} AS until, v.visited_on AS since
        FROM signal s JOIN settled v ON v.household_id = s.household_id AND v.family IN (s.family, '{ALL_FAMILIES}')
        WHERE v.visited_on >= DATE '{as_of}' - {quiet_days} AND (s.event_on IS NULL OR s.event_on <= v.visited_on)"""


def _decided(as_of: date, quiet_days: int, worse: Mapping[str, Decimal]) -> str:
    """Cases that went all the way to a decision, which may come later than `quiet_days` after the visit."""
    return f"""
        SELECT s.signal_id, s.household_id, s.rule, s.family, 'visited',
            strftime(c.closed_on, '%Y-%m-%d') || ' 个案办结：' || c.closed_as || {_since(worse)},
            c.verdict_row, c.closed_on + {quiet_days}, c.closed_on
        FROM signal s JOIN case_file c USING (household_id)
        WHERE c.closed_as IN ({titles_sql(DECIDED)}) AND c.closed_on BETWEEN DATE '{as_of}' - {quiet_days} AND DATE '{as_of}'
            AND (list_contains(c.families, s.family) OR c.visited_family IN (s.family, '{ALL_FAMILIES}'))
            AND (s.event_on IS NULL OR s.event_on <= c.visited_on)"""


def _open_case(worse: Mapping[str, Decimal]) -> str:
    stands = " ".join(f"WHEN {sql_text(state)} THEN {sql_text(STATES[state])}" for state in _BEYOND)
    return f"""
        SELECT s.signal_id, s.household_id, s.rule, s.family, 'open_case',
            '个案未办结（' || CASE c.state {stands} END || '，' || strftime(c.state_since, '%Y-%m-%d')
                || ' 起），办结前不再为同类风险入户' || {_since(worse)},
            c.verdict_row, NULL::DATE, c.state_since
        FROM signal s JOIN case_before c USING (household_id)
        WHERE c.state IN {_BEYOND}
            AND (list_contains(c.families, s.family) OR c.visited_family IN (s.family, '{ALL_FAMILIES}'))
            AND (s.event_on IS NULL OR s.event_on <= coalesce(c.visited_on, c.state_since))"""


def _monitored(again: Again) -> str:
    return f"""
        SELECT s.signal_id, s.household_id, s.rule, s.family, 'monitored',
            coalesce(strftime(m.since, '%Y-%m-%d') || ' 起', '') || '已因“' || m.family
                || '”列为监测对象，风险尚未消除，由帮扶跟进，不再为同一风险入户',
            m.row_id, NULL::DATE, m.since
        FROM signal s JOIN monitored m ON m.household_id = s.household_id AND m.family = s.family
        LEFT JOIN (
            SELECT n.household_id, n.family, max(visited_on) AS seen_on FROM monitored n JOIN settled v
                ON v.household_id = n.household_id AND v.family IN (n.family, '{ALL_FAMILIES}') GROUP BY ALL
        ) l ON l.household_id = s.household_id AND l.family = s.family
        WHERE NOT coalesce(s.event_on > greatest(m.since, l.seen_on) AND ({_asks_again(again)}), false)"""


def _asks_again(again: Again) -> str:
    """SQL: whether what happened since the household was identified, and last visited, is to be looked at all the same.

    The household reports it; or the rule measures it worse than the visit did, which a rule of `worse` says itself; or there is
    no such comparison, and the measure reaches `MUCH` times its line.
    """
    worse, reported = (", ".join(map(sql_text, sorted(names))) or "NULL" for names in (again.worse, again.reported))
    compared = f"l.seen_on IS NOT NULL AND coalesce(s.rule IN ({worse}), false)"
    much = f"s.threshold > 0 AND s.observed >= {MUCH} * s.threshold"
    return f"s.rule IN ({reported}) OR CASE WHEN {compared} THEN true ELSE {much} END"


def _set_aside_combinations(connection: duckdb.DuckDBPyConnection) -> int:
    """Set aside the combinations that rest on nothing open any more; returns how many, as others may combine them.

    Such a one is asked again as soon as one of its parts is.
    """
    return number(
        connection,
        """
        INSERT INTO suppressed
        WITH parted AS (
            SELECT c.signal_id, c.household_id, c.rule, c.family, count(*) AS parts, count(p.signal_id) AS gone,
                list({'until': p.until, 'row': p.verdict_row, 'kind': p.kind}
                    ORDER BY p.until NULLS LAST, p.verdict_row NULLS LAST, p.kind)[1] AS first,
                bool_and(p.kind = 'visited') AS is_visited
            FROM (SELECT *, unnest(combines) AS part FROM signal) c LEFT JOIN suppressed p ON p.signal_id = c.part
            WHERE c.signal_id NOT IN (SELECT signal_id FROM suppressed)
            GROUP BY c.signal_id, c.household_id, c.rule, c.family
        )
        SELECT signal_id, household_id, rule, family, first.kind,
            if(is_visited, '所组合的风险都已入户核实', '所组合的风险都已入户核实、个案未办结或已在监测'),
            first."row", first.until
        FROM parted WHERE gone = parts ORDER BY signal_id
        """,
    )


def _since(worse: Mapping[str, Decimal]) -> str:
    said = {rule: f"；此后没有明显加重（须达到核实时的 {multiple.normalize():f} 倍）" for rule, multiple in worse.items()}
    cases = " ".join(f"WHEN {sql_text(name)} THEN {sql_text(text)}" for name, text in said.items())
    nothing = sql_text("；此后没有新的越线或事件")
    return f"CASE s.rule {cases} ELSE {nothing} END" if said else nothing
