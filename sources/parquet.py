"""Rows of a Parquet file, a stretch of each row group at a time, every cell as text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.contract import Contract
from sources.header import Layout, Unreadable, find_header, no_header
from sources.limits import ROW_GROUP, STRETCH
from sources.piece import Piece, as_cells, damaged
from tables import MAX_ROWS

ROWS: Final = 50_000
"""Rows handed over at a time."""

_BROKEN: Final = "Parquet 文件不完整或已损坏；请重新导出后报送"


def read_parquet(path: Path, contract: Contract) -> Iterator[Piece]:
    """The rows in pieces, at least one (perhaps without rows); a row's line is its place in the file, from 1.

    Raises Unreadable if the file is damaged, has no header of ours, columns that hold lists or structures, or vast row groups.
    """
    try:
        with pq.ParquetFile(path, read_dictionary=_repeating(path)) as file:
            layout = _layout(file, contract)
            yield Piece(None, layout, as_cells([], [[]] * layout.width))
            line = 1
            for batch in file.iter_batches(ROWS, use_threads=False):
                columns = [_as_text(column) for column in batch.columns]
                yield Piece(None, layout, _without_nul(as_cells(range(line, line + batch.num_rows), columns)))
                line += batch.num_rows
    except (pa.ArrowException, OSError):
        raise Unreadable(_BROKEN) from None


def _repeating(path: Path) -> list[str]:
    """The columns that have a dictionary: read with it, what it repeats is measured before it is written out."""
    found = pq.read_metadata(path)
    chunks = [
        group.column(at) for group in map(found.row_group, range(found.num_row_groups)) for at in range(group.num_columns)
    ]
    return sorted({c.path_in_schema for c in chunks if c.physical_type == "BYTE_ARRAY" and c.has_dictionary_page})


def _layout(file: pq.ParquetFile, contract: Contract) -> Layout:
    schema: pa.Schema = file.schema_arrow
    found = find_header([schema.names], contract)
    if found is None:
        raise no_header(contract)
    if nested := [field.name for field in schema if pa.types.is_nested(field.type)]:
        raise Unreadable(f"列“{'、'.join(nested)[:40]}”里是列表或结构，不是单个的值；请展开成普通的列后重新报送")
    if spans := [field.name for field in schema if pa.types.is_duration(field.type)]:
        raise Unreadable(f"列“{'、'.join(spans)[:40]}”里是时长，没有约定的单位；请改为数字或文字后重新报送")
    if file.metadata.num_rows > MAX_ROWS:
        raise Unreadable(f"超过 {MAX_ROWS} 行；请拆成几个文件报送")
    groups = [file.metadata.row_group(index).total_byte_size for index in range(file.metadata.num_row_groups)]
    if max(groups, default=0) > ROW_GROUP:
        raise Unreadable(f"有的行组解开后超过 {ROW_GROUP >> 30} GB；请用较小的行组导出后重新报送")
    return found[1]


def _as_text(column: pa.Array) -> pa.Array:
    """Decimals, dates and times as they are written; times with a zone as of that zone.  Text is checked to be text."""
    if pa.types.is_dictionary(column.type):
        column = _written_out(column)
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = pc.local_timestamp(column)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    return pc.fill_null(column.cast(pa.string()), "")


def _written_out(column: pa.DictionaryArray) -> pa.Array:
    texts = column.dictionary
    if pa.types.is_string(texts.type) or pa.types.is_binary(texts.type):
        lengths = pc.binary_length(texts).cast(pa.int64()).take(column.indices)
        if (pc.sum(lengths).as_py() or 0) > STRETCH:
            raise Unreadable(f"有的列里文字过长，{ROWS} 行解开后超过 {STRETCH >> 20} MB；请核对后重新报送")
    return column.dictionary_decode()


def _without_nul(cells: pa.Table) -> pa.Table:
    """Rows with a NUL character are damage: no other format can hold one, and much that reads on would end there."""
    for name in cells.column_names[3:]:
        where = pc.fill_null(pc.match_substring(cells[name], "\0"), False)
        cells = damaged(cells, where, "cells") if pc.any(where).as_py() else cells
    return cells
