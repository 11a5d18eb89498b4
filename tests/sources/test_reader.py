"""What a file is: by its content first, then by its name; and what is said if the contract expects something else."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.contract import Contract
from sources.header import Unreadable
from sources.piece import Piece
from sources.reader import read, recognise
from tests.sources.making import HEADER, contract, csv_text, ods, row, workbook

OLE2 = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)


def _parquet(path: Path) -> None:
    pq.write_table(pa.table(list(zip(*[row(1)], strict=True)), names=HEADER), path)


MAKERS: dict[str, Callable[[Path], object]] = {
    "csv": lambda path: path.write_text(csv_text([row(1)]), encoding="utf-8"),
    "jsonl": lambda path: path.write_text(
        "{" + ", ".join(f'"{key}": "{value}"' for key, value in zip(HEADER, row(1), strict=True)) + "}\n", encoding="utf-8"
    ),
    "xlsx": lambda path: workbook(path, {"一": [HEADER, row(1)]}),
    "ods": lambda path: ods(path, {"一": [HEADER, row(1)]}),
    "parquet": _parquet,
}


def _of(format_: str) -> Contract:
    return contract(files={"patterns": ["*"], "format": format_})


@pytest.mark.parametrize("told", ["itself", "any"])
@pytest.mark.parametrize("kind", MAKERS)
def test_every_format_gives_the_same_rows(tmp_path: Path, kind: str, told: str) -> None:
    path = tmp_path / "no_ending"
    MAKERS[kind](path)
    pieces = list(read(path, _of(told := kind if told == "itself" else told), "aid/某表", told))
    assert [list(r.values())[3:] for piece in pieces if isinstance(piece, Piece) for r in piece.cells.to_pylist()] == [row(1)]


@pytest.mark.parametrize(
    ("data", "name", "told", "family"),
    [
        (b'{"a": 1}', "a.txt", "any", "jsonl"),
        (b"\xef\xbb\xbf {", "a.txt", "any", "jsonl"),
        (b'{"a": 1}', "a.csv", "csv", "text"),
        (b"a,b\n", "a.jsonl", "any", "jsonl"),
        (b"a,b\n", "a.xlsx", "any", "text"),
        (b"PK\x03\x04", "a.csv", "any", "workbook"),
        (b"PK,b\n", "a.csv", "csv", "text"),
        (OLE2, "a.xlsx", "xlsx", "workbook"),
        (b"PK\x03\x04", "a.xls", "xls", "workbook"),
        (b"PAR1", "a.csv", "any", "parquet"),
    ],
)
def test_content_comes_before_the_name(tmp_path: Path, data: bytes, name: str, told: str, family: str) -> None:
    (tmp_path / "f").write_bytes(data)
    assert recognise(tmp_path / "f", name, told) == family


@pytest.mark.parametrize(
    ("data", "told", "why"),
    [
        (b"", "any", "0 字节"),
        (b"PK\x03\x04rest", "csv", "Excel 工作簿而不是文本表"),
        (OLE2, "csv", "Excel 工作簿而不是文本表"),
        (b"PAR1", "csv", "这是 Parquet 文件而不是文本表"),
        ("单号,姓名\n".encode(), "xlsx", "这是文本而不是 Excel 工作簿（.xlsx）；请用 Excel 另存为 .xlsx"),
        (b"a,b\n", "parquet", "Parquet"),
        (b"PAR1", "jsonl", "一行一个对象"),
        (b"\xef\xbb\xbf\r\n<HTML><table>", "any", "网页"),
        (b'<?xml version="1.0"?><Workbook>', "xls", "网页或 XML"),
    ],
)
def test_what_is_something_else_is_unreadable(tmp_path: Path, data: bytes, told: str, why: str) -> None:
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(Unreadable, match=why):
        recognise(tmp_path / "f", "f", told)
