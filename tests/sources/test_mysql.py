"""A real MariaDB: what it holds comes as exact text, and what it refuses is told without a word of its own."""

import traceback
from collections.abc import Iterator
from datetime import date
from itertools import islice
from time import perf_counter
from typing import Final

import pyarrow as pa
import pytest

from sources.mysql import ROWS, ask_mysql
from sources.query import QueryFailed, Question
from tests.servers import PASSWORD, READER, Server

pytestmark = pytest.mark.loopback

TYPES: Final = """
    CREATE TABLE kinds (big BIGINT UNSIGNED, money DECIMAL(14, 2), day DATE, moment TIMESTAMP, clock DATETIME(3),
        is_it TINYINT(1), fixed CHAR(10), empty VARCHAR(5), quoted VARCHAR(20), choice ENUM('甲', '乙'), json JSON,
        year YEAR, photo BLOB, bits BIT(3))
    CHARACTER SET utf8mb4"""
ROW: Final = """
    INSERT INTO kinds VALUES (18446744073709551615, 0.10, '2026-03-05', FROM_UNIXTIME(1772656200), '2026-03-05 01:02:03.5', 1,
        '张三', NULL, '甲'';乙', '乙', '{"a": 1}', 2026, 'abc', b'101')"""


@pytest.fixture(scope="module", autouse=True)
def kinds(mariadb: Server) -> Iterator[None]:
    """One row of every type, and a table that the reader may not read."""
    mariadb.run(TYPES)
    mariadb.run(ROW)
    mariadb.run("CREATE DATABASE private")
    mariadb.run("CREATE TABLE private.people (id INT)")
    yield
    mariadb.run("DROP TABLE kinds")
    mariadb.run("DROP DATABASE private")


def ask(server: Server, select: str, since: tuple[str, date] | None = None, seconds: float = 20) -> pa.Table:
    """The whole answer."""
    return pa.concat_tables(ask_mysql(server.connection, Question(select, 1_000_000, seconds, since)))


def test_every_value_is_exact_text(mariadb: Server) -> None:
    columns = "big, money, day, moment, clock, is_it, fixed, empty, quoted, choice, json, year"
    assert ask(mariadb, f"SELECT {columns} FROM kinds").to_pylist() == [
        {
            "big": "18446744073709551615",
            "money": "0.10",
            "day": "2026-03-05",
            "moment": "2026-03-05 04:30:00",  # Beijing
            "clock": "2026-03-05 01:02:03.500",
            "is_it": "1",
            "fixed": "张三",
            "empty": None,
            "quoted": "甲';乙",
            "choice": "乙",
            "json": '{"a": 1}',
            "year": "2026",
        }
    ]


@pytest.mark.parametrize("column", ["photo", "bits"])
def test_what_is_no_text_is_refused(mariadb: Server, column: str) -> None:
    with pytest.raises(QueryFailed, match="列“照片”是二进制的"):
        ask(mariadb, f"SELECT {column} AS 照片 FROM kinds")


def test_an_answer_without_rows_has_its_columns(mariadb: Server) -> None:
    answer = ask(mariadb, "SELECT 1 AS 甲, big FROM kinds WHERE 1 = 0")
    assert (answer.num_rows, answer.schema.names) == (0, ["甲", "big"])


def test_recent_rows_are_chosen_by_the_server(mariadb: Server) -> None:
    days = "SELECT DATE '2026-01-31' + INTERVAL seq DAY AS `the ``day` FROM seq_0_to_2"
    answer = ask(mariadb, days, ("the `day", date(2026, 2, 1)))
    assert answer["the `day"].to_pylist() == ["2026-02-01", "2026-02-02"]


@pytest.mark.parametrize(
    ("select", "why"),
    [
        ("SELECT * FROM gone", "没有 select 里的表或视图.*1146"),
        ("SELECT gone FROM kinds", "没有 select 里的某一列.*1054"),
        ("SELECT * FROM private.people", "无权读取.*1142"),
        ("SELECT FROM WHERE", "语法不对.*1064"),
        ("SELECT 1 AS a, 2 AS a", "同名的列"),
        ("SELECT 1 AS a; SELECT 2 AS a", "语法不对.*1064"),
        ("SELECT gone('张三丰') AS a", "没有 select 里的函数|无权|没有执行"),
    ],
)
def test_what_the_server_refuses_is_told(mariadb: Server, select: str, why: str) -> None:
    with pytest.raises(QueryFailed, match=why) as told:
        ask(mariadb, select)
    assert not any(secret in str(told.value) for secret in (PASSWORD, READER, "张三丰", "127.0.0.1"))


def test_the_transaction_cannot_write(mariadb: Server) -> None:
    mariadb.run(f"GRANT INSERT ON hr.* TO {READER}@'127.0.0.1'")
    try:
        with pytest.raises(QueryFailed, match=r"只可读.*1792"):
            ask(mariadb, "INSERT INTO kinds (big) VALUES (1)")
    finally:
        mariadb.run(f"REVOKE INSERT ON hr.* FROM {READER}@'127.0.0.1'")


def test_a_slow_query_is_stopped(mariadb: Server) -> None:
    with pytest.raises(QueryFailed, match="超时") as told:
        ask(mariadb, "SELECT SLEEP(20) + COUNT(*) AS a FROM seq_1_to_1000000 a JOIN seq_1_to_1000000 b", seconds=0.3)
    assert not told.value.may_recover


def test_rows_stream_and_the_rest_is_not_waited_for(mariadb: Server) -> None:
    question = Question("SELECT seq, REPEAT('x', 500) AS x FROM seq_1_to_5000000", 100_000_000, 60)
    started = perf_counter()
    head = list(islice(ask_mysql(mariadb.connection, question), 3))
    assert [table.num_rows for table in head] == [0, ROWS, ROWS]
    assert perf_counter() - started < 5


def test_an_answer_that_breaks_off_is_no_answer(mariadb: Server) -> None:
    tables = ask_mysql(mariadb.connection, Question("SELECT seq, REPEAT('x', 500) AS x FROM seq_1_to_5000000", 100_000_000, 60))
    next(tables)
    next(tables)
    mariadb.run(f"KILL USER {READER}@'127.0.0.1'")
    with pytest.raises(QueryFailed, match="中断") as told:
        list(tables)
    assert told.value.may_recover


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"password": "另一个口令"}, "登录不成.*1045"),
        ({"database": "nix"}, "数据库.*104[49]"),
        ({"user": "nobody"}, "登录不成.*1045"),
        ({"tls": "require"}, "不支持加密.*2026"),
        ({"tls": "verify", "ca": "/nowhere/ca.pem"}, "证书文件"),
    ],
)
def test_a_login_that_fails_is_told(mariadb: Server, change: dict[str, str], why: str) -> None:
    with pytest.raises(QueryFailed, match=why) as told:
        list(ask_mysql(mariadb.but(**change), Question("SELECT 1 AS a", 10, 5)))
    said = "".join(traceback.format_exception(told.value))
    assert not any(secret in said for secret in (PASSWORD, "另一个口令", READER, "127.0.0.1"))
