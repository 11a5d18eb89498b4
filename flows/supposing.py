"""What a review may bring: the night judged once more as if the rows in review were their likeliest candidates'.

Only the households of these candidates are judged again, in a schema of their own, so that the night's tables stay as they are.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import duckdb

from engine import conform
from flows import joints
from review_tables import REVIEW_VALUE

_SCHEMA: Final = "supposed"

_VALUE: Final = f"""
CREATE OR REPLACE TABLE review_value AS
WITH brought AS (
    SELECT signal_id, title, severity, unnest(evidence) AS row_id FROM {_SCHEMA}.open_signal
    WHERE verdict = 'fires' AND signal_id NOT IN (SELECT signal_id FROM main.signal WHERE verdict = 'fires')
), by_rule AS (
    SELECT identity_key, title, max(severity) AS severity, sum(severity) AS points
    FROM (SELECT DISTINCT identity_key, signal_id, title, severity FROM brought JOIN {_SCHEMA}.asked USING (row_id))
    GROUP BY ALL
), likeliest AS (
    SELECT identity_key, first(resident_id ORDER BY row_id) AS resident_id FROM {_SCHEMA}.asked GROUP BY identity_key
)
SELECT identity_key, resident_id, sum(points)::BIGINT AS points, string_agg(title, '、' ORDER BY severity DESC, title) AS titles
FROM by_rule JOIN likeliest USING (identity_key) GROUP BY identity_key, resident_id ORDER BY identity_key
"""
"""A signal that rests on rows of several identities counts for each: whichever is settled, the others are needed too."""


@contextmanager
def supposed(connection: duckdb.DuckDBPyConnection, contracts: Mapping[str, Iterable[str]]) -> Iterator[bool]:
    """Within the block unqualified names mean the supposed tables; yields whether there is anything to judge.

    Afterwards `review_value` (REVIEW_VALUE) is made from the `open_signal` that the block has created there.

    Reads `link`, `resident`, `fact_<source>`, `accepted_<source>`, `doubtful` and `list_state`; `contracts` is source -> fact
    columns.
    """
    connection.execute(f"CREATE SCHEMA {_SCHEMA}")
    try:
        connection.execute(f"SET search_path = '{_SCHEMA}'")
        is_any = _ask(connection)
        if is_any:
            _suppose(connection, contracts)
        yield is_any
        connection.execute("SET search_path = 'main'")
        _compare(connection, is_any)
    finally:
        connection.execute("SET search_path = 'main'")
        connection.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")


def _ask(connection: duckdb.DuckDBPyConnection) -> bool:
    """`asked`: the rows in review that have a candidate and are still asked."""
    connection.execute("""
        CREATE TABLE asked AS SELECT link.row_id, identity_key, resident_id, household_id
        FROM link JOIN resident USING (resident_id) WHERE decision = 'review' AND method <> 'review_open'
    """)
    return joints.count(connection, "asked") > 0


def _suppose(connection: duckdb.DuckDBPyConnection, contracts: Mapping[str, Iterable[str]]) -> None:
    """The residents of the candidates' households and all their facts, the rows in review among them."""
    connection.execute("CREATE TABLE concerned AS SELECT DISTINCT household_id FROM asked")
    connection.execute("CREATE TABLE resident AS SELECT * FROM main.resident SEMI JOIN concerned USING (household_id)")
    for table in ("doubtful", "list_state"):
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM main.{table}")
    for source, facts in contracts.items():
        columns = "".join(f', a."{name}"' for name in facts)
        connection.execute(f"""
            CREATE TABLE fact_{source} AS
            SELECT * FROM main.fact_{source} SEMI JOIN concerned USING (household_id)
            UNION ALL
            SELECT a.row_id, resident_id, household_id, a.received_on, 1 AS probability{columns}
            FROM main.accepted_{source} a JOIN asked USING (row_id)
        """)


def _compare(connection: duckdb.DuckDBPyConnection, is_any: bool) -> None:
    if is_any:
        connection.execute(_VALUE)
    else:
        connection.register("nothing", REVIEW_VALUE.empty_table())
        connection.execute("CREATE OR REPLACE TABLE review_value AS SELECT * FROM nothing")
        connection.unregister("nothing")
    conform(connection, "review_value", REVIEW_VALUE)
