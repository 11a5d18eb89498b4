"""Rows of a text table, exact about lines, quotes and damage: one bad line never takes its neighbours with it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from sources.contract import Contract
from sources.header import Layout, Unreadable, find_header, no_header
from sources.piece import Piece, as_cells
from sources.text import Lines, detect

SPAN: Final = 20
"""A row with line breaks inside quotes may span so many physical lines; more means that a quote was never closed."""
ROWS: Final = 50_000
"""Physical lines parsed at a time."""
LONG: Final = 1 << 25
"""Characters parsed at a time, where lines are long: 50,000 lines of 670 characters."""

DELIMITERS: Final = (",", "\t", ";", "|", "^", "~", "\x01")
"""What exports put between cells, most usual first; the last is how data warehouses write text tables."""

Cells = list[str]


@dataclass(frozen=True)
class Shape:
    """What a row of the file must look like."""

    delimiter: str
    least: int
    width: int

    def fit(self, cells: Cells) -> Cells | None:
        """The cells at exactly the file's width; None if there are too few or too many.  Blank rows always fit."""
        if len(cells) == self.width:
            return cells
        is_blank = not any(map(str.strip, cells))
        if not is_blank and (len(cells) < self.least or any(map(str.strip, cells[self.width :]))):
            return None
        return (cells + [""] * self.width)[: self.width]


def read_csv(path: Path, contract: Contract) -> Iterator[Piece]:
    """The rows of a text table in pieces, at least one (perhaps without rows).

    Raises Unreadable if it is no text table or has no header.
    """
    codec = detect(path, contract.files.encoding)
    lines = Lines(path, codec)
    blocks = lines.blocks()
    first = next(blocks, [])
    start, layout, delimiter = _header(first, contract)
    shape = Shape(delimiter, layout.least, layout.width)
    yield Piece(None, layout, as_cells([], [[]] * layout.width), codec)
    counted = 0
    for cells in _parsed(chain([first[start:]], blocks), start + 1, shape):
        yield Piece(None, layout, cells, codec, lines.undecodable - counted)
        counted = lines.undecodable


def _header(lines: Sequence[str], contract: Contract) -> tuple[int, Layout, str]:
    """The physical line after the header, from 0, the layout, and the delimiter: of several the one that finds most columns."""
    told = contract.files.delimiter
    found: list[tuple[int, Layout, str]] = []
    doubts: list[Unreadable] = []
    for delimiter in DELIMITERS if told == "auto" else (told,):
        try:
            if (header := _header_by(lines, delimiter, contract)) is not None:
                found.append((*header, delimiter))
        except Unreadable as doubt:
            doubts.append(doubt)
    if not found:
        raise doubts[0] if doubts else no_header(contract)
    return max(found, key=lambda header: len(header[1].identity) + len(header[1].facts))


def _header_by(lines: Sequence[str], delimiter: str, contract: Contract) -> tuple[int, Layout] | None:
    rows: list[Cells] = []
    ends = [0]
    while len(rows) < contract.files.header_within and ends[-1] < len(lines):
        cells, used = _row_at(lines, ends[-1], delimiter, None)
        rows.append(cells or [])
        ends.append(ends[-1] + used)
    found = find_header(rows, contract)
    return None if found is None else (ends[found[0] + 1], found[1])


def _parsed(blocks: Iterable[list[str]], line: int, shape: Shape) -> Iterator[pa.Table]:
    """The rows of all blocks; `line` is the number of the first physical line."""
    rest: list[str] = []
    for block in blocks:
        rest += block
        while len(rest) > ROWS or (len(rest) > SPAN and sum(map(len, rest)) > LONG):
            cells, used = _parse(rest[:ROWS], line, shape, is_last=False)
            yield cells
            rest, line = rest[used:], line + used
    if rest:
        yield _parse(rest, line, shape, is_last=True)[0]


