"""Whether a heading or a value may be about somebody.  It errs on the side of the person: a code withheld is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from catalogue import Part, load_yaml
from sources.contract import Contract

_FILE: Final = Path(__file__).with_name("persons.yaml")
_HAN: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")
_BETWEEN: Final = re.compile(r"[,，、;；/|\s()（）\[\]【】]+")
_MASKED: Final = re.compile(r"[*＊○某×]")
_DOT: Final = re.compile(r"[\u3400-\u9fff] *[·•‧∙・] *[\u3400-\u9fff]")
_OF_ONE: Final = range(2, 4)
"""Characters of a name with a surname of one character, and of those with a surname of two."""
_OF_TWO: Final = range(3, 7)


class _Words(Part):
    people: str
    """Words in headings of columns of people, beside those of the person the row is about."""
    codes: str
    """Words of code lists that begin like a name."""
    surnames: str
    compound_surnames: str


@dataclass(frozen=True)
class Persons:
    """What names are known by, and the codes that are none."""

    people: tuple[str, ...]
    codes: frozenset[str]
    surnames: frozenset[str]
    compound: frozenset[str]

    @classmethod
    def read(cls, known: Mapping[str, Contract]) -> Self:
        """From our lists; codes of the `known` contracts are nobody's names."""
        words = load_yaml(_FILE, _Words)
        facts = [fact for contract in known.values() for fact in contract.facts.values()]
        listed = {text for fact in facts for value, others in (fact.values or {}).items() for text in (value, *others)}
        codes = frozenset({*words.codes.split(), *listed})
        return cls(
            tuple(words.people.split()),
            codes,
            frozenset("".join(words.surnames.split())),
            frozenset(words.compound_surnames.split()),
        )

    def are_named_by(self, header: str) -> bool:
        """Whether a heading promises people: who filled in the form, who looks after the family, ..."""
        return any(word in header for word in self.people) or header.endswith(("人", "员", "者"))

    def may_be(self, value: str) -> bool:
        """Whether a part of the value begins like a Chinese name and is no code we know, or is dotted or masked like one."""
        if value in self.codes:
            return False
        parts = [*_BETWEEN.split(value), "".join(value.split())]
        return bool(_DOT.search(value)) or any(self._may_name(part) for part in parts if part not in self.codes)

    def _may_name(self, part: str) -> bool:
        han = "".join(_HAN.findall(part))
        is_compound = han[:2] in self.compound
        if not is_compound and han[:1] not in self.surnames:
            return False
        if _MASKED.search(part):
            return True
        doubled = len(han) == 4 and han[1] in self.surnames
        related = len(han) <= max(_OF_TWO) and "之" in han[2:]
        return (is_compound and len(han) in _OF_TWO) or len(han) in _OF_ONE or doubled or related
