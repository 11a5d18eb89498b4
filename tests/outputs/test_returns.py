"""The return lists: what a sender can put right without being told a value, and what no spreadsheet calculates."""

import csv
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from case_tables import REFUSED_ROW
from feed_tables import HELD_FILE, RETURNED_ROW
from outputs.returns import TITLES, write_returns

ON = date(2026, 3, 1)
FILE = "medical/=1+1.csv"
MEND_FILE = "核对是否放错了文件夹；没有放错的，改正后整份重报，文件名不变"
MEND = "改正后重报这一行，业务编号不变"


def line(number: int, **changes: object) -> dict[str, object]:
    said = {
        "row_id": number,
        "source": "medical",
        "batch_id": "b",
        "file": "medical/=1+1.csv",
        "received_on": ON,
        "line": number,
    }
    told = {"expectation": "in_range", "column": "cost", "title": "总额", "reason": "超出范围", "expected": "应不小于 -5元"}
    return said | told | {"is_answered": False} | changes


def held(source: str, **changes: object) -> dict[str, object]:
    return {"source": source, "batch_id": "h", "file": "x.csv", "received_on": ON, "rows": 0, "reason": "空的"} | changes


def written(folder: Path, rows: list[dict[str, object]], files: list[dict[str, object]]) -> dict[str, list[list[str]]]:
    with duckdb.connect() as connection:
        connection.register("returned_row", pa.Table.from_pylist(rows, schema=RETURNED_ROW))
        connection.register("refused_row", REFUSED_ROW.empty_table())
        connection.register("held_file", pa.Table.from_pylist(files, schema=HELD_FILE))
        made = write_returns(connection, folder, {"medical": "医保结算"})
    found = {}
    for one in made:
        assert (folder / one.path).read_bytes().startswith(b"\xef\xbb\xbf")
        with (folder / one.path).open(encoding="utf-8-sig", newline="") as file:
            titles, *lines = csv.reader(file)
        assert (tuple(titles), len(lines)) == (TITLES, one.rows)
        found[one.path] = lines
    return found


def test_rows_and_files_that_are_open_go_back(tmp_path: Path) -> None:
    rows = [line(7), line(3, sheet="@表", title="", reason="断行或串列"), line(9, is_answered=True)]
    found = written(tmp_path, rows, [held("medical"), held("medical", batch_id="g", answered_by="h")])
    assert found == {
        "退回_medical/退回_医保结算.csv": [
            [
                "x.csv",
                "2026-03-01",
                "",
                "",
                "（整份文件）",
                "空的",
                "",
                MEND_FILE,
            ],
            [
                "medical/=1+1.csv",
                "2026-03-01",
                "'@表",
                "3",
                "（整行）",
                "断行或串列",
                "应不小于 -5元",
                "改正后重报这一行，业务编号不变",
            ],
            [FILE, "2026-03-01", "", "7", "总额", "超出范围", "应不小于 -5元", MEND],
        ]
    }


def test_nothing_open_makes_no_file(tmp_path: Path) -> None:
    assert written(tmp_path, [line(1, is_answered=True)], [held("medical", answered_by="h")]) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_file_name_that_would_be_calculated_is_text(tmp_path: Path) -> None:
    (lines,) = written(tmp_path, [], [held("nobody", file="=HYPERLINK(1).csv")]).values()
    assert lines[0][0] == "'=HYPERLINK(1).csv"
