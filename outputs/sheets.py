"""What every workbook we write has in common: formats, heights, the printed page around a list."""

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from outputs.layout import Cell
from outputs.text_safety import one_line

_FONT: Final = "微软雅黑"
_A3: Final = 8
_A4: Final = 9
"""Sizes of paper, as a workbook counts them."""
_A4_PIXELS: Final = 1520
"""So wide a list is printed on an A4 page at seven tenths of its size: our 10 points become 7, which is the small print of
newspapers (our own figure).  Wider ones go on A3."""
_BY_HAND: Final = 26.0
"""Points that a row needs at least where it is filled in on A4 with a pen: 6.5 mm when printed."""
_HEADER_LIMIT: Final = 80
"""A printed header holds 255 characters in all, codes included; ours has three parts."""

_EARLIEST: Final = date(2020, 1, 1)
_LATEST: Final = date(2099, 12, 31)
"""What a date to be filled in may be."""

_GUIDE_WIDTHS: Final = (16, 90)
_LINE: Final = 14.5
"""Height of a line of the font, in points."""


@dataclass(frozen=True)
class Heading:
    """What every list shows: the night, the office and its notice ('' for none)."""

    as_of: date
    office: str
    notice: str


@dataclass(frozen=True)
class Guide:
    """A sheet that tells how to fill in: title, notice ('' for none), sentences, and tables of codes and what they mean."""

    title: str
    notice: str
    told: Sequence[str]
    tables: Mapping[str, Sequence[tuple[str, str]]]


def set_properties(book: xlsxwriter.Workbook, title: str, heading: Heading) -> None:
    """What the file says of itself; the day of the list stands for the moment it was made, so that the bytes repeat."""
    book.set_properties({
        "title": title,
        "company": heading.office,
        "comments": heading.notice,
        "created": datetime(heading.as_of.year, heading.as_of.month, heading.as_of.day),  # noqa: DTZ001 - a day, not an instant
    })  # fmt: skip


def cell_format(book: xlsxwriter.Workbook, **properties: str | int | bool) -> Format:
    """The format of all cells with some properties changed."""
    common = {"font_name": _FONT, "font_size": 10, "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1}
    return book.add_format({**common, **properties})


def write_cell(page: Worksheet, row: int, at: int, cell: Cell, style: Format) -> None:
    """A cell as what it is: text never becomes a number, a formula or a link."""
    match cell:
        case None | "":
            page.write_blank(row, at, None, style)
        case int():
            page.write_number(row, at, cell, style)
        case date():
            page.write_datetime(row, at, cell, style)
        case str():
            page.write_string(row, at, cell, style)


def fits_a4(widths: Sequence[float]) -> bool:
    """Whether columns so wide can be read on an A4 page across; a column takes 7 pixels a character and 5 around it."""
    return sum(7 * width + 5 for width in widths) <= _A4_PIXELS


def lay_out_page(page: Worksheet, title: str, heading: Heading, rows: int, widths: Sequence[float]) -> None:
    """Header row frozen, filtered and printed on every page; `rows` below the header, columns of these widths."""
    last_row, last_column = rows, len(widths) - 1
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, last_row, last_column)
    page.print_area(0, 0, last_row, last_column)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(_A4 if fits_a4(widths) else _A3)
    page.set_margins(left=0.3, right=0.3, top=0.8, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.set_header(f"&L{_printed(heading.office)}&C&14 {_printed(title)}&R{heading.as_of:%Y-%m-%d}")
    page.set_footer(f"&L{_printed(heading.notice)}&R第 &P 页 共 &N 页")


def write_guide(book: xlsxwriter.Workbook, page: Worksheet, guide: Guide) -> None:
    """The guide as a sheet of its own."""
    title = cell_format(book, border=0, align="left", bold=True, font_size=14)
    alert = cell_format(book, border=0, align="left", bold=True, font_color="#C00000")
    text, head = cell_format(book, align="left", indent=1), cell_format(book, bold=True, bg_color="#DDEBF7")
    plain = cell_format(book, border=0, align="left")
    for at, width in enumerate(_GUIDE_WIDTHS):
        page.set_column(at, at, width)
    row = _write_lines(page, [(guide.title, title), (guide.notice, alert), *((line, plain) for line in guide.told)])
    for name, entries in guide.tables.items():
        row = _write_table(page, row + 1, (name, "含义"), entries, (head, text))
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.set_footer(f"&L{_printed(guide.notice)}&R第 &P 页 共 &N 页")


def _write_lines(page: Worksheet, lines: Iterable[tuple[str, Format]]) -> int:
    """Lines across both columns, empty ones left out; returns the row after them."""
    row = 0
    for line, style in lines:
        if line:
            page.merge_range(row, 0, row, 1, "", style)
            page.write_string(row, 0, one_line(line), style)
            page.set_row(row, row_height([line], [sum(_GUIDE_WIDTHS)]))
            row += 1
    return row


def _write_table(
    page: Worksheet, row: int, header: tuple[str, str], entries: Sequence[tuple[str, str]], styles: tuple[Format, Format]
) -> int:
    for at, title in enumerate(header):
        page.write_string(row, at, title, styles[0])
    for row_of_entry, entry in enumerate(entries, start=row + 1):
        for at, value in enumerate(entry):
            page.write_string(row_of_entry, at, value, styles[1])
    return row + len(entries) + 1


def _printed(text: str) -> str:
    """Text for a printed header, where an ampersand is a command and room is short."""
    line = one_line(text)
    return (line if len(line) <= _HEADER_LIMIT else line[: _HEADER_LIMIT - 1] + "…").replace("&", "&&")


def row_height(cells: Sequence[Cell], widths: Sequence[float]) -> float:
    """Height in points that shows all of a row's wrapped cells: not every program finds it by itself."""
    lines = (math.ceil(_columns(cell) / width) for cell, width in zip(cells, widths, strict=True) if isinstance(cell, str))
    return 6 + _LINE * max(lines, default=1)


def height_to_fill(cells: Sequence[Cell], widths: Sequence[float]) -> float:
    """The same of a row that is filled in, perhaps with a pen."""
    return max(row_height(cells, widths), _BY_HAND if fits_a4(widths) else 0.0)


def _columns(text: str) -> int:
    """Widths of a digit that a text takes: Chinese characters take two."""
    return max(1, len(text) if text.isascii() else len(text.translate(_WIDTHS)))


class _Widths(dict[int, str]):
    """Character -> as many digits as it is wide, found out when it is first seen: every cell of every list is measured."""

    def __missing__(self, code: int) -> str:
        width = self[code] = "00" if unicodedata.east_asian_width(chr(code)) in "WFA" else "0"
        return width


_WIDTHS: Final = _Widths()


def offer(page: Worksheet, at: int, last: int, title: str, choices: Sequence[str], codes: str) -> None:
    """A drop-down in column `at`, down to row `last`; `codes` says what its entries are called."""
    page.data_validation(1, at, last, at, {
        "validate": "list", "source": list(choices),
        "error_title": title, "error_message": f"请从下拉框中选择，各{codes}的含义见“填写说明”。",
    })  # fmt: skip


def expect_date(page: Worksheet, at: int, last: int, title: str) -> None:
    """Only dates in column `at`, down to row `last`."""
    page.data_validation(1, at, last, at, {
        "validate": "date", "criteria": "between", "minimum": _EARLIEST, "maximum": _LATEST,
        "error_title": title, "error_message": "请填写日期，例如 2026-11-03。",
    })  # fmt: skip
