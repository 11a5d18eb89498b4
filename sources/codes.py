"""Code lists, terms and booleans, read over a column's distinct cells: what each is taken to mean."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from sources.cells import nothings, unwrapped
from sources.fact import Fact, fold

_TRUE: Final = ("是", "有", "对", "真", "已", "Y", "YES", "T", "TRUE", "1", "√", "✓", "✔")
_FALSE: Final = ("否", "没有", "未", "错", "假", "N", "NO", "F", "FALSE", "0", "×", "✗", "✘")
_BETWEEN: Final = re.compile(r"[,、;/\s]+")

Read = Callable[[str], tuple[str | None, bool]]
"""A cell as written -> its canonical value, and whether it says something the contract does not know."""


def reader(fact: Fact) -> Read:
    """How the cells of a code, terms or boolean column are read."""
    meanings, empty = _meanings(fact), frozenset(map(fold, nothings(fact)))
    if fact.type == "terms":
        return lambda written: _terms(fold(unwrapped(written)), fact, meanings, empty)
    return lambda written: _one(fold(unwrapped(written)), fact, meanings, empty)


def stored(fact: Fact, value: str | None) -> str | bool | None:
    """A canonical value as it is kept."""
    return value == "是" if fact.type == "boolean" and value is not None else value


def _meanings(fact: Fact) -> dict[str, str]:
    """What each accepted way of writing means, by its form for comparison; the contract's own word overrides the usual."""
    listed = fact.values or {}
    usual = {"是": _TRUE, "否": _FALSE} if fact.type == "boolean" else {}
    ways = [*usual.items(), *((value, (value, *synonyms)) for value, synonyms in listed.items())]
    return {fact.form(text): value for value, texts in ways for text in texts}


def _one(text: str, fact: Fact, meanings: Mapping[str, str], empty: frozenset[str]) -> tuple[str | None, bool]:
    if (meant := meanings.get(fact.form(text))) is not None:
        return meant, False
    return None, text not in empty


def _terms(text: str, fact: Fact, meanings: Mapping[str, str], empty: frozenset[str]) -> tuple[str | None, bool]:
    written = [term for term in _BETWEEN.split(text) if term]
    meant = {meanings.get(fact.form(term)) for term in written}
    if meant <= {None} and (text in empty or all(term in empty for term in written)):
        return None, False
    if None in meant:
        return None, True
    return ",".join(value for value in fact.values or {} if value in meant), False
