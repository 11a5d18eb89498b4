"""Section of the report: whose risk may count as gone, how often a removal did not last, what the registry contradicts."""

from typing import Any, Final

import duckdb

from outputs.sections import Lead, Section, fill

_COUNTIES: Final = """
WITH name AS (SELECT county, mode(county_name) AS county_name FROM resident GROUP BY county)
SELECT e.*, if(e.county = '', '合计', coalesce(county_name, e.county)) AS county_name
FROM exit_count e LEFT JOIN name USING (county) ORDER BY e.county = '', e.county"""
_ISSUES: Final = """
SELECT title, sum(households)::BIGINT AS households FROM registry_issue GROUP BY issue, title ORDER BY households DESC, issue"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """From `exit_count`, `registry_issue` and `resident`; None as long as no registry came."""
    counties, issues = _dicts(connection, _COUNTIES), _dicts(connection, _ISSUES)
    whole = next((row for row in counties if row["county"] == ""), None)
    if whole is None or not (whole["watched"] or whole["removed"]):
        return None
    leads = (Lead(f"{whole['proposed']:,} 户监测对象可提请村级评议风险消除。"),) if whole["proposed"] else ()
    return Section("exits", "监测对象与风险消除", fill("exits.html.j2", counties=counties, issues=issues), leads)


def _dicts(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return rows
