"""A real PostgreSQL: what it holds comes as exact text, and what it refuses is told without a word of its own."""

import traceback
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pytest

from sources.postgres import ask_postgres
from sources.query import QueryFailed, Question
from tests.servers import PASSWORD, READER, Server

pytestmark = pytest.mark.loopback

TYPES: Final = """
    SELECT 12345678901234567 AS 大数, 0.10::numeric(14, 2) AS 金额, 0.1::float8 AS 浮点,
        date '2026-03-05' AS 日期,
        timestamptz '2026-03-04 20:30:00+00' AS 时刻, timestamp '2026-03-05 01:02:03' AS 时间, true AS 真, false AS 假,
        '张三'::char(10) AS 定长, NULL::text AS 空, '甲' || chr(39) || ';乙' AS 引号,
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS 号
"""


def ask(server: Server, select: str, since: tuple[str, date] | None = None, seconds: float = 20) -> pa.Table:
    """The whole answer."""
    return pa.concat_tables(ask_postgres(server.connection, Question(select, 1_000_000, seconds, since)))


def test_every_value_is_exact_text(postgres: Server) -> None:
    assert ask(postgres, TYPES).to_pylist() == [
        {
            "大数": "12345678901234567",
            "金额": "0.10",
            "浮点": "0.1",
            "日期": "2026-03-05",
            "时刻": "2026-03-05 04:30:00",  # Beijing
            "时间": "2026-03-05 01:02:03",
            "真": "true",
            "假": "false",
            "定长": "张三",
            "空": None,
            "引号": "甲';乙",
            "号": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        }
    ]


@pytest.mark.parametrize(
    ("column", "kind"), [("'a'::bytea", "bytea"), ("ARRAY[1, 2]", "_int4"), ("1::money", "money"), ("ROW(1, 2)", "record")]
)
def test_what_is_no_text_is_refused(postgres: Server, column: str, kind: str) -> None:
    with pytest.raises(QueryFailed, match=f"列“照片”的类型 {kind} 不是文字"):
        ask(postgres, f"SELECT {column} AS 照片")


def test_an_answer_without_rows_has_its_columns(postgres: Server) -> None:
    answer = ask(postgres, 'SELECT 1 AS a, \'x\' AS "b ""c" WHERE false')
    assert (answer.num_rows, answer.schema.names) == (0, ["a", 'b "c'])


def test_recent_rows_are_chosen_by_the_server(postgres: Server) -> None:
    days = "SELECT g::date AS day FROM generate_series(timestamp '2026-01-30', '2026-02-02', '1 day') g"
    assert ask(postgres, days, ("day", date(2026, 2, 1)))["day"].to_pylist() == ["2026-02-01", "2026-02-02"]


@pytest.fixture(scope="module")
def private(postgres: Server) -> Iterator[None]:
    """A table that the reader may not read."""
    postgres.run("CREATE TABLE private (id int)")
    postgres.run(f"REVOKE ALL ON private FROM {READER}")
    yield
    postgres.run("DROP TABLE private")


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize(
    ("select", "why"),
    [
        ("SELECT * FROM gone", r"没有 select 里的表或视图.*42P01"),
        ("SELECT gone FROM pg_class", r"没有 select 里的某一列.*42703"),
        ("SELECT * FROM private", r"无权读取.*42501"),
        ("SELECT FROM WHERE", r"语法不对.*42601"),
        ("SELECT 1 AS a, 2 AS a", "同名的列"),
        ("SELECT set_config('transaction_read_only', 'off', true) AS a", "读到一半中断"),
        ("SELECT '张三丰'::int AS a", "没有执行.*22P02"),
    ],
)
def test_what_the_server_refuses_is_told(postgres: Server, select: str, why: str) -> None:
    with pytest.raises(QueryFailed, match=why) as told:
        ask(postgres, select)
    assert not any(secret in str(told.value) for secret in (PASSWORD, READER, "张三丰", "127.0.0.1"))


def test_the_transaction_cannot_write(postgres: Server) -> None:
    postgres.run("CREATE TABLE written (id int)")
    postgres.run("""
        CREATE FUNCTION write() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'INSERT INTO written VALUES (1) RETURNING id'""")
    with pytest.raises(QueryFailed, match="读到一半中断了"):
        ask(postgres, "SELECT write() AS a")
    assert ask(postgres, "SELECT count(*) AS n FROM written")["n"].to_pylist() == ["0"]


def test_a_slow_query_is_stopped(postgres: Server) -> None:
    with pytest.raises(QueryFailed, match="超时") as told:
        ask(postgres, "SELECT pg_sleep(20)::text AS a", seconds=0.3)
    assert not told.value.may_recover


def test_an_answer_that_breaks_off_is_no_answer(postgres: Server) -> None:
    with pytest.raises(QueryFailed, match="读到一半中断了") as told:
        ask(postgres, "SELECT (1 / (300000 - g)) AS a, repeat('x', 200) AS b FROM generate_series(1, 400000) g")
    assert told.value.may_recover


@pytest.mark.parametrize("change", [{"password": "另一个口令"}, {"database": "nix"}, {"user": "nobody"}])
def test_a_login_that_fails_is_told_and_not_tried_again(postgres: Server, change: dict[str, str]) -> None:
    with pytest.raises(QueryFailed, match="登录不成") as told:
        list(ask_postgres(postgres.but(**change), Question("SELECT 1 AS a", 10, 5)))
    assert not told.value.may_recover
    said = "".join(traceback.format_exception(told.value))
    assert not any(secret in said for secret in (PASSWORD, "另一个口令", READER))


def over_tls(server: Server, **changes: object) -> list[str | None]:
    """Whether the server sees the line as encrypted."""
    select = "SELECT ssl AS tls FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    tables = ask_postgres(server.but(**changes), Question(select, 10, 5))
    return list(pa.concat_tables(tables)["tls"].to_pylist())


def test_tls_is_as_asked_for(postgres: Server, tmp_path: Path) -> None:
    assert over_tls(postgres, tls="none") == ["false"]
    assert over_tls(postgres, tls="require") == ["true"]
    assert over_tls(postgres, tls="verify", ca=str(postgres.certificate)) == ["true"]
    with pytest.raises(QueryFailed, match="TLS"):
        over_tls(postgres, tls="verify", ca=str(postgres.certificate), host="localhost")  # the certificate names 127.0.0.1
    with pytest.raises(QueryFailed, match="TLS"):
        over_tls(postgres, tls="verify", ca=str(tmp_path / "nowhere.pem"))
