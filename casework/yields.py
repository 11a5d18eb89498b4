"""Yields: of the visited, how many warnings were true, by what set them off.

Only cases whose visit said whether the warning was true are counted.  **That is a bias**: a case is visited because it stood
high on a list that was long enough, so these shares speak of warnings like those, not of all that a rule finds; the cases
that were opened stand beside them.  A case that two rules set off counts for each of them, for each of their feeds and
channels, so the rules of a level add up to more than all.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

import duckdb
import numpy as np

from case_tables import CHANNELS, YIELD
from casework.shrinking import shrink
from casework.tabling import keep
from engine import sql_text
from outcomes import CONCLUDED, CONFIRMED, IDENTIFIED, titles_sql
from shares import wilson

_LEVELS: Final = {
    "all": "''",
    "rule": "unnest(rules)",
    "source": "unnest(sources)",
    "family": "unnest(families)",
    "channel": "unnest(channels)",
    "county": "county",
}
"""Level -> which units a case counts for."""

Counted = tuple[str, str, str, int, int, int, int, str]
"""level, key, county_name, listed, visited, confirmed, identified, wrong"""


def tell_yields(connection: duckdb.DuckDBPyConnection, titles: Mapping[str, str]) -> None:
    """Create `yield` (YIELD) from `case_file`; `titles`: rule or source -> title."""
    rows = connection.execute(_counted_sql()).fetchall()
    told = [row for _, group in groupby(rows, key=itemgetter(0)) for row in _level(list(group), titles)]
    keep(connection, "yield", told, YIELD)


def _counted_sql() -> str:
    concluded, confirmed = titles_sql(CONCLUDED), titles_sql(CONFIRMED)
    units = " UNION ALL ".join(
        f"SELECT {sql_text(level)} AS level, {key} AS key, case_id, county_name, visited_on, outcome FROM case_file"
        for level, key in _LEVELS.items()
    )
    return f"""
WITH unit AS ({units}),
counted AS (
    SELECT level, key, max(county_name) AS county_name, count(*) AS listed,
        count(*) FILTER (outcome IN ({concluded})) AS visited,
        count(*) FILTER (outcome IN ({confirmed})) AS confirmed,
        count(*) FILTER (outcome = {sql_text(IDENTIFIED)}) AS identified
    FROM unit WHERE key IS NOT NULL GROUP BY level, key
),
wrong AS (
    SELECT level, key, to_json(map(list(outcome ORDER BY outcome), list(n ORDER BY outcome)))::VARCHAR AS wrong FROM (
        SELECT level, key, outcome, count(*) AS n FROM unit
        WHERE outcome IN ({concluded}) AND outcome NOT IN ({confirmed}) AND key IS NOT NULL GROUP BY ALL
    ) GROUP BY level, key
)
SELECT level, key, county_name, listed, visited, confirmed, identified, coalesce(wrong, '{{}}')
FROM counted LEFT JOIN wrong USING (level, key) ORDER BY level, key"""


def _level(rows: Sequence[Counted], titles: Mapping[str, str]) -> Iterator[dict[str, object]]:
    """Units of one level, each drawn toward the mean of all of them."""
    shrunk, toward = shrink(np.array([row[5] for row in rows]), np.array([row[4] for row in rows]))
    is_known = any(row[4] for row in rows)
    for (level, key, county_name, listed, visited, confirmed, identified, wrong), drawn in zip(rows, shrunk, strict=True):
        named = {"all": "全部", "county": county_name or key, "channel": CHANNELS.get(key, key)}
        share, low, high = wilson(confirmed, visited) or (None, None, None)
        yield {
            "level": level,
            "key": key,
            "title": named.get(level) or titles.get(key, key),
            "visited": visited,
            "confirmed": confirmed,
            "identified": identified,
            "share": share,
            "low": low,
            "high": high,
            "shrunk": round(float(drawn), 9) if is_known else None,
            "toward": round(toward, 9) if is_known else None,
            "listed": listed,
            "wrong": json.dumps(json.loads(wrong), ensure_ascii=False, sort_keys=True),
        }
