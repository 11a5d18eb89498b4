"""Where the cases stand: per county by state and by clock, and who is overdue."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import duckdb

from case_tables import STATES, TIMELINESS
from outputs import charts
from outputs.sections import Lead, Section, fill, named, rows_of

COLOURS: Final = {"在期": "#8fc3a9", "公示中暂停": "#b9c3cc", "将到期": "#f2c230", "超期": "#e67e22", "超期督办": "#c0392b"}
"""What the clock says -> colour, the quiet ones first."""

_OPEN: Final = tuple(state for state in STATES if state != "closed")
_COUNTED: Final = ", ".join(
    [f"count(*) FILTER (state = '{state}') AS {state}" for state in STATES]
    + [f"count(*) FILTER (state <> 'closed' AND timeliness = '{kind}') AS {kind}" for kind in TIMELINESS]
)
_COUNTIES: Final = f"""
SELECT county, coalesce(max(county_name), county, '未登记县') AS name, {_COUNTED},
    count(*) FILTER (state <> 'closed') AS open, coalesce(max(days_over) FILTER (state <> 'closed'), 0) AS days_over,
    count(*) FILTER (opened_on = getvariable('as_of')) AS opened, count(*) FILTER (closed_on = getvariable('as_of')) AS ended
FROM case_file GROUP BY county ORDER BY county NULLS LAST
"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """Open and closed cases per county, from `case_file`; None before any list was handed out."""
    counties = rows_of(connection, _COUNTIES)
    if not counties:
        return None
    html = fill(
        "cases.html.j2",
        counties=counties,
        total=_total(counties),
        states={state: STATES[state] for state in _OPEN},
        clocks=TIMELINESS,
        colours=COLOURS,
        drawn=_draw(counties),
    )
    return Section("cases", "案件办理", html, _leads(counties))


def _total(counties: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    summed = {name: sum(county[name] for county in counties) for name in counties[0] if name not in ("county", "name")}
    return summed | {"days_over": max(county["days_over"] for county in counties)}


def _draw(counties: Sequence[Mapping[str, Any]]) -> str:
    titles = {title: kind for kind, title in TIMELINESS.items()}
    bars = [(county["name"], title, county[titles[title]]) for county in counties if county["open"] for title in COLOURS]
    return charts.stacked_bars("各县在办户按时限", bars, COLOURS, "户") if bars else ""


def _leads(counties: Sequence[Mapping[str, Any]]) -> tuple[Lead, ...]:
    total = _total(counties)
    if not total["open"]:
        return ()
    stand = f"在办 {total['open']:,} 户，其中待入户核实 {total['warned']:,} 户、将到期 {total['due']:,} 户"
    leads = [Lead(f"{stand}；累计办结 {total['closed']:,} 户。")]
    if total["overdue"]:
        leads.append(Lead(f"超期 {total['overdue']:,} 户：{_where(counties, 'overdue')}。", is_urgent=True))
    if total["escalated"]:
        told = f"超期督办 {total['escalated']:,} 户，最久已超 {total['days_over']:,} 日：{_where(counties, 'escalated')}。"
        leads.append(Lead(told, is_urgent=True))
    return tuple(leads)


def _where(counties: Sequence[Mapping[str, Any]], kind: str) -> str:
    return named([f"{county['name']} {county[kind]:,} 户" for county in counties if county[kind]])
