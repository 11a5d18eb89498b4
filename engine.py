"""DuckDB connections with their limits set, and files that appear whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from errors import Fault


@contextmanager
def connect(work: Path, threads: int, memory_limit: str, database: str = ":memory:") -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection with threads, memory and temp directory set, and no extension ever fetched."""
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = duckdb.connect(
        database,
        config={
            "threads": threads,
            "memory_limit": memory_limit,
            "temp_directory": str(work / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    try:
        connection.execute("SET enable_progress_bar = false")  # it would be printed among what the command says
        yield connection
    finally:
        connection.close()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; on success it is renamed to `path`, on failure it is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write an Arrow table as Parquet, whole or not at all."""
    with whole_file(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def copy_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write the rows of a query as Parquet, whole or not at all; returns how many there were."""
    with whole_file(path) as temporary:
        target = str(temporary).replace("'", "''")
        row = connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)").fetchone()
    return int(row[0]) if row else 0


def sql_text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def empty_table(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, *, is_temporary: bool = False) -> None:
    """An empty table with the columns of `schema`; to register an Arrow table instead would import pandas, which is slow."""
    columns = ", ".join(f'"{field.name}" {_sql_type(field.type)}' for field in schema)
    kind = "TEMP TABLE" if is_temporary else "TABLE"
    connection.execute(f"CREATE OR REPLACE {kind} {name} ({columns})")


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"{_sql_type(kind.value_type)}[]"
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    named = {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.int32(): "INTEGER", pa.date32(): "DATE", pa.bool_(): "BOOLEAN"}
    return named[kind]


def number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one whole number a query gives; 0 if it gives no row."""
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def conform(connection: duckdb.DuckDBPyConnection, table: str, schema: pa.Schema) -> None:
    """Fail unless `table` has exactly the columns and types of `schema`, in its order: the contract between stages."""
    found = connection.sql(f'SELECT * FROM "{table}" LIMIT 0').to_arrow_table().schema
    if [(f.name, f.type) for f in found] != [(f.name, f.type) for f in schema]:
        differing = [f"{a} != {b}" for a, b in zip(found, schema, strict=False) if (a.name, a.type) != (b.name, b.type)]
        detail = "; ".join(differing[:3]) or f"{len(found)} columns, expected {len(schema)}"
        raise Fault(f"table {table} does not conform to its schema: {detail}")


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder beside `path`; on success it takes the place of `path`, on failure it is removed.

    A reader sees the old folder or the new one, never a half-written one.  Only one writer at a time (the night's lock).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, retired = path.with_name(f".{path.name}.part"), path.with_name(f".{path.name}.old")
    _recover(path, temporary, retired)
    temporary.mkdir(mode=0o700)
    try:
        yield temporary
        if path.exists():
            path.replace(retired)
        temporary.replace(path)
    finally:
        _recover(path, temporary, retired)


def _recover(path: Path, temporary: Path, retired: Path) -> None:
    """Undo what a killed writer left: the retired folder comes back if nothing took its place."""
    shutil.rmtree(temporary, ignore_errors=True)
    if retired.exists() and not path.exists():
        retired.replace(path)
    shutil.rmtree(retired, ignore_errors=True)
