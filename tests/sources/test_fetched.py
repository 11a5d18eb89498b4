"""Receipts: what a database answered, when, and which answers a night takes in."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine import write_parquet
from errors import HomeError
from settings import Home
from sources.fetched import Receipt, deliveries, keep, last_fetched, receipts

DAY = date(2026, 3, 5)


def kept(home: Home, value: str, days: int = 0) -> tuple[Receipt, bool]:
    """An answer of one row, so many days after DAY."""
    day = DAY + timedelta(days=days)
    answer = home.root / "answer.parquet"
    write_parquet(pa.table({"a": [value]}), answer)
    return keep(home, "aid", day, datetime(day.year, day.month, day.day, 2, 0, 7, 654321, UTC), answer, 1)


def test_an_answer_lies_in_the_archive_and_its_receipt_says_when(tmp_path: Path) -> None:
    home = Home(tmp_path)
    receipt, is_new = kept(home, "x")
    assert (is_new, receipt.file, receipt.rows) == (True, "fetched/aid/2026-03-05/020007654.parquet", 1)
    assert pq.read_table(home.archive / "aid" / receipt.sha256).to_pydict() == {"a": ["x"]}
    assert receipts(home) == [receipt]
    assert (home.fetched / "aid" / "2026-03-05" / "020007654.json").exists()


def test_the_same_answer_again_is_the_same_batch(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first, _ = kept(home, "x")
    again, is_new = kept(home, "x", days=1)
    assert (is_new, again.batch_id, len(list((home.archive / "aid").iterdir()))) == (False, first.batch_id, 1)
    assert last_fetched(home) == {"aid": DAY + timedelta(days=1)}


def test_data_that_went_back_to_what_they_were_are_news(tmp_path: Path) -> None:
    home = Home(tmp_path)
    told = [kept(home, value, days) for days, value in enumerate("xyxxyx")]
    assert [is_new for _, is_new in told] == [True, True, True, False, True, True]
    assert len({receipt.batch_id for receipt, _ in told}) == 5
    assert len({receipt.content for receipt, _ in told}) == 2
    assert all(pq.read_table(home.archive / "aid" / receipt.sha256).num_rows == 1 for receipt, _ in told)


def test_a_night_takes_in_its_own_days_answers_and_earlier_ones_that_none_has(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first, second, third = (kept(home, value, days)[0] for days, value in enumerate("xyz"))
    day = DAY + timedelta(days=1)

    def taken(recorded: set[str], known: set[str]) -> list[str]:
        return [delivery.file for delivery in deliveries(home, known, day, recorded)]

    assert taken(set(), {"aid"}) == [first.file, second.file]
    assert taken({first.batch_id}, {"aid"}) == [second.file]
    assert taken({first.batch_id, second.batch_id, third.batch_id}, {"aid"}) == [second.file]
    assert taken(set(), {"other"}) == []


def test_a_broken_receipt_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    kept(home, "x")
    next(home.fetched.glob("*/*/*.json")).write_text("{}")
    with pytest.raises(HomeError, match="取数回执"):
        receipts(home)
