"""A public notice says a name, a village, a category and a last day; nothing else of a household can get onto it."""

import zipfile
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import case_tables
import tables
from outputs.publicity import Notice, notices_told, public_name, write_notice_book, write_notice_page, write_notices
from outputs.sheets import Heading
from tests.casework.filed import lay

TONIGHT: Final = date(2026, 11, 20)
HEADING: Final = Heading(TONIGHT, "虚构县数据办", "人员与数据均为虚构")
CASE: Final[dict[str, Any]] = {
    "case_id": "W-SECRET-1", "household_id": "HH-SECRET-2", "county": "990101", "township": "990101777",
    "village": "990101001001", "county_name": "虚构县", "township_name": "密乡SECRET3", "village_name": "石桥村",
    "opened_on": date(1999, 1, 2), "families": ["因病SECRET4"], "rules": ["SECRET5"], "sources": ["SECRET6"],
    "channels": ["SECRET7"], "state": "publicity", "state_since": date(1999, 3, 4), "clock": "SECRET8",
    "due_on": date(1999, 5, 6), "timeliness": "SECRET9", "days_over": 77123, "tries": 77124,
    "visited_on": date(1999, 7, 8), "outcome": "纳入识别SECRET10", "visited_family": "因残SECRET11", "verdict_row": 771259,
    "publicity_until": date(2026, 11, 25), "closed_as": "SECRET12",
}  # fmt: skip
HEAD: Final[dict[str, Any]] = {
    "row_id": 771260, "resident_id": "RR-SECRET-13", "household_id": "HH-SECRET-2", "relation": "户主", "sex": "男",
    "birth_date": date(1988, 9, 10), "household_type": "监测对象", "monitored_class": "突发严重困难户", "county": "990101",
    "township": "990101777", "village": "990101001001", "place_code": "SECRET14", "county_name": "虚构县",
    "township_name": "密乡SECRET3", "village_name": "石桥村", "group_name": "七组SECRET15", "education": "SECRET16",
    "schooling": "SECRET17", "labour": "SECRET18", "health": "大病SECRET19", "is_on_dibao": "SECRET20",
    "risk_removed": "SECRET21", "income_per_head": 66123, "received_on": date(1999, 11, 12),
}  # fmt: skip
WHO: Final[dict[str, Any]] = {
    "resident_id": "RR-SECRET-13", "household_id": "户SECRET22", "name": "欧阳样本", "id_number": "990101198809101234",
    "sex": "男", "birth_date": "1988-09-10", "place_code": "SECRET23", "place_name": "SECRET24", "phone": "10099887766",
}  # fmt: skip
SAID: Final = {
    "欧阳样本",
    "石桥村",
    "突发严重困难户",
    "990101",
    "990101001001",
    "虚构县",
    "户主",
    "男",
    "publicity",
    "监测对象",
}
"""Values of the rows that may stand in a notice or are words of it."""


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        lay_one(connection)
        yield connection


def lay_one(connection: duckdb.DuckDBPyConnection, **changes: Any) -> None:
    lay(connection, "case_file", [{**CASE, **changes}], case_tables.CASE)
    lay(connection, "resident", [{**HEAD, "income_per_head": None}], tables.RESIDENT)
    connection.execute("UPDATE resident SET income_per_head = 66123")
    lay(connection, "roster_identity", [WHO], tables.ROSTER_IDENTITY)


def content(path: Path) -> str:
    """Everything in a file, the parts of a workbook unpacked, its metadata too."""
    if path.suffix != ".xlsx":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as book:
        return "\n".join(book.read(name).decode("utf-8") for name in book.namelist())


def secrets() -> set[str]:
    """Every other value of the household, as it might be written."""
    values = [value for row in (CASE, HEAD, WHO) for value in row.values()]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    days = {one for one in flat if isinstance(one, date)} - {CASE["publicity_until"]}
    texts = {str(one) for one in flat if not isinstance(one, date)} - SAID
    return texts | {day.isoformat() for day in days} | {f"{day.year}年{day.month}月{day.day}日" for day in days} | {"SECRET"}


