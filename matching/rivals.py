"""What a row looks like beside somebody it does not speak of: u, per_roster and u_kin, from strangers and from relatives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.em import HITS, Fitted, Floats, Pairs, code, smoothed
from matching.parameters import LEVELS, Level, Parameters, PerRoster

Counts = Mapping[str, Mapping[str, int]]
"""Field -> level -> pairs."""

_POINTING: Final = ("equal", "equal_invalid", "permit")
_UNSEEN: Final[Mapping[str, tuple[str, ...]]] = {"name": ("spelled", "wildcard", "kin", "relation"), "birth": ("equal",)}
"""What two members of a household on the roster cannot show of a row with a relative's number."""
_MOST_UNSEEN: Final = 0.9
_COMMON: Final[Mapping[str, str]] = {"place": "village", "phone": "equal"}
"""What a household has in common, so that a relative's row misses it as often as one's own."""
_KIN_ROWS: Final = 100.0
"""What households say of relatives weighs as much as so many rows with a relative's number."""


@dataclass(frozen=True)
class Rivals:
    """Pairs that are not one person."""

    strangers: Counts
    """Random pairs of a row and a resident."""
    relatives: Counts
    """Pairs within one household of the roster."""
    rows: int
    """Persons with a number that can be compared."""


def with_rivals(parameters: Parameters, rivals: Rivals, pairs: Pairs, fitted: Fitted, population: int) -> Parameters:
    """`parameters` with u, per_roster and u_kin taken from the rivals and from the candidate pairs that `fitted` judged to
    be two persons; it also tells how rows err about what a household has in common.
    """
    otherwise = _otherwise(pairs, fitted)
    fields = {}
    for field, levels in parameters.fields.items():
        met = np.bincount(pairs.levels[field], otherwise * pairs.is_pointed, len(LEVELS[field])).astype(np.float64)
        kin = _kin(field, levels, rivals.relatives[field], met, fitted.parameters.fields[field])
        u = {name: _stranger(name, level, rivals.strangers[field], population) for name, level in levels.items()}
        if field == "number":
            u |= _coincidences(levels, pairs, otherwise, rivals.rows, population)
        fields[field] = {
            name: level.model_copy(update={"u": u[name], "u_kin": kin.get(name)}) for name, level in levels.items()
        }
    return parameters.model_copy(update={"fields": fields})


def _otherwise(pairs: Pairs, fitted: Fitted) -> Floats:
    """Per pair: how far it is two persons.  Two residents with the number and name of one row are one person, kept twice."""
    is_named = pairs.is_pointed & np.isin(pairs.levels["name"], code("name", "equal"))
    is_twice = is_named & (np.bincount(pairs.person, is_named, len(pairs.alike)) > 1)[pairs.person]
    return np.asarray(np.where(is_twice, 0.0, 1 - fitted.judged.is_same) * pairs.alike[pairs.person])


def _share(hits: float, pairs: float, before: float) -> float:
    """As `em.smoothed`, for one level alone."""
    return min((hits + HITS) / (pairs + HITS / before), 1.0)


def _stranger(name: str, level: Level, counts: Mapping[str, int], population: int) -> float | str | PerRoster:
    """u from random pairs; a frequency stays one."""
    if level.u == "frequency" or name == "missing":
        return level.u
    share = _share(counts[name], sum(counts.values()) - counts["missing"], _chance(level, population))
    return PerRoster(per_roster=share * population) if isinstance(level.u, PerRoster) else share


def _chance(level: Level, population: int) -> float:
    """u of a level that counts no frequency."""
    return level.u.per_roster / population if isinstance(level.u, PerRoster) else float(level.u)


def _coincidences(
    levels: Mapping[str, Level], pairs: Pairs, otherwise: Floats, rows: int, population: int
) -> dict[str, float | str | PerRoster]:
    """The levels of the number that the number key finds wherever they are: coincidences per row are counted, not drawn.

    A relative's number is the same coincidence whether it is compared with its owner or with another of the household.
    """
    before = {name: _chance(levels[name], population) * population for name in (*_POINTING, "kin")}
    found = np.bincount(pairs.levels["number"], otherwise, len(LEVELS["number"]))[code("number", *_POINTING)]
    rates = {name: _share(hits, rows, before[name]) for name, hits in zip(_POINTING, found.tolist(), strict=True)}
    rates["kin"] = before["kin"] * rates["equal"] / before["equal"]
    return {name: PerRoster(per_roster=rate) for name, rate in rates.items()}


def _kin(
    field: str, levels: Mapping[str, Level], counts: Mapping[str, int], met: Floats, current: Mapping[str, Level]
) -> dict[str, float]:
    """u_kin of the levels that have one; `met`: by level, rows whose number points at somebody they do not speak of."""
    before = {name: level.u_kin for name, level in levels.items() if level.u_kin is not None}
    unseen = _unseen({name: before[name] for name in _UNSEEN.get(field, ()) if name in before})
    shown = _household(field, {name: before[name] for name in before if name not in unseen}, counts, current)
    expected = unseen | {name: share * (1 - sum(unseen.values())) for name, share in shown.items()}
    rows = dict(zip(before, met[code(field, *before)].tolist(), strict=True))
    return {name: (rows[name] + _KIN_ROWS * expected[name]) / (sum(rows.values()) + _KIN_ROWS) for name in before}


def _unseen(shares: Mapping[str, float]) -> dict[str, float]:
    """What keeps its value, as far as it leaves room for the rest."""
    scale = min(1.0, _MOST_UNSEEN / max(sum(shares.values()), _MOST_UNSEEN))
    return {name: share * scale for name, share in shares.items()}


def _household(
    field: str, before: Mapping[str, float], counts: Mapping[str, int], current: Mapping[str, Level]
) -> dict[str, float]:
    """Levels of a relative's row against the owner of the number: those of the two on the roster, with the row's own errors."""
    seen = smoothed(np.array([float(counts[name]) for name in before]), np.array(list(before.values())))
    shares = dict(zip(before, seen.tolist(), strict=True))
    common = shares.pop(_COMMON[field], 0.0) if field in _COMMON else 0.0
    errors = sum(current[name].m for name in before)
    return {name: shares.get(name, 0.0) + common * current[name].m / errors for name in before}
