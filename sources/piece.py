"""What every reader hands over: stretches of rows, cells as written, each with its line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.header import Layout


@dataclass(frozen=True)
class Piece:
    """Some rows of one sheet.  `cells` has line, damage, raw (the line, if damaged), then c0, c1, ... as written."""

    sheet: str | None
    layout: Layout
    cells: pa.Table
    encoding: str | None = None
    undecodable: int = 0


@dataclass(frozen=True)
class Skipped:
    """A sheet that holds something and was not read: it has no header of ours, or is hidden and not named by the contract."""

    sheet: str
    is_hidden: bool = False


def as_cells(
    lines: Sequence[int],
    columns: Sequence[Sequence[str | None] | pa.Array | pa.ChunkedArray],
    damage: Mapping[int, tuple[str, str]] | None = None,
) -> pa.Table:
    """Columns of one length as a Piece's cells, blank rows dropped.  `damage` has why and the raw line, by position."""
    marks = [(damage or {}).get(position, (None, None)) for position in range(len(lines))] if damage else []
    none: pa.Array = pa.nulls(len(lines), pa.string())
    whys = pa.array([why for why, _ in marks], pa.string()) if marks else none
    raws = pa.array([raw for _, raw in marks], pa.string()) if marks else none
    numbers = pa.array(np.fromiter(lines, np.int32, len(lines)))
    cells = [column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column, pa.string()) for column in columns]
    names = ["line", "damage", "raw", *(f"c{i}" for i in range(len(cells)))]
    return _without_blanks(pa.table([numbers, whys, raws, *cells], names=names), len(cells))


def _without_blanks(table: pa.Table, width: int) -> pa.Table:
    blank = pc.is_null(table["raw"])
    for index in range(width):
        blank = pc.and_(blank, pc.equal(pc.utf8_trim_whitespace(pc.fill_null(table[f"c{index}"], "")), ""))
        if not pc.any(blank).as_py():
            return table
    return table.filter(pc.invert(blank))


def damaged(cells: pa.Table, where: pa.Array | pa.ChunkedArray, why: str) -> pa.Table:
    """The rows for which `where` is true as damage: their cells empty, and as `raw` what these held."""
    names = cells.column_names[3:]
    held = pc.binary_join_element_wise(*(pc.fill_null(cells[name], "") for name in names), "\t")
    raw = pc.if_else(where, pc.coalesce(cells["raw"], held), cells["raw"])
    none = pa.scalar(None, pa.string())
    emptied = [pc.if_else(where, none, cells[name]) for name in names]
    return pa.table(
        [cells["line"], pc.if_else(where, why, cells["damage"]), raw, *emptied], names=["line", "damage", "raw", *names]
    )
