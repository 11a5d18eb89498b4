"""Files as departments export them, written row by row; nothing in them depends on the clock."""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from sources.county.columns import Texts
from sources.county.layout import File, Sheet

CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's property has no zone
NUMBER = re.compile(r"-?\d+(\.\d+)?")
MAX_SHEET_ROWS = 1_000_000
"""Data rows on one sheet; a spreadsheet holds 1,048,576 with title and header."""
CUT_LINE, BROKEN_LINE = 6, 9
"""Data rows (from 0) of a damaged file: one loses its last cell, one gets bytes of no encoding."""
NO_BYTES = b"\xff\xff"


class Output(Protocol):
    """An open file: `rows` counts the data rows of each sheet."""

    rows: list[int]

    def append(self, sheet: int, cells: Sequence[Texts]) -> None: ...

    def close(self) -> None: ...


def csv_lines(cells: Sequence[Texts]) -> list[str]:
    """Rows as CSV text; only cells that need quotes get them."""
    columns = []
    for column in cells:
        texts = pc.fill_null(pa.array(column, type=pa.string()), "")
        special = pc.match_substring_regex(texts, '[",\r\n]')
        if pc.any(special).as_py():
            quoted = pc.binary_join_element_wise("", '"', "", pc.replace_substring(texts, '"', '""'), '"', "", "")
            texts = pc.if_else(special, quoted, texts)
        columns.append(texts)
    lines: list[str] = pc.binary_join_element_wise(*columns, ",").to_pylist()
    return lines


class TextFile:
    """A CSV file in its encoding, with the line ends of the exporting system."""

    def __init__(self, path: Path, file: File) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.rows = [0]
        self._encoding = file.encoding.removesuffix("-sig")
        self._file = file
        self._stream = path.open("wb")
        if file.encoding.endswith("-sig"):
            self._stream.write(b"\xef\xbb\xbf")
        self._stream.write((",".join(column.header for column in file.sheets[0].columns) + "\r\n").encode(self._encoding))

    def append(self, sheet: int, cells: Sequence[Texts]) -> None:
        lines = csv_lines(cells)
        text = "".join(line + "\r\n" for line in lines).encode(self._encoding)
        is_first = self.rows[sheet] == 0 and len(lines) > BROKEN_LINE
        self._stream.write(_damaged(text, self._file) if is_first else text)
        self.rows[sheet] += len(lines)

    def close(self) -> None:
        self._stream.close()


def _damaged(text: bytes, file: File) -> bytes:
    """The first lines of a file, with what happened to it on the way."""
    lines = text.split(b"\r\n") if file.is_cut or file.is_broken else [text]
    if file.is_cut:
        lines[CUT_LINE] = lines[CUT_LINE].rpartition(b",")[0]
    if file.is_broken:
        start, comma, last = lines[BROKEN_LINE].rpartition(b",")
        lines[BROKEN_LINE] = start + comma + NO_BYTES + last
    return b"\r\n".join(lines)


class Workbook:
    """An XLSX file with title and notes above the header of every sheet."""

    def __init__(self, path: Path, file: File, scratch: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.mkdir(parents=True, exist_ok=True)
        self.rows = [0] * len(file.sheets)
        self._sheets = file.sheets
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(scratch)})
        self._book.set_properties({"created": CREATED})
        self._pages = [self._open(sheet) for sheet in file.sheets]
        self._offsets = [1 + len(sheet.notes) + 1 for sheet in file.sheets]

    def _open(self, sheet: Sheet) -> "xlsxwriter.worksheet.Worksheet":
        page = self._book.add_worksheet(sheet.name)
        centred = self._book.add_format({"bold": True, "align": "center"})
        page.merge_range(0, 0, 0, len(sheet.columns) - 1, sheet.title, centred)
        for row, note in enumerate(sheet.notes, start=1):
            page.write_string(row, 0, note)
        for column, each in enumerate(sheet.columns):
            page.write_string(1 + len(sheet.notes), column, each.header)
        return page

    def append(self, sheet: int, cells: Sequence[Texts]) -> None:
        page = self._pages[sheet]
        kinds = [column.kind == "number" for column in self._sheets[sheet].columns]
        row = self._offsets[sheet] + self.rows[sheet]
        for texts in zip(*(column.tolist() for column in cells), strict=True):
            for column, (text, is_number) in enumerate(zip(texts, kinds, strict=True)):
                if text is None or text == "":
                    continue
                if is_number and NUMBER.fullmatch(text):
                    page.write_number(row, column, float(text))
                else:
                    page.write_string(row, column, text)
            row += 1
        self.rows[sheet] = row - self._offsets[sheet]

    def close(self) -> None:
        self._book.close()


def open_output(path: Path, file: File, scratch: Path) -> Output:
    """The writer for a file by its kind."""
    return Workbook(path, file, scratch) if file.is_workbook else TextFile(path, file)
