"""A visiting list as XLSX: the rows to visit with drop-downs to fill in, and a sheet that tells how.

Row 1 is the header and nothing else, so that the list sorts and filters as a table; the notice stands in the printed header
and footer and on the guide sheet.  A filled list comes back as the source with role `answers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from outputs.layout import Column, Layout, Row, VisitCodes
from outputs.sheets import (
    Guide,
    Heading,
    cell_format,
    expect_date,
    height_to_fill,
    lay_out_page,
    offer,
    row_height,
    set_properties,
    write_cell,
    write_guide,
)

TITLE: Final = "防返贫预警核实名单"
PAGE: Final = "核实名单"
"""The sheet that comes back."""
_TIER_COLOURS: Final = {"红": ("#9C0006", "#FFC7CE"), "橙": ("#7F3F00", "#FCD5B4"), "黄": ("#7F6000", "#FFF2CC")}


@dataclass(frozen=True)
class Sheet:
    """One list to write: whose it is, its columns and rows of cells, what to print around it."""

    place: str
    layout: Layout
    rows: Sequence[Row]
    heading: Heading
    codes: VisitCodes
    title: str = TITLE

    @property
    def headline(self) -> str:
        return f"{self.place} {self.title}"

    @property
    def is_filled(self) -> bool:
        """Whether a visitor fills it in, and needs the guide."""
        return any(column.kind == "fill" for column in self.layout.columns)


def write_workbook(path: Path, sheet: Sheet) -> None:
    """Write the list and its guide sheet; the same sheet always gives the same bytes."""
    # In memory: xlsxwriter would otherwise leave names in the system's temporary folder while it works.
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        set_properties(book, sheet.headline, sheet.heading)
        _write_list(book, book.add_worksheet(PAGE if sheet.is_filled else sheet.title), sheet)
        if sheet.is_filled:
            _write_guide(book, book.add_worksheet("填写说明"), sheet)


def _write_list(book: xlsxwriter.Workbook, page: Worksheet, sheet: Sheet) -> None:
    header = cell_format(book, bold=True, align="center", bg_color="#DDEBF7")
    to_fill = cell_format(book, bold=True, align="center", bg_color="#E2EFDA")
    for at, column in enumerate(sheet.layout.columns):
        page.set_column(at, at, column.width)
        page.write_string(0, at, column.title, to_fill if column.kind == "fill" else header)
    page.set_row(0, row_height(sheet.layout.titles, [column.width for column in sheet.layout.columns]))
    _write_rows(book, page, sheet)
    for at, column in enumerate(sheet.layout.columns):
        _validate(page, at, column, len(sheet.rows), sheet.codes)
    lay_out_page(page, sheet.headline, sheet.heading, len(sheet.rows), [column.width for column in sheet.layout.columns])


def _write_rows(book: xlsxwriter.Workbook, page: Worksheet, sheet: Sheet) -> None:
    plain, long, day = cell_format(book), cell_format(book, align="left", indent=1), cell_format(book, num_format="yyyy-mm-dd")
    late = cell_format(book, num_format="yyyy-mm-dd", bold=True, font_color="#C00000")
    tiers = {tier: cell_format(book, bold=True, font_color=ink, bg_color=fill) for tier, (ink, fill) in _TIER_COLOURS.items()}
    widths = [column.width for column in sheet.layout.columns]
    for row, cells in enumerate(sheet.rows, start=1):
        page.set_row(row, height_to_fill(cells, widths) if sheet.is_filled else row_height(cells, widths))
        for at, (column, cell) in enumerate(zip(sheet.layout.columns, cells, strict=True)):
            if column.key == "tier":
                style = tiers.get(str(cell), plain)
            elif column.key == "due_on" and isinstance(cell, date) and cell < sheet.heading.as_of:
                style = late
            else:
                style = day if "date" in (column.kind, column.accepts) else long if column.width >= 30 else plain
            write_cell(page, row, at, cell, style)


def _validate(page: Worksheet, at: int, column: Column, rows: int, codes: VisitCodes) -> None:
    choices = {"outcome": [one.label for one in codes.outcomes], "family": [one.title for one in codes.families]}
    if rows and column.accepts in choices:
        offer(page, at, rows, column.title, choices[column.accepts], "代码")
    elif rows and column.accepts == "date":
        expect_date(page, at, rows, column.title)


def _write_guide(book: xlsxwriter.Workbook, page: Worksheet, sheet: Sheet) -> None:
    heading = sheet.heading
    told = [f"{heading.office}  名单日期 {heading.as_of:%Y-%m-%d}  共 {len(sheet.rows)} 户"]
    codes = sheet.codes
    told += [f"{n}. {line}" for n, line in enumerate((*codes.forbidden, *codes.guidance, *codes.returning), start=1)]
    tables = {
        "核实结论代码": [(one.label, one.means) for one in codes.outcomes],
        "核实风险类型": [(one.title, one.means) for one in codes.families],
    }
    write_guide(book, page, Guide(f"{sheet.headline} 填写说明", heading.notice, told, tables))
