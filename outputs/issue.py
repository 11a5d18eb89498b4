"""What is handed out tonight: every listed row is sealed, and those that nobody has yet in this form are written down."""

import json
from datetime import date
from typing import Final

import duckdb
import pyarrow as pa

import case_tables
import seal
from engine import conform, sql_text
from outputs.list_rows import TABLE, listed_rows, rows

SEALED: Final = "list_seal"
_SEAL: Final = pa.schema([("warning_id", pa.string()), ("row_hash", pa.string()), ("seals", pa.string())])

_ISSUED: Final = """
CREATE OR REPLACE TABLE issued AS
WITH fired AS (  -- a combination names no feed: its parts do
    SELECT warning_id, rule FROM (SELECT warning_id, unnest(signals) AS signal_id FROM warning) JOIN signal USING (signal_id)
    WHERE verdict = 'fires' AND combines IS NULL
),
told AS (
    SELECT warning_id, list(DISTINCT fired.rule ORDER BY fired.rule) AS rules,
        list(DISTINCT source ORDER BY source) FILTER (source IS NOT NULL) AS sources,
        list(DISTINCT coalesce(channel, 'department') ORDER BY coalesce(channel, 'department')) AS channels
    FROM fired LEFT JOIN rule_source ON rule_source.rule = fired.rule GROUP BY warning_id
)
SELECT {day} AS as_of, r.list_id, w.county, w.township, w.village, w.county_name, w.township_name, w.village_name,
    w.warning_id, w.household_id, r.position, w.tier, w.first_seen, w.due_on, w.families,
    coalesce(rules, []) AS rules, coalesce(sources, []) AS sources, coalesce(channels, ['department']) AS channels,
    s.row_hash, s.seals
FROM referral r JOIN warning w USING (warning_id) JOIN {sealed} s USING (warning_id) LEFT JOIN told USING (warning_id)
ANTI JOIN issued_before b ON b.warning_id = w.warning_id AND b.row_hash = s.row_hash
WHERE r.is_listed
ORDER BY w.county, r.position, w.warning_id
"""


def issue(connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Create `issued` (ISSUED) and `list_seal` (warning_id, row_hash, seals as JSON; every listed row of tonight).

    Reads `referral`, `warning`, `spared`, `resident`, `roster_identity`, `signal`, `rule_source` and `issued_before`.  A row
    that an earlier night handed out with the same seal is not handed out again.
    """
    _seal_rows(connection)
    connection.execute(_ISSUED.format(day=f"DATE {sql_text(as_of.isoformat())}", sealed=SEALED))
    conform(connection, "issued", case_tables.ISSUED)


def _seal_rows(connection: duckdb.DuckDBPyConnection) -> None:
    made = rows()
    with listed_rows(connection):
        sealed = [
            (row.warning_id, made.seals(row)) for row in made.read(connection, f"SELECT * FROM {TABLE} ORDER BY warning_id")
        ]
    table = pa.Table.from_pylist(
        [
            {"warning_id": warning, "row_hash": seal.row_hash(told), "seals": json.dumps(told, ensure_ascii=False)}
            for warning, told in sealed
        ],
        schema=_SEAL,
    )
    connection.register("sealing", table)
    connection.execute(f"CREATE OR REPLACE TABLE {SEALED} AS SELECT * FROM sealing")
    connection.unregister("sealing")
