"""Encodings: which one, and nothing lost where none explains a byte."""

from pathlib import Path

import pytest

from sources import text
from sources.header import Unreadable
from sources.text import Lines, detect

CHINESE = "姓名,住址\r\n张三,北京市㐀𠮷\r\n"


def _file(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "f.csv"
    path.write_bytes(data)
    return path


def _read(path: Path, declared: str = "auto") -> tuple[str, str, int]:
    codec = detect(path, declared)
    lines = Lines(path, codec)
    joined = "".join(line for block in lines.blocks() for line in block)
    return codec, joined, lines.undecodable


@pytest.mark.parametrize("declared", ["auto", "utf-8", "gb18030"])
@pytest.mark.parametrize(("encoding", "codec"), [("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16")])
def test_a_byte_order_mark_beats_the_contract(tmp_path: Path, declared: str, encoding: str, codec: str) -> None:
    assert _read(_file(tmp_path, CHINESE.encode(encoding)), declared) == (codec, CHINESE, 0)


def test_big_endian_utf16(tmp_path: Path) -> None:
    assert _read(_file(tmp_path, b"\xfe\xff" + CHINESE.encode("utf-16-be"))) == ("utf-16", CHINESE, 0)


@pytest.mark.parametrize("declared", ["auto", "utf-8", "gb18030"])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [CHINESE, "单号,姓名\n1,一一一\n2,一丁\n", "a,b\n"])
def test_utf16_is_known_without_its_mark(tmp_path: Path, text: str, codec: str, declared: str) -> None:
    assert _read(_file(tmp_path, text.encode(codec)), declared) == (codec, text, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_auto_tells_utf8_from_gb18030(tmp_path: Path, encoding: str) -> None:
    assert _read(_file(tmp_path, CHINESE.encode(encoding))) == (encoding, CHINESE, 0)


def test_ascii_is_utf8(tmp_path: Path) -> None:
    assert _read(_file(tmp_path, b"a,b\n1,2"))[:2] == ("utf-8", "a,b\n1,2")


@pytest.mark.parametrize(
    ("data", "kept", "count"),
    [
        ("张三,".encode("gb18030") + b"\xff\n", "张三,\\xFF\n", 1),
        ("张三".encode("gb18030") + b"\x81\x20,x\n", "张三\\x81 ,x\n", 1),
        ("张三,四".encode("gb18030") + b"\xb0", "张三,四\\xB0", 1),
        ("张三".encode("gb18030") + b"\xfe\x39\xfe\x39,x", "张三\\xFE9\\xFE9,x", 2),
    ],
    ids=["alone", "bad pair", "cut at the end", "unassigned four bytes"],
)
def test_undecodable_gb18030_bytes_are_counted_and_kept(tmp_path: Path, data: bytes, kept: str, count: int) -> None:
    assert _read(_file(tmp_path, data), "gb18030") == ("gb18030", kept, count)


def test_a_damaged_byte_does_not_turn_utf8_into_gb18030(tmp_path: Path) -> None:
    data = "姓名,住址\n张三,北京市海淀区\n".encode() + b"\xe5\x8c,x\n" + "李四,上海\n".encode()
    codec, joined, count = _read(_file(tmp_path, data))
    assert (codec, count) == ("utf-8", 2)
    assert joined.endswith("\\xE5\\x8C,x\n李四,上海\n")


def test_damage_late_in_a_utf8_file_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "BLOCK", 64)
    data = "姓名,住址\n".encode() * 20 + b"a,\xff\n"
    assert _read(_file(tmp_path, data))[::2] == ("utf-8", 1)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_block_borders_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, encoding: str) -> None:
    monkeypatch.setattr(text, "BLOCK", block)
    path = _file(tmp_path, "甲\r\n乙\r丙\n\n丁𠮷".encode(encoding))
    lines = Lines(path, encoding)
    assert [line for some in lines.blocks() for line in some] == ["甲\r\n", "乙\r", "丙\n", "\n", "丁𠮷"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a,b\n1,\x002\n", "NUL"),
        (b"\xff\xfea", "UTF-16"),
        ("单号,姓名\n1,甲\n".encode("utf-16-le")[:-1], "UTF-16"),
    ],
    ids=["nul", "cut utf-16", "cut utf-16 without mark"],
)
def test_what_is_no_text_is_unreadable(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        _read(_file(tmp_path, data))


def test_a_file_without_line_ends_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LONGEST_LINE", 100)
    with pytest.raises(Unreadable, match="没有分行"):
        _read(_file(tmp_path, b"x" * 200))
