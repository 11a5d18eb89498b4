"""Feeds that come and bring nothing: the same again, or hardly anything."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from engine import connect
from feed_tables import SOURCE_STATUS
from settings import Home
from sources.ingest import ingest
from sources.silence import silent, source_status
from tests.sources.making import contract, csv_text, deliver, row


@pytest.fixture
def db(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path / "work", 1, "512MiB") as connection:
        yield connection


def told(
    db: duckdb.DuckDBPyConnection, root: Path, texts: Sequence[str], as_of: date = date(2026, 3, 9), **changes: Any
) -> tuple[dict[str, Any], list[str]]:
    """The one source's status after a file a day from 1 March, and what is said of it."""
    home, used = Home(root), contract(**changes)
    for day, text in enumerate(texts, start=1):
        deliver(home, f"aid/2026-03-0{day}/{day}.csv", text)
    if not texts:
        deliver(home, "nobody/x.csv", "x")
    intake = ingest(db, home, {"aid": used}, as_of)
    status = source_status(db, home, {"aid": used}, intake.batches, intake.deliveries, as_of)
    assert status.schema.equals(SOURCE_STATUS)
    (one,) = status.to_pylist()
    return one, [problem.message for problem in silent(status)]


def rows(*numbers: int) -> str:
    return csv_text([row(number) for number in numbers])


def test_a_feed_that_never_came(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one, said = told(db, tmp_path / "home", [])
    assert (one["state"], one["deliveries"], one["last_received_on"], one["due_on"], said) == ("missing", 0, None, None, [])


def test_due_and_days_late(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one, _ = told(db, tmp_path / "home", [rows(1)], as_of=date(2026, 4, 13))
    assert (one["due_on"], one["days_late"], one["state"]) == (date(2026, 4, 11), 2, "late")


def test_the_same_bytes_and_the_same_rows_in_another_order_are_repeats(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one, said = told(db, tmp_path / "home", [rows(1), rows(1, 2), rows(2, 1), rows(2, 1)])
    assert (one["repeats_in_a_row"], one["state"], one["deliveries"]) == (2, "unchanged", 4)
    assert said == ["“救助”连续 2 次与前一次内容相同；请向县民政局核实是否送错了旧文件"]


def test_the_old_bytes_after_others_are_no_repeat_of_these(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one, said = told(db, tmp_path / "home", [rows(1), rows(2), rows(1)])
    assert (one["repeats_in_a_row"], one["state"], said) == (0, "fresh", [])


@pytest.mark.parametrize(("last", "state"), [(2, "fresh"), (1, "nearly_empty")])
def test_hardly_anything_is_said_where_there_is_a_habit(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, last: int, state: str
) -> None:
    usual = [rows(*range(n * 100, n * 100 + 20)) for n in (1, 2, 3)]
    one, said = told(db, tmp_path / "home", [*usual, rows(*range(last))])
    assert (one["state"], one["usual_rows"], len(said)) == (state, 20, int(state != "fresh"))


def test_two_earlier_deliveries_are_no_habit(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one, _ = told(db, tmp_path / "home", [rows(*range(20)), rows(*range(30, 50)), rows(1)])
    assert (one["state"], one["usual_rows"]) == ("fresh", None)


def test_a_feed_by_the_event_may_repeat_itself(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one, said = told(db, tmp_path / "home", [rows(1), rows(1)], cadence={"every": "event", "late_after_days": 0})
    assert (one["repeats_in_a_row"], one["state"], one["due_on"], said) == (1, "fresh", None, [])
