"""The report's section on how many of the visited warnings were true, by what set them off."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import duckdb

from engine import sql_text
from outputs.sections import Section, fill, rows_of

LEVELS: Final = {
    "all": "全部",
    "channel": "发现渠道",
    "source": "部门来源",
    "rule": "规则",
    "family": "风险类型",
    "county": "县",
}
"""Level of a yield -> what people call it."""
COUNTIES_SHOWN: Final = 50

_YIELDS: Final = f"""
SELECT * FROM "yield" WHERE visited > 0
QUALIFY level <> 'county' OR row_number() OVER (PARTITION BY level ORDER BY visited DESC, key) <= {COUNTIES_SHOWN}
ORDER BY list_position([{", ".join(map(sql_text, LEVELS))}], level), visited DESC, key"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """Every yield with visits, of counties the most visited, from `yield`; None if nothing was visited yet."""
    rows = rows_of(connection, _YIELDS)
    if not rows:
        return None
    return Section("yields", "核实成效", fill("yields.html.j2", yields=[_told(row) for row in rows]))


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"of": LEVELS[row["level"]], "reasons": "，".join(_reasons(json.loads(row["wrong"])))}


def _reasons(wrong: Mapping[str, int]) -> Iterator[str]:
    for outcome, cases in sorted(wrong.items(), key=lambda one: (-one[1], one[0])):
        yield f"{outcome} {cases:,}"
