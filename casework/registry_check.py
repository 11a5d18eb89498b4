"""Where the registry of monitored households contradicts the roster or itself: counted and told, never a reason to stop."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import duckdb

from case_tables import REGISTRY_ISSUE
from engine import conform, sql_text

_TITLES: Final[Mapping[str, str]] = {
    "not_in_roster": "台账中监测未消除，花名册的户类型不是监测对象",
    "not_in_registry": "花名册是风险未消除的监测对象，台账中没有这一户",
    "removed_differs": "风险是否消除，台账与花名册不一致",
    "gone": "台账最近一期不再有这一户，此前也没有写明风险消除",
    "no_risk": "监测未消除，台账没有写明任何致贫返贫风险",
    "no_spending": "风险含因病，合规自付支出为零或空缺",
    "no_help": "识别已超过一个月，台账没有任何帮扶措施",
}
"""Of the last two, the check rules of practitioners: 5_15_020, and help within a month (public repository, for reference)."""

HELP: Final = (
    "development_help",
    "industry_help",
    "job_help",
    "finance_help",
    "public_job_help",
    "schooling_help",
    "health_help",
    "social_help",
    "moving_help",
    "is_backstopped",
)
"""Columns of the registry that say that a measure is applied."""


def helped_sql() -> str:
    """SQL over a row of the registry: true when a measure is applied, false when none is, null when no column says."""
    return f"list_bool_or([{', '.join(HELP)}])"


def check_registry(connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Create `registry_issue` (REGISTRY_ISSUE) from `registry_state` and `resident`: households per county and contradiction.

    The roster is read by its head.  Counties without a registry are not told of households that it lacks.
    """
    titles = ", ".join(f"({sql_text(issue)}, {sql_text(title)})" for issue, title in _TITLES.items())
    connection.execute(f"""
        CREATE OR REPLACE TABLE registry_issue AS
        WITH listed AS (
            SELECT household_id, county, first(household_type ORDER BY relation IS DISTINCT FROM '户主', resident_id) AS type,
                first(risk_removed ORDER BY relation IS DISTINCT FROM '户主', resident_id) AS removed
            FROM resident GROUP BY household_id, county
        ), known AS (SELECT county, max(position) AS newest FROM registry_state GROUP BY county),
        both_told AS (
            SELECT coalesce(s.county, l.county) AS county, l.type, l.removed, s.*  EXCLUDE (county), k.newest,
                {helped_sql()} AS is_helped
            FROM listed l FULL JOIN registry_state s USING (household_id)
            JOIN known k ON k.county = coalesce(s.county, l.county)
        ), found AS (SELECT county, unnest([{", ".join(_cases(as_of))}]) AS issue FROM both_told)
        SELECT county, issue, title, count(*) AS households
        FROM found JOIN (VALUES {titles}) t(issue, title) USING (issue)
        GROUP BY ALL ORDER BY county, issue""")
    conform(connection, "registry_issue", REGISTRY_ISSUE)


def _cases(as_of: date) -> list[str]:
    """SQL: the code of each issue, or null where the household does not have it."""
    when = {
        "not_in_roster": "NOT is_removed AND type <> '监测对象'",
        "not_in_registry": "row_id IS NULL AND type = '监测对象' AND removed IS DISTINCT FROM '是'",
        "removed_differs": "type = '监测对象' AND (removed = '是') <> is_removed",
        "gone": "NOT is_removed AND position < newest",
        "no_risk": "NOT is_removed AND len(families) = 0",
        "no_spending": "NOT is_removed AND list_contains(families, '因病') AND coalesce(own_medical_spending, 0) = 0",
        "no_help": f"NOT is_removed AND last_day(identified_on) + INTERVAL 1 MONTH < DATE '{as_of}' "
        "AND NOT coalesce(is_helped, false)",
    }
    return [f"CASE WHEN {test} THEN {sql_text(issue)} END" for issue, test in when.items()]
