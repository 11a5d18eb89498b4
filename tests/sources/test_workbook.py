"""Workbooks: titles above the header, several sheets, and files that are none."""

import zipfile
from datetime import date
from pathlib import Path

import pytest

from sources.contract import Contract
from sources.header import Unreadable
from sources.piece import Piece, Skipped
from sources.workbook import read_workbook
from tests.sources.making import HEADER, row, workbook, workbook_contract

Read = list[tuple[str | None, int, list[str]]]


def _read(path: Path, of: Contract | None = None) -> tuple[Read, list[str]]:
    rows: Read = []
    skipped: list[str] = []
    for piece in read_workbook(path, of or workbook_contract()):
        if isinstance(piece, Skipped):
            skipped.append(piece.sheet)
            continue
        rows += [(piece.sheet, line, list(cells)) for line, _, _, *cells in (r.values() for r in piece.cells.to_pylist())]
    return rows, skipped


def test_titles_blank_rows_and_empty_top_rows_keep_the_line_numbers(tmp_path: Path) -> None:
    rows = [[], ["某县救助名册"], ["单位：元"], HEADER, row(1), [], row(2)]
    read, skipped = _read(workbook(tmp_path / "a.xlsx", {"一": rows}))
    assert read == [("一", 5, row(1)), ("一", 7, row(2))]
    assert skipped == []


def test_cells_are_text(tmp_path: Path) -> None:
    typed = ["N1", "张三", 410101199001011234, date(1949, 1, 29), 12.5, None]
    read, _ = _read(workbook(tmp_path / "a.xlsx", {"一": [HEADER, typed]}))
    cells = read[0][2]
    assert cells[3:] == ["1949-01-29 00:00:00", "12.5", ""]
    assert cells[2].startswith("410101199001011")


def test_each_sheet_has_its_own_header(tmp_path: Path) -> None:
    other = ["类别", "证件号码", "姓名", "单号", "金额", "发放日期"]
    sheets = {
        "一": [HEADER, row(1)],
        "说明": [["填表说明"]],
        "空": [],
        "二": [["标题"], other, ["低保", "41", "李四", "N2", "3", "2024"]],
    }
    read, skipped = _read(workbook(tmp_path / "a.xlsx", sheets))
    assert [(sheet, line) for sheet, line, _ in read] == [("一", 2), ("二", 3)]
    assert skipped == ["说明"]


def test_hidden_sheets_are_read_if_they_have_the_header(tmp_path: Path) -> None:
    read, _ = _read(workbook(tmp_path / "a.xlsx", {"一": [HEADER, row(1)], "隐": [HEADER, row(2)]}, hidden=["隐"]))
    assert [sheet for sheet, _, _ in read] == ["一", "隐"]


def test_only_the_sheets_the_contract_names(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"一": [HEADER, row(1)], "二": [HEADER, row(2)]})
    assert [sheet for sheet, _, _ in _read(path, workbook_contract(sheets=["二"]))[0]] == ["二"]
    with pytest.raises(Unreadable, match="缺少工作表：三"):
        _read(path, workbook_contract(sheets=["三"]))


def test_a_header_alone_is_an_empty_piece(tmp_path: Path) -> None:
    pieces = list(read_workbook(workbook(tmp_path / "a.xlsx", {"一": [["标题"], HEADER]}), workbook_contract()))
    assert [piece.cells.num_rows for piece in pieces if isinstance(piece, Piece)] == [0]


def test_a_header_further_down_than_the_contract_looks_is_not_found(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"一": [["说明"]] * 3 + [HEADER, row(1)]})
    with pytest.raises(Unreadable, match="前 3 行中找不到表头"):
        _read(path, workbook_contract(header_within=3))


def _truncated(tmp_path: Path) -> bytes:
    return workbook(tmp_path / "whole.xlsx", {"一": [HEADER, row(1)]}).read_bytes()[:3000]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "空的"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600), "密码"),
        ("单号,姓名\n".encode(), "不是 Excel 工作簿"),
        (None, "没有传完"),
    ],
    ids=["empty", "password or xls", "text", "truncated"],
)
def test_what_is_no_workbook_is_unreadable(tmp_path: Path, data: bytes | None, why: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(_truncated(tmp_path) if data is None else data)
    with pytest.raises(Unreadable, match=why):
        _read(path)


def test_a_zip_that_is_no_workbook_is_unreadable(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(Unreadable, match="损坏"):
        _read(tmp_path / "a.xlsx")


def test_many_rows_come_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.workbook.ROWS", 3)
    rows = [row(n) for n in range(8)]
    read, _ = _read(workbook(tmp_path / "a.xlsx", {"一": [HEADER, *rows]}))
    assert [cells for _, _, cells in read] == rows
    assert [line for _, line, _ in read] == list(range(2, 10))
