"""Rows made in Python as a table of the night."""

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from engine import conform


def keep(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, object]], schema: pa.Schema) -> None:
    """Create table `name` of `schema`; few rows only, a large table is made by SQL."""
    connection.register("learnt", pa.Table.from_pylist(list(rows), schema=schema))
    connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS FROM learnt')
    connection.unregister("learnt")
    conform(connection, name, schema)
