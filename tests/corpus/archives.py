"""ZIP archives that are cut, lie, point elsewhere, or would fill the disk; and what calls itself one."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from typing import Final

from tests.corpus.books import workbook_bytes
from tests.corpus.case import NAME, Case, Fate, accepted, held, problem, row, rows, table
from tests.sources.making import HEADER, csv_text

Make = Callable[[str], bytes]
Members = list[tuple[str | zipfile.ZipInfo, bytes]]

GOOD: Final = "好.csv"
_BROKEN: Final = problem("压缩包不完整或已损坏", "请重新报送")
_MEMBER: Final = problem("在压缩包里已损坏", "请重新压缩后报送")
_ELSEWHERE: Final = problem("指向别处，或含有控制字符", "请改名后重新压缩")


def _zip(members: Members, kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as packed:
        for name, data in members:
            packed.writestr(name, data, kind)
    return out.getvalue()


def _good(tag: str, kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    return _zip([(GOOD, table(tag, 60).encode())], kind)


def _changed(change: Callable[[bytes], bytes], kind: int = zipfile.ZIP_DEFLATED) -> Make:
    return lambda tag: change(_good(tag, kind))


def _beside(name: str | zipfile.ZipInfo) -> Make:
    """A good member, and one of this name."""
    return lambda tag: _zip([(GOOD, table(tag).encode()), (name, csv_text([row(tag, 9)]).encode())])


def _link() -> zipfile.ZipInfo:
    link = zipfile.ZipInfo("链接.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return link


def _in_both(old: bytes, new: bytes, at: int) -> Callable[[bytes], bytes]:
    """A field of the member's header, changed there and in the directory; `at` is its place in the member's header."""

    def change(data: bytes) -> bytes:
        found = bytearray(data)
        central = found.index(b"PK\1\2") + 2
        for place in (at, central + at):
            assert found[place : place + len(old)] == old or not old
            found[place : place + len(new)] = new
        return bytes(found)

    return change


def _smaller(data: bytes) -> bytes:
    """The directory says that the member is of ten bytes."""
    found = bytearray(data)
    struct.pack_into("<I", found, found.index(b"PK\1\2") + 24, 10)
    return bytes(found)


def _overlapping(tag: str) -> bytes:
    """Fifty entries of the directory that are one and the same member."""
    data = _good(tag)
    start, end = data.index(b"PK\1\2"), data.rindex(b"PK\5\6")
    entry = data[start:end]
    tail = data[end : end + 8] + struct.pack("<HHII", 50, 50, len(entry) * 50, start) + b"\0\0"
    return data[:start] + entry * 50 + tail


def _bomb_beside(tag: str) -> bytes:
    return _zip([(GOOD, table(tag).encode()), ("炸弹.csv", bytes(60_000_000))])


def _nested_bomb(tag: str) -> bytes:
    return _zip([(GOOD, table(tag).encode()), ("里层.zip", _zip([(f"{n}.csv", bytes(900_000)) for n in range(99)]))])


_WHOLE: Final[dict[str, tuple[Make, Fate]]] = {
    "截断-一半": (_changed(lambda data: data[: len(data) // 2]), _BROKEN),
    "截断-四字节": (_changed(lambda data: data[:4]), _BROKEN),
    "截断-目录前": (_changed(lambda data: data[: data.index(b"PK\1\2")]), _BROKEN),
    "截断-目录尾": (_changed(lambda data: data[:-1]), _BROKEN),
    "零字节": (lambda tag: b"", _BROKEN),
    "全是零": (lambda tag: bytes(10_000), _BROKEN),
    "其实是RAR": (lambda tag: b"Rar!\x1a\x07\x01\x00" + tag.encode() + bytes(500), _BROKEN),
    "其实是7z": (lambda tag: b"7z\xbc\xaf\x27\x1c" + tag.encode() + bytes(500), _BROKEN),
    "其实是CSV": (lambda tag: table(tag).encode(), _BROKEN),
    "没有文件": (lambda tag: _zip([]), problem("里没有文件", "请核对")),
    "只有夹": (lambda tag: _zip([("夹/", b""), ("夹/里/", b"")]), problem("里没有文件", "请核对")),
    "只有隐藏": (lambda tag: _zip([("__MACOSX/._a.csv", b"x"), (".DS_Store", b"x")]), problem("里没有文件", "请核对")),
    "二百零一个": (lambda tag: _zip([(f"{n}.csv", b"x") for n in range(201)]), problem("里有 201 个文件", "请分成几个压缩包")),
    "其实是工作簿": (lambda tag: workbook_bytes({"一": [HEADER, *rows(tag)]}), problem("其实是工作簿", "请把文件名改回")),
    "炸弹": (_bomb_beside, problem("压缩比超过 200 倍", "请核对后重新报送")),
    "四十二": (lambda tag: _zip([(f"{n}.csv", bytes(3_000_000)) for n in range(30)]), problem("压缩比超过 200 倍", "请核对")),
}
_WITH: Final[dict[str, tuple[Make, dict[str, Fate]]]] = {
    "前面有杂物": (_changed(lambda data: b"#!/bin/sh\n" * 9 + data), {GOOD: accepted(60)}),
    "上级": (_beside("../../越界.csv"), {GOOD: accepted(2), "../../越界.csv": _ELSEWHERE}),
    "根目录": (_beside("/etc/越界.csv"), {GOOD: accepted(2), "/etc/越界.csv": _ELSEWHERE}),
    "盘符": (_beside("C:越界.csv"), {GOOD: accepted(2), "C:越界.csv": _ELSEWHERE}),
    "反斜线": (_beside("..\\越界.csv"), {GOOD: accepted(2), "..\\越界.csv": _ELSEWHERE}),
    "名有换行": (_beside("一\n二.csv"), {GOOD: accepted(2), "一\\n二.csv": _ELSEWHERE}),
    "名有颜色": (_beside("\x1b[31m红.csv"), {GOOD: accepted(2), "\\x1b[31m红.csv": _ELSEWHERE}),
    "名很长": (_beside("长" * 900 + ".csv"), {GOOD: accepted(2), "长" * 900 + ".csv": accepted(1)}),
    "链接": (_beside(_link()), {GOOD: accepted(2), "链接.csv": problem("链接而不是文件", "请换成文件本身")}),
    "里层": (_nested_bomb, {GOOD: accepted(2), "里层.zip": problem("压缩包里还有压缩包", "请解开一层")}),
    "校验不符": (_changed(lambda data: data.replace(NAME.encode(), b"X" * 9), zipfile.ZIP_STORED), {GOOD: _MEMBER}),
    "压缩流乱": (_changed(lambda data: data[:60] + b"\xff" * 40 + data[100:]), {GOOD: _MEMBER}),
    "方法不识": (_changed(_in_both(b"\x08\0", b"\x63\0", 8)), {GOOD: _MEMBER}),
    "大小不实": (_changed(_smaller), {GOOD: _MEMBER}),
    "名不相符": (_changed(lambda data: data.replace(GOOD.encode(), "坏.csv".encode(), 1)), {GOOD: _MEMBER}),
    "LZMA": (_changed(bytes, zipfile.ZIP_LZMA), {GOOD: accepted(60)}),
    "一好一坏": (
        lambda tag: _zip([(GOOD, table(tag).encode()), ("坏.csv", table(tag).encode()[:20]), ("空.csv", b"")]),
        {GOOD: accepted(2), "坏.csv": held("找不到表头", "请核对"), "空.csv": held("0 字节", "请重新报送")},
    ),
}
CASES: Final = (
    *(Case(f"{name}.zip", fate, make) for name, (make, fate) in _WHOLE.items()),
    *(Case(f"含-{name}.zip", None, make, members=members) for name, (make, members) in _WITH.items()),
    Case("叠.zip", None, _overlapping, members={GOOD: accepted(60)}),
)
