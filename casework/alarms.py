"""Alarms: what stands still, is too alike, or crowds in one place, called at a stated false-alarm rate.

Three groups are tested apart: feeds, places, clusters.  With nothing wrong a night calls anything of a group with probability
`rate` at most (Holm over all tests of the group), so the dozens of feeds do not drown a county, nor the thousands of villages
a feed.
"""

from datetime import date

import duckdb

from case_tables import ALARM
from casework.alarming import Alarm, call
from casework.clusters import apart, clusters, overdue
from casework.large_scale import LargeScale
from casework.silence import alike_places, feeds, places, quiet_places
from casework.tabling import keep


def call_alarms(connection: duckdb.DuckDBPyConnection, asked: LargeScale, as_of: date, area: str, rate: float) -> None:
    """Create `alarm` (ALARM).

    Reads `source_status`, `delivery`, `resident`, `signal`, `rule_source` and `case_file`.
    """
    called = call(feeds(connection, as_of), rate)
    crowds, tests = clusters(connection, asked, as_of, area)
    late: list[Alarm] = []
    if connection.execute("SELECT 1 FROM case_file LIMIT 1").fetchone():
        found = places(connection, area)
        called += call([*quiet_places(connection, found, as_of), *alike_places(connection, found, as_of)], rate)
        late = overdue(connection, asked, found, as_of)
    called += apart(call([*crowds, *late], rate, tests + len(late)))
    rows = sorted((one.row(rate) for one in called), key=lambda row: str(row["alarm_id"]))
    keep(connection, "alarm", rows, ALARM)
