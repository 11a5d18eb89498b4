"""Rows of a workbook (.xlsx, .xls, .ods), every cell as text that no number format touched: dates as 1949-01-29 00:00:00.

Hidden rows and columns are read like others; of merged cells the first alone has the text, as the file keeps it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import fastexcel
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.contract import Contract
from sources.header import Unreadable, find_header, no_header
from sources.limits import COLUMNS
from sources.piece import Piece, Skipped, as_cells
from sources.room import refuse_vast

ROWS: Final = 50_000
"""Rows handed over at a time."""

_OLE2: Final = b"\xd0\xcf\x11\xe0"
_KEPT: Final = 15
"""Digits a spreadsheet keeps of a number."""


def read_workbook(path: Path, contract: Contract) -> Iterator[Piece | Skipped]:
    """The rows of the sheets that have our header, in the workbook's order; other sheets that hold anything are Skipped.

    Raises Unreadable if the file is no workbook, lacks a sheet the contract names, or no sheet has the header.
    """
    book = open_book(path)
    named = contract.files.sheets
    sheets = [sheet for sheet in book.sheet_names if sheet not in contract.files.guides] if named == "all" else list(named)
    if missing := [sheet for sheet in sheets if sheet not in book.sheet_names]:
        raise Unreadable(f"缺少工作表：{'、'.join(missing)}；请核对表名后重新报送")
    is_found, hidden = False, []
    for sheet in sheets:
        for piece in _read_sheet(book, sheet, contract):
            is_found |= isinstance(piece, Piece)
            hidden += [sheet] if isinstance(piece, Skipped) and piece.is_hidden else []
            yield piece
    if not is_found and hidden:
        raise Unreadable(f"可见的工作表中没有约定的表头，隐藏的没有读：{'、'.join(hidden)}；请取消隐藏后重新报送")
    if not is_found:
        raise no_header(contract)


def open_book(path: Path) -> fastexcel.ExcelReader:
    with path.open("rb") as file:
        start = file.read(4)
    if start == _OLE2:
        broken = "工作簿有打开密码，或已损坏；请取消密码、重新导出后报送"
    else:
        broken = "工作簿已损坏，Excel 的内部结构读不出来；请重新导出后报送"
    refuse_vast(path, broken)
    with _sound(broken):
        return fastexcel.read_excel(path)


@contextmanager
def _sound(broken: str) -> Iterator[None]:
    """What the library cannot read is Unreadable.  Some damage makes it panic, which Python gets as no ordinary exception."""
    try:
        yield
    except fastexcel.FastExcelError:
        raise Unreadable(broken) from None
    except BaseException as problem:
        if type(problem).__name__ != "PanicException":
            raise
        raise Unreadable(broken) from None


def _read_sheet(book: fastexcel.ExcelReader, sheet: str, contract: Contract) -> Iterator[Piece | Skipped]:
    with _sound(f"工作表“{sheet}”读不出来，可能已损坏；请重新导出后报送"):
        # skip_rows=0 keeps empty rows at the top, so that positions are the sheet's own row numbers
        loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        if loaded.width and loaded.visible != "visible" and contract.files.sheets == "all":
            yield Skipped(sheet, is_hidden=True)
        elif loaded.width > COLUMNS:
            top = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string", n_rows=contract.files.header_within)
            find_header(_top(top.to_arrow(), contract), contract)  # a table of ours is too wide, another is not our affair
            yield Skipped(sheet)
        elif loaded.width:
            rows = loaded.to_arrow()
            del loaded  # the library's own copy of every cell
            yield from _pieces(book, sheet, rows, contract)


def _top(rows: pa.RecordBatch, contract: Contract) -> list[tuple[str, ...]]:
    within = contract.files.header_within
    return list(zip(*(pc.fill_null(column.slice(0, within), "").to_pylist() for column in rows.columns), strict=True))


def _pieces(book: fastexcel.ExcelReader, sheet: str, rows: pa.RecordBatch, contract: Contract) -> Iterator[Piece | Skipped]:
    found = find_header(_top(rows, contract), contract)
    if found is None:
        yield Skipped(sheet)
        return
    first, layout = found[0] + 1, found[1]
    columns = [pc.fill_null(column, "") for column in rows.columns]
    if (at := layout.identity.get("id_number")) is not None:
        columns[at] = _with_rounded(columns[at], book, sheet, at)
    for start in range(first, rows.num_rows, ROWS) or [first]:
        part: list[pa.Array] = [column.slice(start, ROWS) for column in columns]
        yield Piece(sheet, layout, as_cells(range(start + 1, start + 1 + len(part[0])), part))


def _with_rounded(texts: pa.Array, book: fastexcel.ExcelReader, sheet: str, at: int) -> pa.Array:
    """ID numbers that were typed as numbers, of which a spreadsheet keeps 15 digits, as it shows them: 4.10101199001011E+17.

    The library tells text and number apart only by reading the cells once more as truth values, which text has none of; that
    is spared where no text is one that a number would give.
    """
    doubtful = [position for position, text in enumerate(texts.to_pylist()) if len(text) > _KEPT and _may_be_number(text)]
    if not doubtful:
        return texts
    truths = book.load_sheet(sheet, header_row=None, skip_rows=0, use_columns=[at], dtypes="boolean").to_arrow().column(0)
    is_number = truths.is_valid().to_numpy(zero_copy_only=False)
    rounded = [position for position in doubtful if is_number[position]]
    mask = np.zeros(len(texts), dtype=np.bool_)
    mask[rounded] = True
    shown = pa.array([f"{float(texts[position].as_py()):.14E}" for position in rounded], pa.string())
    return pc.replace_with_mask(texts, pa.array(mask), shown)


def _may_be_number(text: str) -> bool:
    """Whether the digits are a whole number that a double holds exactly."""
    return text.isascii() and text.isdigit() and int(float(text)) == int(text)
