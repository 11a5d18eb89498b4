"""Shares of few trials drawn toward the mean of their kind: an empirical-Bayes beta-binomial.

Unit i has k_i hits of n_i trials, k_i ~ Binomial(n_i, p_i), p_i ~ Beta(s m, s (1 - m)).

* The mean m: Kleinman's weighted moments (1973, JASA 68:46), m = sum w_i k_i/n_i / sum w_i with w_i = n_i / (1 + (n_i - 1) r)
  and r = 1 / (s + 1).  Half a hit in one trial is added, so that none of all is not taken for never.
* The strength s is uncertain where units are few, so it is averaged over and not fixed: B = n0 / (n0 + s) uniform on (0, 1),
  the uniform shrinkage prior (Christiansen and Morris 1997, JASA 92:618; Daniels 1999, Can. J. Statist. 27:567), n0 the
  harmonic mean of the n_i, weighted by the beta-binomial likelihood.  At least WEAKEST.
* Shrunk share of i: the average over s of (k_i + s m) / (n_i + s).

A unit that stands alone says nothing of how units differ: its share is drawn a little toward a half of one trial and no
further.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

STEPS: Final = 40
"""Strengths tried.  Twice as many move no shrunk share by more than a thousandth."""
WEAKEST: Final = 2.0
"""A strength of fewer trials than this is not believed: units are never taken to have nothing in common.  Our own figure."""


def shrink(hits: Counts, trials: Counts) -> tuple[Floats, float]:
    """The shrunk share of every unit and the mean it is drawn toward; a unit without trials gets the mean."""
    tried = trials > 0
    if not tried.any():
        return np.full(len(trials), 0.5), 0.5
    k, n = hits[tried].astype(float), trials[tried].astype(float)
    strengths = _strengths(n)
    means = np.array([_mean(k, n, s) for s in strengths])
    weights = _weights(k, n, means, strengths)
    a = hits[:, None] + strengths * means
    shares = (a / (trials[:, None] + strengths)) @ weights
    return shares, float(means @ weights)


def _strengths(n: Floats) -> Floats:
    """Midpoints of the uniform prior of B, as strengths."""
    typical = len(n) / np.sum(1.0 / n)
    b = (np.arange(STEPS) + 0.5) / STEPS
    return np.maximum(WEAKEST, typical * (1.0 - b) / b)


def _mean(k: Floats, n: Floats, strength: float) -> float:
    """Kleinman's mean at one strength, with half a hit in one trial added."""
    w = n / (1.0 + (n - 1.0) / (strength + 1.0))
    per_trial = float(np.sum(w) / np.sum(n))
    return float((np.sum(w * k / n) + 0.5 * per_trial) / (np.sum(w) + per_trial))


def _weights(k: Floats, n: Floats, means: Floats, strengths: Floats) -> Floats:
    """How likely each strength is, given what was seen; they add up to 1."""
    pairs, times = np.unique(np.stack([k, n]), axis=1, return_counts=True)
    a, b = strengths * means, strengths * (1.0 - means)
    hits, trials = pairs[:, :, None]
    told = times @ (betaln(hits + a, trials - hits + b) - betaln(a, b))
    likely: Floats = np.exp(told - told.max())
    return np.asarray(likely / likely.sum())
