"""One way to read any file: what it is, by its content first and its name second, then its rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from sources.contract import Contract
from sources.delimited import read_csv
from sources.header import Unreadable
from sources.json_lines import read_jsonl
from sources.margins import set_apart
from sources.parquet import read_parquet
from sources.piece import Piece, Skipped
from sources.workbook import read_workbook

Family = Literal["text", "jsonl", "workbook", "parquet"]

_MAGIC: Final[dict[bytes, Family]] = {b"PK\x03\x04": "workbook", b"\xd0\xcf\x11\xe0": "workbook", b"PAR1": "parquet"}
_OF_FORMAT: Final[dict[str, Family]] = {
    "csv": "text", "jsonl": "jsonl", "parquet": "parquet", "xlsx": "workbook", "xls": "workbook", "ods": "workbook",
}  # fmt: skip
_READERS: Final = {"text": read_csv, "jsonl": read_jsonl, "workbook": read_workbook, "parquet": read_parquet}
_IS: Final[dict[Family, str]] = {
    "text": "文本", "jsonl": "文本", "workbook": " Excel 工作簿", "parquet": " Parquet 文件",
}  # fmt: skip
_SHOULD_BE: Final[dict[str, str]] = {
    "csv": "文本表（CSV）；请另存为 CSV 后重新报送",
    "jsonl": " JSON Lines 文本（一行一个对象）；请按约定导出后重新报送",
    "parquet": " Parquet 文件；请按约定导出后重新报送",
    "xlsx": " Excel 工作簿（.xlsx）；请用 Excel 另存为 .xlsx 后重新报送",
    "xls": " Excel 工作簿（.xls）；请用 Excel 另存为工作簿后重新报送",
    "ods": "工作簿（.ods）；请另存为工作簿后重新报送",
}


def read(path: Path, contract: Contract, name: str, told: str) -> Iterator[Piece | Skipped]:
    """The rows of a file that was delivered as `name` and should be of the format `told`, totals and notes set apart.

    Raises Unreadable if it is of another, or cannot be read.
    """
    for piece in _READERS[recognise(path, name, told)](path, contract):
        yield set_apart(piece) if isinstance(piece, Piece) else piece


def recognise(path: Path, name: str, told: str) -> Family:
    """What a file is.  Raises Unreadable if it is empty, a web page, or something else than the contract's format."""
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise Unreadable("文件是空的（0 字节）；请重新报送")
    if start.startswith(b"PARE"):
        raise Unreadable("Parquet 文件已加密；请取消加密后重新报送")
    seen = _MAGIC.get(start[:4]) or _of_text(start, name)
    if told == "any":
        return seen
    due = _OF_FORMAT[told]
    if seen == due or {seen, due} == {"text", "jsonl"}:
        return due
    raise Unreadable(f"这是{_IS[seen]}而不是{_SHOULD_BE[told]}")


def _of_text(start: bytes, name: str) -> Family:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        raise Unreadable("这是网页或 XML（有的系统把它导出成 .xls），不是数据表；请用 Excel 打开，另存为 .xlsx 后重新报送")
    return "jsonl" if name.lower().endswith((".jsonl", ".ndjson")) or text.startswith(b"{") else "text"
