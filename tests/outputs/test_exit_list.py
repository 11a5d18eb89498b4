"""The list of households whose risk may be discussed as gone: proposals only, each county its own, and no harsh word."""

import csv
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest

from case_tables import EXIT_WATCH, MONITORED
from outputs.exit_list import exit_form, write_exit_lists
from outputs.sheets import Heading
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, Values, household, night, place, register, table

HEADING = Heading(AS_OF, OFFICE, NOTICE)


def watched(number: int, verdict: str = "proposed", **other: object) -> Values:
    home = place(number)
    return {
        "household_id": household(number), "county": home["county"], "township": home["township"],
        "registry_no": f"00{number}", "identified_on": date(2025, 3, 1), "verdict": verdict, "conditions": "{}",
        "why": "=2025-03 识别", "evidence": [1], **other,
    }  # fmt: skip


@pytest.fixture
def written(tmp_path: Path) -> Path:
    with duckdb.connect() as connection:
        night(connection)
        states = (watched(0), watched(3), watched(2), watched(1, "not_yet"), watched(4, "never"), watched(5, "unknown"))
        families = ({"household_id": household(0), "family": family} for family in ("因病", "因学"))
        register(connection, exit_watch=table(EXIT_WATCH, *states), monitored=table(MONITORED, *families))
        files = write_exit_lists(connection, tmp_path, HEADING, "某县防返贫〔2025〕1号")
        assert {(file.county, file.rows) for file in files} == {("990101", 2), ("990102", 1)}
        assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'household_head'").fetchone() == (0,)
    return tmp_path


def read(folder: Path, county: str) -> list[dict[str, str]]:
    (path,) = folder.glob(f"{county}_*/建议评议风险消除_*.csv")
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_each_county_gets_its_own_proposals_with_what_they_rest_on(written: Path) -> None:
    first, second = read(written, "990101")
    assert (first["序号"], second["序号"]) == ("1", "2")
    assert first["户主姓名"]
    assert "*" in first["户主证件号（遮蔽）"]
    assert first["监测的风险"] == "因学、因病"
    assert first["建议评议的依据"].endswith("2025-03 识别")
    assert not first["建议评议的依据"].startswith("=")
    assert first["监测户编号"] == "监-000"
    assert first["村级评议意见"] == ""


def test_the_workbook_has_the_same_rows_and_says_that_no_help_ends(written: Path) -> None:
    (path,) = written.glob("990101_*/建议评议风险消除_*.xlsx")
    book = openpyxl.load_workbook(path)
    assert book["提请评议"].max_row == 3
    told = "".join(str(cell.value or "") for row in book["填写说明"].iter_rows() for cell in row)
    assert "不停任何帮扶" in told
    assert "各项条件的依据：某县防返贫〔2025〕1号" in told
    assert "村级评议" in told


def test_no_sentence_of_the_form_tells_to_stop_or_remove_anybody() -> None:
    form = exit_form()
    said = "".join((*form.guidance, *(one.means for one in form.decisions)))
    assert not any(word in said for word in ("停发", "取消", "清退", "退出低保", "应予消除"))
