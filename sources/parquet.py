"""Rows of a Parquet file, every column as text, a stretch at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.contract import Contract
from sources.header import Unreadable, find_header, no_header
from sources.piece import Piece, Skipped, as_cells

ROWS: Final = 50_000
"""Rows handed over at a time."""


def read_parquet(path: Path, contract: Contract) -> Iterator[Piece | Skipped]:
    """The rows in pieces, at least one (perhaps without rows); lines are counted from 1.

    Raises Unreadable if the file is no Parquet or its columns are not the contract's.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError):
        raise Unreadable("这不是 Parquet 文件，或没有传完；请重新报送") from None
    found = find_header([file.schema_arrow.names], contract)
    if found is None:
        raise no_header(contract)
    yield Piece(None, found[1], as_cells([], [[]] * found[1].width))
    line = 1
    for batch in file.iter_batches(ROWS):
        columns = [pc.fill_null(column.cast(pa.string()), "") for column in batch.columns]
        yield Piece(None, found[1], as_cells(range(line, line + batch.num_rows), columns))
        line += batch.num_rows
