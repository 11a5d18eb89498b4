"""A whole answer as one file: bytes that depend on the rows alone, or nothing at all."""

from collections.abc import Generator, Iterator
from pathlib import Path
from time import sleep

import duckdb
import pyarrow.parquet as pq
import pytest

from engine import connect
from sources.connections import Connection
from sources.database import ROWS, fetch, in_time
from sources.query import QueryFailed, Question
from tests.servers import Server

pytestmark = pytest.mark.loopback

NUMBERS = "SELECT g AS n, (g % 7) AS 组, CASE WHEN g % 5 > 0 THEN '名' || g END AS 名称 FROM generate_series(1, 120000) g"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with limits."""
    with connect(tmp_path / "work", 2, "256MiB") as connection:
        yield connection


def answered(db: duckdb.DuckDBPyConnection, server: Connection, select: str, path: Path, order_by: tuple[str, ...] = ()) -> int:
    """Rows that were written to `path`."""
    return fetch(db, server, Question(select, 200_000, 30), order_by, path)


def test_the_same_rows_give_the_same_bytes_in_whatever_order_they_come(
    db: duckdb.DuckDBPyConnection, postgres: Server, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    assert answered(db, postgres.connection, NUMBERS, one) == 120_000
    db.execute("SET threads = 1")
    assert answered(db, postgres.connection, f"{NUMBERS} ORDER BY md5(g::text)", two) == 120_000
    assert one.read_bytes() == two.read_bytes()
    groups = pq.ParquetFile(one).metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [ROWS, ROWS, 20_000]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.parquet", "two.parquet", "work"]


def test_both_servers_give_the_same_bytes_for_the_same_rows(
    db: duckdb.DuckDBPyConnection, postgres: Server, mariadb: Server, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    rows = "SELECT 1 AS n, '甲' AS 名, 2.50 AS m, DATE '2026-03-05' AS d UNION ALL SELECT 2, NULL, -0.10, NULL"
    assert [answered(db, postgres.connection, rows, one), answered(db, mariadb.connection, rows, two)] == [2, 2]
    assert one.read_bytes() == two.read_bytes()


def test_rows_follow_each_other_by_number_then_by_text(db: duckdb.DuckDBPyConnection, postgres: Server, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    select = "SELECT * FROM (VALUES ('b', 10), ('a', 9), ('c', NULL), ('a', 100)) AS t(\"Name\", version)"
    answered(db, postgres.connection, select, path, ("version",))
    assert pq.read_table(path).to_pydict() == {"Name": ["a", "b", "a", "c"], "version": ["9", "10", "100", None]}


@pytest.mark.parametrize(
    ("select", "order_by", "why"),
    [
        (NUMBERS.replace("120000", "200001"), (), "超过 max_rows（200000 行）"),
        (NUMBERS.replace("120000", "10"), ("nix",), "order_by 的列不在结果里：nix"),
        ("SELECT 1 / (90000 - g) AS a FROM generate_series(1, 120000) g", (), "中断"),
    ],
)
def test_half_an_answer_leaves_nothing(
    db: duckdb.DuckDBPyConnection, postgres: Server, tmp_path: Path, select: str, order_by: tuple[str, ...], why: str
) -> None:
    with pytest.raises(QueryFailed, match=why):
        answered(db, postgres.connection, select, tmp_path / "a.parquet", order_by)
    assert [path.name for path in tmp_path.iterdir()] == ["work"]


@pytest.mark.parametrize(
    ("change", "why"), [({"port": 1}, "连不上"), ({"host": "nowhere.invalid"}, "主机名解析不了")], ids=["port", "host"]
)
@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_a_server_that_is_away_may_come_back(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, dialect: str, change: dict[str, object], why: str
) -> None:
    said = {"dialect": dialect, "host": "127.0.0.1", "database": "hr", "user": "reader", "tls": "none"}
    with pytest.raises(QueryFailed, match=why) as told:
        answered(db, Connection.model_validate(said | change), "SELECT 1 AS a", tmp_path / "a.parquet")
    assert told.value.may_recover


def numbers(pause: float, ended: list[str]) -> Generator[int, None, None]:
    """Two numbers with a pause between them."""
    try:
        yield 1
        sleep(pause)
        yield 2
    finally:
        ended.append("closed")


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    coming = in_time(numbers(0.5, []), 0.1)
    assert next(coming) == 1
    with pytest.raises(QueryFailed, match="没有动静"):
        next(coming)


def test_reading_ahead_changes_nothing_and_ends_with_its_reader() -> None:
    ended: list[str] = []
    assert list(in_time(numbers(0, ended), 5)) == [1, 2]
    coming = in_time(numbers(0, ended), 5)
    assert isinstance(coming, Generator)
    assert next(coming) == 1
    coming.close()
    assert ended == ["closed", "closed"]


def test_a_missing_driver_is_told(
    db: duckdb.DuckDBPyConnection, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.database.find_spec", lambda name: None)
    with pytest.raises(QueryFailed, match="make databases"):
        answered(db, postgres.connection, "SELECT 1 AS a", tmp_path / "a.parquet")
