"""Which visits answer what a rule asks: for suppression, windows since the last verdict, and what has become worse since."""

from datetime import date
from typing import Final

from engine import sql_text

SETTLING: Final = (
    "纳入识别",
    "已有帮扶",
    "已是监测对象",
    "属实可应对",
    "人不符",
    "户不符",
    "数据有误",
    "已迁出",
    "已死亡",
    "拒绝",
)
"""Outcomes that answer the question asked; 未见到人 and 转其他部门 do not."""

ALL_FAMILIES: Final = "综合"
"""A visit recorded under this family looked at every risk."""

VISITS: Final = "visits"
"""The source that holds what the visitors found."""

LAST_VISIT: Final = "last__visit"
VISIT_ROW: Final = "visit__row"


def visited_sql(family: str, as_of: date) -> str:
    """Per household the day and the row of its last visit that settled a family of risk."""
    return f"""SELECT household_id, max(visited_on) AS {LAST_VISIT}, last(row_id ORDER BY visited_on, row_id) AS {VISIT_ROW}
FROM fact_{VISITS}
WHERE outcome IN ({settling_sql()}) AND family IN ({sql_text(family)}, '{ALL_FAMILIES}') AND visited_on <= DATE '{as_of}'
GROUP BY household_id"""


def settling_sql() -> str:
    """The settling outcomes as an SQL list."""
    return ", ".join(sql_text(outcome) for outcome in SETTLING)
