"""Exit watch: monitored households whose risk may be proposed as gone, and why the others are not.

A proposal starts a discussion in the village and ends no help.  Every condition must be known to hold: what is not known is
`unknown` and proposes nobody.  A household in which nobody can work is never proposed, whatever else holds.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import duckdb
import pyarrow as pa

from case_tables import EXIT_WATCH
from casework.exit_rules import ExitRule, Exits, line_rows
from casework.registry import month_number
from casework.registry_check import helped_sql
from engine import conform, sql_text
from outcomes import titles_sql

CONDITIONS: Final[Mapping[str, str]] = {
    "identified": "识别满 {identified_months} 个月",
    "income": "近 {income_months} 个月人均纯收入都高于监测范围",
    "spending": "大额刚性支出已解决",
    "guarantees": "三保障与饮水安全有保障",
    "risk_gone": "原有风险没有新的信号",
    "measure": "落实过帮扶",
    "no_new": "没有新的风险，也没有未办结的核实",
    "labour": "家中有劳动力",
}
"""What must hold, in the order told; `labour` not met means never."""

_LINES: Final = pa.schema([
    ("area", pa.string()), ("since", pa.date32()), ("until", pa.date32()), ("line", pa.decimal128(18, 4)),
    ("document", pa.string()),
])  # fmt: skip


def watch_exits(connection: duckdb.DuckDBPyConnection, exits: Exits, as_of: date) -> None:
    """Create `exit_watch` (EXIT_WATCH): one row per household that `registry_state` says is monitored.

    Also reads `registry_month`, `resident`, `signal`, `open_signal`, `verdict_count`, `unjudged` and `case_file`.
    """
    rule = exits.rules.on(as_of)
    _lay_lines(connection, exits)
    query = _unruled_sql() if rule is None else _watched_sql(rule, as_of)
    connection.execute(f"CREATE OR REPLACE TABLE exit_watch AS {query} ORDER BY household_id")
    connection.execute("DROP TABLE exit_line")
    conform(connection, "exit_watch", EXIT_WATCH)


def _lay_lines(connection: duckdb.DuckDBPyConnection, exits: Exits) -> None:
    columns = [list(column) for column in zip(*line_rows(exits.lines), strict=True)] or [[] for _ in _LINES]
    connection.register("lines_told", pa.table(columns, schema=_LINES))
    connection.execute("CREATE OR REPLACE TEMP TABLE exit_line AS SELECT * FROM lines_told")
    connection.unregister("lines_told")


def _unruled_sql() -> str:
    told = ", ".join(f"{sql_text(name)}, 'unknown'" for name in CONDITIONS)
    return f"""
SELECT household_id, county, township, registry_no, identified_on, 'unknown' AS verdict,
    json_object({told})::VARCHAR AS conditions, '没有名单日期适用的风险消除规定' AS why, [row_id] AS evidence
FROM registry_state WHERE NOT is_removed"""


def _watched_sql(rule: ExitRule, as_of: date) -> str:
    """Conditions one by one, then the verdict: never, else not_yet if one is not met, else unknown, else proposed."""
    titles = {name: title.format_map(rule.model_dump()) for name, title in CONDITIONS.items()}
    told = ", ".join(f"{sql_text(name)}, {name}" for name in CONDITIONS)
    listed = ", ".join(CONDITIONS)
    return f"""
WITH watched AS (FROM registry_state WHERE NOT is_removed),
{_incomes(rule)},
{_homes(rule, as_of)},
{_signals(rule)},
weighed AS (
    SELECT w.*, lowest, line, line_document, used, blocking, {_conditions(rule, as_of)}
    FROM watched w LEFT JOIN income_of USING (household_id) LEFT JOIN home USING (household_id)
    LEFT JOIN signal_of USING (household_id)
), judged AS (
    SELECT *, CASE WHEN labour = 'not_met' THEN 'never' WHEN list_contains([{listed}], 'not_met') THEN 'not_yet'
        WHEN list_contains([{listed}], 'unknown') THEN 'unknown' ELSE 'proposed' END AS verdict
    FROM weighed
)
SELECT household_id, county, township, registry_no, identified_on, verdict, json_object({told})::VARCHAR AS conditions,
    {_why(rule, titles)} AS why,
    list_sort(list_distinct(list_concat(coalesce(used, []), coalesce(blocking, []), [row_id]))) AS evidence