def test_nothing_else_of_the_household_is_in_any_byte(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    files = write_notices(db, tmp_path, HEADING, mask_names=False)
    assert sorted(Path(file.path).suffix for file in files) == [".html", ".xlsx"]
    for file in files:
        text = content(tmp_path / file.path)
        assert all(said in text for said in ("欧阳样本", "石桥村", "拟纳入监测对象（突发严重困难户）", "2026年11月25日"))
        assert [secret for secret in secrets() if secret in text] == []
        assert not [secret for secret in secrets() if secret in file.path]


def test_the_writer_is_given_four_values_and_no_more() -> None:
    assert [field.name for field in fields(Notice)] == ["name", "village", "category", "until"]


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=6), st.booleans())
def test_the_whole_table_is_what_the_records_say(tmp_path_factory: pytest.TempPathFactory, name: str, is_posted: bool) -> None:
    until = date(2026, 11, 25) if is_posted else None
    folder = tmp_path_factory.mktemp("notice")
    notice = Notice(name, "石桥村", "拟纳入监测对象", until)
    write_notice_book(folder / "a.xlsx", [notice], HEADING)
    write_notice_page(folder / "a.html", [notice], HEADING)
    rows = list(openpyxl.load_workbook(folder / "a.xlsx")["公示"].iter_rows(values_only=True))
    at = rows.index(("户主姓名", "所在村", "类别", "公示截止日"))
    day = "2026年11月25日" if is_posted else "　　年　　月　　日"
    assert rows[at + 1] == (name, "石桥村", "拟纳入监测对象", day)
    assert (folder / "a.html").read_text(encoding="utf-8").count("<td>") == 4


def test_after_its_last_day_it_is_not_written_and_told_to_be_taken_down(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    lay_one(db, publicity_until=TONIGHT)
    assert len(write_notices(db, tmp_path, HEADING, mask_names=False)) == 2
    assert notices_told(db, TONIGHT) == ()
    lay_one(db, publicity_until=TONIGHT - timedelta(days=1))
    assert write_notices(db, tmp_path / "later", HEADING, mask_names=False) == ()
    (told,) = notices_told(db, TONIGHT)
    assert "1 个村的 1 户公示期已满" in told
    assert not [secret for secret in secrets() if secret in told]


@pytest.mark.parametrize("state", ["warned", "visited", "noticed", "closed"])
def test_only_compared_and_posted_cases_are_on_it(db: duckdb.DuckDBPyConnection, tmp_path: Path, state: str) -> None:
    lay_one(db, state=state)
    assert write_notices(db, tmp_path, HEADING, mask_names=False) == ()


def test_before_it_is_posted_the_last_day_is_left_to_be_filled_in(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    lay_one(db, state="compared", publicity_until=None)
    page = next(file for file in write_notices(db, tmp_path, HEADING, mask_names=True) if file.path.endswith(".html"))
    text = content(tmp_path / page.path)
    assert "<td>　　年　　月　　日</td>" in text
    assert "欧**本" in text
    assert "欧阳样本" not in text


@pytest.mark.parametrize(
    ("written", "expected"), [("张三", "张*"), ("张小三", "张*三"), ("欧阳样本（成员）", "欧**本"), ("阿", "阿"), ("", "")]
)
def test_the_middle_of_a_name_is_masked(written: str, expected: str) -> None:
    assert public_name(written, mask=True) == expected


def test_the_same_night_gives_the_same_bytes(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one, two = (write_notices(db, tmp_path / name, HEADING, mask_names=False) for name in "ab")
    assert one == two


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("欧阳样本13800000000", "欧阳样本"),
        ("欧阳样本 990101198809101234", "欧阳样本"),
        ("欧阳样本（肺癌）", "欧阳样本"),
        ("阿依·买买提", "阿依·买买提"),
        ("=欧阳样本", ""),
        ("10099887766", ""),
    ],
)
def test_what_a_name_cell_holds_besides_the_name_stays_behind(written: str, expected: str) -> None:
    assert public_name(written, mask=False) == expected


def test_a_household_with_two_cases_on_their_way_is_posted_once(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    db.execute(
        "INSERT INTO case_file SELECT * REPLACE ('W-2' AS case_id, 'compared' AS state, NULL AS publicity_until) FROM case_file"
    )
    files = write_notices(db, tmp_path, HEADING, mask_names=False)
    assert {file.rows for file in files} == {1}
    assert all("2026年11月25日" in content(tmp_path / file.path) for file in files)
