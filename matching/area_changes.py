"""Area codes that were replaced: `area_changes.tsv` beside this module, and an office's own file of the same form over it.

Columns old, new, since (a date) and source, separated by tabs.  `old` and `new` have 6 digits (county, GB/T 2260), 9 (township)
or 12 (village, codes of the statistics bureau) and stand for all below them.  A code that was split cannot be mapped: left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from errors import CatalogueError

LENGTHS: Final = (12, 9, 6)
"""Digits of a village's, a township's and a county's code."""
_COLUMNS: Final = ["old", "new", "since", "source"]
_SHIPPED: Final = Path(__file__).parent / "area_changes.tsv"
_CODE: Final = re.compile(r"[1-9][0-9]{5}(?:(?!000)[0-9]{3}){0,2}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Change:
    """From `since` on, what began with `old` begins with `new`."""

    old: str
    new: str
    since: date
    source: str

    def applied(self, code: str) -> str:
        """The code after the change.  Digits below are kept where both codes have the same level; else nobody knows them."""
        return self.new + code[len(self.old) :] if len(self.new) == len(self.old) else self.new


def read_changes(own: Path | None = None) -> tuple[Change, ...]:
    """Every replaced code with the one it has today, sorted by `old`; a change of a change is followed to its end.

    A row of `own`, which need not exist, replaces the shipped row of the same `old`.  Raises CatalogueError.
    """
    files = [_SHIPPED] if own is None or not own.exists() else [_SHIPPED, own]
    changes = {change.old: change for file in files for change in _read(file)}
    below, found, fresh = _below(changes), dict[str, Change](), set(changes)
    while fresh:
        followed = {old: _history(old, changes, files[-1]) for old in fresh}
        found |= {old: Change(old, steps[-1][0], steps[-1][1].since, steps[-1][1].source) for old, steps in followed.items()}
        fresh = {
            old + rest for old, steps in followed.items() for code, _ in steps for rest in below.get(code, ())
        } - found.keys()
    return tuple(found[old] for old in sorted(found))


def _below(changes: Mapping[str, Change]) -> dict[str, list[str]]:
    """Code -> ends of the codes below it that were replaced on their own: with A -> B and B101 -> C, also A101 became C."""
    ends = defaultdict(list)
    for old in changes:
        for length in LENGTHS:
            if length < len(old):
                ends[old[:length]].append(old[length:])
    return ends


def _history(old: str, changes: Mapping[str, Change], file: Path) -> list[tuple[str, Change]]:
    """The codes that followed `old`, each with its change.  A circle or a code that was used again is a CatalogueError."""
    steps: list[tuple[str, Change]] = []
    code = old
    while (change := _applying(code, changes)) is not None:
        code = change.applied(code)
        if steps and change.since < steps[-1][1].since:
            raise _contradiction(file, steps[-1][1], change)
        if code in (old, *(earlier for earlier, _ in steps)):
            raise CatalogueError(
                file=file, place=change.old, expected="变更不成循环", found=f"{code} 又改回自己", do="删去循环中的一行"
            )
        steps.append((code, change))
    return steps


def _applying(code: str, changes: Mapping[str, Change]) -> Change | None:
    """The change with the longest beginning of the code."""
    return next((changes[code[:length]] for length in LENGTHS if code[:length] in changes), None)


def _contradiction(file: Path, change: Change, later: Change) -> CatalogueError:
    return CatalogueError(
        file=file,
        place=f"{change.old} → {change.new}",
        expected=f"{later.old} 的变更不早于 {change.since}",
        found=f"{later.old} 已于 {later.since} 改为 {later.new}",
        do="核对两行的日期；停用后又重新启用的代码无法对应，请删去该行",
    )


def _read(file: Path) -> Iterator[Change]:
    """The rows of one file; lines that are empty or begin with # are left out."""
    lines = [(at, line) for at, line in enumerate(_text(file).splitlines(), 1) if line.strip() and not line.startswith("#")]
    if not lines or lines[0][1].split("\t") != _COLUMNS:
        place, found = (f"第 {lines[0][0]} 行", lines[0][1]) if lines else ("", "没有内容")
        raise CatalogueError(
            file=file, place=place, expected="列名 " + "、".join(_COLUMNS) + "，以制表符分隔", found=found, do="改正列名"
        )
    seen: dict[str, int] = {}
    for at, line in lines[1:]:
        cells = line.split("\t")
        _check(file, at, cells, seen)
        seen[cells[0]] = at
        yield Change(cells[0], cells[1], date.fromisoformat(cells[2]), cells[3])


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise CatalogueError(
            file=file, expected="可读的 UTF-8 文件", found="读不出", do="检查权限与编码（须为 UTF-8）"
        ) from None


def _check(file: Path, at: int, cells: list[str], seen: Mapping[str, int]) -> None:
    """Raise CatalogueError for a row that is none."""
    for fits, expected, found, do in _rules(cells, seen):
        if not fits:
            raise CatalogueError(file=file, place=f"第 {at} 行", expected=expected, found=found, do=do)


def _rules(cells: list[str], seen: Mapping[str, int]) -> Iterator[tuple[bool, str, str, str]]:
    """What must hold of a row, in order: whether it does, expected, found, what to do."""
    yield len(cells) == len(_COLUMNS), f"{len(_COLUMNS)} 列，以制表符分隔", f"{len(cells)} 列", "补齐或删去多余的列"
    old, new, since, source = cells
    for name, code in (("old", old), ("new", new)):
        yield bool(_CODE.fullmatch(code)), f"{name} 为 6、9 或 12 位代码，末段不为 000", code, "改正代码"
    yield old != new, "old 与 new 不同", old, "删去该行"
    yield bool(_DAY.fullmatch(since)) and _is_day(since), "since 为日期（应如 2026-03-05）", since, "改正日期"
    yield bool(source.strip()), "source 写明依据", "空", "补上文号或出处"
    yield (
        old not in seen,
        "每个旧代码只有一行",
        f"{old} 已见于第 {seen.get(old)} 行",
        "一分为多的代码无法对应，请删去；或逐个写明其下级代码",
    )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
