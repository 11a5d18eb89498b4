"""`make bench-yields`: how far shrunk shares are from the true ones, beside raw shares and plain pooling; and the intervals.

`python -m bench.yields [--seed S] [--tries N]`.  Units of one level (counties, feeds, rules) have true shares drawn about 0.35:
from a beta of a stated strength, or of two kinds (0.2 and 0.6), which no beta looks like.  So many of each are visited, evenly
between two numbers.  Squared errors are summed over units and tries; a ratio below 1 says that the shrunk shares are nearer.
All of it is our own figures.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from casework.shrinking import shrink
from shares import wilson

Floats = NDArray[np.float64]
MEAN: Final = 0.35
TRIES: Final = 400
DRAWS: Final = 20_000
"""Intervals drawn."""


@dataclass(frozen=True)
class Level:
    """So many units, and between how many visits each."""

    units: int
    fewest: int
    most: int


LEVELS: Final = (Level(12, 5, 60), Level(40, 5, 60), Level(90, 20, 400))
Draw = Callable[[np.random.Generator, int], Floats]


def _beta(strength: float) -> Draw:
    return lambda world, units: world.beta(strength * MEAN, strength * (1 - MEAN), units)


def _two_kinds(world: np.random.Generator, units: int) -> Floats:
    return np.where(world.random(units) < 0.375, 0.6, 0.2)


WORLDS: Final[dict[str, Draw]] = {
    "differ much (strength 5)": _beta(5),
    "differ (20)": _beta(20),
    "nearly alike (80)": _beta(80),
    "alike (1,000)": _beta(1_000),
    "two kinds": _two_kinds,
}


def errors(level: Level, draw: Draw, world: np.random.Generator, tries: int) -> tuple[float, float, float]:
    """Sums of squared errors of raw shares, shrunk shares, and one pooled share for all."""
    sums = np.zeros(3)
    for _ in range(tries):
        true = draw(world, level.units)
        trials = world.integers(level.fewest, level.most + 1, level.units)
        hits = world.binomial(trials, true)
        told = (hits / trials, shrink(hits, trials)[0], np.full(level.units, hits.sum() / trials.sum()))
        sums += [float(((one - true) ** 2).sum()) for one in told]
    raw, shrunk, pooled = sums
    return float(raw), float(shrunk), float(pooled)


def coverage(world: np.random.Generator, draws: int) -> float:
    """How often the interval of 95 % holds the true share: visits evenly 5 to 400, shares by the middle world."""
    trials, true = world.integers(5, 401, draws), _beta(20)(world, draws)
    hits = world.binomial(trials, true)
    found = [wilson(int(k), int(n)) for k, n in zip(hits, trials, strict=True)]
    return float(np.mean([one is not None and one[1] <= p <= one[2] for one, p in zip(found, true, strict=True)]))


def table(seed: int, tries: int) -> Iterator[str]:
    yield "| units | visits of each | true shares | shrunk : raw | shrunk : pooled |\n|---|---|---|---|---|"
    for level in LEVELS:
        for name, draw in WORLDS.items():
            raw, shrunk, pooled = errors(level, draw, np.random.default_rng((seed, level.units)), tries)
            yield (f"| {level.units} | {level.fewest} to {level.most} | {name} | {shrunk / raw:.2f} | {shrunk / pooled:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261131)
    parser.add_argument("--tries", type=int, default=TRIES)
    asked = parser.parse_args()
    for line in table(asked.seed, asked.tries):
        print(line, flush=True)
    print(f"\nintervals of 95 % that hold the true share: {coverage(np.random.default_rng(asked.seed), DRAWS):.1%}")


if __name__ == "__main__":
    main()
