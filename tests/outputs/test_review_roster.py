"""The roster's own issues and overruled verdicts, as lists for those who can put them right."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

import review_tables
import tables
from engine import connect
from outputs.review_roster import write_conflicts, write_roster_issues
from tests.outputs.invented import Values, household, night, register, table
from tests.outputs.reviewing import BATCHES, key, who


def issue(number: int, county: str | None, other: str | None = None) -> Values:
    return {
        "resident_id": who(number),
        "household_id": household(number),
        "county": county,
        "issue": "number_shared",
        "title": "两人或多人登记同一号码",
        "other_resident_id": other,
    }


@pytest.fixture
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path_factory.mktemp("work"), 2, "512MiB") as opened:
        night(opened, 6)
        yield opened


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def test_each_county_gets_its_own_issues(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    found = [issue(3, "990101", who(0)), issue(0, "990101", who(2)), issue(2, "990102", who(0)), issue(5, None)]
    register(connection, roster_issue=table(tables.ROSTER_ISSUE, *found))
    files = write_roster_issues(connection, tmp_path, "")
    assert [(file.path, file.county, file.rows) for file in files] == [
        ("花名册问题/花名册问题.csv", "", 1),
        ("990101_虚构县/花名册问题_虚构县.csv", "990101", 2),
        ("990102_乌有县/花名册问题_乌有县.csv", "990102", 1),
    ]
    assert rows(tmp_path / files[1].path) == [
        [f"人-{who(0)}", f"户-{household(0)}", "石桥乡虚一村", "两人或多人登记同一号码", "外县，由市级核对"],
        [f"人-{who(3)}", f"户-{household(3)}", "石桥乡虚一村", "两人或多人登记同一号码", f"人-{who(0)}"],
    ]


def test_issues_outside_the_area_are_the_offices(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    register(connection, roster_issue=table(tables.ROSTER_ISSUE, issue(0, "990101", who(2))))
    [file] = write_roster_issues(connection, tmp_path, "990102")
    assert file.county == ""
    assert rows(tmp_path / file.path)[0][-1] == f"人-{who(2)}"


def test_overruled_verdicts_are_told_with_both_rows(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    conflict: Values = {"identity_key": key(1), "resident_id": who(0), "verdict": "same", "decided_on": date(2026, 11, 3)}
    standing = ({"row_id": n, "batch_id": f"b{n - 6}", "row_number": n} for n in (7, 8))
    register(
        connection,
        review_conflict=table(review_tables.REVIEW_CONFLICT, conflict | {"row_id": 7, "overruled_by": 8}),
        standing=table(tables.STANDING, *standing),
    )
    [file] = write_conflicts(connection, tmp_path, BATCHES)
    [line] = rows(tmp_path / file.path)
    assert line[:4] == [f"比对-{key(1)}", "是此人", f"人-{who(0)}", "2026-11-03"]
    assert line[4:] == ["medical/九月.csv 第 7 行", "education/秋季.xlsx 第 8 行"]


def test_without_conflicts_there_is_no_file(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    register(connection, review_conflict=review_tables.REVIEW_CONFLICT.empty_table(), standing=tables.STANDING.empty_table())
    assert write_conflicts(connection, tmp_path, BATCHES) == ()
    assert list(tmp_path.iterdir()) == []
