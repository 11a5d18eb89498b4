"""Bytes into lines of text: which encoding, and every byte that no encoding explains counted and kept."""

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sources.header import Unreadable

BLOCK: Final = 1 << 21
"""Bytes decoded at a time."""
LONGEST_LINE: Final = 1 << 23
"""A text file in which so many characters pass without a line end is not a table."""

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WORKBOOK: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_ESCAPED: Final = re.compile("[\udc80-\udcff]")
_THREE_BYTES: Final = re.compile("[\u0800-\ud7ff\ue000-\uffff]")


def detect(path: Path, declared: str) -> str:
    """The codec of a text file: its byte order mark, else what the contract declares, else UTF-8 if it is, else GB18030.

    Raises Unreadable for what is no text at all.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise Unreadable("文件是空的（0 字节）；请重新报送")
    if start in _WORKBOOK:
        raise Unreadable("这是 Excel 工作簿而不是文本表（CSV）；请另存为 CSV 后重新报送")
    marked = next((codec for mark, codec in _MARKS if start.startswith(mark)), None)
    if marked == "utf-16":
        _refuse_broken_utf16(path)
    return marked or (_utf8_or_gb18030(path) if declared == "auto" else declared)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _refuse_broken_utf16(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-16")("strict")
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Unreadable("UTF-16 文本已损坏；请另存为 UTF-8 的 CSV 后重新报送") from None


def _utf8_or_gb18030(path: Path) -> str:
    """UTF-8 if the whole file is, or if it is but for some damage; else GB18030."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    is_plain = True
    for block in _blocks(path):
        try:
            is_plain &= decoder.decode(block).isascii()
        except UnicodeDecodeError:
            return "utf-8" if not is_plain or _looks_like_utf8(block) else "gb18030"
    return "utf-8"


def _looks_like_utf8(block: bytes) -> bool:
    """GB18030 read as UTF-8 is nearly all undecodable; sequences of three bytes, as Chinese has, hardly occur by chance."""
    text = block.decode("utf-8", "surrogateescape")
    return len(_THREE_BYTES.findall(text)) > len(_ESCAPED.findall(text))


class Lines:
    """The physical lines of a text file, line ends kept, a block at a time; counts the undecodable bytes it met."""

    def __init__(self, path: Path, codec: str) -> None:
        self.undecodable = 0
        self._path, self._codec = path, codec

    def blocks(self) -> Iterator[list[str]]:
        """Lists of whole lines.  Raises Unreadable at a NUL character or where lines never end."""
        rest = ""
        for text in self._texts():
            lines = io.StringIO(rest + text, newline="").readlines()
            # a carriage return at the very end may be half of a line end
            rest = "" if not lines or lines[-1].endswith("\n") else lines.pop()
            if len(rest) > LONGEST_LINE:
                raise Unreadable("文件没有分行，不是表格；请核对后重新报送")
            if lines:
                yield lines
        if rest:
            yield [rest]

    def _texts(self) -> Iterator[str]:
        errors = "strict" if self._codec == "utf-16" else "surrogateescape"
        decoder = codecs.getincrementaldecoder(self._codec)(errors)
        for block in _blocks(self._path):
            yield self._plain(decoder.decode(block))
        yield self._plain(decoder.decode(b"", final=True))

    def _plain(self, text: str) -> str:
        if "\0" in text:
            raise Unreadable("文件含有空字符（NUL）：不是文本表，或是没有标记的 UTF-16；请另存为 UTF-8 的 CSV 后重新报送")
        plain, count = _ESCAPED.subn(_as_written, text)
        self.undecodable += count
        return plain


def _as_written(escape: re.Match[str]) -> str:
    return f"\\x{ord(escape.group()) - 0xDC00:02X}"
