"""A department's database asked once: the whole answer as one Parquet file whose bytes depend on nothing but the rows."""

import socket
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Final, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from engine import sql_text
from sources.connections import Connection
from sources.mysql import ask_mysql
from sources.postgres import ask_postgres
from sources.query import QueryFailed, Question

T = TypeVar("T")

ROWS: Final = 50_000
"""Rows of a row group, always as many: the bytes must not depend on how a server cuts its answer."""

_ASK: Final = {"postgresql": ask_postgres, "mysql": ask_mysql}
_DRIVERS: Final = {"postgresql": "adbc_driver_postgresql", "mysql": "pymysql"}
_REACH_SECONDS: Final = 10.0
_GRACE: Final = 60.0
"""Seconds we wait beyond the time after which the server itself ought to stop."""
_PARTING_SECONDS: Final = 5.0


def fetch(
    connection: duckdb.DuckDBPyConnection, server: Connection, question: Question, order_by: Sequence[str], target: Path
) -> int:
    """Write the answer to `target`, every column text, and return its rows.

    Rows are ordered by `order_by`, then by all columns, in DuckDB: a server's collation or plan has no part in it, and the
    department's machine sorts nothing.  Raises QueryFailed; then nothing is left behind.
    """
    unsorted = target.with_name(f"{target.name}.unsorted")
    try:
        names, rows = _write_as_it_comes(_asked(server, question), question.max_rows, unsorted)
        _write_sorted(connection, unsorted, names, order_by, target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        unsorted.unlink(missing_ok=True)
    return rows


def _asked(server: Connection, question: Question) -> Iterator[pa.Table]:
    """The rows as they come.  Whatever a driver raises ends this one answer and never the night."""
    if find_spec(_DRIVERS[server.dialect]) is None:
        raise QueryFailed("没有安装数据库驱动；请在程序目录运行 make databases")
    _reach(*server.at)
    try:
        yield from in_time(_ASK[server.dialect](server, question), question.seconds + _GRACE)
    except QueryFailed:
        raise
    except Exception as problem:
        raise QueryFailed(f"驱动程序出错（{type(problem).__name__}）") from None


def in_time(tables: Generator[T, None, None], seconds: float) -> Iterator[T]:
    """The same tables, read ahead in a thread.  Raises QueryFailed when they take too long.

    A server whose disk hangs keeps its line open and says nothing, and a driver then waits in C where nobody can wake it: it
    is left there, and the night goes on.
    """
    coming: Queue[T | BaseException | None] = Queue(maxsize=1)
    is_over = Event()
    reader = Thread(target=_read_ahead, args=(tables, coming, is_over), daemon=True)
    reader.start()
    deadline = time.monotonic() + seconds
    try:
        while (item := coming.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    except Empty:
        raise QueryFailed("超时：服务器还连着，却没有动静") from None
    finally:
        is_over.set()
        reader.join(_PARTING_SECONDS)


def _read_ahead(tables: Generator[T, None, None], coming: "Queue[T | BaseException | None]", is_over: Event) -> None:
    """Hand over one table after the other, then None or what went wrong, as long as anybody takes them."""
    with closing(tables):
        item: T | BaseException | None = None
        while not is_over.is_set():
            try:
                item = next(tables, None)
            except BaseException as problem:
                item = problem
            _hand_over(item, coming, is_over)
            if item is None or isinstance(item, BaseException):
                return


def _hand_over(item: T, coming: "Queue[T]", is_over: Event) -> None:
    is_taken = False
    while not (is_taken or is_over.is_set()):
        with suppress(Full):
            coming.put(item, timeout=0.1)
            is_taken = True


def _reach(host: str, port: int) -> None:
    """Tell a server that is away from one that does not let us in: drivers word that in the server's language, if at all."""
    try:
        socket.create_connection((host, port), _REACH_SECONDS).close()
    except socket.gaierror:
        raise QueryFailed("主机名解析不了；请核对 host", may_recover=True) from None
    except OSError:
        raise QueryFailed("连不上；请核对 host 与 port，服务器是否开着，防火墙是否放行", may_recover=True) from None


def _write_as_it_comes(tables: Iterator[pa.Table], max_rows: int, path: Path) -> tuple[list[str], int]:
    first = next(tables)
    rows = first.num_rows
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        for table in tables:
            rows += table.num_rows
            if rows > max_rows:
                raise QueryFailed(f"超过 max_rows（{max_rows} 行）；请核对 select，确是这么多就改大 max_rows")
            writer.write_table(table)
    return first.schema.names, rows


def _write_sorted(
    connection: duckdb.DuckDBPyConnection, source: Path, names: Sequence[str], order_by: Sequence[str], target: Path
) -> None:
    if unknown := [column for column in order_by if column not in names]:
        raise QueryFailed(f"order_by 的列不在结果里：{'、'.join(unknown)}")
    columns = [f"c{i}" for i in range(len(names))]
    ordered = connection.sql(f"""
        SELECT * FROM read_parquet({sql_text(str(source))}) AS answer({", ".join(columns)})
        ORDER BY {", ".join([*(_by_size(f"c{names.index(column)}") for column in order_by), *map(_by_text, columns)])}""")
    schema = pa.schema([(name, pa.string()) for name in names])
    with pq.ParquetWriter(target, schema, compression="zstd", compression_level=3) as writer:
        for group in _groups(ordered.to_arrow_reader(ROWS)):
            writer.write_table(group.rename_columns(list(names)).cast(schema), row_group_size=ROWS)


def _by_size(column: str) -> str:
    """Numbers among each other by value, before all that is no number; dates are in order as text."""
    return f"TRY_CAST({column} AS DECIMAL(38, 9)) NULLS LAST, {_by_text(column)}"


def _by_text(column: str) -> str:
    return f"{column} NULLS FIRST"


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows in tables of ROWS, the last perhaps shorter."""
    rest: pa.Table | None = None
    for batch in batches:
        table = pa.Table.from_batches([batch])
        rest = table if rest is None else pa.concat_tables([rest, table])
        while rest.num_rows >= ROWS:
            yield rest.slice(0, ROWS).combine_chunks()
            rest = rest.slice(ROWS)
    if rest is not None and rest.num_rows:
        yield rest.combine_chunks()
