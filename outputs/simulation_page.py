"""The page of a trial: what a changed rule would do to the lists, for people to decide about before anything is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final

from outputs.moves import Move
from outputs.pages import write_page
from outputs.trial import FEW, Area, Expected, Group

MOVES_SHOWN: Final = 200
"""Households per county that the page lists each way; `--json` has them all."""


@dataclass(frozen=True)
class Trial:
    """What the page shows; no person's value."""

    as_of: date
    office: str
    notice: str
    tried: Sequence[str]
    rules: Sequence[tuple[str, str, dict[str, tuple[int, int]]]]
    """Rule, its title, and verdict (in Chinese) -> how many before and after."""
    areas: Sequence[Area]
    groups: Sequence[Group]
    expected: Sequence[Expected]
    moves: Sequence[Move]


@dataclass(frozen=True)
class CountyMoves:
    """The households of one county that came on or dropped off, as many as are shown."""

    name: str
    came: Sequence[Move]
    went: Sequence[Move]
    left_out: int


def write_simulation(path: Path, trial: Trial) -> None:
    """Write the page, whole or not at all."""
    counties = [area for area in trial.areas if not area.township]
    kinds = [(kind, list(some)) for kind, some in groupby(trial.groups, key=lambda group: group.kind)]
    write_page(
        path, "simulation.html.j2", trial=trial, counties=counties, kinds=kinds,
        came=sum(move.came for move in trial.moves), went=sum(not move.came for move in trial.moves),
        of_counties=by_county(trial.moves), few=FEW,
    )  # fmt: skip


def by_county(moves: Sequence[Move]) -> list[CountyMoves]:
    """The moves in the order given, county by county, those that came apart from those that went."""
    found = []
    for _, some in groupby(moves, key=lambda move: move.county):
        of_county = list(some)
        came = [move for move in of_county if move.came]
        went = [move for move in of_county if not move.came]
        left_out = max(0, len(came) - MOVES_SHOWN) + max(0, len(went) - MOVES_SHOWN)
        found.append(CountyMoves(of_county[0].county_name, came[:MOVES_SHOWN], went[:MOVES_SHOWN], left_out))
    return found
