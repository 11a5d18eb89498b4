"""Totals and notes are counted as such, and no row about a person is ever taken for one."""

from pathlib import Path
from typing import Any

import pytest

from sources.limits import CELL
from sources.piece import Piece
from sources.reader import read
from tests.sources.making import HEADER, contract, csv_text, row, workbook, workbook_contract

Marks = list[tuple[int, str | None]]


def _marks(path: Path, is_workbook: bool = False) -> Marks:
    """(line, damage) of every row."""
    used = workbook_contract() if is_workbook else contract()
    pieces = read(path, used, path.name, used.files.format)
    return [(r["line"], r["damage"]) for p in pieces if isinstance(p, Piece) for r in p.cells.to_pylist()]


def _csv(tmp_path: Path, *rows: list[str] | str) -> Marks:
    path = tmp_path / "a.csv"
    lines = [r if isinstance(r, str) else csv_text([r], []).strip() for r in rows]
    path.write_text(csv_text([row(1)]) + "\n".join(lines) + "\n", encoding="utf-8")
    return _marks(path)[1:]


@pytest.mark.parametrize(
    "cells",
    [
        ["合计", "", "", "", "25.00", ""],
        ["", "合　计", "", "", "25.00", ""],
        ["总 计：", "", "", "", "25.00", ""],
        ["柳河镇小计", "3人", "—", "", "25.00", ""],
        ["", "", "", "本页合计", "25.00", ""],
        ["合计（元）", "共 12 人", "/", "", "", ""],
        "合计,,,,25.00",
        "合计：25.00",
    ],
)
def test_totals(tmp_path: Path, cells: list[str] | str) -> None:
    assert _csv(tmp_path, cells) == [(3, "total")]


@pytest.mark.parametrize(
    "cells",
    [
        ["填表人：李四", "", "", "审核人：王五", "", "2024年1月"],
        ["备注：以上为农村低保对象", "", "", "", "", ""],
        ["", "", "", "单位负责人(签字):", "", ""],
        ["填表人：", "李四", "", "审核人：", "王五", ""],
        "填表人：李四",
        "说明：1. 金额以元计，2. 另附名单",
        "※注：本表一式两份",
    ],
)
def test_notes(tmp_path: Path, cells: list[str] | str) -> None:
    assert _csv(tmp_path, cells) == [(3, "note")]


@pytest.mark.parametrize(
    "cells",
    [
        ["N2", "合计", "410101199001011234", "2024-01-05", "1", "低保"],
        ["合计", "张三", "", "2024-01-05", "1", "低保"],
        ["小计", "", "410101199001011234", "2024-01-05", "1", "低保"],
        ["备注：补发", "张三", "410101199001011234", "2024-01-05", "1", "低保"],
        ["N2", "张三", "", "备注：", "1", "低保"],
        ["N2", "注意", "", "2024-01-05", "1", "低保"],
        ["N2", "", "", "2024-01-05", "1", "低保"],
    ],
)
def test_a_row_about_somebody_is_none(tmp_path: Path, cells: list[str]) -> None:
    assert _csv(tmp_path, cells) == [(3, None)]


def test_a_torn_row_stays_torn(tmp_path: Path) -> None:
    assert _csv(tmp_path, "N2,张三,断", row(3)) == [(3, "cells"), (4, None)]


def test_in_a_workbook_anywhere_and_their_cells_say_nothing(tmp_path: Path) -> None:
    notes = ["填表人：", None, None, "审核人：", "王五"]
    rows: list[list[Any]] = [HEADER, row(1), ["小计", None, None, None, 12.5], row(2), ["合计", None, None, None, 25], notes]
    path = workbook(tmp_path / "a.xlsx", {"一": rows})
    assert _marks(path, is_workbook=True) == [(2, None), (3, "total"), (4, None), (5, "total"), (6, "note")]
    (piece,) = [p for p in read(path, workbook_contract(), "a.xlsx", "xlsx") if isinstance(p, Piece)]
    assert [piece.cells[f"c{n}"][1].as_py() for n in range(6)] == [None] * 6


def test_a_cell_of_more_characters_than_any_program_writes_is_damage(tmp_path: Path) -> None:
    assert _csv(tmp_path, ["N2", "名" * CELL, *row(2)[2:]], ["N3", "名" * (CELL + 1), *row(3)[2:]]) == [(3, None), (4, "cells")]
