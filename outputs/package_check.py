"""What was changed in a county's package since the night that made it: file by file and line by line."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from outputs.files import sha256_of
from outputs.package import MANIFEST, Filed, Package, line_hash
from outputs.reading import Unreadable, read_table
from outputs.wall import KINDS, WARNING

_ID: Final = re.compile(r"W[0-9A-F]{12}")


@dataclass(frozen=True)
class Opened:
    """A package's folder and its manifest; None if that cannot be read."""

    home: Path
    package: Package | None


def open_package(home: Path) -> Opened:
    """Read the manifest of a package."""
    try:
        told = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
        return Opened(home, Package.model_validate(told))
    except (OSError, ValueError, ValidationError):
        return Opened(home, None)


def differences(opened: Opened, recorded: str | None) -> Iterator[str]:
    """One Chinese line for each file or row that is not as it was made; `recorded` is the manifest's hash in the audit log.

    No line holds a cell: rows are named by their number in the file and their warning.
    """
    home, package = opened.home, opened.package
    if not (home / MANIFEST).exists():
        yield f"{MANIFEST}：缺少"
    elif recorded is not None and sha256_of(home / MANIFEST) != recorded:
        yield f"{MANIFEST}：与审计日志中的记录不一致，已被改动；以下按改动后的清单核对，仅供参考"
    elif package is None:
        yield f"{MANIFEST}：无法读取"
    if package is not None:
        yield from _files(home, package)


def _files(home: Path, package: Package) -> Iterator[str]:
    there = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()} - {MANIFEST}
    yield from (f"{name}：多出的文件" for name in sorted(there - package.files.keys()))
    for name, filed in package.files.items():
        if name not in there:
            yield f"{name}：缺少"
        elif sha256_of(home / name) != filed.sha256:
            yield from _file(home, name, filed, package)


def _file(home: Path, name: str, filed: Filed, package: Package) -> Iterator[str]:
    lines = {warning: row.lines[name] for warning, row in package.rows.items() if name in row.lines}
    if not lines or Path(name).suffix not in KINDS:
        yield f"{name}：内容已改动（发出时 {filed.rows} 行）"
        return
    try:
        table = read_table(home / name)
    except Unreadable:
        yield f"{name}：已改动，无法读取"
        return
    if WARNING not in table.titles:
        yield f"{name}：已改动，没有“{WARNING}”一列"
        return
    told = list(_lines(lines, zip(table.column(WARNING), map(line_hash, table.rows), strict=True)))
    yield from (f"{name}：{line}" for line in told or ["已改动，各行内容未变（表头、格式或另存）"])


def _lines(expected: Mapping[str, str], found: Iterator[tuple[str, str]]) -> Iterator[str]:
    seen: set[str] = set()
    for number, (warning, line) in enumerate(found, start=2):
        if warning not in expected or warning in seen:
            named = f"（预警 {warning}）" if _ID.fullmatch(warning) else ""
            yield f"第 {number} 行{named}是多出的"
        elif line != expected[warning]:
            yield f"第 {number} 行（预警 {warning}）已改动"
        seen.add(warning)
    yield from (f"缺少预警 {warning} 一行" for warning in expected if warning not in seen)
