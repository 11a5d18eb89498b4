"""Reads back what was written: the rows of a CSV or of the first sheet of an XLSX, without the code that wrote them.

Nothing but the standard library is used, so that the check of what leaves the house shares no mistake with the writer.
"""

import csv
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LARGEST: Final = 200_000_000
"""Bytes of one part of a workbook, unpacked."""
_COLUMN: Final = re.compile(r"[A-Z]+")


class Unreadable(ValueError):
    """The file is no CSV or XLSX that can be read; the message holds no cell."""


@dataclass(frozen=True)
class Read:
    """A table as it stands in a file: its header, and its rows with as many cells; '' for an empty cell."""

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]

    def column(self, title: str) -> list[str]:
        """The cells under a title; empty if there is no such column."""
        if title not in self.titles:
            return []
        at = self.titles.index(title)
        return [row[at] for row in self.rows]


def read_table(path: Path) -> Read:
    """A CSV as UTF-8, or the first sheet of an XLSX.  Raises Unreadable."""
    try:
        table = list(_sheet_rows(path) if path.suffix.lower() == ".xlsx" else _csv_rows(path))
    except (
        OSError,
        UnicodeDecodeError,
        csv.Error,
        zipfile.BadZipFile,
        ET.ParseError,
        KeyError,
        ValueError,
    ) as problem:
        raise Unreadable(type(problem).__name__) from None
    titles, *rows = table or [[]]
    width = len(titles)
    return Read(titles, [row + [""] * (width - len(row)) for row in rows])


def _csv_rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file, strict=True)


def _sheet_rows(path: Path) -> Iterator[list[str]]:
    with zipfile.ZipFile(path) as book:
        shared = _shared_texts(book)
        for row in _part(book, "xl/worksheets/sheet1.xml").iter(f"{_MAIN}row"):
            cells: list[str] = []
            for cell in row.iter(f"{_MAIN}c"):
                at = _position(cell.get("r", ""))
                cells += [""] * (at - len(cells))
                cells.append(_text(cell, shared))
            yield cells


def _shared_texts(book: zipfile.ZipFile) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in book.namelist():
        return []
    return ["".join(text.text or "" for text in entry.iter(f"{_MAIN}t")) for entry in _part(book, name).iter(f"{_MAIN}si")]


def _part(book: zipfile.ZipFile, name: str) -> ET.Element:
    """One part of the workbook; one that is huge or declares entities is none of ours."""
    if book.getinfo(name).file_size > _LARGEST:
        raise ValueError("too large")
    content = book.read(name)
    if b"<!DOCTYPE" in content:
        raise ValueError("declares entities")
    return ET.fromstring(content)  # noqa: S314 - no entities, see above


def _text(cell: ET.Element, shared: Sequence[str]) -> str:
    kind, value = cell.get("t", "n"), cell.findtext(f"{_MAIN}v") or ""
    match kind:
        case "s":
            return shared[int(value)]
        case "inlineStr":
            return "".join(text.text or "" for text in cell.iter(f"{_MAIN}t"))
    return value


def _position(reference: str) -> int:
    """A1 -> 0, AB3 -> 27."""
    letters = _COLUMN.match(reference)
    if letters is None:
        raise ValueError("a cell without a place")
    at = 0
    for letter in letters[0]:
        at = at * 26 + ord(letter) - 64
    return at - 1
