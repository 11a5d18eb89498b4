"""What we know of single characters: forms that are compared as one, look-alikes, readings.

The three `*.tsv` files beside this module say in their first lines where they come from.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pypinyin.pinyin_dict import pinyin_dict

_UMLAUT = str.maketrans("üǖǘǚǜ", "vvvvv")


@dataclass(frozen=True)
class Characters:
    """The tables of one run; read with `read_characters`, never changed."""

    variants: dict[str, str]
    """Character as written -> character compared."""
    look_alikes: frozenset[frozenset[str]]
    surnames: dict[str, tuple[frozenset[str], ...]]
    """Surname -> for each of its characters the readings it may have there, without tones."""

    def surname_length(self, name: str) -> int:
        """How many characters of `name` are its surname: 2 for the known ones of two characters, else 1."""
        return 2 if name[:2] in self.surnames else 1

    def readings(self, name: str) -> tuple[frozenset[str], ...]:
        """The readings of each character; what has no reading (Latin letters, rare characters) stands for itself."""
        plain = [frozenset({reading(character)}) for character in name]
        for length in (2, 1):
            known = self.surnames.get(name[:length])
            if known and len(known) == length:
                return (*(a | b for a, b in zip(known, plain, strict=False)), *plain[length:])
        return tuple(plain)


def reading(character: str) -> str:
    """The first reading of a character in pypinyin's table, without tone, ü as v; the character itself if it has none."""
    listed = pinyin_dict.get(ord(character))
    if listed is None:
        return character.lower()
    first = listed.split(",")[0].translate(_UMLAUT)
    return "".join(part for part in unicodedata.normalize("NFD", first) if not unicodedata.combining(part))


def read_characters() -> Characters:
    """Read the three tables shipped beside this module."""
    return Characters(
        variants={row[0]: row[1] for row in _rows("variants.tsv")},
        look_alikes=frozenset(frozenset(row[:2]) for row in _rows("look_alikes.tsv")),
        surnames={row[0]: _surname_readings(row[0], row[1]) for row in _rows("surnames.tsv")},
    )


def _surname_readings(surname: str, readings: str) -> tuple[frozenset[str], ...]:
    """`shan` or `ge,gai` for one character, `yu chi` for two."""
    parts = readings.split(" ") if len(surname) > 1 else [readings]
    return tuple(frozenset(part.split(",")) for part in parts)


def _rows(file: str) -> Iterator[list[str]]:
    lines = (Path(__file__).parent / file).read_text(encoding="utf-8").splitlines()
    body = [line for line in lines if line and not line.startswith("#")]
    return (line.split("\t") for line in body[1:])
