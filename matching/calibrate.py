"""Do the probabilities mean what they say?  What reviews teach about them, and how to tell."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matching.parameters import Calibration

LEAST_PAIRS: Final = 50
"""Fewer labelled pairs say too little: the calibration stays as it is."""
_CENTRE: Final = np.array([1.0, 0.0])
_SPREAD: Final = np.array([0.25, 2.0])
"""Beforehand the slope is expected within about this much of 1, the shift within about so many bits of 0."""
_SLOPE_BOUNDS: Final = (0.1, 2.0)
_SHIFT_BOUNDS: Final = (-20.0, 20.0)
_STEPS: Final = 50
_STILL: Final = 1e-10
_DECILES: Final = 10

Floats = NDArray[np.float64]


def calibrate(bits: Floats, against: Floats, is_same: NDArray[np.bool_], before: Calibration) -> Calibration:
    """Slope and shift under which labelled pairs come out as often as their probability says.

    Logistic regression of `is_same` on `bits` (log2 odds of the pair against nobody on the roster) with the fixed offset
    `-against` (log2 odds of the person's other candidates), as Platt (1999) maps scores to probabilities, with a normal
    prior around slope 1 and shift 0, which keeps few or one-sided labels from running away; by Newton's method.  `before`
    comes back if there are fewer than LEAST_PAIRS labels.
    """
    if len(bits) < LEAST_PAIRS:
        return before
    labels = _Labels(np.log(2) * np.stack([bits, np.ones(len(bits))]), np.log(2) * against, is_same)
    at = _CENTRE
    for _ in range(_STEPS):
        step = _uphill(labels, at)
        at = at + step
        if float(np.abs(step).max()) < _STILL:
            break
    return Calibration(slope=float(np.clip(at[0], *_SLOPE_BOUNDS)), shift=float(np.clip(at[1], *_SHIFT_BOUNDS)))


@dataclass(frozen=True)
class _Labels:
    design: Floats
    against: Floats
    is_same: NDArray[np.bool_]

    def log_odds(self, at: Floats) -> Floats:
        return np.asarray((self.design * at[:, None]).sum(axis=0) - self.against)

    def fit(self, at: Floats) -> float:
        """Log of likelihood times prior."""
        log_odds = self.log_odds(at)
        likelihood = -np.logaddexp(0, np.where(self.is_same, -log_odds, log_odds)).sum()
        return float(likelihood - (((at - _CENTRE) / _SPREAD) ** 2).sum() / 2)


def _uphill(labels: _Labels, at: Floats) -> Floats:
    """Newton's step, halved until it leads uphill."""
    expected = np.exp(-np.logaddexp(0, -labels.log_odds(at)))
    gradient = (labels.design * (labels.is_same - expected)).sum(axis=1) - (at - _CENTRE) / _SPREAD**2
    step = _solve(_curvature(labels.design, expected * (1 - expected)), gradient)
    while labels.fit(at + step) < labels.fit(at) and float(np.abs(step).max()) > _STILL:
        step = step / 2
    return step


def _curvature(design: Floats, weights: Floats) -> Floats:
    slope, shift = design
    mixed = (slope * shift * weights).sum()
    of_labels = np.array([[(slope**2 * weights).sum(), mixed], [mixed, (shift**2 * weights).sum()]])
    return np.asarray(of_labels + np.diag(1 / _SPREAD**2))


def _solve(curvature: Floats, gradient: Floats) -> Floats:
    """Two equations by hand: no library whose sums depend on threads."""
    (a, b), (_, d) = curvature
    solved = np.array([d * gradient[0] - b * gradient[1], a * gradient[1] - b * gradient[0]])
    return np.asarray(solved / (a * d - b * b))


def reliability(probability: Floats, is_right: NDArray[np.bool_]) -> pa.Table:
    """What was promised and what came, by decile of probability: decile (0 for 0 to 0.1, ..., 9 for 0.9 to 1), pairs, mean
    probability, share_right; empty deciles are left out.
    """
    decile = np.minimum((probability * _DECILES).astype(np.int64), _DECILES - 1)
    pairs = np.bincount(decile, minlength=_DECILES)
    kept = np.flatnonzero(pairs)
    promised, right = (np.bincount(decile, values, _DECILES)[kept] / pairs[kept] for values in (probability, is_right))
    return pa.table({"decile": kept, "pairs": pairs[kept], "probability": promised, "share_right": right})


def calibration_error(probability: Floats, is_right: NDArray[np.bool_]) -> float:
    """The mean distance of promised and actual shares over the deciles, each by its share of the pairs (expected calibration
    error); 0 without pairs.
    """
    table = reliability(probability, is_right)
    pairs, promised, right = (table[name].to_numpy() for name in ("pairs", "probability", "share_right"))
    return float((pairs * np.abs(promised - right)).sum() / max(len(probability), 1))
