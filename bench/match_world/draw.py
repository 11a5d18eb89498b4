"""Drawing many values at once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]
Generator = np.random.Generator


def generator(seed: int, part: str) -> Generator:
    """A generator for one part of the world: what one part draws does not shift what another does."""
    return np.random.default_rng([seed, *part.encode()])


def zipf(count: int, offset: float, slope: float) -> npt.NDArray[np.float64]:
    """Shares that fall with rank r as 1 / (r + offset) ** slope; they add up to 1."""
    weights = 1.0 / (np.arange(1, count + 1) + offset) ** slope
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def by_share(rng: Generator, shares: npt.NDArray[np.float64], size: int) -> Ints:
    """`size` indices, each drawn with its share."""
    return np.searchsorted(np.cumsum(shares), rng.random(size), side="right").clip(max=len(shares) - 1).astype(np.int64)


def ranked(rng: Generator, values: Sequence[str], size: int, offset: float, slope: float) -> Texts:
    """`size` of the values, the first ones oftenest."""
    return np.array(values)[by_share(rng, zipf(len(values), offset, slope), size)]


def chance(rng: Generator, share: float | npt.NDArray[np.float64], size: int) -> Flags:
    """`size` flags, each true with its chance."""
    return np.asarray(rng.random(size) < share)
