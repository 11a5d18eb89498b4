"""The report's section on what villages are asked to do and what they were spared."""

from dataclasses import dataclass
from typing import Any, Final

import duckdb

from tables import ASIDE

SHOWN: Final = 20
"""Villages in the table; the run folder has all."""


@dataclass(frozen=True)
class Aside:
    """Signals and households set aside for one reason; a household may have several."""

    title: str
    households: int
    signals: int


@dataclass(frozen=True)
class Burden:
    """Totals of all villages, and those of which most visits are asked this month."""

    asked: int
    open_cases: int
    overdue: int
    merged: int
    avoided: int
    villages: tuple[dict[str, Any], ...]
    """BURDEN, those asked most first."""
    left_out: int
    aside: tuple[Aside, ...]


def gather_burden(connection: duckdb.DuckDBPyConnection) -> Burden:
    """From `burden` and `suppressed`."""
    columns = ("asked_month", "open_cases", "overdue", "merged", "avoided")
    summed = ", ".join(f"coalesce(sum({name}), 0)::BIGINT" for name in columns)
    asked, open_cases, overdue, merged, avoided = connection.execute(f"SELECT {summed} FROM burden").fetchall()[0]
    villages = connection.sql("""
        SELECT * FROM burden WHERE asked_month + open_cases + avoided > 0
        ORDER BY asked_month DESC, open_cases DESC, overdue DESC, avoided DESC, county, township, village""")
    rows = villages.to_arrow_table().to_pylist()
    kinds = connection.execute(
        "SELECT kind, count(DISTINCT household_id), count(*) FROM suppressed GROUP BY kind ORDER BY kind"
    ).fetchall()
    found = {kind: Aside(ASIDE[kind], households, signals) for kind, households, signals in kinds}
    return Burden(
        asked=asked,
        open_cases=open_cases,
        overdue=overdue,
        merged=merged,
        avoided=avoided,
        villages=tuple(rows[:SHOWN]),
        left_out=max(0, len(rows) - SHOWN),
        aside=tuple(found[kind] for kind in ASIDE if kind in found),
    )
