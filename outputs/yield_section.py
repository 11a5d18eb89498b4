"""The report's section on how many of the visited warnings were true, by what set them off."""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

import duckdb

from engine import sql_text
from outputs.sections import FEW, Section, fill, rows_of

LEVELS: Final = {
    "all": "全部",
    "source": "按部门来源",
    "family": "按风险类型",
    "county": "按县（按区划代码排列，不是排名）",
    "rule": "按规则",
}
"""Level of a yield -> what its lines stand under; those by channel stand in the section on channels."""
OPEN: Final = ("all", "source")
"""Levels shown at once; the others unfold."""
COUNTIES_SHOWN: Final = 50

_YIELDS: Final = f"""
SELECT * FROM "yield" WHERE visited > 0 AND level IN ({", ".join(map(sql_text, LEVELS))})
QUALIFY level <> 'county' OR row_number() OVER (PARTITION BY level ORDER BY visited DESC, key) <= {COUNTIES_SHOWN}
ORDER BY list_position([{", ".join(map(sql_text, LEVELS))}], level),
    CASE WHEN level <> 'county' THEN visited END DESC, key"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """Every yield with visits, of counties the most visited, from `yield`; None if nothing was visited yet."""
    rows = rows_of(connection, _YIELDS)
    if not rows:
        return None
    groups = {level: [_told(row) for row in some] for level, some in groupby(rows, key=lambda row: str(row["level"]))}
    shown, folded = (
        [(LEVELS[level], groups[level]) for level in groups if (level in OPEN) == is_open] for is_open in (True, False)
    )
    return Section("yields", "核实成效", fill("yields.html.j2", shown=shown, folded=folded, few=FEW))


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"reasons": "、".join(_reasons(json.loads(row["wrong"])))}


def _reasons(wrong: Mapping[str, int]) -> Iterator[str]:
    for outcome, cases in sorted(wrong.items(), key=lambda one: (-one[1], one[0])):
        yield f"{outcome} {cases:,}"
