"""The ledger as files: what is open, for the office whole and for each county its own, and that they can be filled in."""

import csv
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import openpyxl
import pytest

import case_tables
import tables
from outputs.problem_list import PAGE, write_problem_lists
from outputs.sheets import Heading
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, Values, register, resident, table

KINDS: Final = {"feed_late": "迟报", "cases_overdue": "超期未办"}


def problem(number: int, **other: object) -> Values:
    return {
        "problem_id": f"P{number:010X}", "kind": "feed_late", "subject": "medical", "title": "=医保结算迟报",
        "detail": "已迟 3 日", "owner": "县医保局",
        "opened_on": date(2026, 10, 1), "due_on": date(2026, 10, 10 + number), "state": "open",
    } | other  # fmt: skip


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    county: Values = {"kind": "cases_overdue", "subject": "990101", "county": "990101", "title": "虚构县有户超过办理期限"}
    rows = [
        problem(3),
        problem(1, state="overdue"),
        problem(2, **county),
        problem(4, state="gone"),
        problem(5, state="struck_off"),
    ]
    register(connection, problem=table(case_tables.PROBLEM, *rows), resident=table(tables.RESIDENT, resident(0)))
    return connection


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_the_office_has_all_that_is_open_and_a_county_its_own(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    files = write_problem_lists(connection, tmp_path, Heading(AS_OF, OFFICE, NOTICE), KINDS)
    assert [(file.path, file.county, file.rows) for file in files] == [
        ("办公室/问题台账.csv", "", 3), ("办公室/问题台账.xlsx", "", 3),
        ("990101_虚构县/问题台账_虚构县.csv", "990101", 1), ("990101_虚构县/问题台账_虚构县.xlsx", "990101", 1),
    ]  # fmt: skip
    head, *rows = read(tmp_path / files[0].path)
    assert head[:3] == ["问题编号", "类别", "问题"]
    assert head[-3:] == ["销号日期", "销号人", "处理结果"]
    assert [row[0] for row in rows] == ["P0000000001", "P0000000002", "P0000000003"]
    assert rows[0][1:3] == ["迟报", "'=医保结算迟报"]
    assert [row[8] for row in rows] == ["逾期", "待销号", "待销号"]
    assert all(row[-3:] == ["", "", ""] for row in rows)
    assert [row[5] for row in read(tmp_path / files[2].path)[1:]] == ["县-990101"]


def test_the_workbook_holds_the_same_and_tells_how_to_fill_it_in(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    files = write_problem_lists(connection, tmp_path, Heading(AS_OF, OFFICE, NOTICE), KINDS)
    book = openpyxl.load_workbook(tmp_path / files[1].path)
    page, guide = book[PAGE], book["填写说明"]
    assert [cell.value for cell in page[1]] == read(tmp_path / files[0].path)[0]
    assert [page.cell(row, 1).value for row in (2, 3, 4)] == ["P0000000001", "P0000000002", "P0000000003"]
    assert "逐项销号" in "".join(str(cell.value) for row in guide.iter_rows() for cell in row)


def test_without_an_open_problem_there_is_no_file(tmp_path: Path) -> None:
    connection = duckdb.connect()
    register(connection, problem=table(case_tables.PROBLEM, problem(1, state="gone")), resident=table(tables.RESIDENT))
    assert write_problem_lists(connection, tmp_path, Heading(AS_OF, OFFICE, ""), KINDS) == ()
    assert list(tmp_path.iterdir()) == []
