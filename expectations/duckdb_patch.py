"""The one private name of Great Expectations we touch, so that it can read DuckDB."""

from collections.abc import Iterator
from contextlib import contextmanager


class _Dialect(str):
    """A dialect name as Great Expectations' own enumeration has it: its text is also its `value`."""

    __slots__ = ()

    @property
    def value(self) -> str:
        return str(self)


@contextmanager
def duckdb_connections_kept() -> Iterator[None]:
    """Let Great Expectations keep one connection per DuckDB engine while the block runs.

    It reads a result after giving its connection back to the pool; DuckDB drops the result at that moment, and every
    metric fails with "list index out of range" (GX 1.24, upstream issues 10738 and 11579).  SQLite has the same need, and a
    tuple of dialect names that is not public says so; we add ours to it and put the old tuple back afterwards.
    """
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    known = engine._PERSISTED_CONNECTION_DIALECTS
    engine._PERSISTED_CONNECTION_DIALECTS = (*known, _Dialect("duckdb"))
    try:
        yield
    finally:
        engine._PERSISTED_CONNECTION_DIALECTS = known