FROM judged"""


def _incomes(rule: ExitRule) -> str:
    """Per household: how many of the last months are known, the lowest income beside its line, and the rows."""
    return f"""months AS (
    SELECT m.household_id, m.row_id, m.income_per_head AS income, any_value(m.ends_on) AS ends_on,
        arg_max(l.line, length(l.area)) AS line, arg_max(l.document, length(l.area)) AS document
    FROM registry_month m JOIN watched w ON w.household_id = m.household_id
        AND m.position BETWEEN w.position - {rule.income_months - 1} AND w.position
    LEFT JOIN exit_line l ON starts_with(coalesce(m.township, m.county), l.area) AND m.ends_on BETWEEN l.since AND l.until
    GROUP BY ALL
), income_of AS (
    SELECT household_id, count(income) AS known, bool_or(income <= line) AS is_below,
        bool_or(income IS NOT NULL AND line IS NULL) AS lacks_line, min(income) AS lowest,
        arg_min(line, (income, ends_on)) AS line, arg_min(document, (income, ends_on)) AS line_document,
        list(row_id ORDER BY ends_on) AS used
    FROM months GROUP BY household_id
)"""


def _homes(rule: ExitRule, as_of: date) -> str:
    """Per household: members, whether anybody can work (null: not known), pupils whose cost counts, an open case."""
    students = " OR ".join(f"contains(schooling, {sql_text(word)})" for word in rule.students)
    grown = f"birth_date + INTERVAL {rule.labour_from_age} YEAR <= DATE '{as_of}'"
    return f"""home AS (
    SELECT household_id, count(*) AS members, coalesce(bool_or({students}), false) AS has_student,
        CASE WHEN bool_or(labour IN ({titles_sql(rule.labour)}) AND coalesce({grown}, true)) THEN true
            WHEN bool_or(labour IS NULL AND coalesce({grown}, true)) THEN NULL ELSE false END AS can_work,
        bool_or(household_id IN (SELECT household_id FROM case_file WHERE state <> 'closed')) AS has_case
    FROM resident SEMI JOIN watched USING (household_id) GROUP BY household_id
)"""


def _signals(rule: ExitRule) -> str:
    """Per household: signals of its own risks, of spending, of anything not answered yet; risks that nobody judged tonight."""
    weighty = f"verdict = 'fires' AND combines IS NULL AND severity >= {rule.signal_severity}"
    spending = titles_sql(rule.spending_families)
    return f"""fired AS (
    SELECT w.household_id, list_contains(w.families, s.family) AS is_own, s.family IN ({spending}) AS is_spending,
        s.signal_id IN (SELECT signal_id FROM open_signal) AS is_open, s.evidence
    FROM (FROM signal WHERE {weighty}) s JOIN watched w USING (household_id)
), blind AS (
    SELECT DISTINCT household_id FROM (SELECT household_id, unnest(families) AS family FROM watched)
    WHERE family NOT IN (SELECT family FROM verdict_count WHERE verdict IN ('fires', 'near', 'clear') AND units > 0)
), missed AS (
    SELECT DISTINCT household_id FROM watched JOIN unjudged u USING (household_id)
    WHERE list_contains(families, u.family) AND severity >= {rule.signal_severity} AND NOT is_combination
), signal_of AS (
    SELECT household_id, coalesce(bool_or(is_own), false) AS own, coalesce(bool_or(is_spending), false) AS spends,
        coalesce(bool_or(is_open), false) AS anew,
        flatten(list(evidence) FILTER (is_own OR is_spending OR is_open)) AS blocking,
        household_id IN (FROM blind) OR household_id IN (FROM missed) AS is_blind
    FROM watched LEFT JOIN fired USING (household_id) GROUP BY household_id
)"""


def _conditions(rule: ExitRule, as_of: date) -> str:
    """SQL: each condition as met, not_met or unknown; the first of its tests that holds decides."""
    stale = f"w.position < {month_number(as_of) - rule.newest_within_months}"
    school = "if(has_student, w.school_spending, coalesce(w.school_spending, 0))"
    spent = f"coalesce(w.own_medical_spending, 0) + coalesce({school}, 0)"
    guarantees = "[w.schooling, w.medical, w.housing, w.water]"
    tests: dict[str, tuple[str, str]] = {
        "identified": (f"last_day(w.identified_on) + INTERVAL {rule.identified_months} MONTH > DATE '{as_of}'", "false"),
        "income": ("is_below", f"{stale} OR lacks_line OR coalesce(known, 0) < {rule.income_months}"),
        "spending": (
            f"spends OR {spent} > {rule.spending_share} * w.income_per_head * members",
            f"{stale} OR w.own_medical_spending IS NULL OR {school} IS NULL OR w.income_per_head IS NULL",
        ),
        "guarantees": (f"list_contains({guarantees}, '无保障')", f"{stale} OR list_count({guarantees}) < 4"),
        "risk_gone": ("own", "is_blind OR len(w.families) = 0"),
        "measure": (f"NOT {helped_sql()}", f"{helped_sql()} IS NULL"),
        "no_new": ("anew OR has_case", "false"),
        "labour": ("NOT can_work", "can_work IS NULL"),
    }
    return ", ".join(
        f"CASE WHEN {unmet} THEN 'not_met' WHEN {unknown} THEN 'unknown' ELSE 'met' END AS {name}"
        for name, (unmet, unknown) in tests.items()
    )


def _why(rule: ExitRule, titles: Mapping[str, str]) -> str:
    """SQL: Chinese; a proposal tells its figures, everything else what is missing."""

    def named(state: str) -> str:
        each = ", ".join(f"CASE WHEN {name} = '{state}' THEN {sql_text(title)} END" for name, title in titles.items())
        return f"nullif(array_to_string([{each}], '、'), '')"

    figures = (
        "strftime(identified_on, '%Y-%m') || ' 识别；'"
        f" || '近 {rule.income_months} 个月人均纯收入最低 ' || format('{{:,.0f}}', lowest::DOUBLE) || ' 元，高于监测范围 '"
        " || format('{:,.0f}', line::DOUBLE) || ' 元（' || line_document || '）；'"
    )
    rest = "；".join(title for name, title in titles.items() if name not in ("identified", "income"))
    unmet, unknown = f"'未满足：' || {named('not_met')}", f"'尚不清楚：' || {named('unknown')}"
    return f"""CASE verdict WHEN 'proposed' THEN {figures} || {sql_text(rest)}
        WHEN 'never' THEN '整户无劳动力，不建议风险消除'
        ELSE array_to_string([{unmet}, {unknown}], '；') END"""
