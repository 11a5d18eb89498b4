"""Feeds of property, looked into for the few who signed for it: their rows are picked by number and name, no other is kept.

A number is compared while its piece of the file is in hand; of a row that is not wanted nothing is typed, stored or logged.
With nobody to look for, no file is opened.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from settings import Home
from sources.contract import Contract
from sources.convert import to_facts
from sources.fetched import is_fetched
from sources.header import Unreadable
from sources.piece import Piece
from sources.reader import read
from sources.store import archived
from tables import ID_WEIGHTS, row_id

HIT: Final = pa.schema([
    ("number", pa.string()), ("batch_id", pa.string()), ("row_id", pa.int64()), ("is_repeat", pa.bool_()),
    ("title", pa.string()),
])  # fmt: skip
"""A row read: whose number, and what kind of thing it tells of; a row that says the same again `is_repeat`."""

_WRAPPING: Final = r"[\s\p{Cf}'‘’`\"“”=]+"
_NUMBER: Final = re.compile(r"(\d{17}[\dX])(?:[1-7][1-4](?:[0-9A-Z]{2})?)?", re.ASCII)
"""A citizen's number; a disability certificate's begins with it."""
_DOTS: Final = re.compile(r"[·•．‧・。.]")
_REMARK: Final = re.compile(r"[(（\[【].*$")
_LOST: Final = frozenset("?？□■〓*＊")
"""What exporters write for a character they do not have."""


@dataclass(frozen=True)
class Original:
    """A batch as it was received: where its bytes are, and what file that was."""

    batch_id: str
    sha256: str
    file: str


def number_of(written: str | None) -> str | None:
    """The citizen's number a cell holds (NFKC, without marks, X in upper case), or None if its check digit does not hold.

    Nothing is mended or guessed: numbers of 15 digits, rounded or mistyped ones are none.
    """
    bare = re.sub(r"[\s'‘’`\"“”=\u200b\ufeff]+", "", unicodedata.normalize("NFKC", written or "")).upper()
    found = _NUMBER.fullmatch(bare)
    if found is None:
        return None
    weighed = sum(int(digit) * weight for digit, weight in zip(found[1], ID_WEIGHTS, strict=False))
    return found[1] if "10X98765432"[weighed % 11] == found[1][17] else None


def is_same_name(one: str | None, other: str | None) -> bool:
    """Whether two names can be one person's: equal without blanks, dots and remarks; a lost character stands for any."""
    ours, theirs = _folded(one), _folded(other)
    return bool(ours) and len(ours) == len(theirs) and all(_agree(a, b) for a, b in zip(ours, theirs, strict=True))


def _agree(one: str, other: str) -> bool:
    return one == other or bool({one, other} & _LOST)


def _folded(name: str | None) -> str:
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name or ""))
    return _DOTS.sub("", _REMARK.sub("", plain))


def look_up(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    contract: Contract,
    originals: Sequence[Original],
    wanted: Mapping[str, str],
) -> pa.Table:
    """HIT: the rows of the originals that are of the persons wanted (number -> name), in order of batch and row.

    Without anybody wanted no file is opened.  An original that can no longer be read says nothing.
    """
    found = [_in_original(connection, home, contract, one, wanted) for one in originals] if wanted else []
    return pa.concat_tables([HIT.empty_table(), *found])


def _in_original(
    connection: duckdb.DuckDBPyConnection, home: Home, contract: Contract, one: Original, wanted: Mapping[str, str]
) -> pa.Table:
    path = archived(home, contract.id, one.sha256)
    told = "parquet" if is_fetched(one.file) else contract.files.format
    parts, first, seen = [], 1, set[str]()
    try:
        for piece in read(path, contract, one.file, told):
            if isinstance(piece, Piece):
                parts += list(_in_piece(connection, contract, piece, row_id(one.batch_id, 0) + first, wanted, seen))
                first += piece.cells.num_rows
    except Unreadable:
        return HIT.empty_table()
    hits = pa.concat_tables([HIT.empty_table(), *parts])
    return hits.set_column(1, "batch_id", pa.repeat(one.batch_id, hits.num_rows))


def _in_piece(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    piece: Piece,
    first: int,
    wanted: Mapping[str, str],
    seen: set[str],
) -> Iterator[pa.Table]:
    """The rows of one piece; `first` is the id of its first row, `seen` the hashes of rows already read from the file."""
    at = piece.layout.identity
    if "id_number" not in at or "name" not in at:
        return
    numbers, names = piece.cells[f"c{at['id_number']}"], piece.cells[f"c{at['name']}"]
    likely = np.flatnonzero(_may_be(numbers, wanted))
    written = zip(likely, numbers.take(pa.array(likely)).to_pylist(), names.take(pa.array(likely)).to_pylist(), strict=True)
    mine = [(int(place), found) for place, cell, name in written if (found := _wanted(cell, name, wanted)) is not None]
    if mine:
        yield _read_rows(connection, contract, piece, first, mine, seen)


def _may_be(cells: pa.ChunkedArray, wanted: Mapping[str, str]) -> npt.NDArray[np.bool_]:
    """Which cells hold a wanted number, as far as it can be seen of the whole column at once."""
    plain = pc.utf8_upper(pc.utf8_normalize(pc.fill_null(cells, ""), form="NFKC"))
    bare = pc.replace_substring_regex(plain, _WRAPPING, "")
    flags: npt.NDArray[np.bool_] = pc.is_in(bare, pa.array(sorted(wanted))).to_numpy(zero_copy_only=False)
    return flags


def _wanted(cell: str | None, name: str | None, wanted: Mapping[str, str]) -> str | None:
    number = number_of(cell)
    return number if number is not None and number in wanted and is_same_name(name, wanted[number]) else None


def _read_rows(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    piece: Piece,
    first: int,
    mine: Sequence[tuple[int, str]],
    seen: set[str],
) -> pa.Table:
    """These rows of a piece, of which only the coded columns are read: they say what kind of thing it is."""
    coded = {name: at for name, at in piece.layout.facts.items() if contract.facts[name].type == "code"}
    places = [place for place, _ in mine]
    narrow = replace(piece, layout=replace(piece.layout, facts=coded), cells=piece.cells.take(pa.array(places)))
    facts = to_facts(connection, contract, narrow, 1, 0)
    titles = [_title(contract.title, [row[name] for name in coded]) for row in facts.to_pylist()]
    repeats = [_is_repeat(row_hash, seen) for row_hash in facts["row_hash"].to_pylist()]
    ids = [first + place for place in places]
    return pa.table([[number for _, number in mine], [""] * len(mine), ids, repeats, titles], schema=HIT)


def _is_repeat(row_hash: str, seen: set[str]) -> bool:
    is_known = row_hash in seen
    seen.add(row_hash)
    return is_known


def _title(feed: str, said: Iterable[str | None]) -> str:
    """What is registered, in the contract's own words: `机动车登记：小型汽车，正常`; no amount, no number, no name."""
    kinds = [value for value in said if value]
    return feed + ("：" + "，".join(kinds) if kinds else "")
