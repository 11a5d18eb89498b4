"""What is not asked again tonight, by the reason: signals that a visit, an open case or monitoring already answers."""

from typing import Final

import duckdb

from outputs.sections import Section, fill, rows_of

SHOWN: Final = 15
"""Reasons on the page, those with most signals first."""

_KINDS: Final = r"""
SELECT split_part(regexp_replace(why, '\d{4}-\d{2}-\d{2}\s*', '', 'g'), '；', 1) AS why,
    count(*) AS signals, count(DISTINCT household_id) AS households, max(until) AS until
FROM suppressed GROUP BY ALL ORDER BY signals DESC, why
"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """Signals and households set aside, from `suppressed`; None if there are none."""
    kinds = rows_of(connection, _KINDS)
    if not kinds:
        return None
    html = fill("set_aside.html.j2", kinds=kinds[:SHOWN], left_out=kinds[SHOWN:])
    return Section("set-aside", "不重复询问", html)
