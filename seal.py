"""What protects a row that leaves the house and comes back: one digest per cell, and one over all of them.

A list is filled in with a spreadsheet, which rewrites dates, numbers and spaces as it likes.  Cells are therefore
brought to one form before they are digested; what differs after that was changed by a person.  The digests are kept, the cells
never.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Final

SEALS: Final = "seals"
"""The column that holds digests: a JSON object, title -> digest.  Whoever has one may try phone numbers against it, so it is
on no page and in no published table."""
LENGTH: Final = 8
"""Hex digits per cell: a changed cell goes unseen once in four thousand million times."""
ROW_LENGTH: Final = 12
"""Hex digits over the row, as printed in the list."""

_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]0{1,2}:00(?::00)?(?:\.0+)?)?")
_DECIMAL: Final = re.compile(r"(-?\d+)\.(\d*?)0*")


def canonical(cell: str | int | date | None) -> str:
    """A cell in the form that is digested: NFKC, no space, no leading apostrophe, ISO dates, no trailing zeros of decimals."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    written = unicodedata.normalize("NFKC", str(cell)).strip().lstrip("'")
    text = re.sub(r"\s+", "", written).lstrip("'")
    if day := _DAY.fullmatch(written) or _DAY.fullmatch(text):
        return f"{day[1]}-{int(day[2]):02d}-{int(day[3]):02d}"
    decimal = _DECIMAL.fullmatch(text)
    return ".".join(filter(None, decimal.groups())) if decimal else text


@lru_cache(maxsize=1_000)
def _title(title: str) -> str:
    """A column's title in that form: the same few for every row."""
    return canonical(title)


def digest(title: str, cell: str | int | date | None) -> str:
    """The digest of one cell under its column's title."""
    return hashlib.sha256(f"{_title(title)}\n{canonical(cell)}".encode()).hexdigest()[:LENGTH]


def seals(cells: Mapping[str, str | int | date | None]) -> dict[str, str]:
    """Column title -> digest, in the order given."""
    return {title: digest(title, cell) for title, cell in cells.items()}


def row_hash(sealed: Mapping[str, str]) -> str:
    """One hash over the digests of a row, whatever the order of its columns."""
    told = "\n".join(f"{_title(title)}={sealed[title]}" for title in sorted(sealed, key=_title))
    return hashlib.sha256(told.encode()).hexdigest()[:ROW_LENGTH]
