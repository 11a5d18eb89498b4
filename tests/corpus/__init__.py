"""A corpus of malformed deliveries, made by generator: what each is, and what must become of it."""

from typing import Final

from tests.corpus import archives, books, cells, columns, encodings, entries, lines, tables
from tests.corpus.case import Case

CASES: Final[tuple[Case, ...]] = (
    *encodings.CASES,
    *tables.CASES,
    *cells.CASES,
    *lines.CASES,
    *columns.CASES,
    *books.CASES,
    *archives.CASES,
    *entries.CASES,
)
"""Every case, by kind; the place in this tuple is part of the bytes, so that no two files are the same batch."""
