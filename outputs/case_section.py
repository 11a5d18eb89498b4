"""Where the cases stand: per county (per township where there is one county) by state and by clock, and who is overdue."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import duckdb

from case_tables import STATES, TIMELINESS
from outputs import charts
from outputs.sections import Lead, Section, fill, named, rows_of

COLOURS: Final = {"在期": "#8fc3a9", "公示中暂停": "#b9c3cc", "将到期": "#f2c230", "超期": "#e67e22", "超期督办": "#c0392b"}
"""What the clock says -> colour, the quiet ones first."""
PLACES_SHOWN: Final = 60
"""Places in the table and the chart; the list of open cases has all."""

OVERDUE: Final = "state <> 'closed' AND timeliness IN ('overdue', 'escalated')"
"""SQL over `case_file`: past its last day, whatever is waited for."""
AWAITED: Final = f"{OVERDUE} AND state = 'warned'"
"""SQL over `case_file`: not visited by the last day."""

_OPEN: Final = tuple(state for state in STATES if state != "closed")
_COUNTED: Final = ", ".join(
    [f"count(*) FILTER (state = '{state}') AS {state}" for state in STATES]
    + [f"count(*) FILTER (state <> 'closed' AND timeliness = '{kind}') AS {kind}" for kind in TIMELINESS]
)
_PLACES: Final = f"""
SELECT {{place}} AS place, coalesce(max({{place}}_name), {{place}}, {{unknown}}) AS name, {_COUNTED},
    count(*) FILTER (state <> 'closed') AS open, coalesce(max(days_over) FILTER (state <> 'closed'), 0) AS days_over,
    count(*) FILTER (opened_on = getvariable('as_of')) AS opened, count(*) FILTER (closed_on = getvariable('as_of')) AS ended,
    count(*) FILTER ({AWAITED}) AS awaited, count(*) FILTER ({OVERDUE} AND state <> 'warned') AS lingering,
    count(*) FILTER ({AWAITED} AND household_id NOT IN (SELECT household_id FROM warning)) AS unwarned
FROM case_file GROUP BY {{place}} ORDER BY {{place}} NULLS LAST
"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """Open and closed cases per place, from `case_file` and `warning`; None before any list was handed out."""
    called, places = _places(connection)
    if not places:
        return None
    html = fill(
        "cases.html.j2",
        called=called,
        places=places[:PLACES_SHOWN],
        left_out=max(0, len(places) - PLACES_SHOWN),
        total=_total(places),
        states={state: STATES[state] for state in _OPEN},
        clocks=TIMELINESS,
        colours=COLOURS,
        drawn=_draw(called, places[:PLACES_SHOWN]),
    )
    return Section("cases", "个案办理", html, _leads(places))


def _places(connection: duckdb.DuckDBPyConnection) -> tuple[str, list[dict[str, Any]]]:
    """What a place is called, and the places: one county is told of by its townships."""
    counties = rows_of(connection, _PLACES.format(place="county", unknown="'未登记县'"))
    if len(counties) != 1:
        return "县", counties
    return "乡镇", rows_of(connection, _PLACES.format(place="township", unknown="'未登记乡镇'"))


def _total(places: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    summed = {name: sum(place[name] for place in places) for name in places[0] if name not in ("place", "name")}
    return summed | {"days_over": max(place["days_over"] for place in places)}


def _draw(called: str, places: Sequence[Mapping[str, Any]]) -> str:
    titles = {title: kind for kind, title in TIMELINESS.items()}
    bars = [(place["name"], title, place[titles[title]]) for place in places if place["open"] for title in COLOURS]
    return charts.stacked_bars(f"各{called}未办结户按时限", bars, COLOURS, "户") if bars else ""


def _leads(places: Sequence[Mapping[str, Any]]) -> tuple[Lead, ...]:
    total = _total(places)
    leads = []
    if total["awaited"]:
        gone = f"（其中 {total['unwarned']:,} 户今夜已不再预警，仍须入户）" if total["unwarned"] else ""
        leads.append(Lead(f"超期未入户 {total['awaited']:,} 户{gone}：{_where(places, 'awaited')}。", is_urgent=True))
    if total["lingering"]:
        told = f"入户后比对、公示、审定超期 {total['lingering']:,} 户：{_where(places, 'lingering')}。"
        leads.append(Lead(told, is_urgent=True))
    if total["escalated"]:
        told = f"以上各户中已到督办的 {total['escalated']:,} 户，最久已超 {total['days_over']:,} 日"
        leads.append(Lead(f"{told}：{_where(places, 'escalated')}。", is_urgent=True))
    if total["open"]:
        stand = f"未办结 {total['open']:,} 户，其中待入户核实 {total['warned']:,} 户、将到期 {total['due']:,} 户"
        leads.append(Lead(f"{stand}；累计办结 {total['closed']:,} 户。"))
    return tuple(leads)


def _where(places: Sequence[Mapping[str, Any]], kind: str) -> str:
    return named([f"{place['name']} {place[kind]:,} 户" for place in places if place[kind]])
