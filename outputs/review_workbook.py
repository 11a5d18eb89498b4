"""A list to compare as XLSX: what is filled in is chosen or checked where it can be, and comes back as a source."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from outputs.layout import Column, Layout, Row
from outputs.review_form import ReviewForm
from outputs.sheets import (
    Guide,
    Heading,
    cell_format,
    expect_date,
    lay_out_page,
    offer,
    row_height,
    set_properties,
    write_cell,
    write_guide,
)

TITLE: Final = "待人工比对名单"
PAGE: Final = "人工比对"
"""The sheet that comes back; the contract names it."""


@dataclass(frozen=True)
class ReviewSheet:
    """One list to write: whose it is, how much waits, rows of cells and their columns, what to print around it."""

    place: str
    told: str
    rows: Sequence[Row]
    layout: Layout
    form: ReviewForm
    heading: Heading


def write_review_workbook(path: Path, sheet: ReviewSheet) -> None:
    """Write the list and its guide sheet; the same sheet always gives the same bytes."""
    # In memory: xlsxwriter would otherwise leave names in the system's temporary folder while it works.
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        set_properties(book, f"{sheet.place} {TITLE}", sheet.heading)
        _write_list(book, book.add_worksheet(PAGE), sheet)
        guide = [f"{sheet.heading.office}  名单日期 {sheet.heading.as_of:%Y-%m-%d}", sheet.told]
        guide += [f"{n}. {line}" for n, line in enumerate(sheet.form.guidance, start=1)]
        codes = {"核对结论": [(one.title, one.means) for one in sheet.form.conclusions]}
        title = f"{sheet.place} {TITLE} 填写说明"
        write_guide(book, book.add_worksheet("填写说明"), Guide(title, sheet.heading.notice, guide, codes))


def _write_list(book: xlsxwriter.Workbook, page: Worksheet, sheet: ReviewSheet) -> None:
    columns, widths = sheet.layout.columns, [column.width for column in sheet.layout.columns]
    header = cell_format(book, bold=True, bg_color="#DDEBF7")
    to_fill = cell_format(book, bold=True, bg_color="#E2EFDA")
    for at, column in enumerate(columns):
        page.set_column(at, at, column.width)
        page.write_string(0, at, column.title, to_fill if column.kind == "fill" else header)
        _validate(page, at, column, sheet)
    page.set_row(0, row_height(sheet.layout.titles, widths))
    _write_rows(book, page, sheet, widths)
    lay_out_page(page, f"{sheet.place} {TITLE}", sheet.heading, (len(sheet.rows), len(columns)))


def _write_rows(book: xlsxwriter.Workbook, page: Worksheet, sheet: ReviewSheet, widths: Sequence[float]) -> None:
    """Every cell is text but those of dates: an id typed into a cell of numbers would lose its last digits."""
    plain, long = cell_format(book, num_format="@"), cell_format(book, num_format="@", align="left", indent=1)
    day = cell_format(book, num_format="yyyy-mm-dd")
    for row, cells in enumerate(sheet.rows, start=1):
        page.set_row(row, row_height(cells, widths))
        for at, (column, cell) in enumerate(zip(sheet.layout.columns, cells, strict=True)):
            write_cell(page, row, at, cell, day if column.accepts == "date" else long if column.width > 30 else plain)


def _validate(page: Worksheet, at: int, column: Column, sheet: ReviewSheet) -> None:
    last = len(sheet.rows)
    if last and column.accepts == "conclusion":
        offer(page, at, last, column.title, [one.title for one in sheet.form.conclusions], "结论")
    elif last and column.accepts == "date":
        expect_date(page, at, last, column.title)
