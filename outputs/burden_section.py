"""The report's section on what villages are asked to do and what they were spared."""

from typing import Final

import duckdb

from outputs.sections import Section, fill, rows_of

SHOWN: Final = 20
"""Villages in the table; the run folder has all."""

_TOTALS: Final = """
SELECT coalesce(sum(asked_month), 0)::BIGINT AS asked, coalesce(sum(open_cases), 0)::BIGINT AS open_cases,
    coalesce(sum(overdue), 0)::BIGINT AS overdue, coalesce(sum(merged), 0)::BIGINT AS merged,
    coalesce(sum(avoided), 0)::BIGINT AS avoided
FROM burden"""

_VILLAGES: Final = """
SELECT * FROM burden WHERE asked_month + open_cases + avoided > 0
ORDER BY asked_month DESC, open_cases DESC, overdue DESC, avoided DESC, county, township, village"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """Totals of all villages, and those of which most visits are asked this month, from `burden`; None if nobody is asked."""
    villages = rows_of(connection, _VILLAGES)
    if not villages:
        return None
    (totals,) = rows_of(connection, _TOTALS)
    html = fill("burden.html.j2", totals=totals, villages=villages[:SHOWN], left_out=max(0, len(villages) - SHOWN))
    return Section("burden", "基层负担", html)
