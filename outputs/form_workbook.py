"""A list that is filled in and comes back, as XLSX: choices to choose from, checked dates, a second sheet that tells how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from outputs.layout import Column, Layout, Row
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

GUIDE_PAGE: Final = "填写说明"


@dataclass(frozen=True)
class Choice:
    """What a column to be filled in offers: what its entries are called, and each with its meaning."""

    called: str
    entries: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Form:
    """One list to write.  `choices` is by what a column accepts; the guide sheet has `told`, then `guidance`, numbered."""

    page: str
    title: str
    layout: Layout
    rows: Sequence[Row]
    heading: Heading
    told: Sequence[str]
    guidance: Sequence[str]
    choices: Mapping[str, Choice]


def write_form(path: Path, form: Form) -> None:
    """Write the list and its guide sheet; the same form always gives the same bytes."""
    # In memory: xlsxwriter would otherwise leave names in the system's temporary folder while it works.
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        set_properties(book, form.title, form.heading)
        _write_list(book, book.add_worksheet(form.page), form)
        head = f"{form.heading.office}  名单日期 {form.heading.as_of:%Y-%m-%d}"
        lines = [head, *form.told, *(f"{n}. {line}" for n, line in enumerate(form.guidance, start=1))]
        tables = {choice.called: choice.entries for choice in form.choices.values()}
        write_guide(book, book.add_worksheet(GUIDE_PAGE), Guide(f"{form.title} 填写说明", form.heading.notice, lines, tables))


def _write_list(book: xlsxwriter.Workbook, page: Worksheet, form: Form) -> None:
    columns, widths = form.layout.columns, [column.width for column in form.layout.columns]
    header = cell_format(book, bold=True, bg_color="#DDEBF7")
    to_fill = cell_format(book, bold=True, bg_color="#E2EFDA")
    for at, column in enumerate(columns):
        page.set_column(at, at, column.width)
        page.write_string(0, at, column.title, to_fill if column.kind == "fill" else header)
        _validate(page, at, column, form)
    page.set_row(0, row_height(form.layout.titles, widths))
    _write_rows(book, page, form, widths)
    lay_out_page(page, form.title, form.heading, len(form.rows), widths)


def _write_rows(book: xlsxwriter.Workbook, page: Worksheet, form: Form, widths: Sequence[float]) -> None:
    """Every cell is text but those of dates and numbers: an id typed into a cell of numbers would lose its last digits."""
    plain, long = cell_format(book, num_format="@"), cell_format(book, num_format="@", align="left", indent=1)
    day, number = cell_format(book, num_format="yyyy-mm-dd"), cell_format(book)
    for row, cells in enumerate(form.rows, start=1):
        page.set_row(row, height_to_fill(cells, widths))
        for at, (column, cell) in enumerate(zip(form.layout.columns, cells, strict=True)):
            if "date" in (column.kind, column.accepts):
                style = day
            else:
                style = number if column.kind == "number" else long if column.width >= 30 else plain
            write_cell(page, row, at, cell, style)


def _validate(page: Worksheet, at: int, column: Column, form: Form) -> None:
    last = len(form.rows)
    if last and column.accepts in form.choices:
        choice = form.choices[column.accepts]
        offer(page, at, last, column.title, [entry for entry, _ in choice.entries], choice.called)
    elif last and column.accepts == "date":
        expect_date(page, at, last, column.title)
