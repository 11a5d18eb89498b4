"""How improbable what was seen would be if nothing were wrong: the tests behind the alarms, on counts alone.

Each gives the probability of what was seen or more.  None knows a feed or a county; `silence.py` and `clusters.py` ask them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaln, gammainc, gammaln, stdtr

from casework.shrinking import Counts, Floats

SELDOM: Final = 0.05
"""How often a feed repeats itself before anything is known of it, worth one delivery.  Our own figure."""

BLOCKS: Final = (7, 14, 28, 56)
"""Days over which counts are compared for how much more they scatter than chance; a silence is judged by the longest that it
fills.  Most feeds come monthly, not to all counties on one day, so a week's counts scatter more than two months'."""
SCATTER: Final = 2.0
"""How many times as much as chance alone counts scatter, before anything is known; worth SCATTER_WORTH cells.  Our own
figures."""
SCATTER_WORTH: Final = 20.0
UNLIKE: Final = (0.05, 1.0)
"""Least and most variance of counties' true rates about their peers', as a share of the mean squared.  Our own figures."""
LINKED: Final = (0.01, 0.5)
"""Least and most correlation of what is answered within one county.  Our own figures."""
MARGIN: Final = 1.2
"""How much counts scatter and answers agree is itself estimated, from few counties: a fifth more is taken.  Our own figure,
from the bench."""


def repeats_p(run: int, same: int, pairs: int) -> float:
    """Probability that the next `run` deliveries all repeat the one before, of `pairs` earlier ones `same` having done so.

    Beta-binomial: the product of (a + same + j) / (1 + pairs + j) over j < run, a = SELDOM.
    """
    steps = np.arange(run)
    return float(np.prod((SELDOM + same + steps) / (1.0 + pairs + steps)))


def gap_p(days: int, gaps: Floats, usual: float | None) -> float:
    """Probability that a feed is quiet for `days` or longer, after gaps of these lengths (days, 1 or more each).

    Logarithms of gaps are normal with unknown mean and variance (normal-inverse-gamma; Murphy 2007, "Conjugate Bayesian
    analysis of the Gaussian distribution", section 6), so the next is Student's t.  Before anything is known a feed with a
    rhythm keeps it within a third (sigma 0.3, worth four gaps, its mean worth one), one without differs by a factor of e
    (sigma 1).
    """
    logs, n = np.log(gaps), len(gaps)
    kappa, spread = (0.0, 1.0) if usual is None else (1.0, 0.3)
    if n + kappa == 0:
        return 1.0
    mean = float(logs.mean()) if n else 0.0
    start = np.log(usual) if usual is not None else mean
    centre, nu = (kappa * start + n * mean) / (kappa + n), 4.0 + n
    squares = 4.0 * spread**2 + float(((logs - mean) ** 2).sum()) + kappa * n / (kappa + n) * (mean - start) ** 2
    scale = np.sqrt(squares / nu * (1.0 + 1.0 / (kappa + n)))
    return float(stdtr(nu, -(np.log(max(days, 1)) - centre) / scale))


@dataclass(frozen=True)
class Still:
    """Per unit: days without any, how many its peers let expect in them, and the probability of none."""

    days: Counts
    expected: Floats
    p: Floats


def still(counts: Counts, size: Floats) -> Still:
    """`counts`: units by days, the last day tonight; `size`: households of each unit, more than 0.

    Given how many its peers had in the days since a unit's last one, their season and their feeds' rhythm are known.  A unit
    of share pi of all households has none of W with probability (1 - pi)^W if all are alike: mu = -W ln(1 - pi).  They are
    not: a unit's own rate is a gamma variate about its peers', learnt from its past (n seen, e expected), and counts scatter
    `phi` times as much as chance alone, both estimated from all other units.  p = ((k + e/phi) / (k + e/phi + mu/phi)) ^ (k +
    n/phi).
    """
    days = counts.shape[1]
    last = np.where(counts.any(axis=1), days - 1 - np.argmax(counts[:, ::-1] > 0, axis=1), -1)
    quiet = days - 1 - last
    summed = np.concatenate([[0], np.cumsum(counts.sum(axis=0))])
    logs = -np.log1p(-np.minimum(size / size.sum(), 1 - 1e-9))
    own = counts.sum(axis=1)
    mu = (summed[-1] - summed[last + 1]) * logs
    before = (summed[last + 1] - own) * logs
    phi = _scatter(counts, quiet)
    k = 1.0 / _unlike(own, before, phi)
    p = ((k + before / phi) / (k + (before + mu) / phi)) ** (k + own / phi)
    return Still(quiet, mu * (own + k * phi) / (before + k * phi), p)


def _scatter(counts: Counts, quiet: Counts) -> Floats:
    """Of each unit: Pearson's chi-squared per degree of freedom of all others, by blocks as long as it is quiet; at least 1."""
    phi = _scatter_by(counts, BLOCKS[0])
    for block in BLOCKS[1:]:
        if (quiet >= block).any():
            phi = np.where(quiet >= block, _scatter_by(counts, block), phi)
    return phi


def _scatter_by(counts: Counts, block: int) -> Floats:
    units, days = counts.shape
    blocks = days // block
    if units < 3 or blocks < 2:
        return np.full(units, SCATTER)
    cells = counts[:, days - blocks * block :].reshape(units, blocks, block).sum(axis=2)
    expected = np.outer(cells.sum(axis=1), cells.sum(axis=0)) / max(1, cells.sum())
    squares: Floats = np.divide((cells - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0).sum(axis=1)
    free = (units - 2) * (blocks - 1)
    found = (squares.sum() - squares + SCATTER * SCATTER_WORTH) / (free + SCATTER_WORTH)
    return np.asarray(np.maximum(1.0, MARGIN * found))


def _unlike(own: Counts, before: Floats, phi: Floats) -> Floats:
    """Of each unit: by how much true rates of all others differ from what their size lets expect (moments)."""
    excess, squares = (own - before) ** 2 - phi * before, before**2
    found = (excess.sum() - excess) / np.maximum(squares.sum() - squares, 1e-9)
    return np.asarray(np.clip(found, *UNLIKE))


@dataclass(frozen=True)
class Alike:
    """Per unit: its commonest answer, how often it came, how often it should have, and the probability of so often or more."""

    answer: Counts
    observed: Counts
    expected: Floats
    p: Floats


def alike(counts: Counts, least: int, pseudo: float = 0.5) -> Alike:
    """`counts`: units by answers.  Units with fewer than `least` answers, or none that is more than half of them: p = 1.

    Answers of one unit are drawn from what all others answer (q, each answer having `pseudo` more) with a correlation rho
    within the unit, estimated from the others (Dirichlet-multinomial).  More than half can be of one kind only, so the
    probability that some answer comes so often is the sum over answers of beta-binomial tails, exactly.
    """
    size, answer = counts.sum(axis=1), counts.argmax(axis=1)
    observed = counts.max(axis=1)
    others = counts.sum(axis=0) - counts + pseudo
    q = others / others.sum(axis=1, keepdims=True)
    rho = _linked(counts, size, q)
    is_answered = counts.shape[1] > 1
    tested = np.flatnonzero(is_answered & (size >= least) & (2 * observed > size) & (size.sum() - size >= 3 * least))
    p = np.ones(len(size))
    for unit in tested:
        p[unit] = min(1.0, float(sum(_tail(observed[unit], size[unit], share, rho[unit]) for share in q[unit])))
    return Alike(answer, observed, size * np.take_along_axis(q, answer[:, None], axis=1)[:, 0], p)


def over(hits: Counts, size: Counts) -> tuple[Floats, Floats]:
    """Per unit: how many hits its peers' share lets expect of `size` cases, and the probability of so many or more.

    Beta-binomial, its share and correlation those of all others, as in `alike`.
    """
    counts = np.stack([hits, size - hits], axis=1)
    others = counts.sum(axis=0) - counts + 0.5
    q = others / others.sum(axis=1, keepdims=True)
    rho = _linked(counts, size, q)
    told = zip(hits, size, q[:, 0], rho, strict=True)
    return size * q[:, 0], np.array([min(1.0, _tail(hit, of, share, linked)) for hit, of, share, linked in told])


def _linked(counts: Counts, size: Counts, q: Floats) -> Floats:
    """Of each unit: rho of all others.  Two answers of one unit agree with probability h + (1 - h) rho, h = sum q^2."""
    agree, pairs = (counts * (counts - 1)).sum(axis=1), size * (size - 1)
    found = (agree.sum() - agree) / np.maximum(pairs.sum() - pairs, 1)
    h = (q**2).sum(axis=1)
    return np.asarray(np.clip(MARGIN * (found - h) / np.maximum(1.0 - h, 1e-9), *LINKED))


def _tail(least: int, of: int, share: float, rho: float) -> float:
    """P(X >= least) of a beta-binomial with mean share `share` and correlation `rho`."""
    strength = 1.0 / rho - 1.0
    a, b = share * strength, (1.0 - share) * strength
    x = np.arange(least, of + 1)
    told = gammaln(of + 1) - gammaln(x + 1) - gammaln(of - x + 1) + betaln(x + a, of - x + b) - betaln(a, b)
    return float(np.exp(told).sum())


def crowd_p(observed: Floats, expected: Floats, variance: Floats) -> Floats:
    """P(X >= observed) of a count with this mean and variance: negative binomial, Poisson where it scatters no more."""
    extra = np.maximum(variance - expected, 1e-12)
    size = expected**2 / extra
    wide = betainc(observed, size, expected / (size + expected))
    return np.asarray(np.where(variance > expected, wide, gammainc(observed, expected)))


def holm(p: Floats, rate: float, tests: int | None = None) -> NDArray[np.bool_]:
    """Which are called so that, with nothing wrong anywhere, any is called with probability `rate` at most (Holm 1979,
    Scand. J. Statist. 6:65).  `tests`: how many were made, if only the smallest are given.
    """
    order, made = np.argsort(p, kind="stable"), tests or len(p)
    passes = p[order] <= rate / np.maximum(made - np.arange(len(p)), 1)
    called = np.zeros(len(p), dtype=bool)
    called[order] = np.logical_and.accumulate(passes)
    return called
