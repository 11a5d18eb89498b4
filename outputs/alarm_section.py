"""The report's section on what stands still, is too alike or crowds in one place."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import duckdb

from engine import sql_text
from outputs.sections import Lead, Section, fill, named, rows_of

KINDS: Final = {
    "cluster": "规模性风险",
    "county_still": "长期没有动静",
    "verdicts_alike": "结论雷同",
    "verdicts_one_day": "结论集中一日",
    "feed_unchanged": "内容未变",
    "feed_quiet": "停报",
}
"""Kind of an alarm -> what people call it, the gravest first."""

_ALARMS: Final = f"""
SELECT * FROM alarm ORDER BY list_position([{", ".join(map(sql_text, KINDS))}], kind) NULLS LAST, p_value, alarm_id"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """Every alarm of the night, kinds in order, from `alarm`; None if there is none."""
    alarms = [row | {"said": KINDS.get(row["kind"], row["kind"])} for row in rows_of(connection, _ALARMS)]
    if not alarms:
        return None
    html = fill("alarms.html.j2", alarms=alarms, nights=how_rarely(alarms[0]["threshold"]))
    return Section("alarms", "异常提醒", html, tuple(_leads(alarms)))


def _leads(alarms: Sequence[Mapping[str, Any]]) -> Iterator[Lead]:
    """A sentence per kind, so that a county that stands still is named whatever else is called."""
    for said, some in groupby(alarms, key=lambda alarm: str(alarm["said"])):
        titles = [str(alarm["title"]) for alarm in some]
        yield Lead(f"{said} {len(titles):,} 项：{named(titles, 3)}。", is_urgent=True)


def how_rarely(rate: float) -> str:
    """A false-alarm rate per night as people say it: 一百夜里不到一次."""
    nights = round(1 / rate)
    return f"{'一百' if nights == 100 else f'{nights:,} '}夜里不到一次"
