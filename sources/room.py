"""How much room a workbook would take in memory, found out before it is taken."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from sources.header import Unreadable
from sources.limits import SHEET_CELLS
from sources.packed import BROKEN, opened, refuse_bombs
from sources.probe import largest_sheet

_BLOCK: Final = 1 << 22
_OVERLAP: Final = 256
"""Bytes of the block before that are looked at again, so that no cell's address is cut in two."""

_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_OLE2: Final = b"\xd0\xcf\x11\xe0"
_WIDE: Final = re.compile(rb"""\sr=["']([A-Za-z]{2,})\d""")
_TALL: Final = {n: re.compile(rb"""\sr=["'][A-Za-z]+(\d{%d,12})""" % n) for n in (4, 7)}
_NAMELESS: Final = re.compile(rb"<(?:\w+:)?(?:c|row)(?:\s+(?!r=)[^\s>]+)*\s*/?>")
"""A cell or a row without an address: its place is known only by counting."""


def refuse_vast(path: Path, broken: str) -> None:
    """Raise Unreadable for a workbook with a password, or a sheet that would fill the memory, or one that cannot be opened.

    The library makes room for every cell of the used range, so a stray cell far down or right would fill it.  In an .xlsx the
    addresses tell how far the cells go (what the sheet says of its range may be wrong); others are tried by `probe`.
    """
    with path.open("rb") as file:
        is_old = file.read(4) == _OLE2
    if is_old:
        _refuse_password(path)
    cells = None if is_old else _addressed(path)
    if cells is None and (cells := largest_sheet(path)) is None:
        raise Unreadable(broken)
    if cells > SHEET_CELLS:
        raise Unreadable(f"工作表的已用区域有 {cells} 个单元格；请删去数据以外的空行空列，另存后重新报送")


def _refuse_password(path: Path) -> None:
    before = b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if _ENCRYPTED in before + block:
                raise Unreadable("工作簿有打开密码；请取消密码后重新报送")
            before = block[-len(_ENCRYPTED) :]


def _addressed(path: Path) -> int | None:
    """At most so many cells the largest sheet has, or None if its cells do not say where they are."""
    with path.open("rb") as file, _opened(file) as packed:
        sheets = [m for m in packed.infolist() if m.filename.startswith("xl/worksheets/") and m.filename.endswith(".xml")]
        try:
            sizes = [_size(packed, sheet) for sheet in sheets]
        except (*BROKEN, OSError):
            return None
        return None if not sizes or None in sizes else max(size for size in sizes if size is not None)


def _opened(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        packed = opened(file)
        refuse_bombs(packed.infolist())
    except Unreadable as problem:
        raise Unreadable(f"工作簿{problem}") from None
    return packed


def _size(packed: zipfile.ZipFile, sheet: zipfile.ZipInfo) -> int | None:
    """Columns times rows.  Of few columns (up to Z) only the rows beyond a million matter, of many those beyond a thousand."""
    columns, is_addressed = {b"Z"}, True
    for block in _blocks(packed, sheet):
        columns |= set(_WIDE.findall(block))
        is_addressed = is_addressed and _NAMELESS.search(block) is None
    if not is_addressed:
        return None
    digits = 7 if len(columns) == 1 else 4
    rows = {b"%d" % 10 ** (digits - 1)}
    for block in _blocks(packed, sheet):
        rows |= set(_TALL[digits].findall(block))
    return max(map(_column, columns)) * max(map(int, rows))


def _blocks(packed: zipfile.ZipFile, sheet: zipfile.ZipInfo) -> Iterator[bytes]:
    before = b""
    with packed.open(sheet) as source:
        while block := source.read(_BLOCK):
            yield before + block
            before = block[-_OVERLAP:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:8]:
        number = number * 26 + letter - 64
    return number
