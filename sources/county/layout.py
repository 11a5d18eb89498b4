"""How a file looks: its name, encoding, sheets, and the header each column bears in it."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number"]


@dataclass(frozen=True)
class Column:
    """One column: the contract's name (ours, if ignored), its header in this file, its kind of cell in a workbook."""

    key: str
    header: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook, or the whole of a text file; `title` and `notes` stand above the header."""

    name: str
    columns: tuple[Column, ...]
    title: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class File:
    """One delivered file; `path` lies below inbox/."""

    source: str
    path: str
    encoding: str
    sheets: tuple[Sheet, ...]
    received_on: int
    """Day number of the delivery."""
    copy: str = ""
    """A second name under which the same bytes were delivered again."""
    is_cut: bool = False
    """One line lost its last cell."""
    is_broken: bool = False
    """One line holds bytes that no encoding explains."""

    @property
    def is_workbook(self) -> bool:
        return self.path.endswith(".xlsx")


@dataclass(frozen=True)
class Spelling:
    """A column and its possible headers; files take them in turn."""

    key: str
    headers: tuple[str, ...]
    kind: Kind = "text"


def columns(spellings: tuple[Spelling, ...], variant: int) -> tuple[Column, ...]:
    """The columns under the headers of one variant."""
    return tuple(Column(s.key, s.headers[variant % len(s.headers)], s.kind) for s in spellings)


def spell(text: str) -> tuple[Spelling, ...]:
    """Spellings from lines `key: header | other header`, with `key#` for numbers in workbooks."""
    result = []
    for line in text.strip().splitlines():
        key, headers = line.split(":", 1)
        name = key.strip()
        kind: Kind = "number" if name.endswith("#") else "text"
        result.append(Spelling(name.rstrip("#"), tuple(header.strip() for header in headers.split("|")), kind))
    return tuple(result)
