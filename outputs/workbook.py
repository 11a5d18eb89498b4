"""A visiting list as XLSX: the rows to visit with drop-downs to fill in, and a sheet that tells how.

Row 1 is the header and nothing else, so that the list sorts and filters as a table; the notice stands in the printed header
and footer and on the guide sheet.  A filled list is not read back: results come as the source `visits`.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from outputs.layout import Cell, Column, Layout, Row, VisitCodes
from outputs.text_safety import one_line

_FONT: Final = "微软雅黑"
_A3: Final = 8
_EARLIEST_VISIT: Final = date(2020, 1, 1)
_LATEST_VISIT: Final = date(2099, 12, 31)
_HEADER_LIMIT: Final = 80
"""A printed header holds 255 characters in all, codes included; ours has three parts."""

_GUIDE_WIDTHS: Final = (16, 90)
_LINE: Final = 14.5
"""Height of a line of the font, in points."""

_TIER_COLOURS: Final = {"红": ("#9C0006", "#FFC7CE"), "橙": ("#7F3F00", "#FCD5B4"), "黄": ("#7F6000", "#FFF2CC")}


@dataclass(frozen=True)
class Heading:
    """What every list shows: the night, the office and its notice ('' for none)."""

    as_of: date
    office: str
    notice: str


@dataclass(frozen=True)
class Sheet:
    """One list to write: whose it is, its columns and rows of cells, what to print around it."""

    place: str
    layout: Layout
    rows: Sequence[Row]
    heading: Heading
    codes: VisitCodes


def write_workbook(path: Path, sheet: Sheet) -> None:
    """Write the list and its guide sheet; the same sheet always gives the same bytes."""
    # In memory: xlsxwriter would otherwise leave names in the system's temporary folder while it works.
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        heading = sheet.heading
        book.set_properties({
            "title": f"{sheet.place} 防返贫预警核实名单",
            "company": heading.office,
            "comments": heading.notice,
            "created": datetime(heading.as_of.year, heading.as_of.month, heading.as_of.day),  # noqa: DTZ001 - a day, not an instant
        })  # fmt: skip
        _write_list(book, book.add_worksheet("核实名单"), sheet)
        _write_guide(book, book.add_worksheet("填写说明"), sheet)


def _write_list(book: xlsxwriter.Workbook, page: Worksheet, sheet: Sheet) -> None:
    header = _format(book, bold=True, align="center", bg_color="#DDEBF7")
    to_fill = _format(book, bold=True, align="center", bg_color="#E2EFDA")
    for at, column in enumerate(sheet.layout.columns):
        page.set_column(at, at, column.width)
        page.write_string(0, at, column.title, to_fill if column.kind == "fill" else header)
    page.set_row(0, _height(sheet.layout.titles, [column.width for column in sheet.layout.columns]))
    _write_rows(book, page, sheet)
    for at, column in enumerate(sheet.layout.columns):
        _validate(page, at, column, len(sheet.rows), sheet.codes)
    _lay_out_page(page, sheet)


def _write_rows(book: xlsxwriter.Workbook, page: Worksheet, sheet: Sheet) -> None:
    plain, long, day = _format(book), _format(book, align="left", indent=1), _format(book, num_format="yyyy-mm-dd")
    late = _format(book, num_format="yyyy-mm-dd", bold=True, font_color="#C00000")
    tiers = {tier: _format(book, bold=True, font_color=ink, bg_color=fill) for tier, (ink, fill) in _TIER_COLOURS.items()}
    widths = [column.width for column in sheet.layout.columns]
    for row, cells in enumerate(sheet.rows, start=1):
        page.set_row(row, _height(cells, widths))
        for at, (column, cell) in enumerate(zip(sheet.layout.columns, cells, strict=True)):
            if column.key == "tier":
                style = tiers.get(str(cell), plain)
            elif column.key == "due_on" and isinstance(cell, date) and cell < sheet.heading.as_of:
                style = late
            else:
                style = day if "date" in (column.kind, column.accepts) else long if column.width > 30 else plain
            _write_cell(page, row, at, cell, style)


def _write_cell(page: Worksheet, row: int, at: int, cell: Cell, style: Format) -> None:
    match cell:
        case None | "":
            page.write_blank(row, at, None, style)
        case int():
            page.write_number(row, at, cell, style)
        case date():
            page.write_datetime(row, at, cell, style)
        case str():
            page.write_string(row, at, cell, style)


def _validate(page: Worksheet, at: int, column: Column, rows: int, codes: VisitCodes) -> None:
    choices = {"outcome": [one.label for one in codes.outcomes], "family": [one.title for one in codes.families]}
    if rows and column.accepts in choices:
        page.data_validation(1, at, rows, at, {
            "validate": "list", "source": choices[column.accepts],
            "error_title": column.title, "error_message": "请从下拉框中选择，各代码的含义见“填写说明”。",
        })  # fmt: skip
    elif rows and column.accepts == "date":
        page.data_validation(1, at, rows, at, {
            "validate": "date", "criteria": "between", "minimum": _EARLIEST_VISIT, "maximum": _LATEST_VISIT,
            "error_title": column.title, "error_message": "请填写日期，例如 2026-11-03。",
        })  # fmt: skip


def _lay_out_page(page: Worksheet, sheet: Sheet) -> None:
    last_row, last_column = len(sheet.rows), len(sheet.layout.columns) - 1
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, last_row, last_column)
    page.print_area(0, 0, last_row, last_column)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(_A3)
    page.set_margins(left=0.3, right=0.3, top=0.8, bottom=0.6)
    page.fit_to_pages(1, 0)
    office, notice = _printed(sheet.heading.office), _printed(sheet.heading.notice)
    title = _printed(f"{sheet.place} 防返贫预警核实名单")
    page.set_header(f"&L{office}&C&14 {title}&R{sheet.heading.as_of:%Y-%m-%d}")
    page.set_footer(f"&L{notice}&R第 &P 页 共 &N 页")


def _printed(text: str) -> str:
    """Text for a printed header, where an ampersand is a command and room is short."""
    line = one_line(text)
    return (line if len(line) <= _HEADER_LIMIT else line[: _HEADER_LIMIT - 1] + "…").replace("&", "&&")


def _write_guide(book: xlsxwriter.Workbook, page: Worksheet, sheet: Sheet) -> None:
    title = _format(book, border=0, align="left", bold=True, font_size=14)
    alert = _format(book, border=0, align="left", bold=True, font_color="#C00000")
    text, head = _format(book, align="left", indent=1), _format(book, bold=True, bg_color="#DDEBF7")
    plain = _format(book, border=0, align="left")
    for at, width in enumerate(_GUIDE_WIDTHS):
        page.set_column(at, at, width)
    heading = sheet.heading
    lines = [(f"{sheet.place} 防返贫预警核实名单 填写说明", title), (heading.notice, alert)]
    lines.append((f"{heading.office}  名单日期 {heading.as_of:%Y-%m-%d}  共 {len(sheet.rows)} 户", plain))
    lines += [(f"{n}. {line}", plain) for n, line in enumerate(sheet.codes.guidance, start=1)]
    row = 0
    for line, style in lines:
        if line:
            page.merge_range(row, 0, row, 1, "", style)
            page.write_string(row, 0, one_line(line), style)
            page.set_row(row, _height([line], [_GUIDE_WIDTHS[0] + _GUIDE_WIDTHS[1]]))
            row += 1
    tables = (
        ("核实结论代码", [(one.label, one.means) for one in sheet.codes.outcomes]),
        ("核实风险类型", [(one.title, one.means) for one in sheet.codes.families]),
    )
    for name, entries in tables:
        row = _write_table(page, row + 1, (name, "含义"), entries, (head, text))
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer(f"&L{_printed(heading.notice)}&R第 &P 页 共 &N 页")


def _write_table(
    page: Worksheet, row: int, header: tuple[str, str], entries: Sequence[tuple[str, str]], styles: tuple[Format, Format]
) -> int:
    for at, title in enumerate(header):
        page.write_string(row, at, title, styles[0])
    for row_of_entry, entry in enumerate(entries, start=row + 1):
        for at, value in enumerate(entry):
            page.write_string(row_of_entry, at, value, styles[1])
    return row + len(entries) + 1


def _height(cells: Sequence[Cell], widths: Sequence[float]) -> float:
    """Height in points that shows all of a row's wrapped cells: not every program finds it by itself."""
    lines = (math.ceil(_columns(cell) / width) for cell, width in zip(cells, widths, strict=True) if isinstance(cell, str))
    return 6 + _LINE * max(lines, default=1)


def _columns(text: str) -> int:
    """Widths of a digit that a text takes: Chinese characters take two."""
    return max(1, sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text))


def _format(book: xlsxwriter.Workbook, **properties: str | int | bool) -> Format:
    common = {"font_name": _FONT, "font_size": 10, "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1}
    return book.add_format({**common, **properties})
