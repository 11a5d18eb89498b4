"""The county's list of open cases: what is due first stands first, and the form asks what the county can report."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest

from case_tables import CASE
from casework.happenings import STEPS
from outputs.case_list import PAGE, case_form, write_case_lists
from outputs.sheets import Heading
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, Values, household, night, place, register, table

HEADING = Heading(AS_OF, OFFICE, NOTICE)


def case(number: int, **other: object) -> Values:
    said: Values = {
        "case_id": f"W{number:012X}",
        "household_id": household(number),
        **place(number),
        "opened_on": date(2026, 10, 1),
        "families": ["因病"],
        "state": "warned",
        "clock": "visit",
        "due_on": date(2026, 10, 16),
        "timeliness": "in_time",
        "days_over": 0,
        "tries": 0,
    }
    return {**said, **other}


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        night(connection)
        yield connection


def read(folder: Path, county: str) -> list[dict[str, str]]:
    (path,) = folder.glob(f"{county}_*/未办结台账_*.csv")
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_open_cases_of_each_county_the_most_overdue_first(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    late = case(3, state="visited", timeliness="escalated", days_over=12, due_on=date(2026, 10, 19))
    register(db, case_file=table(CASE, case(0), late, case(6, state="closed"), case(2)))
    files = write_case_lists(db, tmp_path, HEADING)
    rows = read(tmp_path, "990101")
    assert [row["预警编号"] for row in rows] == ["W000000000003", "W000000000000"]
    assert (rows[0]["当前环节"], rows[0]["时限"], rows[0]["超期天数"]) == ("待信息比对", "超期督办", "12")
    assert rows[0]["户编号"].startswith("户-")
    assert rows[0]["户主姓名"]
    assert "*" in rows[0]["户主证件号（遮蔽）"]
    assert [row["预警编号"] for row in read(tmp_path, "990102")] == ["W000000000002"]
    assert {(file.county, file.rows) for file in files} == {("990101", 2), ("990102", 1)}


def test_what_is_filled_in_here_stands_before_what_awaits_its_visit(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    late = case(0, timeliness="overdue", days_over=9)
    register(db, case_file=table(CASE, late, case(3, state="noticed", due_on=date(2026, 11, 30))))
    write_case_lists(db, tmp_path, HEADING)
    assert [row["当前环节"] for row in read(tmp_path, "990101")] == ["待审定", "待入户核实"]


def test_a_household_the_roster_lost_keeps_its_case(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    register(db, case_file=table(CASE, {**case(0), "household_id": "H-gone"}))
    write_case_lists(db, tmp_path, HEADING)
    (row,) = read(tmp_path, "990101")
    assert (row["户编号"], row["户主姓名"]) == ("户-H-gone", "")


def test_the_workbook_offers_every_step_that_moves_a_case(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    register(db, case_file=table(CASE, case(0)))
    write_case_lists(db, tmp_path, HEADING)
    (path,) = tmp_path.glob("990101_*/未办结台账_*.xlsx")
    page = openpyxl.load_workbook(path)[PAGE]
    offered = [rule.formula1 for rule in page.data_validations.dataValidation if rule.type == "list"]
    assert offered == ['"' + ",".join(f"{one.code} {one.title}" for one in case_form().steps) + '"']
    assert len(case_form().steps) == len(STEPS)


def test_nothing_open_is_no_list_and_no_name_stays_behind(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    register(db, case_file=table(CASE, case(0, state="closed")))
    assert write_case_lists(db, tmp_path, HEADING) == ()
    assert list(tmp_path.iterdir()) == []
    assert db.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'household_head'").fetchone() == (0,)
