"""Who noticed: each channel's share of the cases, where channels overlap, and how many of the visited were true."""

from typing import Final

import duckdb

from case_tables import CHANNEL_SHARE
from engine import conform, sql_text
from outcomes import CONCLUDED, CONFIRMED, IDENTIFIED, titles_sql

CHANNELS: Final = ("department", "self_report", "cadre")
"""In the order in which a set of them is written."""


def share_channels(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `channel_share` (CHANNEL_SHARE) from `case_file`: cases by the set of channels that told of them.

    Per county and for all ('').  '' as the set: only the roster's own state told of it.  `visited` counts the cases whose visit
    said whether the warning was true; of these `confirmed` were, and `identified` went on to be identified.  A channel's share
    is the sum over the sets that hold it, by all; overlap, the sets of two and more; yield, confirmed by visited.
    """
    order = ", ".join(sql_text(channel) for channel in CHANNELS)
    connection.execute(f"""
        CREATE OR REPLACE TABLE channel_share AS
        WITH told AS (
            SELECT county, array_to_string(list_filter([{order}], lambda one: list_contains(channels, one)), '+') AS channels,
                outcome
            FROM case_file
        )
        SELECT if(grouping(county) = 1, '', county) AS county, channels, count(*) AS cases,
            count(*) FILTER (outcome IN ({titles_sql(CONCLUDED)})) AS visited,
            count(*) FILTER (outcome IN ({titles_sql(CONFIRMED)})) AS confirmed,
            count(*) FILTER (outcome = {sql_text(IDENTIFIED)}) AS identified
        FROM told GROUP BY GROUPING SETS ((county, channels), (channels))
        HAVING grouping(county) = 1 OR county IS NOT NULL ORDER BY ALL""")
    conform(connection, "channel_share", CHANNEL_SHARE)
