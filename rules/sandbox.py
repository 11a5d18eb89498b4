"""An empty in-memory database with the tables rules read, for checking rules and running their examples."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb

from tables import FACT_TYPES, RESIDENT

FACT_COLUMNS = "row_id BIGINT, resident_id VARCHAR, household_id VARCHAR, received_on DATE, probability DOUBLE"


@contextmanager
def sandbox(facts: Mapping[str, Mapping[str, str]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with empty tables `resident` and `fact_<source>`; it can reach no file and no network."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    try:
        connection.register("nobody", RESIDENT.empty_table())
        connection.execute("CREATE TABLE resident AS SELECT * FROM nobody")
        connection.unregister("nobody")
        for source, columns in facts.items():
            typed = "".join(f', "{column}" {FACT_TYPES[kind].sql}' for column, kind in columns.items())
            connection.execute(f'CREATE TABLE "fact_{source}" ({FACT_COLUMNS}{typed})')
        connection.execute("SET enable_external_access = false")
        yield connection
    finally:
        connection.close()
