"""Who the files speak of, as they came in, and where any of it shows again."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from settings import Home

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = ("flows", "sources", "expectations", "matching", "rules", "outputs", "casework")
WORD_LISTS: Final = ROOT / "sources" / "county" / "data"
REMARK: Final = re.compile(r"\(.*")
PHONE: Final = re.compile(r"(?<![0-9])[0-9]{7,12}(?![0-9])")


@dataclass(frozen=True)
class Persons:
    """Values that may be seen within the walls only, folded as `fold` does."""

    names: frozenset[str]
    """Of three characters and more, but for those that are also words of the program or of a place's name."""
    numbers: frozenset[str]
    """ID, certificate and student numbers of fifteen characters and more: too long to occur by chance."""
    phones: frozenset[str]
    """Runs of digits of their own; within a longer run eleven digits mean nothing."""

    def seen_in(self, text: str) -> frozenset[str]:
        """The values that a text holds."""
        folded = fold(text)
        return _within(self.names, folded) | _within(self.numbers, folded) | self.phones.intersection(PHONE.findall(folded))


def fold(text: str) -> str:
    """Full width to half, lower case to upper: dirt hides no value."""
    return unicodedata.normalize("NFKC", text).upper()


def persons(home: Home) -> Persons:
    """Everybody in every file ever received by a home, residents or not."""
    files = [str(path) for path in (home.store / "identity").rglob("*.parquet")]
    rows = duckdb.sql(f"SELECT DISTINCT name, id_number, phone FROM read_parquet({files})").fetchall()
    columns = [[fold(cell) for cell in column if cell] for column in zip(*rows, strict=True)]
    names = {REMARK.sub("", name).strip(" '") for name in columns[0]}
    numbers = {re.sub(r"[^0-9A-Z]", "", number) for number in columns[1]}
    words = _words(home)
    return Persons(
        names=frozenset(name for name in names if len(name) >= 3 and name not in words),
        numbers=frozenset(number for number in numbers if len(number) >= 15),
        phones=frozenset(phone for written in columns[2] for phone in PHONE.findall(written)),
    )


def _words(home: Home) -> str:
    """All that the program itself can say, and every place's name: who is called like a village or a word of ours is not
    recognised by the name alone.  The invented county's lists of names are no words."""
    said = [
        path.read_text(encoding="utf-8")
        for room in PROGRAM
        for path in sorted((ROOT / room).rglob("*"))
        if path.suffix in (".py", ".yaml", ".j2") and WORD_LISTS not in path.parents
    ]
    roster = [str(path) for path in (home.store / "facts" / "roster").rglob("*.parquet")]
    places = duckdb.sql(f"""
        SELECT DISTINCT concat(county_name, township_name, village_name, group_name) FROM read_parquet({roster})
    """).fetchall()
    return fold("\n".join((*said, *(place for (place,) in places))))


def _within(values: frozenset[str], text: str) -> frozenset[str]:
    """The values a text holds.  Runs of their characters are cut into every window of a value's length: one pass for all."""
    characters = re.escape("".join(sorted({character for value in values for character in value})))
    lengths = {len(value) for value in values}
    runs = set(re.findall(f"[{characters}]{{{min(lengths)},}}", text))
    return values.intersection(_windows(runs, lengths))


def _windows(runs: Iterable[str], lengths: Iterable[int]) -> set[str]:
    return {run[at : at + length] for run in runs for length in lengths for at in range(len(run) - length + 1)}
