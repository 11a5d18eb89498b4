"""Plain orders of the same warned households, so that the gain of the ranking can be seen against them.

Each is what an office could do without a ranking: sort by the largest sum, look at the heaviest trigger alone, send everyone
where most is reported, or draw lots.  None of them is used for lists.
"""

from collections.abc import Mapping
from typing import Final

import duckdb
import pyarrow as pa

from engine import conform

BASELINE: Final = pa.schema({
    "baseline": pa.string(),  # a key of BASELINE_TITLES
    "county": pa.string(),
    "household_id": pa.string(),
    "position": pa.int32(),  # in its county, from 1
})  # fmt: skip

_KEYS: Final[Mapping[str, str]] = {
    "largest_amount": "amount DESC NULLS LAST",
    "single_trigger": "severity DESC NULLS LAST",
    "village_average": "rate DESC",
    "random": "lot",
}
"""Baseline -> what it orders by; ties are drawn by lot."""

BASELINE_TITLES: Final[Mapping[str, str]] = {
    "largest_amount": "金额最大",
    "single_trigger": "单一触发",
    "village_average": "村平均",
    "random": "随机",
}
"""What people call them."""

_PLAIN: Final = """
CREATE OR REPLACE TABLE baseline AS
WITH fired AS (
    -- a combination is no single trigger
    SELECT household_id, max(severity) FILTER (coalesce(len(combines), 0) = 0) AS severity,
        max(observed) FILTER (unit = '元') AS amount
    FROM open_signal WHERE verdict = 'fires' GROUP BY household_id
),
village AS (
    SELECT village, count(DISTINCT w.household_id) / count(DISTINCT r.household_id) AS rate
    FROM resident r LEFT JOIN warning w USING (household_id, village) GROUP BY village
),
candidate AS (
    SELECT *, sha256('{seed}' || chr(10) || household_id) AS lot
    FROM (SELECT county, village, household_id FROM warning) JOIN fired USING (household_id) LEFT JOIN village USING (village)
)
{orders}
ORDER BY baseline, county, position
"""


def rank_plainly(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Create `baseline` (BASELINE) from `warning`, `open_signal` and `resident`: every warned household once per baseline.

    `position` counts within the county, as `warning.county_rank` does; the same seed draws the same lots.
    """
    orders = "\nUNION ALL\n".join(
        f"""SELECT '{name}' AS baseline, county, household_id,
            row_number() OVER (PARTITION BY county ORDER BY {key}, lot, household_id)::INTEGER AS position FROM candidate"""
        for name, key in _KEYS.items()
    )
    connection.execute(_PLAIN.format(seed=seed, orders=orders))
    conform(connection, "baseline", BASELINE)
