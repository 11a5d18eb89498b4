"""The mathematics of `estimate`: m from candidate pairs by expectation and maximisation, in numpy over distinct patterns.

A fixed order of fixed arrays, no matrix product and no random number: the same pairs give the same figures to the last bit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.parameters import LEVELS, FieldErrors, Level, Parameters

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]

HITS: Final = 1.0
"""What is known beforehand of a level weighs as much as having seen it this often."""
_SHARE_PRIOR: Final = 20.0
"""The share of rows with a resident is known beforehand as if from this many rows."""
_ERROR_PRIOR: Final = 20.0
"""And how often a field fails, from this many true pairs."""
MOST_ITERATIONS: Final = 200
_STILL: Final = 1e-7
_CODE: Final = {field: {level: code for code, level in enumerate(levels)} for field, levels in LEVELS.items()}


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs, column by column.  Several persons with exactly the same one pair are kept once."""

    person: Codes
    """Per pair: position of its person."""
    levels: Mapping[str, Codes]
    """Per field and pair: the level's position in LEVELS."""
    is_pointed: Flags
    has_own_birth: Flags
    """The row's birth date stands in a column of its own, not only in the number."""
    has_own_sex: Flags
    u_bits: Floats
    """The rest of the match weight, which m has no part in."""
    ruled: Floats
    """What people decided about the pair: 1 same, 0 not the same, NaN nobody looked."""
    has: Mapping[str, Flags]
    """Per field of FieldErrors and pair: the row could be led there by this field."""
    missed: Floats
    """Per person: chance that a resident of the row is out of reach of every key."""
    alike: Floats
    """Per person: how many persons it stands for."""


@dataclass(frozen=True)
class Alone:
    """Persons without any candidate, by their chance of a resident out of reach."""

    missed: Floats
    persons: Floats


@dataclass(frozen=True)
class Judged:
    """What the model makes of the pairs."""

    is_same: Floats
    """Per pair: the probability that row and resident are one person."""
    against: Floats
    """Per pair: log2 odds of everything else but this pair, relative to nobody on the roster."""
    somebody: Floats
    """Per person: the probability that the row speaks of somebody on the roster."""
    bits: Floats
    """Per pair: log2 of its odds against nobody on the roster."""


def code(field: str, *levels: str) -> list[int]:
    """Positions of levels in LEVELS."""
    return [_CODE[field][level] for level in levels]


def m_bits(pairs: Pairs, parameters: Parameters) -> Floats:
    """Per pair: the part of its match weight that m gives."""
    total: Floats = np.zeros(len(pairs.person))
    for field, levels in LEVELS.items():
        total += np.log2([parameters.fields[field][level].m for level in levels])[pairs.levels[field]]
    return total


def judge(pairs: Pairs, parameters: Parameters, residents: int) -> Judged:
    """The expectation: a row speaks of one resident at most, so the pairs of a person share one sum (see `score`)."""
    bits = parameters.prior_bits(residents) + m_bits(pairs, parameters) + pairs.u_bits
    odds = np.where(pairs.ruled == 0, 0.0, np.exp2(np.minimum(bits, 200)))
    whole = 1 + parameters.prior.odds * pairs.missed + np.bincount(pairs.person, odds, len(pairs.missed))
    is_known = np.bincount(pairs.person, pairs.ruled == 1, len(pairs.missed)) > 0
    found = np.where(is_known[pairs.person], pairs.ruled == 1, odds / whole[pairs.person])
    others = np.log2(np.maximum(whole[pairs.person] - odds, 1))
    return Judged(found, others, np.where(is_known, 1, 1 - 1 / whole), bits)


def smoothed(counts: Floats, before: Floats) -> Floats:
    """Shares of levels from counts, where rare levels lean on what was known before; they add up to 1.

    A level known to have share p beforehand counts as seen HITS times in HITS / p pairs (the mean of a gamma posterior): what
    is seen often speaks for itself, what cannot be seen in so few pairs keeps its value.
    """
    shares: Floats = (counts + HITS) / (counts.sum() + HITS / before)
    return np.asarray(shares / shares.sum())


