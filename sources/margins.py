"""Rows of a table that are no data: totals, and the notes below it.  They stay rows and are counted, under their own name."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from sources.limits import CELL
from sources.piece import Piece, damaged

_GAP: Final = r"[\s\x{a0}\x{3000}]*"
_SUM: Final = rf"(合{_GAP}计|总{_GAP}计|小{_GAP}计|共{_GAP}计|累{_GAP}计)"
_TOTAL: Final = rf"^{_GAP}[（(【]?({_SUM}[^a-zA-Z]{{0,20}}|.{{1,12}}{_SUM})[）)】]?{_GAP}[:：]?{_GAP}$"
_NO_ONE: Final = rf"^[\s\x{{a0}}\x{{3000}}\-—–/\\*]*$|^(共|计)?{_GAP}[\d,]+{_GAP}(人|户|条|笔|元|人次)$"
_NOTED: Final = (
    "填表|填报|制表|制单|编制|审核|复核|审批|核对|负责|经办|经手|联系|报送|上报|主管|分管|领导|单位|备注|附注|注|说明|"
    "日期|打印|导出|生成|数据来源|盖章|公章|签字|签名"
)
_NOTE: Final = rf"^{_GAP}[（(【*※]?({_NOTED})[^:：]{{0,12}}[:：]"
_LABEL: Final = rf"{_NOTE}{_GAP}$"
_FIRST: Final = r"^[\s\"',;|^~\x{a0}\x{3000}]*"
_RAW_TOTAL: Final = rf"{_FIRST}[（(【]?{_SUM}[^\d]"
_RAW_NOTE: Final = rf"{_FIRST}[（(【*※]?({_NOTED})[^:：,;|]{{0,12}}[:：]"


def set_apart(piece: Piece) -> Piece:
    """The piece with its totals and notes marked so, and rows with a cell of more than CELL characters as damaged.

    Such a row says nobody: its number and name are empty or the very words `合计`, `填表人：`; only behind a label (`填表人：`)
    may a name stand.  So a row about a person is never taken for one, and others would have been quarantined anyway.
    """
    cells = _without_runaways(piece.cells)
    at = [f"c{piece.layout.identity[name]}" for name in ("id_number", "name") if name in piece.layout.identity]
    if not at or not cells.num_rows:
        return _with(piece, cells)
    nobody = pc.is_null(cells["damage"])
    for name in at:
        nobody = pc.and_(nobody, pc.or_(_is_nobody(cells[name]), _is_labelled(cells, int(name[1:]))))
    for why, words, raw_words in (("total", _TOTAL, _RAW_TOTAL), ("note", _NOTE, _RAW_NOTE)):
        torn = pc.and_(pc.fill_null(pc.equal(cells["damage"], "cells"), False), _says(cells["raw"], raw_words))
        where = pc.or_(torn, _any_says(cells, nobody, words))
        if pc.any(where).as_py():
            cells = damaged(cells, where, why)
            nobody = pc.and_(nobody, pc.invert(where))
    return _with(piece, cells)


def _with(piece: Piece, cells: pa.Table) -> Piece:
    return Piece(piece.sheet, piece.layout, cells, piece.encoding, piece.undecodable)


def _without_runaways(cells: pa.Table) -> pa.Table:
    for name in cells.column_names[3:]:
        if (pc.max(pc.binary_length(cells[name])).as_py() or 0) > CELL:
            where = pc.fill_null(pc.greater(pc.utf8_length(cells[name]), CELL), False)
            cells = damaged(cells, where, "cells") if pc.any(where).as_py() else cells
    return cells


def _is_nobody(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.or_(pc.is_null(column), _says(column, f"{_NO_ONE}|{_TOTAL}|{_NOTE}"))


def _is_labelled(cells: pa.Table, at: int) -> pa.Array | pa.ChunkedArray:
    """Whether the cell to the left is a label of notes and nothing else."""
    return _says(cells[f"c{at - 1}"], _LABEL) if at else pa.array([False] * cells.num_rows, pa.bool_())


def _says(column: pa.ChunkedArray, words: str) -> pa.ChunkedArray:
    return pc.fill_null(pc.match_substring_regex(column, words), False)


def _any_says(cells: pa.Table, among: pa.ChunkedArray, words: str) -> pa.Array:
    """Of the rows `among`, those with a cell that says so."""
    few = cells.filter(among)
    found = pa.array([False] * few.num_rows, pa.bool_())
    for name in cells.column_names[3:]:
        found = pc.or_(found, _says(few[name], words))
    return pc.replace_with_mask(pa.array([False] * cells.num_rows), pc.fill_null(among, False).combine_chunks(), _flat(found))


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
