"""Rows of JSON Lines: one object per line, its keys the headers, every value as the text that stands in the file."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sources.contract import Contract
from sources.header import Layout, Unreadable, find_header, no_header
from sources.limits import COLUMNS
from sources.piece import Piece, as_cells
from sources.text import Lines, detect

ROWS: Final = 50_000
"""Lines handed over at a time."""

Object = dict[str, str]

_ESCAPED: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_BYTE: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\x(?=[0-9A-F]{2})")
"""An undecodable byte as `text` writes it; JSON has no such escape, so it is taken for the four characters."""


def read_jsonl(path: Path, contract: Contract) -> Iterator[Piece]:
    """The rows in pieces, at least one (perhaps without rows).  A key that an object lacks is an empty cell; a line that is no
    object, has a key twice, or holds lists or objects is damage.

    The file is read twice: only then is it known which keys there are.  Raises Unreadable if no line is an object, or if
    their keys are no header of ours.
    """
    codec = detect(path, contract.files.encoding)
    keys, layout = _keys(Lines(path, codec), contract)
    lines = Lines(path, codec)
    yield Piece(None, layout, as_cells([], [[]] * layout.width), codec)
    counted, line = 0, 1
    for block in lines.blocks():
        for start in range(0, len(block), ROWS):
            part = block[start : start + ROWS]
            yield _piece(part, line, keys, layout, codec, lines.undecodable - counted)
            counted, line = lines.undecodable, line + len(part)


def _piece(lines: list[str], first: int, keys: list[str], layout: Layout, codec: str, undecodable: int) -> Piece:
    numbers = [at for at, text in enumerate(lines) if text.strip()]
    rows = [_object(lines[at]) for at in numbers]
    damage = {i: ("object", lines[numbers[i]]) for i, row in enumerate(rows) if row is None}
    columns: list[list[str | None]] = [[None if row is None else row.get(key, "") for row in rows] for key in keys]
    return Piece(None, layout, as_cells([first + at for at in numbers], columns, damage), codec, undecodable)


def _keys(lines: Lines, contract: Contract) -> tuple[list[str], Layout]:
    """Every key of the file, in the order in which they first come, and where the declared columns are among them."""
    keys: dict[str, None] = {}
    for block in lines.blocks():
        for text in block:
            keys |= dict.fromkeys(_object(text) or ())
            if len(keys) > COLUMNS:
                break
    if not keys:
        raise Unreadable('没有一行是 JSON 对象；每行应为一个对象，如 {"姓名": "…"}，不要写成一个大数组；请重新导出后报送')
    found = find_header([list(keys)], contract)
    if found is None:
        raise no_header(contract)
    return list(keys), found[1]


def _object(text: str) -> Object | None:
    """A line's object with its values as text; None if it is no flat object."""
    try:
        read = _DECODER.decode(_BYTE.sub(r"\1\\\\x", text) if "\\x" in text else text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict) or (_ESCAPED.search(text) and not _is_text(read)):
        return None
    texts = {key: value if type(value) is str else _text(value) for key, value in read.items()}
    return {key: text for key, text in texts.items() if text is not None} if None not in texts.values() else None


def _is_text(read: dict[str, Any]) -> bool:
    """Whether keys and values hold no NUL and no half of a surrogate pair, which JSON can escape and no table can keep."""
    texts = [text for pair in read.items() for text in pair if isinstance(text, str)]
    return not any("\0" in text or _SURROGATE.search(text) for text in texts)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key twice")
    return values


def _text(value: object) -> str | None:
    """What is not text already: nothing, a truth value; a list or an object has none."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else None


_DECODER: Final = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once)
"""Numbers stay as written: an ID number of 18 digits is never a float."""
