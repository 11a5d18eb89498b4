"""Rows of a Parquet file, a stretch of each row group at a time, every cell as text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.contract import Contract
from sources.header import Layout, Unreadable, find_header, no_header
from sources.limits import ROW_GROUP
from sources.piece import Piece, as_cells
from tables import MAX_ROWS

ROWS: Final = 50_000
"""Rows handed over at a time."""

_BROKEN: Final = "Parquet 文件不完整或已损坏；请重新导出后报送"


def read_parquet(path: Path, contract: Contract) -> Iterator[Piece]:
    """The rows in pieces, at least one (perhaps without rows); a row's line is its place in the file, from 1.

    Raises Unreadable if the file is damaged, has no header of ours, columns that hold lists or structures, or vast row groups.
    """
    try:
        with pq.ParquetFile(path) as file:
            layout = _layout(file, contract)
            yield Piece(None, layout, as_cells([], [[]] * layout.width))
            line = 1
            for batch in file.iter_batches(ROWS, use_threads=False):
                columns = [_as_text(column) for column in batch.columns]
                yield Piece(None, layout, as_cells(range(line, line + batch.num_rows), columns))
                line += batch.num_rows
    except (pa.ArrowException, OSError):
        raise Unreadable(_BROKEN) from None


def _layout(file: pq.ParquetFile, contract: Contract) -> Layout:
    schema: pa.Schema = file.schema_arrow
    found = find_header([schema.names], contract)
    if found is None:
        raise no_header(contract)
    if nested := [field.name for field in schema if pa.types.is_nested(field.type)]:
        raise Unreadable(f"列“{'、'.join(nested)[:40]}”里是列表或结构，不是单个的值；请展开成普通的列后重新报送")
    if file.metadata.num_rows > MAX_ROWS:
        raise Unreadable(f"超过 {MAX_ROWS} 行；请拆成几个文件报送")
    groups = [file.metadata.row_group(index).total_byte_size for index in range(file.metadata.num_row_groups)]
    if max(groups, default=0) > ROW_GROUP:
        raise Unreadable(f"有的行组解开后超过 {ROW_GROUP >> 30} GB；请用较小的行组导出后重新报送")
    return found[1]


def _as_text(column: pa.Array) -> pa.Array:
    """Decimals, dates and times as they are written; times with a zone as of that zone."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = pc.local_timestamp(column)
    return pc.fill_null(column.cast(pa.string()), "")
