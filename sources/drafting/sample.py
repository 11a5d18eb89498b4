"""The first rows of a file whose contract is still to be written, and which of them is the header."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from sources.delimited import DELIMITERS
from sources.fact import fold_header
from sources.header import Unreadable
from sources.reader import Family, recognise
from sources.text import Lines, detect
from sources.workbook import open_book

MOST_ROWS: Final = 5000
"""Rows looked at: enough for code lists, few enough for seconds."""
HEADER_WITHIN: Final = 15

_NUMBER: Final = re.compile(r"[-+]?[\d,.]+%?|\d{4}[-/.年].*|\d{17}[\dXx]")
_NO_DATA: Final = re.compile(r"\s*(合|总|小|共|累)\s*计|\s*(填表|制表|审核|填报|复核|负责)[^:：]{0,8}[:：]")
"""Totals and notes below the table."""
_LONGEST: Final = 24
"""A heading is short; a note above the table is not."""

Rows = list[list[str]]


@dataclass(frozen=True)
class Sample:
    """What a file shows: its headings as written, and per column the cells of the rows below."""

    family: Family
    header_at: int
    """Rows above the header."""
    headers: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.columns[0]) if self.columns else 0


def read_sample(path: Path) -> Sample:
    """The sample a file is.  Raises Unreadable if it cannot be read or no row looks like a header."""
    family = recognise(path, path.name, "any")
    if family == "text":
        return _of_text(path)
    if family == "workbook":
        return _of_workbook(path)
    return _taken(family, _records(path) if family == "jsonl" else _stored(path))


def _of_text(path: Path) -> Sample:
    """By the delimiter that gives the widest header."""
    codec = detect(path, "auto")
    lines = next(Lines(path, codec).blocks(), [])[: MOST_ROWS + HEADER_WITHIN]
    found: list[Sample] = []
    for delimiter in DELIMITERS:
        try:
            found.append(_taken("text", _split(lines, delimiter), encoding=codec, delimiter=delimiter))
        except Unreadable:
            continue
    if not found:
        raise _no_header()
    return max(found, key=lambda sample: len(sample.headers))


def _split(lines: Sequence[str], delimiter: str) -> Rows:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []


def _of_workbook(path: Path) -> Sample:
    """The first visible sheet that has a header."""
    book = open_book(path)
    visible = [name for name in book.sheet_names if book.load_sheet(name, n_rows=0).visible == "visible"]
    for sheet in visible:
        page = book.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=MOST_ROWS + HEADER_WITHIN, dtypes="string")
        rows = [[cell or "" for cell in row] for row in zip(*(c.to_pylist() for c in page.to_arrow().columns), strict=True)]
        try:
            found = _taken("workbook", rows)
        except Unreadable:
            continue
        return Sample(**vars(found) | {"sheet": sheet, "other_sheets": tuple(name for name in visible if name != sheet)})
    raise _no_header()


def _records(path: Path) -> Rows:
    """JSON Lines as rows: the keys of the first objects, then their values."""
    objects: list[dict[str, object]] = []
    for line in islice(_lines(path), MOST_ROWS):
        try:
            read = json.loads(line)
        except ValueError:
            continue
        objects += [read] if isinstance(read, dict) else []
    keys = list(dict.fromkeys(key for one in objects for key in one))
    return [keys, *(["" if one.get(key) is None else str(one[key]) for key in keys] for one in objects)]


def _lines(path: Path) -> Iterator[str]:
    for block in Lines(path, detect(path, "auto")).blocks():
        yield from block


def _stored(path: Path) -> Rows:
    try:
        table = next(pq.ParquetFile(path).iter_batches(MOST_ROWS), None)
    except (pa.ArrowException, OSError):
        raise Unreadable("Parquet 文件读不出来；请重新导出") from None
    if table is None:
        raise _no_header()
    columns = [["" if value is None else str(value) for value in column.to_pylist()] for column in table.columns]
    return [list(table.schema.names), *map(list, zip(*columns, strict=True))]


def _taken(family: Family, rows: Rows, encoding: str = "", delimiter: str = "") -> Sample:
    at, heading = _heading(rows, _header_row(rows))
    named = [index for index, cell in enumerate(heading) if cell]
    below = [row for row in rows[at + 1 :] if any(map(str.strip, row)) and not any(map(_NO_DATA.match, row))]
    cells = tuple(tuple(row[index].strip() if index < len(row) else "" for row in below) for index in named)
    return Sample(family, at, tuple(heading[index] for index in named), cells, encoding, delimiter)


def _header_row(rows: Rows) -> int:
    """The first of the widest rows whose cells are all short, different and no values, with a row of data below."""
    widths = [_width(row) if at + 1 < len(rows) else 0 for at, row in enumerate(rows[:HEADER_WITHIN])]
    best = max(widths, default=0)
    if best < 2:
        raise _no_header()
    return widths.index(best)


def _heading(rows: Rows, at: int) -> tuple[int, list[str]]:
    """The header's last row and its headings: of two lines the lower, and the upper where nothing stands below it."""
    for upper in (at - 1, at):
        if 0 <= upper < len(rows) - 2 and _are_one_header(rows[upper], rows[upper + 1]):
            lower = [fold_header(cell) for cell in rows[upper + 1]]
            return upper + 1, [below or fold_header(above) for below, above in zip_longest(lower, rows[upper], fillvalue="")]
    return at, [fold_header(cell) for cell in rows[at]]


def _are_one_header(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Each has headings where the other has none: the upper more than the one of a title, the lower no value among its own."""
    above, below = [fold_header(cell) for cell in upper], [fold_header(cell) for cell in lower]
    alone = [name for name, other in zip_longest(above, below, fillvalue="") if name and not other]
    return len(alone) > 1 and _width(lower) > 1 and set(alone).isdisjoint(below)


def _width(row: Sequence[str]) -> int:
    cells = [fold_header(cell) for cell in row if fold_header(cell)]
    is_header = len(set(cells)) == len(cells) and not any(_NUMBER.fullmatch(c) or len(c) > _LONGEST for c in cells)
    return len(cells) if is_header else 0


def _no_header() -> Unreadable:
    told = "至少两列，列名各不相同，下面有数据"
    return Unreadable(f"前 {HEADER_WITHIN} 行中看不出哪一行是表头（{told}）；请在样本中保留表头与几十行数据")
