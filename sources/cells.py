"""What a cell says before its type is asked: without outer space and wrappers, in half width, or nothing at all."""

from collections.abc import Iterable, Mapping
from typing import Final

from engine import sql_text
from sources.fact import Fact

NOTHING: Final = (
    "", "-", "--", "---", "–", "—", "——", "/", "无", "暂无", "空", "(空)",
    "NULL", "Null", "null", "(null)", "N/A", "n/a", "NaN", "nan", "None", "\\N",
)  # fmt: skip
"""What departments and their databases write for nothing in a column that is not text."""

SPACE: Final = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b"
_FULL: Final = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
_HALF: Final = "".join(map(chr, range(0x21, 0x7F))) + " "
_TO_HALF: Final = str.maketrans(_FULL, _HALF)

_OUTER: Final = r"\s\x{a0}\x{3000}\x{feff}\x{200b}"
_USUAL: Final = rf"""[^'"={_OUTER}]([^\n]*[^{_OUTER}])?"""

Step = Mapping[str, str]
"""New columns of a query, each an SQL expression over the columns of the steps before."""


def half(text: str) -> str:
    """In half width; NFKC would do more than width: it reads 10² as 102."""
    return text.translate(_TO_HALF)


def unwrapped(written: str) -> str:
    """Without outer space and the wrappers by which spreadsheets keep text from being read as a number."""
    text = written.strip(SPACE)
    return text[2:-1].strip(SPACE) if text.startswith('="') and text.endswith('"') else text.lstrip("'").strip(SPACE)


def usual_text(cell: str) -> str:
    """SQL for a cell that says what it says: no outer space, no wrapper; null for any other."""
    return f"CASE WHEN regexp_full_match({cell}, {sql_text(_USUAL)}) THEN {cell} END"


def said_steps(fact: Fact, never: str = "") -> tuple[Step, ...]:
    """From `written` to `bare`, as `unwrapped` and (but for text) `half` say, and to `said`: null where `bare` is nothing.

    `never` is a regular expression for what is nothing besides.
    """
    space = sql_text(SPACE)
    inside = f"""CASE WHEN starts_with(trimmed, '="') AND ends_with(trimmed, '"') THEN trim(trimmed[3:-2], {space})
        WHEN starts_with(trimmed, '''') THEN trim(ltrim(trimmed, ''''), {space}) ELSE trimmed END"""
    # translate is slow: only for the few cells that need it
    halved = f"trim(translate(inside, {sql_text(_FULL)}, {sql_text(_HALF)}))"
    bare = "inside" if fact.type == "text" else f"CASE WHEN regexp_matches(inside, '[！-～　]') THEN {halved} ELSE inside END"
    empty = f"bare IN ({texts(nothings(fact))})" + (f" OR regexp_full_match(bare, {sql_text(never)})" if never else "")
    return (
        {"trimmed": f"trim(written, {space})"},
        {"inside": inside},
        {"bare": bare},
        {"said": f"CASE WHEN NOT ({empty}) THEN bare END"},
    )


def nothings(fact: Fact) -> tuple[str, ...]:
    """What means nothing in a column: the usual, unless it is text, and what its contract adds."""
    return ("", *fact.nothing) if fact.type == "text" else (*NOTHING, *map(half, fact.nothing))


def texts(values: Iterable[str]) -> str:
    """SQL literals with commas between them."""
    return ", ".join(map(sql_text, values))
