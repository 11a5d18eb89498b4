"""`fangpin lists verify`: a package, or all of a night's, against the manifest and the audit log."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from errors import UnknownId
from outputs.files import sha256_of
from outputs.package import MANIFEST
from outputs.package_check import differences, open_package
from outputs.publish import verify_audit
from settings import Home

_DO: Final = "给出一个县的名单文件夹，或一夜的名单文件夹（lists/<日期>）"


@dataclass(frozen=True)
class Verified:
    """What was looked at, and in Chinese what is not as the night made it; nothing: all of it is."""

    packages: int
    found: tuple[str, ...]

    def json(self) -> dict[str, Any]:
        return {"packages": self.packages, "found": list(self.found)}


def verify(home: Home, folder: Path) -> Verified:
    """Compare a county's folder, or a night's folder of them, with what was recorded.  Raises UnknownId if there is none."""
    if not folder.is_dir():
        raise UnknownId(file="fangpin lists verify", expected="一个名单文件夹", found="没有这个文件夹", do=_DO)
    homes = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}"))
    if (folder / MANIFEST).exists() or not (homes or _is_night(home, folder)):
        found = tuple(_one(home, folder))
        return Verified(1, found)
    return Verified(len(homes), tuple(_night(home, folder, homes)))


def _is_night(home: Home, folder: Path) -> bool:
    return bool(_recorded(home, folder.name))


def _one(home: Home, folder: Path) -> Iterator[str]:
    """One package, by the night and county its manifest names, or those that its path names."""
    opened = open_package(folder)
    told = opened.package
    as_of = told.as_of.isoformat() if told else folder.resolve().parent.name
    county = (told.county or "无代码") if told else folder.resolve().name.partition("_")[0]
    hashes = {name: hashed for name, hashed in _recorded(home, as_of).items() if name.endswith(f"/{MANIFEST}")}
    recorded = next((hashed for name, hashed in hashes.items() if name.startswith(f"{county}_")), None)
    yield from _audit(home)
    if recorded is None:
        yield f"{MANIFEST}：审计日志中没有这一夜、这个县的记录，只能按清单自身核对，不能证明清单未被改动"
    yield from differences(opened, recorded)


def _night(home: Home, folder: Path, homes: list[Path]) -> Iterator[str]:
    """Every package of a night, and the files that are in none."""
    recorded = _recorded(home, folder.resolve().name)
    yield from _audit(home)
    if not recorded:
        yield "审计日志中没有这一夜的记录，只能按各清单自身核对，不能证明清单未被改动"
    known = {path.name for path in homes} | {name.partition("/")[0] for name in recorded if name.endswith(f"/{MANIFEST}")}
    for name in sorted(known):
        told = (
            differences(open_package(folder / name), recorded.get(f"{name}/{MANIFEST}"))
            if (folder / name).is_dir()
            else ["缺少"]
        )
        yield from (f"{name}/{line}" for line in told)
        if recorded and f"{name}/{MANIFEST}" not in recorded and (folder / name).is_dir():
            yield f"{name}：多出的名单"
    yield from _loose(folder, known, recorded)


def _loose(folder: Path, known: set[str], recorded: Mapping[str, str]) -> Iterator[str]:
    """Files of the office and of the senders, by the audit log alone."""
    outside = {name: hashed for name, hashed in recorded.items() if name.partition("/")[0] not in known}
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in known
    }
    if recorded:
        yield from (f"{name}：多出的文件" for name in sorted(there - outside.keys()))
    for name, hashed in sorted(outside.items()):
        if name not in there:
            yield f"{name}：缺少"
        elif sha256_of(folder / name) != hashed:
            yield f"{name}：内容已改动"


def _audit(home: Home) -> Iterator[str]:
    broken = verify_audit(home.audit_file)
    if broken is not None:
        yield f"审计日志第 {broken} 行与上一行不相扣，其中的记录不可尽信"


def _recorded(home: Home, as_of: str) -> dict[str, str]:
    """What the audit log says of the last run of a night: path below the night's lists -> sha256."""
    found: dict[str, str] = {}
    if home.audit_file.exists():
        for line in home.audit_file.read_bytes().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("event") == "night" and entry.get("as_of") == as_of:
                found = dict(entry.get("lists", {}))
    return found
