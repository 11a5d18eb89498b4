"""Which column of a file is which column of the contract."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sources.contract import Contract, Fact, IdentityColumn, fold_header

EXTRA_SHOWN: Final = 40
"""An undeclared header is reported with at most so many characters."""


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


def find_header(rows: Sequence[Sequence[str]], contract: Contract) -> tuple[int, Layout] | None:
    """The first row in which at least half of the expected columns are found, and its layout; None if there is none.

    Raises Unreadable if that row names a column twice.
    """
    for index, row in enumerate(rows):
        if _is_header([fold_header(cell) for cell in row], contract):
            return index, lay_out(row, contract)
    return None


def no_header(contract: Contract) -> Unreadable:
    """What to tell the sender when no row looks like the header."""
    expected = [fact.headers[0] for fact in contract.facts.values() if not fact.may_be_absent]
    names = "、".join(expected[:8])
    return Unreadable(f"前 {contract.files.header_within} 行中找不到表头（应有：{names} 等）；请核对是否送错了表，或表头被改名")


def lay_out(cells: Sequence[str], contract: Contract) -> Layout:
    """The layout below a header row.  Of several headers for one column the contract's first is used, the others are extra.

    Raises Unreadable if a header occurs twice.
    """
    headers = [fold_header(cell) for cell in cells]
    named = [index for index, header in enumerate(headers) if header]
    if twice := [header for header, count in Counter(filter(None, headers)).items() if count > 1]:
        raise Unreadable(f"表头重复：{'、'.join(header[:EXTRA_SHOWN] for header in twice)}；请删去或改名重复的列后重新报送")
    found = {header: index for index, header in enumerate(headers) if header}
    identity = _positions({name: column.headers for name, column in contract.identity.columns()}, found)
    facts = _positions({name: fact.headers for name, fact in contract.facts.items()}, found)
    missing = [name for name, column in contract.identity.columns() if not column.may_be_absent and name not in identity]
    missing += [name for name, fact in contract.facts.items() if not fact.may_be_absent and name not in facts]
    known = {*identity.values(), *facts.values(), *(found.get(fold_header(header), -1) for header in contract.ignore)}
    return Layout(
        width=len(headers),
        least=max(named, default=-1) + 1,
        identity=identity,
        facts=facts,
        missing=tuple(dict.fromkeys(missing)),
        extra=tuple(cells[index].strip()[:EXTRA_SHOWN] for index in named if index not in known),
        unnamed=tuple(index for index, header in enumerate(headers) if not header),
    )


def _positions(columns: Mapping[str, Sequence[str]], found: Mapping[str, int]) -> dict[str, int]:
    places = {name: [found[h] for h in map(fold_header, headers) if h in found] for name, headers in columns.items()}
    return {name: at[0] for name, at in places.items() if at}


def _is_header(headers: Sequence[str], contract: Contract) -> bool:
    columns: list[tuple[str, IdentityColumn | Fact]] = [*contract.identity.columns(), *contract.facts.items()]
    expected = {(name, tuple(map(fold_header, column.headers))) for name, column in columns if not column.may_be_absent}
    hits = sum(not set(synonyms).isdisjoint(headers) for _, synonyms in expected)
    return hits > 0 and hits * 2 >= len(expected)
