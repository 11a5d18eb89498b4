"""Which warnings are on a county's list of visits, and why the others are not."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import duckdb

import tables
from engine import conform, sql_text
from settings import Office

REFERRAL: Final = """
CREATE OR REPLACE TABLE referral AS
WITH placed AS (
    SELECT county, township, rank, warning_id, household_id,
        row_number() OVER (PARTITION BY county ORDER BY rank)::INTEGER AS position,
        row_number() OVER (PARTITION BY county, township ORDER BY rank) AS township_position,
        {capacity} AS capacity, {township_capacity} AS township_capacity, starts_with(county, {area}) AS is_ours
    FROM warning
),
fitting AS (SELECT *, coalesce(township_position <= township_capacity, true) AS is_within FROM placed),
waiting AS (  -- whom the township cannot visit takes no place of the county's
    SELECT *, row_number() OVER (PARTITION BY county, is_within ORDER BY rank) AS county_position FROM fitting
)
SELECT CASE WHEN is_ours THEN {day} || '-' || county END AS list_id,
    county, township, position, warning_id, household_id,
    is_ours AND is_within AND county_position <= capacity AS is_listed,
    CASE WHEN NOT is_ours THEN '不在本单位负责的地区（行政区划代码以 ' || {area} || ' 开头）之内'
         WHEN NOT is_within
             THEN '超出本乡镇本期可核实户数 ' || township_capacity || ' 户，在本乡镇排第 ' || township_position || ' 位'
         WHEN county_position > capacity
             THEN '超出本县本期可核实户数 ' || capacity || ' 户，排第 ' || county_position || ' 位' END AS why_cut
FROM waiting ORDER BY county, position
"""


def refer(connection: duckdb.DuckDBPyConnection, as_of: date, office: Office) -> None:
    """Create `referral` (REFERRAL) from `warning`: every warning is on its county's list, or cut with a reason.

    A township's own capacity cuts first; what it cuts leaves its place in the county's capacity to the next household.
    A warning outside the office's area belongs to no list (`list_id` is null).
    """
    connection.execute(
        REFERRAL.format(
            capacity=_visits("county", office.capacity, f"{office.capacity_default:d}"),
            township_capacity=_visits("township", office.township_capacity, "NULL"),
            area=sql_text(office.area),
            day=sql_text(f"{as_of:%Y%m%d}"),
        )
    )
    conform(connection, "referral", tables.REFERRAL)


def _visits(place: str, given: Mapping[str, int], otherwise: str) -> str:
    """SQL: how many households of a place can be visited from one list."""
    whens = " ".join(f"WHEN {sql_text(code)} THEN {visits:d}" for code, visits in sorted(given.items()))
    return f"CASE {place} {whens} ELSE {otherwise} END" if whens else f"CAST({otherwise} AS INTEGER)"
