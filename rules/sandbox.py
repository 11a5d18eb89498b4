"""An empty in-memory database with the tables rules read, for checking rules and running their examples."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb

from feed_tables import DOUBTFUL, LIST_STATE
from rules.combine import SIGNAL_FACTS
from tables import FACT_TYPES, RESIDENT

FACT_COLUMNS = "row_id BIGINT, resident_id VARCHAR, household_id VARCHAR, received_on DATE, probability DOUBLE"


@contextmanager
def sandbox(facts: Mapping[str, Mapping[str, str]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with empty tables `resident`, `fact_<source>` and `fact_signals`; it can reach no file and no network.

    Every list is complete, and nobody is doubtful yet.
    """
    connection = duckdb.connect(":memory:", config={"threads": 1})
    try:
        for name, schema in (("resident", RESIDENT), ("doubtful", DOUBTFUL), ("list_state", LIST_STATE)):
            connection.register("nothing", schema.empty_table())
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM nothing")
            connection.unregister("nothing")
        connection.executemany("INSERT INTO list_state VALUES (?, TRUE, NULL)", [[source] for source in facts])
        connection.execute(f"CREATE TABLE fact_signals ({SIGNAL_FACTS})")
        for source, columns in facts.items():
            typed = "".join(f', "{column}" {FACT_TYPES[kind].sql}' for column, kind in columns.items())
            connection.execute(f'CREATE TABLE "fact_{source}" ({FACT_COLUMNS}{typed})')
        connection.execute("SET enable_external_access = false")
        yield connection
    finally:
        connection.close()
