"""Section of the report: who noticed the cases, where the three channels overlap, and how many of the visited were true."""

from typing import Any, Final

import duckdb

from case_tables import CHANNELS
from outputs.sections import FEW, Section, fill

_SETS: Final = {
    **{channel: f"只由{title}" for channel, title in CHANNELS.items()},
    "several": "由两个以上渠道",
    "": "只由花名册状况",
}
_FIGURES: Final = ("cases", "visited", "confirmed", "identified")

_BY_SET: Final = f"""
SELECT if(contains(channels, '+'), 'several', channels) AS told, {", ".join(f"sum({name})::BIGINT" for name in _FIGURES)}
FROM channel_share WHERE county = '' GROUP BY told"""
_BY_CHANNEL: Final = f"""
SELECT told, {", ".join(f"sum({name})::BIGINT" for name in _FIGURES)}
FROM (SELECT *, unnest(string_split(channels, '+')) AS told FROM channel_share WHERE county = '') GROUP BY told"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """From `channel_share`; None as long as there is no case."""
    sets, channels = _figures(connection, _BY_SET), _figures(connection, _BY_CHANNEL)
    if not sets:
        return None
    html = fill(
        "channels.html.j2",
        sets=_rows(_SETS, sets),
        channels=_rows(CHANNELS, channels),
        few=FEW,
        cases=sum(row["cases"] for row in sets.values()),
    )
    return Section("channels", "三种渠道", html)


def _figures(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, dict[str, Any]]:
    return {told: dict(zip(_FIGURES, row, strict=True)) for told, *row in connection.execute(query).fetchall()}


def _rows(titles: dict[str, str], figures: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"title": title, **figures[told]} for told, title in titles.items() if told in figures]