def _parse(lines: list[str], line: int, shape: Shape, is_last: bool) -> tuple[pa.Table, int]:
    """The rows of these lines, and how many lines were used: unless they are the last, a row may go on beyond them.

    Undamaged lines, nearly all, take a fast way; the others the exact one, where a row may span lines.
    """
    columns = _fast_columns(lines, shape)
    if columns is not None:
        return as_cells(range(line, line + len(lines)), columns), len(lines)
    return _parse_line_by_line(lines, line, shape, is_last)


def _fast_columns(lines: list[str], shape: Shape) -> Sequence[pa.ChunkedArray | tuple[str, ...]] | None:
    """Lines split into columns: those without quotes all at once, the others one by one; None if any is not a whole row."""
    quoted = [at for at, line in enumerate(lines) if '"' in line]
    if len(quoted) * 2 > len(lines):
        return _quoted_columns(lines, shape)
    plain = _plain_columns("".join(line for line in lines if '"' not in line), len(lines) - len(quoted), shape)
    if plain is None or not quoted:
        return plain
    others = _quoted_columns([lines[at] for at in quoted], shape)
    if others is None:
        return None
    order = np.argsort(np.concatenate([np.delete(np.arange(len(lines)), quoted), quoted]))
    return [
        pa.chunked_array([*column.chunks, pa.array(cells, pa.string())]).take(order)
        for column, cells in zip(plain, others, strict=True)
    ]


def _plain_columns(text: str, count: int, shape: Shape) -> list[pa.ChunkedArray] | None:
    """Text without quotes split into columns; None if a line has other than `shape.width` cells."""
    if text.startswith("\ufeff"):
        return None
    names = [f"c{i}" for i in range(shape.width)]
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(text.encode()),
            arrow_csv.ReadOptions(column_names=names, use_threads=False),
            arrow_csv.ParseOptions(delimiter=shape.delimiter, quote_char=False, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    return table.columns if table.num_rows == count else None


def _quoted_columns(lines: list[str], shape: Shape) -> list[tuple[str, ...]] | None:
    """Lines with quotes split into columns; None if one of them is not a whole row of `shape.width` cells."""
    try:
        rows = list(csv.reader(lines, delimiter=shape.delimiter, strict=True))
    except csv.Error:
        return None
    return list(zip(*rows, strict=True)) if len(rows) == len(lines) and set(map(len, rows)) == {shape.width} else None


def _parse_line_by_line(lines: list[str], line: int, shape: Shape, is_last: bool) -> tuple[pa.Table, int]:
    numbers: list[int] = []
    rows: list[Cells | None] = []
    at, stop = 0, len(lines) if is_last else len(lines) - SPAN
    while at < stop:
        row, used = _row_at(lines, at, shape.delimiter, shape)
        numbers.append(at)
        rows.append(row)
        at += used
    return _fitted([line + number for number in numbers], rows, [lines[number] for number in numbers], shape), at


def _row_at(lines: Sequence[str], at: int, delimiter: str, shape: Shape | None) -> tuple[Cells | None, int]:
    """The row that begins at a physical line and how many lines it takes; None and that one line if its quotes are broken.

    A row over several lines must also have the right shape: otherwise a stray quote has joined lines that are rows.
    """
    reader = csv.reader(lines[at : at + SPAN], delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
    except csv.Error:
        return None, 1
    if reader.line_num > 1 and shape is not None and shape.fit(cells) is None:
        return None, 1
    return cells, reader.line_num


def _fitted(numbers: Sequence[int], rows: Sequence[Cells | None], raws: Sequence[str], shape: Shape) -> pa.Table:
    """Rows as columns.  A row of another width, or without cells, is damage: empty cells and the line as it stands."""
    fitted = [None if row is None else shape.fit(row) for row in rows]
    damage = {i: ("quotes" if rows[i] is None else "cells", raws[i]) for i, row in enumerate(fitted) if row is None}
    empty: list[str | None] = [None] * shape.width
    return as_cells(numbers, list(zip(*(row or empty for row in fitted), strict=True)), damage)
