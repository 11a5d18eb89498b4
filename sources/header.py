"""Which column of a file is which column of the contract."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from sources.contract import Contract
from sources.fact import fold_header
from sources.limits import COLUMNS

EXTRA_SHOWN: Final = 40
"""An undeclared header is reported with at most so many characters."""

_ROW: Final = re.compile(r"[\r\n]|\d{6}")


class Unreadable(Exception):
    """The file as a whole cannot be read; the message says in Chinese why, and what the sender should do."""


@dataclass(frozen=True)
class Layout:
    """Where the declared columns are in a file or sheet, positions from 0."""

    width: int
    least: int  # cells a row must have: up to the last column with a header
    identity: Mapping[str, int]
    facts: Mapping[str, int]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    unnamed: tuple[int, ...]
    sealed: Mapping[str, int] = field(default_factory=dict)
    walled: Mapping[str, int] = field(default_factory=dict)


def find_header(rows: Sequence[Sequence[str]], contract: Contract) -> tuple[int, Layout] | None:
    """The first row in which at least half of the expected columns are found, and its layout; None if there is none.

    Where a row and the one below name more columns together than either does, they are one header of two lines (groups and
    their columns), and the lower one is the row given.  Raises Unreadable if the header names a column twice, or too many.
    """
    tops = [row[:COLUMNS] for row in rows]
    for index, row in enumerate(tops):
        below = tops[index + 1] if index + 1 < len(tops) else ()
        both = _two_lines(row, below, contract)
        if _is_header(both, contract) and len(_known(both, contract)) > max(len(_known(r, contract)) for r in (row, below)):
            return index + 1, lay_out(_two_lines(rows[index], rows[index + 1], contract), contract)
        if _is_header(row, contract):
            return index, lay_out(rows[index], contract)
    return None


def _two_lines(upper: Sequence[str], lower: Sequence[str], contract: Contract) -> list[str]:
    """The headers of two lines: below a group (a merged cell) its name and the column's joined, or the column's alone,
    whichever the contract knows; where one of the two cells is empty, the other."""
    known = {fold_header(header) for headers in _headers(contract).values() for header in headers}
    names: list[str] = []
    group = ""
    for above, under in zip_longest(upper, lower, fillvalue=""):
        group = above if fold_header(above) else group
        choices = (group + under, under, above) if fold_header(under) else (above,)
        names.append(next((name for name in choices if fold_header(name) in known), choices[0]))
    return names


def no_header(contract: Contract) -> Unreadable:
    """What to tell the sender when no row looks like the header."""
    expected = [fact.headers[0] for fact in contract.facts.values() if not fact.may_be_absent]
    names = "、".join(expected[:8])
    return Unreadable(f"前 {contract.files.header_within} 行中找不到表头（应有：{names} 等）；请核对是否送错了表，或表头被改名")


def lay_out(cells: Sequence[str], contract: Contract) -> Layout:
    """The layout below a header row.  Of several headers for one column the contract's first is used, the others are extra.

    Raises Unreadable if a header occurs twice, or if there are too many columns.
    """
    if len(cells) > COLUMNS:
        raise Unreadable(f"有 {len(cells)} 列，超过 {COLUMNS} 列：多半是行列颠倒，或右侧有多余的单元格；请核对后重新报送")
    headers = [fold_header(cell) for cell in cells]
    named = [index for index, header in enumerate(headers) if header]
    if twice := [header for header, count in Counter(filter(None, headers)).items() if count > 1]:
        raise Unreadable(
            f"表头重复：{'、'.join(_repeated(headers, h, contract) for h in twice[:8])}；请删去或改名重复的列后重新报送"
        )
    found = {header: index for index, header in enumerate(headers) if header}
    identity = _positions({name: column.headers for name, column in contract.identity.columns()}, found)
    facts = _positions({name: fact.headers for name, fact in contract.facts.items()}, found)
    sealed = _positions({title: (title,) for title in contract.sealed}, found)
    walled = _positions({name: column.headers for name, column in contract.walled.items()}, found)
    missing = [name for name, column in contract.identity.columns() if not column.may_be_absent and name not in identity]
    missing += [name for name, fact in contract.facts.items() if not fact.may_be_absent and name not in facts]
    ignored = (found.get(fold_header(header), -1) for header in contract.ignore)
    known = {*identity.values(), *facts.values(), *sealed.values(), *walled.values(), *ignored}
    return Layout(
        width=len(headers),
        least=max(named, default=-1) + 1,
        identity=identity,
        facts=facts,
        missing=tuple(dict.fromkeys(missing)),
        extra=tuple(_shown(cells[index].strip(), index) for index in named if index not in known),
        unnamed=tuple(index for index, header in enumerate(headers) if not header),
        sealed=sealed,
        walled=walled,
    )


def _repeated(headers: Sequence[str], header: str, contract: Contract) -> str:
    """A header that stands twice, by name if the contract has it; else by its places: it may be a value of the first row."""
    if any(header == fold_header(known) for synonyms in _headers(contract).values() for known in synonyms):
        return header
    return f"第 {'、'.join(str(at + 1) for at, name in enumerate(headers) if name == header)} 列"


def _shown(header: str, index: int) -> str:
    """An undeclared header as it may be said; one that goes over lines or holds a long number is a row that ran into it."""
    return f"第 {index + 1} 列" if _ROW.search(header) else header[:EXTRA_SHOWN]


def _positions(columns: Mapping[str, Sequence[str]], found: Mapping[str, int]) -> dict[str, int]:
    places = {name: [found[h] for h in map(fold_header, headers) if h in found] for name, headers in columns.items()}
    return {name: at[0] for name, at in places.items() if at}


def _headers(contract: Contract) -> dict[str, tuple[str, ...]]:
    """What each declared or ignored column may be called.  A fact may have the name of an identity column."""
    identity = {f"identity.{name}": column.headers for name, column in contract.identity.columns()}
    walled = {f"walled.{name}": column.headers for name, column in contract.walled.items()}
    printed = {f"ignore.{header}": (header,) for header in (*contract.ignore, *contract.sealed)}
    return identity | {name: fact.headers for name, fact in contract.facts.items()} | walled | printed


def _known(cells: Sequence[str], contract: Contract) -> set[str]:
    """The declared or ignored columns that these headers name."""
    headers = set(map(fold_header, cells))
    return {name for name, synonyms in _headers(contract).items() if not headers.isdisjoint(map(fold_header, synonyms))}


def _is_header(cells: Sequence[str], contract: Contract) -> bool:
    optional = {f"identity.{name}" for name, column in contract.identity.columns() if column.may_be_absent}
    optional |= {name for name, fact in contract.facts.items() if fact.may_be_absent}
    optional |= {f"ignore.{header}" for header in (*contract.ignore, *contract.sealed)}
    optional |= {f"walled.{name}" for name in contract.walled}
    asked = {name: headers for name, headers in _headers(contract).items() if name not in optional}
    expected = {(name.removeprefix("identity."), headers) for name, headers in asked.items()}
    hits = sum(not set(map(fold_header, headers)).isdisjoint(map(fold_header, cells)) for _, headers in expected)
    return hits > 0 and hits * 2 >= len(expected)
