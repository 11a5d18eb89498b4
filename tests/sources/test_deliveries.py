"""Deliveries are events, batches are content: what came again, and what was known on which day."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from engine import connect
from feed_tables import DELIVERY
from settings import Home
from sources.ingest import Intake, ingest
from tests.sources.making import contract, csv_text, deliver, row

A, B = csv_text([row(1)]), csv_text([row(2)])


def march(day: int) -> date:
    return date(2026, 3, day)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path / "work", 1, "512MiB") as connection:
        yield connection


def night(db: duckdb.DuckDBPyConnection, home: Home, day: int) -> Intake:
    """A night's intake, and the folder of its run, as a whole night leaves one."""
    intake = ingest(db, home, {"aid": contract()}, march(day))
    home.run(march(day)).mkdir(parents=True, exist_ok=True)
    return intake


def came(intake: Intake) -> list[tuple[int, str, bool]]:
    """Day, file and whether it is a repeat, oldest first."""
    assert intake.deliveries.schema.equals(DELIVERY)
    return [(one["received_on"].day, one["file"].rpartition("/")[2], one["is_repeat"]) for one in intake.deliveries.to_pylist()]


def order(intake: Intake) -> list[tuple[str, int, int]]:
    """First file, first day and last day of every batch, the one that replaces the others last."""
    return [
        (one["file"].rpartition("/")[2], one["received_on"].day, one["last_received_on"].day)
        for one in intake.batches.to_pylist()
    ]


def test_the_same_bytes_after_others_are_the_newest_again(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    for day, text in ((1, A), (2, B), (3, A)):
        deliver(home, f"aid/2026-03-0{day}/a{day}.csv", text)
    assert order(night(db, home, 2)) == [("a1.csv", 1, 1), ("a2.csv", 2, 2)]
    third = night(db, home, 3)
    assert order(third) == [("a2.csv", 2, 2), ("a1.csv", 1, 3)]
    assert came(third) == [(1, "a1.csv", False), (2, "a2.csv", False), (3, "a3.csv", True)]
    assert order(night(db, home, 2)) == [("a1.csv", 1, 1), ("a2.csv", 2, 2)]


def test_a_path_that_holds_the_old_bytes_again_is_a_delivery(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    for day, text in ((1, A), (2, B), (3, A), (4, A)):
        deliver(home, "aid/a.csv", text)
        last = night(db, home, day)
    assert came(last) == [(1, "a.csv", False), (2, "a.csv", False), (3, "a.csv", True)]
    assert [first for _, first, _ in order(last)] == [2, 1]


def test_a_file_that_stays_in_the_inbox_is_not_delivered_again(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", A)
    deliver(home, "aid/2026-03-01/b.csv", A)
    for day in (1, 2, 5):
        assert came(night(db, home, day)) == [(1, "b.csv", False), (1, "a.csv", True)] or day == 1
    assert len(came(night(db, home, 6))) == 2


def test_an_earlier_night_run_again_sees_no_undated_file_of_later(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", A)
    first = night(db, home, 1)
    night(db, home, 4)
    deliver(home, "aid/b.csv", B)
    deliver(home, "aid/2026-03-02/c.csv", csv_text([row(3)]))
    again = night(db, home, 1)
    assert again.batches.equals(first.batches)
    assert [(one.file, "重跑较早的一夜" in one.message) for one in again.problems] == [("aid/b.csv", True)]
    assert came(night(db, home, 2)) == [(1, "a.csv", False), (2, "c.csv", False)]
    assert came(night(db, home, 5))[-1] == (5, "b.csv", False)
    assert night(db, home, 1).batches.equals(first.batches)


def test_without_taking_new_files_the_inbox_is_left_alone(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    deliver(home, "aid/a.csv", A)
    first = night(db, home, 1)
    deliver(home, "aid/b.csv", B)
    kept = ingest(db, home, {"aid": contract()}, march(1), take_new=False)
    assert (kept.batches.equals(first.batches), kept.new, kept.problems) == (True, 0, ())


def test_dated_folders_rebuild_a_deleted_store(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    import shutil

    for day, text in ((1, A), (2, B), (3, A)):
        deliver(home, f"aid/2026-03-0{day}/a{day}.csv", text)
        before = night(db, home, day)
    shutil.rmtree(home.store)
    rebuilt = night(db, home, 3)
    assert (rebuilt.batches.equals(before.batches), rebuilt.deliveries.equals(before.deliveries)) == (True, True)
