"""A share of counts and how sure it is."""

from math import sqrt
from typing import Final

Z: Final = 1.959964
"""Of the normal distribution, for intervals of 95 %."""


def wilson(hits: int, trials: int) -> tuple[float, float, float] | None:
    """The share of hits with Wilson's interval of 95 %, which holds for few trials and extreme shares too."""
    if not trials:
        return None
    share, spread = hits / trials, Z * Z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / trials + spread / trials / 4) / (1 + spread)
    return share, max(0.0, middle - half), min(1.0, middle + half)
