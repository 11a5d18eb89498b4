"""Bytes into lines of text: which encoding, and every byte that no encoding explains counted and kept."""

import codecs
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sources.header import Unreadable
from sources.limits import LONGEST_LINE

BLOCK: Final = 1 << 21
"""Bytes decoded at a time."""
HEAD: Final = 1 << 16
"""Bytes by which UTF-16 without a mark is recognised."""
WIDE_PERCENT: Final = 2
"""Of the 16-bit units of an unmarked UTF-16 table so many at least are ASCII: its delimiters, digits and line ends."""

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WIDE: Final = ("utf-16", "utf-16-le", "utf-16-be")
_ESCAPED: Final = re.compile("[\udc80-\udcff]")
_THREE_BYTES: Final = re.compile("[\u0800-\ud7ff\ue000-\uffff]")


def detect(path: Path, declared: str) -> str:
    """The codec of a text file: its byte order mark, else UTF-16 if its NUL characters say so, else what the contract declares,
    else UTF-8 if it is, else GB18030.

    Raises Unreadable for UTF-16 that is broken.
    """
    with path.open("rb") as file:
        start = file.read(HEAD)
    marked = next((codec for mark, codec in _MARKS if start.startswith(mark)), None)
    codec = marked or _unmarked_utf16(start)
    if codec in _WIDE:
        _refuse_broken_utf16(path, codec)
    return codec or (_utf8_or_gb18030(path) if declared == "auto" else declared)


def _unmarked_utf16(start: bytes) -> str | None:
    """The codec of UTF-16 that carries no mark: in ASCII characters the high byte is NUL, in few others (一) the low one."""
    first, second = start[::2].count(0), start[1::2].count(0)
    if max(first, second) * 200 < WIDE_PERCENT * max(len(start), 1):
        return None
    codec = "utf-16-le" if second > first else "utf-16-be"
    text = start[: len(start) // 2 * 2].decode(codec, "replace")
    return codec if "\n" in text or "\r" in text else None


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _refuse_broken_utf16(path: Path, codec: str) -> None:
    decoder = codecs.getincrementaldecoder(codec)("strict")
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
        errors = "strict" if self._codec in _WIDE else "surrogateescape"
        decoder = codecs.getincrementaldecoder(self._codec)(errors)
        for block in _blocks(self._path):
            yield self._plain(decoder.decode(block))
        yield self._plain(decoder.decode(b"", final=True))

    def _plain(self, text: str) -> str:
        if "\0" in text:
            raise Unreadable("文件含有空字符（NUL）：不是文本表，或传输时损坏；请另存为 UTF-8 的 CSV 后重新报送")
        plain, count = _ESCAPED.subn(_as_written, text)
        self.undecodable += count
        return plain


def _as_written(escape: re.Match[str]) -> str:
    return f"\\x{ord(escape.group()) - 0xDC00:02X}"
