"""Lists as a county fills them in: read from what a night wrote, and written back in the ways that spreadsheets write."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import openpyxl

from settings import Home

CODE: Final = "校验码"
FILLED: Final = {
    "核实日期": "2026-03-11",
    "核实结论代码": "04 属实可应对",
    "核实风险类型": "因病",
    "核实人": "核对甲",
    "备注": "",
}

Line = dict[str, str]


def handed_out(home: Home, day: str) -> list[Line]:
    """The lines of all counties' lists of a night."""
    return [line for path in sorted((home.lists / day).glob("*/全县_*.csv")) for line in read(path)]


def read(path: Path) -> list[Line]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def as_csv(lines: Sequence[Mapping[str, str]], encoding: str = "utf-8-sig") -> bytes:
    """A text table with the columns of the first line."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(lines[0]), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode(encoding)


def as_xlsx(lines: Sequence[Mapping[str, Any]], *, guide: bool = True, title: str = "核实名单") -> bytes:
    """The same as openpyxl writes it, with the guide sheet."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = title
    page.append(list(lines[0]))
    for line in lines:
        page.append([line.get(name) for name in lines[0]])
    if guide:
        book.create_sheet("填写说明").append(["每户一行"])
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def resaved(path: Path, filled: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The workbook a night wrote, opened and filled in; `filled` is by warning."""
    book = openpyxl.load_workbook(path)
    page = book["核实名单"]
    titles = [cell.value for cell in page[1]]
    for row in range(2, page.max_row + 1):
        number = str(page.cell(row, titles.index("预警编号") + 1).value)
        for title, value in filled.get(number, {}).items():
            page.cell(row, titles.index(title) + 1, value)
    return saved(book)
