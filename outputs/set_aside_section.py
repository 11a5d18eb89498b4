"""What is not asked again tonight, by kind: signals that a visit, an open case or monitoring already answers."""

from typing import Final

import duckdb

from outputs.sections import Section, fill, rows_of
from tables import ASIDE

_KINDS: Final = """
SELECT kind, count(*) AS signals, count(DISTINCT household_id) AS households, max(until) AS until
FROM suppressed GROUP BY kind
"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """Signals and households set aside, from `suppressed`; None if there are none."""
    found = {kind["kind"]: kind for kind in rows_of(connection, _KINDS)}
    if not found:
        return None
    kinds = [found[kind] | {"title": title} for kind, title in ASIDE.items() if kind in found]
    return Section("set-aside", "不重复询问", fill("set_aside.html.j2", kinds=kinds))