def reached_without(pairs: Pairs) -> dict[str, Flags]:
    """Per field: the pairs that a key leads to in which the field has no part.

    Pairs found by a key agree on its fields because they were found, so they say nothing of how often these fields agree.
    Membership is read off the levels, so that it holds for every pair alike, whichever key found it first.  A birth date or
    sex that only the number gives is not independent of the number.
    """
    pointed = pairs.is_pointed
    name = np.isin(pairs.levels["name"], code("name", "equal"))
    birth = np.isin(pairs.levels["birth"], code("birth", "equal"))
    village = np.isin(pairs.levels["place"], code("place", "village"))
    phone = np.isin(pairs.levels["phone"], code("phone", "equal"))
    own_birth = birth & pairs.has_own_birth
    return {
        "number": name & own_birth | name & village | own_birth & village | phone,
        "name": pointed | birth & village | phone,
        "birth": (pointed | name & village | phone) & pairs.has_own_birth,
        "sex": pairs.has_own_sex,
        "place": pointed | name & birth | phone,
        "phone": pointed | name & birth | name & village | birth & village,
    }


def is_reached(pairs: Pairs) -> Flags:
    """Per pair: whether some key leads there; others are there only because people ruled on them."""
    reached = reached_without(pairs)
    return np.asarray(reached["number"] | reached["phone"])


@dataclass(frozen=True)
class Fitted:
    """Where the iterations came to rest."""

    parameters: Parameters
    judged: Judged
    iterations: int


def fit(pairs: Pairs, alone: Alone, start: Parameters, residents: int) -> Fitted:
    """m and the share of rows with a resident, starting from `start`, which is also what is known beforehand; u stays."""
    reached, at = reached_without(pairs), Fitted(start, judge(pairs, start, residents), 0)
    while at.iterations < MOST_ITERATIONS:
        updated = _maximise(pairs, alone, reached, at, start)
        moved = max(abs(a - b) for a, b in zip(_free(updated), _free(at.parameters), strict=True))
        at = Fitted(updated, judge(pairs, updated, residents), at.iterations + 1)
        if moved < _STILL:
            break
    return at


def _free(parameters: Parameters) -> list[float]:
    return [parameters.prior.resident_share, *(level.m for levels in parameters.fields.values() for level in levels.values())]


def _maximise(pairs: Pairs, alone: Alone, reached: Mapping[str, Flags], at: Fitted, start: Parameters) -> Parameters:
    weights = at.judged.is_same * pairs.alike[pairs.person]
    fields = {
        field: _with_m(field, levels, pairs.levels[field], weights * reached[field]) for field, levels in start.fields.items()
    }
    prior = start.prior.model_copy(update={"resident_share": _resident_share(pairs, alone, at, start.prior.resident_share)})
    return start.model_copy(update={"fields": fields, "prior": prior})


def _with_m(field: str, before: Mapping[str, Level], codes: Codes, weights: Floats) -> dict[str, Level]:
    """The levels of a field with m as often as pairs have them, by how surely a pair is one person."""
    names = [level for level in LEVELS[field] if level != "missing"]
    counts = np.bincount(codes, weights, len(LEVELS[field]))[code(field, *names)].astype(np.float64)
    shares = smoothed(counts, np.array([before[name].m for name in names]))
    m = dict(zip(names, shares.tolist(), strict=True))
    return {name: level.model_copy(update={"m": m.get(name, level.m)}) for name, level in before.items()}


def _resident_share(pairs: Pairs, alone: Alone, at: Fitted, before: float) -> float:
    """Of all persons, those that speak of somebody on the roster."""
    unseen = at.parameters.prior.odds * alone.missed
    found = (at.judged.somebody * pairs.alike).sum() + (unseen / (1 + unseen) * alone.persons).sum()
    return float((found + _SHARE_PRIOR * before) / (pairs.alike.sum() + alone.persons.sum() + _SHARE_PRIOR))


_LEADS: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "number": ("number", ("equal", "equal_invalid", "permit")),
    "valid_number": ("number", ("equal", "equal_invalid", "permit")),
    "name": ("name", ("equal",)),
    "birth": ("birth", ("equal",)),
    "place": ("place", ("village",)),
    "phone": ("phone", ("equal",)),
}


def field_errors(pairs: Pairs, judged: Judged, before: FieldErrors) -> FieldErrors:
    """Of the true pairs whose row has the field, how many the field does not lead to the resident."""
    reached, weights = reached_without(pairs), judged.is_same * pairs.alike[pairs.person]
    shares = {}
    for error, (field, levels) in _LEADS.items():
        true = weights * (reached[field] & pairs.has[error])
        fails = ~np.isin(pairs.levels[field], code(field, *levels))
        known = getattr(before, error)
        shares[error] = float(((true * fails).sum() + _ERROR_PRIOR * known) / (true.sum() + _ERROR_PRIOR))
    return FieldErrors(**shares)
