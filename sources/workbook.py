"""Rows of an Excel workbook, every cell as the text its number format does not touch: dates as 1949-01-29 00:00:00."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from sources.contract import Contract
from sources.header import Unreadable, find_header, no_header
from sources.piece import Piece, Skipped, as_cells

ROWS: Final = 50_000
"""Rows handed over at a time."""

_OLE2: Final = b"\xd0\xcf\x11\xe0"


def read_xlsx(path: Path, contract: Contract) -> Iterator[Piece | Skipped]:
    """The rows of the sheets that have our header, in the workbook's order; other sheets that hold anything are Skipped.

    Raises Unreadable if the file is no workbook, lacks a sheet the contract names, or no sheet has the header.
    """
    book = _open(path)
    sheets = book.sheet_names if contract.files.sheets == "all" else list(contract.files.sheets)
    if missing := [sheet for sheet in sheets if sheet not in book.sheet_names]:
        raise Unreadable(f"缺少工作表：{'、'.join(missing)}；请核对表名后重新报送")
    is_found = False
    for sheet in sheets:
        for piece in _read_sheet(book, sheet, contract):
            is_found |= isinstance(piece, Piece)
            yield piece
    if not is_found:
        raise no_header(contract)


def _open(path: Path) -> fastexcel.ExcelReader:
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise Unreadable("文件是空的（0 字节）；请重新报送")
    if start == _OLE2:
        raise Unreadable("工作簿有打开密码，或是旧版 Excel（.xls）；请取消密码、另存为 .xlsx 后重新报送")
    if start[:2] != b"PK":
        raise Unreadable("这不是 Excel 工作簿（.xlsx）；请用 Excel 另存为 .xlsx 后重新报送")
    if not zipfile.is_zipfile(path):
        raise Unreadable("工作簿不完整，可能没有传完；请重新报送")
    try:
        return fastexcel.read_excel(path)
    except fastexcel.FastExcelError:
        raise Unreadable("工作簿已损坏，Excel 的内部结构读不出来；请重新导出后报送") from None


def _read_sheet(book: fastexcel.ExcelReader, sheet: str, contract: Contract) -> Iterator[Piece | Skipped]:
    try:
        # skip_rows=0 keeps empty rows at the top, so that positions are the sheet's own row numbers
        rows = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_arrow()
    except fastexcel.FastExcelError:
        raise Unreadable(f"工作表“{sheet}”读不出来，可能已损坏；请重新导出后报送") from None
    columns = [pc.fill_null(column, "") for column in rows.columns]
    if not columns:
        return
    top = zip(*(column.slice(0, contract.files.header_within).to_pylist() for column in columns), strict=True)
    found = find_header(list(top), contract)
    if found is None:
        yield Skipped(sheet)
        return
    first, layout = found[0] + 1, found[1]
    for start in range(first, rows.num_rows, ROWS) or [first]:
        part: list[pa.Array] = [column.slice(start, ROWS) for column in columns]
        yield Piece(sheet, layout, as_cells(range(start + 1, start + 1 + len(part[0])), part))
