"""The registry of monitored households: who is monitored tonight, for which risks, and which steps need no repeating.

It comes month by month (source `monitored`, one row per household and month), so that its past can be asked.  A household is
known by the resident that its row was linked to; rows that matching left in doubt say nothing here.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import duckdb

from case_tables import MONITORED, SPARED
from engine import conform, sql_text

FAMILIES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "因病": ("因病",),
    "因自然灾害": ("因灾",),
    "因自然灾害-洪涝": ("因灾",),
    "因自然灾害-地质": ("因灾",),
    "因自然灾害-干旱": ("因灾",),
    "因自然灾害-生物": ("因灾",),
    "因自然灾害-气象": ("因灾",),
    "因自然灾害-地震": ("因灾",),
    "因残": ("因残",),
    "因缺劳动力": ("缺劳动力",),
    "因意外事故": ("因意外",),
    "因产业（项目）失败": ("产业失败",),
    "因务工就业不稳": ("务工不稳",),
    "因学": ("因学",),
    "因安全住房": ("住房",),
    "因安全饮水": ("饮水",),
    "其他": ("收入", "保障变化"),
}
"""Risk of the national dictionary, as the contract of `monitored` stores it -> families of rules that look at it."""

NEW_STEPS: Final = ("承诺授权", "民主公开")
"""Steps that the 2021 Opinion made new: they bind households identified since (domain: 中农组发〔2021〕7号)."""
COMPARISON: Final = "信息比对"

FRESH_MONTHS: Final = 3
"""A state older than so many months keeps nobody from being asked (our own figure; the registry comes monthly)."""

_RISKS: Final = ", ".join(f"risk_{number}" for number in range(1, 6))


def month_number(day: date) -> int:
    """Months since year 0: what `position` holds."""
    return day.year * 12 + day.month - 1


def state_registry(connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Create `registry_month`, `registry_state` and `monitored` (MONITORED) from `fact_monitored` and `resident`.

    `registry_month`: one row per household and month up to `as_of` (of two, the one identified last counts), with `position`,
    the month as a number, `ends_on`, its last day, `families` and the household's `county` and `township`.  `registry_state`:
    the newest of each household.  A household whose registry names no risk, or was last told of more than `FRESH_MONTHS` ago,
    has no row in `monitored`: nothing is suppressed for it.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE registry_month AS {_months_sql(as_of)}")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE registry_state AS
        FROM registry_month QUALIFY row_number() OVER (PARTITION BY household_id ORDER BY position DESC) = 1""")
    connection.execute(f"""
        CREATE OR REPLACE TABLE monitored AS
        SELECT household_id, unnest(families) AS family, identified_on AS since, row_id
        FROM registry_state WHERE NOT is_removed AND position >= {month_number(as_of) - FRESH_MONTHS}
        ORDER BY household_id, family""")
    conform(connection, "monitored", MONITORED)


def _months_sql(as_of: date) -> str:
    risks = ", ".join(f"({sql_text(risk)}, {sql_text(family)})" for risk, named in FAMILIES_OF.items() for family in named)
    return f"""
WITH home AS (
    SELECT household_id, min(county) AS county, min(township) AS township
    FROM resident SEMI JOIN fact_monitored USING (household_id) GROUP BY household_id
), said AS (
    SELECT *, left(month, 4)::INTEGER * 12 + right(month, 2)::INTEGER - 1 AS position,
        last_day(strptime(month, '%Y%m')::DATE) AS ends_on
    FROM fact_monitored WHERE month <= {sql_text(f"{as_of:%Y%m}")}
    QUALIFY row_number() OVER (PARTITION BY household_id, month ORDER BY identified_on DESC, row_id DESC) = 1
), named AS (
    SELECT row_id, unnest(list_distinct([{_RISKS}])) AS risk FROM said
), looked_at AS (
    SELECT row_id, list_sort(list(DISTINCT family)) AS families FROM named JOIN (VALUES {risks}) k(risk, family) USING (risk)
    GROUP BY row_id
)
SELECT s.*, coalesce(families, []) AS families, county, township
FROM said s JOIN home USING (household_id) LEFT JOIN looked_at USING (row_id)"""


def spare_steps(connection: duckdb.DuckDBPyConnection, new_steps_since: date) -> None:
    """Create `spared` (SPARED) from `registry_state`, `resident`, `warning` and `case_file`.

    Households identified before the new steps were introduced, and still monitored, need not go through them again; those with
    a member on 低保 were compared for it and need not be compared again (an unnamed county's rule).  It spares the household
    work and gives nobody a right to look: feeds of property still want a signed authorisation.
    """
    steps = ", ".join(sql_text(step) for step in NEW_STEPS)
    connection.execute(f"""
        CREATE OR REPLACE TABLE spared AS
        WITH asked AS (
            SELECT household_id FROM warning UNION SELECT household_id FROM case_file WHERE state <> 'closed'
        ), old AS (
            SELECT household_id, [{steps}] AS steps,
                '已是监测对象（' || strftime(identified_on, '%Y-%m') || ' 识别）：{"、".join(NEW_STEPS)}不必重复' AS why
            FROM registry_state WHERE NOT is_removed AND identified_on < DATE '{new_steps_since}'
        ), compared AS (
            SELECT DISTINCT household_id, [{sql_text(COMPARISON)}] AS steps, '低保户：{COMPARISON}已经做过，不必重复' AS why
            FROM resident WHERE is_on_dibao = '是'
        ), said AS (FROM old UNION ALL FROM compared)
        SELECT household_id, flatten(list(steps ORDER BY why DESC)) AS steps, string_agg(why, '；' ORDER BY why DESC) AS why
        FROM said SEMI JOIN asked USING (household_id) GROUP BY household_id ORDER BY household_id""")
    conform(connection, "spared", SPARED)
