"""What we know of single characters: forms that are compared as one, look-alikes, readings.

The `*.tsv` files beside this module say in their first lines where they come from.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Final

from pypinyin.pinyin_dict import pinyin_dict

_UMLAUT: Final = str.maketrans("üǖǘǚǜÜǕǗǙǛ", "vvvvvVVVVV")
_LATIN: Final = range(0xC0, 0x250)
"""Latin letters with marks: pinyin in a name cell may carry its tones."""
_OLD_GBK: Final = (0xE815, (*range(0x50, 0x7F), *range(0x80, 0xA1)))
"""First private-use code point and second bytes (after FE) of the 80 characters that GBK had before Unicode."""


@dataclass(frozen=True)
class Characters:
    """The tables of one run; read with `read_characters`, never changed."""

    variants: dict[str, str]
    """Character as written -> character compared."""
    look_alikes: frozenset[str]
    """Pairs of characters, each in both orders: 未末 and 末未."""
    surnames: dict[str, tuple[tuple[str, ...], ...]]
    """Surname -> for each of its characters the readings it may have there, without tones, the usual one first."""
    spoken: dict[int, str]
    """Code point -> its reading in names, as `str.translate` takes it: no tone, upper case, ü as V.
    What is not listed (plain Latin letters, signs, characters without a reading) stands for itself."""

    def surname_length(self, name: str) -> int:
        """How many characters of `name` are its surname: 2 for the known ones of two characters, else 1."""
        return 2 if name[:2] in self.surnames else 1

    def readings(self, name: str) -> list[set[str]]:
        """For each character its reading, and those it has where it is the surname."""
        plain = [{character.translate(self.spoken)} for character in name]
        known = self.surnames.get(name[:2]) or self.surnames.get(name[:1]) or ()
        return [one.union(*known[place : place + 1]) for place, one in enumerate(plain)]


def read_characters() -> Characters:
    """Read the tables shipped beside this module."""
    return Characters(
        variants={row[0]: row[1] for row in _rows("variants.tsv")} | _old_gbk(),
        look_alikes=frozenset(one + other for row in _rows("look_alikes.tsv") for one, other in permutations(row)),
        surnames={row[0]: _surname_readings(row[0], row[1]) for row in _rows("surnames.tsv")},
        spoken=_spoken() | {ord(row[0]): row[1].upper() for row in _rows("readings.tsv")},
    )


def _spoken() -> dict[int, str]:
    """The first reading in pypinyin's table, of all characters at once: many times faster than one by one."""
    listed = {code: chr(code) for code in _LATIN} | {code: readings.split(",")[0] for code, readings in pinyin_dict.items()}
    text = "\n".join(listed.values())
    plain = str.maketrans({letter: _plain(letter) for letter in set(text)})
    return dict(zip(listed, text.translate(plain).split("\n"), strict=True))


def _plain(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter.translate(_UMLAUT))
    return "".join(part for part in parts if not unicodedata.combining(part)).upper()


def _old_gbk() -> dict[str, str]:
    """Private-use character of an old system -> the character it has meant since GB18030 (䶮 and others)."""
    first, trails = _OLD_GBK
    meant = {chr(first + place): bytes((0xFE, trail)).decode("gb18030") for place, trail in enumerate(trails)}
    return {old: new for old, new in meant.items() if old != new}


def _surname_readings(surname: str, readings: str) -> tuple[tuple[str, ...], ...]:
    """`shan` or `ge,gai` for one character, `yu chi` for two."""
    parts = readings.upper().split(" ") if len(surname) > 1 else [readings.upper()]
    return tuple(tuple(part.split(",")) for part in parts)


def _rows(file: str) -> Iterator[list[str]]:
    lines = (Path(__file__).parent / file).read_text(encoding="utf-8").splitlines()
    body = [line for line in lines if line and not line.startswith("#")]
    return (line.split("\t") for line in body[1:])
