"""Workbooks: titles above the header, several sheets, and files that are none."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sources.contract import Contract
from sources.header import Unreadable
from sources.piece import Piece, Skipped
from sources.workbook import read_workbook
from tests.sources.making import HEADER, ods, row, workbook, workbook_contract

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
    assert cells[2] == "4.10101199001011E+17"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (410101199001011234, "4.10101199001011E+17"),
        (4.10101199001011e17, "4.10101199001011E+17"),
        (1234567890123456, "1.23456789012346E+15"),
        (410101900101123, "410101900101123"),
        ("410101199001011234", "410101199001011234"),
        ("410101199001011328", "410101199001011328"),  # as text, though a number could look so
        ("４１０１０１１９９００１０１１２３４", "４１０１０１１９９００１０１１２３４"),
        ("4.10E+17", "4.10E+17"),
    ],
)
def test_an_id_number_typed_as_a_number_is_shown_as_the_spreadsheet_kept_it(tmp_path: Path, typed: object, read: str) -> None:
    rows: list[list[Any]] = [row(1), ["N2", "李四", typed, "2024-01-05", 123456789012345678, "低保"]]
    cells = _read(workbook(tmp_path / "a.xlsx", {"一": [["标题"], HEADER, *rows]}))[0][1][2]
    assert cells[2] == read
    assert cells[4].startswith("1234567890123456")


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


def test_hidden_sheets_are_said_and_read_only_if_the_contract_names_them(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"一": [HEADER, row(1)], "隐": [HEADER, row(2)], "空": []}, hidden=["隐", "空"])
    assert [piece for piece in read_workbook(path, workbook_contract()) if isinstance(piece, Skipped)] == [Skipped("隐", True)]
    assert [sheet for sheet, _, _ in _read(path)[0]] == ["一"]
    assert [sheet for sheet, _, _ in _read(path, workbook_contract(sheets=["一", "隐"]))[0]] == ["一", "隐"]


def test_a_workbook_whose_tables_are_all_hidden_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="隐藏的没有读：隐"):
        _read(workbook(tmp_path / "a.xlsx", {"说明": [["见隐藏表"]], "隐": [HEADER, row(2)]}, hidden=["隐"]))


def test_merged_titles_groups_and_headers(tmp_path: Path) -> None:
    upper, lower = ["单号", "姓名", "身份证号", "发放情况", None, "类别"], [None, None, None, "日期", "金额", None]
    path = workbook(
        tmp_path / "a.xlsx",
        {"一": [["某县救助名册"], ["填报单位：某局"], upper, lower, row(1)]},
        merged=["A1:F1", "A2:F2", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:F4"],
    )
    assert _read(path)[0] == [("一", 5, row(1))]


def test_an_open_document_sheet_is_read_like_a_workbook(tmp_path: Path) -> None:
    sheets: dict[str, list[list[Any]]] = {
        "一": [["标题"], [*HEADER], [*row(1)], ["N2", "李四", 410101199001011234]],
        "隐": [["x"]],
    }
    read, skipped = _read(ods(tmp_path / "a.ods", sheets, hidden=["隐"]))
    assert [(sheet, line, cells[:2]) for sheet, line, cells in read] == [("一", 3, ["N1", "张三"]), ("一", 4, ["N2", "李四"])]
    assert (read[0][2], read[1][2][2], skipped) == (row(1), "4.10101199001011E+17", ["隐"])


def test_a_sheet_with_too_many_columns_is_unreadable_if_it_is_ours(tmp_path: Path) -> None:
    wide = [f"列{n}" for n in range(600)]
    other = workbook(tmp_path / "a.xlsx", {"一": [HEADER, row(1)], "宽": [wide]})
    assert (len(_read(other)[0]), _read(other)[1]) == (1, ["宽"])
    with pytest.raises(Unreadable, match="有 606 列，超过 500 列"):
        _read(workbook(tmp_path / "b.xlsx", {"一": [[*HEADER, *wide], row(1)]}))


def test_a_stray_cell_far_away_is_said_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"一": [HEADER, row(1)]}, stray="XFD1048576")
    with pytest.raises(Unreadable, match="已用区域有 17179869184 个单元格"):
        _read(path)


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
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600), "有打开密码，或已损坏"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "有打开密码；请取消"),
        (None, "没有传完"),
    ],
    ids=["broken xls", "password", "truncated"],
)
def test_what_is_no_workbook_is_unreadable(tmp_path: Path, data: bytes | None, why: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(_truncated(tmp_path) if data is None else data)
    with pytest.raises(Unreadable, match=why):
        _read(path)


def test_damage_at_which_the_library_panics_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):  # as the library's own, which is no Exception
        pass

    def panic(_: Path) -> None:
        raise PanicException

    path = workbook(tmp_path / "a.xlsx", {"一": [HEADER, row(1)]})
    monkeypatch.setattr("fastexcel.read_excel", panic)
    with pytest.raises(Unreadable, match="已损坏"):
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
