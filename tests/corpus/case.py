"""What a case of the corpus is: the bytes of a delivery, and the fate that reason gives it."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from tests.sources.making import HEADER, csv_text, seed

NAME: Final = "张秘密"
NUMBER: Final = "990101196001010013"
SECRETS: Final = (NAME, NUMBER)
"""An invented person (region 99) who is in every file and may be in no message."""

DAY: Final = "2026-03-11"
SOUND: Final = ("2024-01-05", "12.50", "低保")
"""Date, amount and kind of every row that nothing is wrong with."""

FORMATS: Final = {
    "corpus_any": "any",
    "corpus_text": "csv",
    "corpus_book": "xlsx",
    "corpus_lines": "jsonl",
    "corpus_columns": "parquet",
}
"""Sources of the corpus, and the format of each."""

Outcome = Literal["held", "quarantined", "problem", "accepted"]


@dataclass(frozen=True)
class Fate:
    """What must become of a delivery, and what must be said of it in Chinese."""

    outcome: Outcome
    says: tuple[str, ...] = ()
    rows: int = 0
    bad: int = 0
    check: str = ""
    keeps: Mapping[str, object] = field(default_factory=dict)
    """What the accepted rows hold where that differs from SOUND and the invented person."""


@dataclass(frozen=True)
class Case:
    """One delivery: `data` makes its bytes from a tag that is its own; `entry` makes what is no plain file."""

    name: str
    fate: Fate | None
    data: Callable[[str], bytes] | None = None
    source: str = "corpus_any"
    entry: Callable[[Path], None] | None = None
    shown: str = ""
    members: Mapping[str, Fate] = field(default_factory=dict)
    """Of an archive: member -> its fate."""
    hook: str = ""
    """What happens to the file while it is read; see `run`."""

    @property
    def file(self) -> str:
        """The delivery as messages name it."""
        return f"{self.source}/{DAY}/{self.shown or self.name}"

    @property
    def tag(self) -> str:
        """What makes its rows its own."""
        return f"K{zlib.crc32(f'{self.source}/{self.name}'.encode('utf-8', 'surrogateescape')):08X}"

    def fates(self) -> dict[str, Fate]:
        """File -> fate, members of an archive each for itself."""
        whole = {} if self.fate is None else {self.file: self.fate}
        return whole | {f"{self.file}/{member}": fate for member, fate in self.members.items()}


def held(*says: str, rows: int = 0) -> Fate:
    """The whole batch waits for a new delivery."""
    return Fate("held", says, rows)


def quarantined(check: str, bad: int, rows: int, *says: str, **keeps: object) -> Fate:
    """`bad` of the rows fail the check, the others are used."""
    return Fate("quarantined", says, rows, bad, check, keeps)


def problem(*says: str) -> Fate:
    """Told, and not taken in."""
    return Fate("problem", says)


def accepted(rows: int, *warned: str, **keeps: object) -> Fate:
    """Nothing is wrong in fact, or nothing that spoils a row; `warned` is what must be said all the same."""
    return Fate("accepted", warned, rows, keeps=keeps)


def row(tag: str, number: int = 1, **changes: str) -> list[str]:
    """A sound row, but for the changes: column (no, name, id, day, paid, kind) -> what is written instead."""
    cells = dict(zip(("no", "name", "id", "day", "paid", "kind"), (f"{tag}{number}", NAME, NUMBER, *SOUND), strict=True))
    return list((cells | changes).values())


def rows(tag: str, count: int = 2) -> list[list[str]]:
    """Sound rows."""
    return [row(tag, number) for number in range(1, count + 1)]


def table(tag: str, count: int = 2, header: Sequence[str] = HEADER) -> str:
    """A sound text table."""
    return csv_text(rows(tag, count), header)


def contracts() -> dict[str, str]:
    """Source -> its contract as YAML, all of the same columns."""
    made: dict[str, dict[str, Any]] = {
        source: seed() | {"id": source, "title": f"救助{kind}", "files": {"patterns": ["*"], "format": kind}}
        for source, kind in FORMATS.items()
    }
    return {source: yaml.safe_dump(contract, allow_unicode=True, sort_keys=False) for source, contract in made.items()}
