"""What goes back to a county: one line for a row, whatever is wrong with it, and where nobody knows whose it is."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pytest

from case_tables import REFUSED_ROW
from outputs.refused import write_refused
from tests.outputs.invented import Values, night, register, table

BAD: Final[Values] = {
    "row_id": 1, "source": "answers", "county": "990101", "received_on": date(2026, 11, 12), "file": "answers/一.csv",
    "line": 2, "warning_id": "W000000000001", "reason": "核实日期：写法读不出来", "cure": "“核实日期”应为日期",
}  # fmt: skip
WORSE: Final[Values] = {**BAD, "reason": "核实结论代码：写法读不出来", "cure": "“核实结论代码”应为约定的取值"}
STRAY: Final[Values] = {**BAD, "row_id": 2, "county": None, "warning_id": None, "reason": "没有下发过这个预警编号"}


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        night(connection)
        yield connection


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_a_row_is_told_once_with_all_that_is_wrong_and_all_that_is_asked(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    register(db, refused_row=table(REFUSED_ROW, BAD, WORSE, {**BAD, "row_id": 3, "line": 9, "file": "=一.csv"}, STRAY))
    files = write_refused(db, tmp_path)
    assert {(file.county, file.rows) for file in files} == {("990101", 2), ("", 1)}
    (path,) = tmp_path.glob("990101_*/退回重填_*.csv")
    formula, first = sorted(read(path), key=lambda row: row["行号"], reverse=True)
    assert first["原因"] == "核实日期：写法读不出来；核实结论代码：写法读不出来"
    assert first["怎样重填"] == "“核实日期”应为日期；“核实结论代码”应为约定的取值"
    assert (first["预警编号"], first["行号"], first["工作表"]) == ("W000000000001", "2", "")
    assert formula["文件"].startswith("'=")
    (stray,) = (tmp_path / "退回_answers").glob("*.csv")
    assert [(row["预警编号"], row["原因"]) for row in read(stray)] == [("", "没有下发过这个预警编号")]


def test_nothing_refused_writes_nothing(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    register(db, refused_row=REFUSED_ROW.empty_table())
    assert write_refused(db, tmp_path) == ()
    assert list(tmp_path.iterdir()) == []
