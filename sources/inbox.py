"""What lies in the inbox: which files were received by a date, and what does not belong there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from sources.contract import Contract

_LINK: Final = "是链接，没有读：它可能指向收件夹以外；请换成文件或文件夹本身"
"""Of what lies in a source's folder, where departments write.  That folder itself may be a link of the office's, to a share."""


@dataclass(frozen=True)
class Problem:
    """Something in the inbox that could not be taken in; `file` is below inbox/, the message Chinese and without values."""

    file: str
    message: str


@dataclass(frozen=True)
class Delivery:
    """A file a department left for us; `dated_on` is its dated folder, null if it lies directly in the source's."""

    path: Path
    file: str  # below inbox/, as it can be shown; a member of an archive as archive.zip/member
    source: str
    dated_on: date | None


def survey(inbox: Path, contracts: Mapping[str, Contract], as_of: date) -> tuple[list[Delivery], list[Problem]]:
    """Everything received by `as_of`, in order of name, and the problems.  Later dated folders do not exist yet."""
    entries = list(_entries(inbox, contracts, as_of)) if inbox.is_dir() else []
    deliveries = [entry for entry in entries if isinstance(entry, Delivery)]
    return deliveries, [entry for entry in entries if isinstance(entry, Problem)]


def _entries(inbox: Path, contracts: Mapping[str, Contract], as_of: date) -> Iterator[Delivery | Problem]:
    for folder in _visible(inbox):
        if not folder.is_dir():
            yield Problem(shown(folder.name), "文件须放在来源的文件夹里，如 inbox/<来源>/；请移入相应文件夹")
        elif folder.name not in contracts:
            yield Problem(shown(folder.name), f"没有名为 {shown(folder.name)} 的来源；请核对文件夹名，或为它写一份契约")
        else:
            yield from _readable(folder, contracts[folder.name], as_of)


def _readable(folder: Path, contract: Contract, as_of: date) -> list[Delivery | Problem]:
    try:
        return list(_of_source(folder, contract, as_of))
    except OSError:
        return [Problem(folder.name, "文件夹读不出来，本夜未收；请检查文件夹权限")]


def _of_source(folder: Path, contract: Contract, as_of: date) -> Iterator[Delivery | Problem]:
    for path in _visible(folder):
        day = _date(path.name) if path.is_dir() and not path.is_symlink() else None
        if day is None:
            yield _judge(path, path.relative_to(folder.parent), contract, None)
        elif day <= as_of:
            for file in _visible(path):
                yield _judge(file, file.relative_to(folder.parent), contract, day)


def _judge(path: Path, below: Path, contract: Contract, day: date | None) -> Delivery | Problem:
    file = shown(below.as_posix())
    if path.is_symlink():
        return Problem(file, _LINK)
    if path.is_dir():
        where = "只有以收到日期命名的文件夹（如 2026-03-05）可以放在来源下" if day is None else "日期文件夹里只能放文件"
        return Problem(file, f"此处应为文件，实为文件夹；{where}")
    if not path.is_file():
        return Problem(file, "不是普通文件；请换成文件本身")
    if not contract.files.patterns:
        return Problem(file, f"“{contract.title}”由数据库取数，契约没有写 files，不收文件；要收请补写，否则移走")
    if not is_ours(path.name, contract) and not path.name.lower().endswith(".zip"):
        return Problem(file, not_ours(contract))
    return Delivery(path, file, contract.id, day)


def is_ours(name: str, contract: Contract) -> bool:
    """Whether a file so named belongs to the feed."""
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in contract.files.patterns)


def not_ours(contract: Contract) -> str:
    """What to say of a file that does not."""
    return f"文件名不符合“{contract.title}”的约定（{'、'.join(contract.files.patterns)}）；请核对是否放错"


def shown(name: str) -> str:
    """A file name that can be printed and stored: control characters, and bytes that are no text, are escaped."""
    return "".join(c if c.isprintable() or c == "　" else c.encode("unicode_escape").decode() for c in name)


def _visible(folder: Path) -> list[Path]:
    """What is there for us: no hidden files, no lock files of office programs, nothing still being copied."""
    return sorted(
        (p for p in folder.iterdir() if not p.name.startswith((".", "~$")) and not p.name.endswith(".part")),
        key=lambda path: path.name,
    )


def _date(name: str) -> date | None:
    try:
        return date.fromisoformat(name) if len(name) == 10 else None
    except ValueError:
        return None
