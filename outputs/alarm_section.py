"""The report's section on what stands still, is too alike or crowds in one place."""

from typing import Final

import duckdb

from engine import sql_text
from outputs.sections import Lead, Section, fill, named, rows_of

KINDS: Final = {
    "cluster": "规模性风险",
    "county_still": "长期没有动静",
    "verdicts_alike": "结论雷同",
    "verdicts_one_day": "集中在一天",
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
    told = f"异常提醒 {len(alarms):,} 项：{named([str(alarm['title']) for alarm in alarms], 3)}。"
    return Section("alarms", "异常提醒", fill("alarms.html.j2", alarms=alarms), (Lead(told, is_urgent=True),))
