"""Which warnings are on a county's list of visits, and why the others are not."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import duckdb

import tables
from engine import conform, sql_text

REFERRAL: Final = """
CREATE OR REPLACE TABLE referral AS
WITH placed AS (
    SELECT *, row_number() OVER (PARTITION BY county ORDER BY rank)::INTEGER AS position,
        {capacity} AS capacity, starts_with(county, {area}) AS is_ours
    FROM warning
)
SELECT CASE WHEN is_ours THEN {day} || '-' || county END AS list_id,
    county, township, position, warning_id, household_id,
    is_ours AND position <= capacity AS is_listed,
    CASE WHEN NOT is_ours THEN '不在本单位负责的地区（行政区划代码以 ' || {area} || ' 开头）之内'
         WHEN position > capacity THEN '超出本县本期可核实户数 ' || capacity || ' 户，排第 ' || position || ' 位' END AS why_cut
FROM placed ORDER BY county, position
"""


def refer(
    connection: duckdb.DuckDBPyConnection, as_of: date, capacity_default: int, capacity: Mapping[str, int], area: str
) -> None:
    """Create `referral` (REFERRAL) from `warning`: every warning is on its county's list, or cut with a reason.

    `capacity` is visits per county code for this list; `area` the code prefix the office answers for, '' for all.
    A warning outside it belongs to no list (`list_id` is null).
    """
    given = " ".join(f"WHEN {sql_text(county)} THEN {visits:d}" for county, visits in sorted(capacity.items()))
    visits = f"CASE county {given} ELSE {capacity_default:d} END" if given else f"{capacity_default:d}"
    connection.execute(REFERRAL.format(capacity=visits, area=sql_text(area), day=sql_text(f"{as_of:%Y%m%d}")))
    conform(connection, "referral", tables.REFERRAL)
