"""The page of two nights compared: which households came and went, cause by cause, county by county."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final

from outputs.moves import Move
from outputs.pages import write_page

CHANGES_SHOWN: Final = 200
"""Households per county that the page lists each way; `--json` has them all."""

Told = tuple[str, str, Move]
"""Cause, sentence and the move itself."""


@dataclass(frozen=True)
class Cause:
    """One cause: what it covers, and the households that came and went because of it."""

    title: str
    covers: str
    came: int
    went: int
    undone: int


@dataclass(frozen=True)
class Difference:
    """What the page shows; no person's value."""

    first: date
    second: date
    office: str
    notice: str
    was_listed: int
    is_listed: int
    is_exact: bool
    causes: Sequence[Cause]
    changes: Sequence[Told]


@dataclass(frozen=True)
class County:
    """One county's share: came and went per cause in the causes' order, and the households as many as are shown."""

    name: str
    numbers: Sequence[tuple[int, int]]
    came: Sequence[Told]
    went: Sequence[Told]
    left_out: int

    @property
    def sums(self) -> tuple[int, int]:
        return sum(came for came, _ in self.numbers), sum(went for _, went in self.numbers)


def write_diff(path: Path, difference: Difference) -> None:
    """Write the page, whole or not at all."""
    found = difference.causes
    write_page(
        path, "diff.html.j2", told=difference, counties=_counties(difference),
        came=sum(cause.came for cause in found), went=sum(cause.went for cause in found),
        undone=sum(cause.undone for cause in found),
    )  # fmt: skip


def _counties(difference: Difference) -> list[County]:
    found = []
    for _, some in groupby(difference.changes, key=lambda change: change[2].county):
        changes = list(some)
        ways = Counter((cause, move.came) for cause, _, move in changes)
        numbers = [(ways[cause.title, True], ways[cause.title, False]) for cause in difference.causes]
        came = [change for change in changes if change[2].came]
        went = [change for change in changes if not change[2].came]
        left_out = max(0, len(came) - CHANGES_SHOWN) + max(0, len(went) - CHANGES_SHOWN)
        found.append(County(changes[0][2].county_name, numbers, came[:CHANGES_SHOWN], went[:CHANGES_SHOWN], left_out))
    return found
