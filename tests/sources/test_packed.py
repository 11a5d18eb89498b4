"""ZIP archives: each member a delivery of its own, and none that could do harm."""

import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sources import limits, packed
from sources.inbox import Delivery, Problem
from sources.packed import unpacked
from tests.sources.making import contract

Members = dict[str, bytes] | list[tuple[str | zipfile.ZipInfo, bytes]]


def _zip(path: Path, members: Members, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, data, compression)
    return path


def _read(path: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """File -> its bytes, and what is wrong with what."""
    files: dict[str, bytes] = {}
    problems: dict[str, str] = {}
    for found in unpacked(Delivery(path, f"aid/{path.name}", "aid", None), contract(), path.parent / "work"):
        if isinstance(found, Problem):
            problems[found.file] = found.message
        else:
            files[found.file] = found.path.read_bytes()
    assert not list((path.parent / "work").glob("*")), "nothing is left lying about"
    return files, problems


def test_what_is_no_archive_is_itself(tmp_path: Path) -> None:
    delivery = Delivery(tmp_path / "a.csv", "aid/a.csv", "aid", None)
    assert list(unpacked(delivery, contract(), tmp_path / "work")) == [delivery]


def test_members_come_in_order_of_name_from_any_folder(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / "三月.ZIP", {"b.csv": b"2", "夹/": b"", "夹/a.CSV": b"1", "__MACOSX/._b.csv": b"x", ".DS_Store": b"x"}
    )
    assert _read(path) == ({"aid/三月.ZIP/b.csv": b"2", "aid/三月.ZIP/夹/a.CSV": b"1"}, {})


def test_names_of_chinese_systems_are_read(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"XXXXXXXX.csv": b"1"})
    path.write_bytes(path.read_bytes().replace(b"XXXXXXXX", "救助名册".encode("gb18030")))
    assert list(_read(path)[0]) == ["aid/a.zip/救助名册.csv"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../a.csv", "指向别处"),
        ("x/../../a.csv", "指向别处"),
        ("/etc/a.csv", "指向别处"),
        ("C:a.csv", "指向别处"),
        ("..\\a.csv", "指向别处"),
        ("a\nb.csv", "控制字符"),
        ("a\u202eb.csv", "控制字符"),
        ("里层.zip", "压缩包里还有压缩包"),
        ("说明.txt", "文件名不符合"),
    ],
)
def test_a_member_that_is_not_ours_is_said_and_the_others_are_read(tmp_path: Path, name: str, why: str) -> None:
    files, problems = _read(_zip(tmp_path / "a.zip", [("good.csv", b"1"), (name, b"2")]))
    assert files == {"aid/a.zip/good.csv": b"1"}
    ((file, message),) = problems.items()
    assert why in message
    assert file.isprintable()


def test_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    _, problems = _read(_zip(tmp_path / "a.zip", [(link, b"/etc/passwd")]))
    assert "链接" in problems["aid/a.zip/link.csv"]


def test_a_password_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"a.csv": b"1"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "有密码" in _read(path)[1]["aid/a.zip/a.csv"]


def test_a_damaged_member_does_not_stop_the_others(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"a.csv": b"first first", "b.csv": b"second"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"first first", b"first fXrst"))
    files, problems = _read(path)
    assert list(files) == ["aid/a.zip/b.csv"]
    assert "已损坏" in problems["aid/a.zip/a.csv"]


def _bomb(path: Path) -> None:
    _zip(path, {"a.csv": bytes(limits.SMALL * 4)})


def _too_large(path: Path) -> None:
    _zip(path, {f"{n}.csv": bytes(300_000) for n in range(4)})


def _lying(path: Path) -> None:
    """Says that its member is small, and goes on."""
    _zip(path, {"a.csv": bytes(limits.SMALL * 4)})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    for place in (22, at + 24):
        data[place : place + 4] = (100).to_bytes(4, "little")
    path.write_bytes(data)


def _cut(path: Path) -> None:
    path.write_bytes(_zip(path, {"a.csv": os.urandom(5000)}).read_bytes()[:2000])


def _workbook(path: Path) -> None:
    _zip(path, {"[Content_Types].xml": b"", "xl/workbook.xml": b""})


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_bomb, "压缩比超过 200 倍"),
        (_too_large, "解压后超过"),
        (_lying, "已损坏"),
        (_cut, "不完整"),
        (_workbook, "其实是工作簿"),
        (lambda path: _zip(path, {}), "没有文件"),
        (lambda path: _zip(path, {f"{n}.csv": b"" for n in range(limits.MEMBERS + 1)}), "超过 200 个"),
        (lambda path: path.write_text("单号,姓名\n", encoding="utf-8"), "不完整或已损坏"),
    ],
    ids=["bomb", "too large", "lying", "cut", "workbook", "empty", "too many", "no archive"],
)
def test_an_archive_not_to_be_trusted_gives_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], why: str
) -> None:
    monkeypatch.setattr(packed, "UNPACKED", 1_000_000 if make is _too_large else limits.UNPACKED)
    make(tmp_path / "a.zip")
    files, problems = _read(tmp_path / "a.zip")
    assert files == {}
    assert [why in message for message in problems.values()] == [True]


def test_an_archive_that_grows_while_it_is_read_is_said(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"a.csv": b"1"})
    found = unpacked(Delivery(path, "aid/a.zip", "aid", None), contract(), tmp_path / "work")
    assert isinstance(next(found), Delivery)
    with path.open("ab") as file:
        file.write(io.BytesIO(b"more").getvalue())
    assert [p.message for p in found if isinstance(p, Problem)] == ["读取时文件还在变化，可能没有读全；下次运行会再读"]
