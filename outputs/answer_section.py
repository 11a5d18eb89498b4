"""What came back: answers taken, overruled, refused and why, per county."""

from typing import Final

import duckdb

from outputs.sections import Lead, Section, fill, rows_of

_COUNTIES: Final = """
SELECT a.county, coalesce(c.county_name, a.county, '预警编号不在册') AS name,
    count(*) FILTER (a.received_on = getvariable('as_of')) AS tonight,
    count(*) FILTER (fate = 'taken') AS taken, count(*) FILTER (fate = 'overruled') AS overruled,
    count(*) FILTER (fate = 'refused') AS refused, count(*) FILTER (fate = 'empty') AS empty,
    count(*) FILTER (fate = 'refused' AND a.received_on = getvariable('as_of')) AS refused_tonight, count(*) AS rows
FROM answer a LEFT JOIN (SELECT county, max(county_name) AS county_name FROM case_file GROUP BY county) c USING (county)
GROUP BY a.county, c.county_name ORDER BY a.county NULLS LAST
"""
_WHY: Final = """
SELECT min(why) AS why, count(*) AS rows, count(*) FILTER (received_on = getvariable('as_of')) AS tonight
FROM answer WHERE fate = 'refused' GROUP BY reason ORDER BY rows DESC, why
"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """Rows that came back and what became of them, from `answer` and `case_file`; None before any came."""
    counties = rows_of(connection, _COUNTIES)
    if not counties:
        return None
    tonight, refused = (sum(county[name] for county in counties) for name in ("tonight", "refused_tonight"))
    total = {name: sum(county[name] for county in counties) for name in counties[0] if name not in ("county", "name")}
    html = fill("answers.html.j2", counties=counties, total=total, reasons=rows_of(connection, _WHY))
    leads = []
    if tonight:
        leads.append(Lead(f"今夜收到答复 {tonight:,} 行，其中退回 {refused:,} 行。", is_urgent=refused > 0))
    return Section("answers", "核实答复", html, tuple(leads))
