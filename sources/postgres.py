"""A PostgreSQL server asked through ADBC: every column comes as the text PostgreSQL itself writes, a batch at a time."""

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from settings import TIME_ZONE
from sources.connections import Connection
from sources.query import QueryFailed, Question

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

TLS: Final = {"none": "disable", "require": "require", "verify": "verify-full"}
_ALIVE: Final = "connect_timeout=10 keepalives_idle=30 keepalives_interval=10 keepalives_count=3 application_name=fangpin"
"""A server that went away is noticed within a minute."""
_REFUSED: Final = {
    "42P01": "没有 select 里的表或视图；部门可能改了名",
    "42703": "没有 select 里的某一列；部门可能改了表结构",
    "42702": "select 里有一列不知属于哪张表",
    "42501": "这个帐号无权读取；请部门授予 SELECT 权限",
    "42601": "select 的语法不对",
    "42883": "没有 select 里的函数或运算",
    "25006": "select 想要写入，而取数只可读",
    "57014": "超时被中止",
}
_TRANSIENT: Final = ("08", "40", "53", "57P")
"""Classes of SQLSTATE that may pass: connection, deadlock, resources, a server that restarts."""


def ask_postgres(server: Connection, question: Question) -> Generator[pa.Table, None, None]:
    """The rows in tables of text columns, at least one (perhaps without rows).  Raises QueryFailed."""
    from adbc_driver_postgresql import dbapi

    with _told(question.seconds), dbapi.connect(conninfo(server)) as connection, connection.cursor() as cursor:
        for setting in _settings(question):
            cursor.execute(setting)
        cursor.execute(_as_text(_columns(cursor, question), question))
        with cursor.fetch_record_batch() as reader:
            yield reader.schema.empty_table()
            for batch in reader:
                yield _whole_text(batch)


def _whole_text(batch: pa.RecordBatch) -> pa.Table:
    """A database of no declared encoding sends its bytes as they are."""
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        raise QueryFailed("送来的文字不是 UTF-8；请部门核对数据库的编码") from None
    return pa.Table.from_batches([batch])


def conninfo(server: Connection) -> str:
    """How libpq is told where and as whom; holds the password."""
    host, port = server.at
    said = {"host": host, "port": str(port), "dbname": server.database, "user": server.user, "sslmode": TLS[server.tls]}
    said |= {"sslrootcert": server.ca} if server.ca else {}
    secret = server.secret()
    said |= {} if secret is None else {"password": secret}
    return " ".join(f"{key}={_quoted(value)}" for key, value in said.items()) + " " + _ALIVE


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _settings(question: Question) -> tuple[str, ...]:
    """One snapshot that cannot write, bounded in time, and values written in one way whatever the server's habits."""
    return (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        f"SET LOCAL statement_timeout = {int(question.seconds * 1000)}",
        f"SET LOCAL TimeZone = '{TIME_ZONE}'",
        "SET LOCAL DateStyle = 'ISO, YMD'",
        "SET LOCAL extra_float_digits = 1",
    )


def _columns(cursor: "Cursor", question: Question) -> Mapping[str, str]:
    """The result's columns, and each as an expression of text.  Raises QueryFailed for what has no text of its own."""
    cursor.execute(f"SELECT * FROM ({question.select}) AS asked LIMIT 0")
    with cursor.fetch_record_batch() as reader:
        schema = reader.schema
    if len(set(schema.names)) < len(schema.names):
        raise QueryFailed("select 的结果里有同名的列；请用 AS 改名")
    return {field.name: _text_of(field) for field in schema}


def _text_of(field: pa.Field) -> str:
    name = '"' + field.name.replace('"', '""') + '"'
    kind = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    if kind in ("bytea", "money", "record", "") or kind.startswith("_"):
        raise QueryFailed(f"列“{field.name[:40]}”的类型 {kind or '未知'} 不是文字、数或日期；请在 select 里转换或去掉这一列")
    return f"(asked.{name} AT TIME ZONE '{TIME_ZONE}')::text" if kind == "timestamptz" else f"asked.{name}::text"


def _as_text(columns: Mapping[str, str], question: Question) -> str:
    named = ", ".join(f'{text} AS "{name.replace(chr(34), chr(34) * 2)}"' for name, text in columns.items())
    return f"SELECT {named} FROM ({question.select}) AS asked{_since(question)} LIMIT {question.max_rows + 1}"


def _since(question: Question) -> str:
    if question.since is None:
        return ""
    column, day = question.since
    return f""" WHERE asked."{column.replace('"', '""')}" >= DATE '{day}'"""


@contextmanager
def _told(seconds: float) -> Iterator[None]:
    """The driver's errors as ours: their own text may quote a value or the account.

    Once rows flow the driver passes on no SQLSTATE, only a sentence in the server's language; the clock knows a time-out.
    """
    from adbc_driver_manager.dbapi import Error

    started = time.monotonic()
    try:
        yield
    except Error as problem:
        raise _failed(problem.sqlstate) from None
    except (OSError, pa.ArrowException):
        is_timeout = time.monotonic() - started >= seconds
        raise QueryFailed("超时被中止" if is_timeout else "读到一半中断了", may_recover=not is_timeout) from None


def _failed(state: str | None) -> QueryFailed:
    if state is None:
        return QueryFailed("连得上，但登录不成；请核对用户名、口令、数据库名、TLS 与访问许可")
    why = _REFUSED.get(state, "没有执行")
    return QueryFailed(f"{why}（SQLSTATE {state}）", may_recover=state.startswith(_TRANSIENT))
