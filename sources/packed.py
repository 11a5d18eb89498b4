"""ZIP archives in the inbox: every member is a delivery of its own, streamed into the work folder under a name of ours."""

import errno
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Final

from sources.contract import Contract
from sources.header import Unreadable
from sources.inbox import Delivery, Problem, is_ours, not_ours, shown
from sources.limits import MEMBERS, RATIO, SMALL, UNPACKED

BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError,
    NotImplementedError, RuntimeError, ValueError, OverflowError,
)  # fmt: skip
"""What the standard library raises for archives that are damaged, or packed in a way it does not know."""

_BLOCK: Final = 1 << 20
_UTF8_NAME: Final = 0x800
_ENCRYPTED: Final = 0x1
_WORKBOOKS: Final = ("[Content_Types].xml", "content.xml")


def refuse_bombs(members: Sequence[zipfile.ZipInfo]) -> None:
    """Raise Unreadable if the members, unpacked, are more than a night can hold.  No reader unpacks more than they declare."""
    if sum(member.file_size for member in members) > UNPACKED:
        raise Unreadable(f"解压后超过 {UNPACKED >> 30} GB，没有读；请拆成几个文件报送")
    if any(member.file_size > SMALL and member.file_size > RATIO * member.compress_size for member in members):
        raise Unreadable(f"压缩比超过 {RATIO} 倍，不像数据表，没有读；请核对后重新报送")


def opened(file: IO[bytes]) -> zipfile.ZipFile:
    """An archive, its directory read.  Raises Unreadable if that is damaged."""
    try:
        return zipfile.ZipFile(file)
    except (*BROKEN, OSError) as problem:
        if isinstance(problem, OSError) and problem.errno != errno.EINVAL:  # a place before the file's start is damage
            raise
        raise Unreadable("不完整或已损坏，可能没有传完；请重新报送") from None


def unpacked(delivery: Delivery, contract: Contract, work: Path) -> Iterator[Delivery | Problem]:
    """The delivery itself, or, if it is an archive, its members in order of name and what is wrong with them.

    A member's file exists until the next one is asked for; it is named `archive.zip/member`.
    """
    if not delivery.path.name.lower().endswith(".zip"):
        yield delivery
        return
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with (
            delivery.path.open("rb") as file,
            opened(file) as packed,
            TemporaryDirectory(dir=work, prefix="zip-") as room,
        ):
            before = os.fstat(file.fileno())
            for member in _members(packed):
                yield _deliver(packed, member, delivery, contract, Path(room) / "member")
            if (before.st_size, before.st_mtime_ns) != ((now := os.fstat(file.fileno())).st_size, now.st_mtime_ns):
                yield Problem(delivery.file, "读取时文件还在变化，可能没有读全；下次运行会再读")
    except Unreadable as problem:
        yield Problem(delivery.file, f"压缩包{problem}")
    except OSError:
        yield Problem(delivery.file, "读不出来，本夜未收；请检查文件权限与磁盘，或是否被移走")


def _members(packed: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in it, by name.  Raises Unreadable if the archive as a whole is not to be trusted."""
    members = [member for member in packed.infolist() if not member.is_dir() and not _is_passed_over(_name(member))]
    if any(member.filename in _WORKBOOKS for member in members):
        raise Unreadable("其实是工作簿，没有读；请把文件名改回 .xlsx 或 .ods")
    if not members:
        raise Unreadable("里没有文件；请核对后重新报送")
    if len(members) > MEMBERS:
        raise Unreadable(f"里有 {len(members)} 个文件，超过 {MEMBERS} 个，没有读；请分成几个压缩包报送")
    refuse_bombs(members)
    return sorted(members, key=lambda member: (_name(member), member.header_offset))


def _is_passed_over(name: str) -> bool:
    """What is not there for us in a folder is not in an archive: hidden files, lock files, what other systems add."""
    path = _path(name)
    return path.name.startswith((".", "~$")) or path.parts[:1] == ("__MACOSX",)


def _path(name: str) -> PurePosixPath:
    """Some systems part folders by backslashes."""
    return PurePosixPath(name.replace("\\", "/"))


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name; where it is not marked as UTF-8 it is what Chinese systems write: GB18030."""
    if member.flag_bits & _UTF8_NAME:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def _deliver(
    packed: zipfile.ZipFile, member: zipfile.ZipInfo, delivery: Delivery, contract: Contract, room: Path
) -> Delivery | Problem:
    name = _name(member)
    file = f"{delivery.file}/{shown(name)}"
    if (wrong := _refusal(name, member, contract)) is not None:
        return Problem(file, wrong)
    try:
        with packed.open(member) as source, room.open("wb") as target:
            count = 0
            while block := source.read(_BLOCK):
                count += len(block)
                if count > member.file_size:
                    return Problem(file, "解压后比压缩包所写的大，没有读；请重新压缩后报送")
                target.write(block)
    except BROKEN:
        return Problem(file, "在压缩包里已损坏，本夜未收；请重新压缩后报送")
    return replace(delivery, path=room, file=file)


def _refusal(name: str, member: zipfile.ZipInfo, contract: Contract) -> str | None:
    path = _path(name)
    if path.is_absolute() or ".." in path.parts or name[1:2] == ":" or shown(name) != name:
        return "压缩包内的文件名指向别处，或含有控制字符，没有读；请改名后重新压缩"
    if (member.external_attr >> 16) & 0o170000 == 0o120000:
        return "压缩包内是链接而不是文件，没有读；请换成文件本身"
    if member.flag_bits & _ENCRYPTED:
        return "压缩包有密码，没有读；请取消密码后重新报送"
    if path.suffix.lower() == ".zip":
        return "压缩包里还有压缩包，没有读；请解开一层后报送"
    return None if is_ours(path.name, contract) else not_ours(contract)
