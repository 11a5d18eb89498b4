"""A MySQL or MariaDB server asked through PyMySQL: rows as the text the server itself writes, streamed, never held whole."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from sources.connections import Connection
from sources.query import QueryFailed, Question

if TYPE_CHECKING:
    from pymysql.connections import Connection as Session

ROWS: Final = 10_000
"""Rows that are Python objects at a time."""

_CHAR: Final = 254
"""The type code of CHAR, which a server may be set to pad."""
_GRACE: Final = 30
"""Seconds we wait beyond the time after which the server itself ought to stop."""
_BY_TIME: Final = "超时被中止"
_REFUSED: Final = {
    1044: "这个帐号无权使用该数据库",
    1045: "连得上，但登录不成；请核对用户名与口令",
    1049: "没有这个数据库",
    1054: "没有 select 里的某一列；部门可能改了表结构",
    1060: "select 的结果里有同名的列；请用 AS 改名",
    1064: "select 的语法不对",
    1142: "这个帐号无权读取；请部门授予 SELECT 权限",
    1143: "这个帐号无权读取某一列；请部门授予 SELECT 权限",
    1146: "没有 select 里的表或视图；部门可能改了名",
    1305: "没有 select 里的函数",
    1792: "select 想要写入，而取数只可读",
    1969: _BY_TIME,
    2003: "连不上，或要求的 TLS 不成",
    2006: "连接中断了",
    2013: "读到一半中断了",
    2026: "服务器不支持加密（TLS），或证书不符",
    3024: _BY_TIME,
}
_TRANSIENT: Final = frozenset({1040, 1053, 1203, 1205, 1213, 1927, 2003, 2006, 2013})
"""Error numbers that may pass: too many connections, a restart, a lock, a broken line."""


def ask_mysql(server: Connection, question: Question) -> Generator[pa.Table, None, None]:
    """The rows in tables of text columns, at least one (perhaps without rows).  Raises QueryFailed."""
    with _told(), _session(server, question) as session:
        cursor = session.cursor()
        for setting in _settings(session.get_server_info(), question):
            cursor.execute(setting)
        cursor.execute(_statement(question))
        described = cursor.description
        names = [column[0] for column in described]
        if len(set(names)) < len(names):
            raise QueryFailed("select 的结果里有同名的列；请用 AS 改名")
        yield pa.schema([(name, pa.string()) for name in names]).empty_table()
        while rows := cursor.fetchmany(ROWS):
            yield _table(described, rows)


@contextmanager
def _session(server: Connection, question: Question) -> Iterator["Session[Any]"]:
    """A connection that is cut when we are done, however much the server would still send."""
    import pymysql
    from pymysql.converters import encoders
    from pymysql.cursors import SSCursor

    host, port = server.at
    session = pymysql.connect(
        host=host,
        port=port,
        user=server.user,
        password=(server.secret() or "").encode(),
        database=server.database,
        charset="utf8mb4",
        conv=encoders,  # no decoders: values stay the text that was sent
        cursorclass=SSCursor,
        connect_timeout=10,
        read_timeout=int(question.seconds) + _GRACE,
        local_infile=False,
        **_tls(server),
    )
    try:
        yield session
    finally:
        _cut(session)


def _tls(server: Connection) -> dict[str, Any]:
    if server.tls == "none":
        return {"ssl_disabled": True}
    if server.tls == "verify":
        return {"ssl_ca": server.ca, "ssl_verify_cert": True, "ssl_verify_identity": True}
    return {"ssl": {"check_hostname": False, "verify_mode": "none"}}


def _cut(session: "Session[Any]") -> None:
    """Close without draining: left to itself the driver reads all that is still to come before it lets go."""
    result = session._result
    if result is not None:
        result.unbuffered_active = False
    session._result = None
    session._force_close()


def _settings(version: str, question: Question) -> tuple[str, ...]:
    """One snapshot that cannot write, bounded in rows and time, with Beijing's clock."""
    seconds = question.seconds
    limit = f"max_statement_time = {seconds}" if "MariaDB" in version else f"max_execution_time = {int(seconds * 1000)}"
    return (
        f"SET SESSION time_zone = '+08:00', sql_select_limit = {question.max_rows + 1}, {limit}",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    )


def _statement(question: Question) -> str:
    if question.since is None:
        return question.select
    column, day = question.since
    return f"SELECT * FROM ({question.select}) AS asked WHERE asked.`{column.replace('`', '``')}` >= '{day}'"


def _table(described: Sequence[Sequence[Any]], rows: Sequence[tuple[str | bytes | None, ...]]) -> pa.Table:
    columns = [_column(column[0], column[1], values) for column, values in zip(described, zip(*rows, strict=True), strict=True)]
    return pa.table(columns, names=[column[0] for column in described])


def _column(name: str, kind: int, values: Sequence[str | bytes | None]) -> pa.Array:
    if isinstance(next((value for value in values if value is not None), None), bytes):
        raise QueryFailed(f"列“{name[:40]}”是二进制的，不是文字、数或日期；请在 select 里转换或去掉这一列")
    text = pa.array(values, pa.string())
    return pc.utf8_rtrim(text, " ") if kind == _CHAR else text


@contextmanager
def _told() -> Iterator[None]:
    """The driver's errors as ours: their own text may quote a value or the account."""
    from pymysql.err import Error

    try:
        yield
    except Error as problem:
        number = problem.args[0] if problem.args and isinstance(problem.args[0], int) else 0
        why = _REFUSED.get(number, "没有执行")
        raise QueryFailed(f"{why}（错误 {number}）", may_recover=number in _TRANSIENT) from None
    except OSError:
        raise QueryFailed("连接中断了，或证书文件（ca）读不出来", may_recover=True) from None
    except UnicodeDecodeError:
        raise QueryFailed("送来的文字不是 UTF-8；请部门核对数据库的编码") from None
