"""What a world of the ranking bench is made of; every figure is our own invention and shares nothing with the weights."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

FIRST_DAY: Final = date(2025, 5, 1)
"""Day 0 of every world; nothing happens before it."""
FIRST_NIGHT: Final = 270
LAST_DAY: Final = 540
LINE: Final = 8_700
"""Yuan per head and year below which a household is in need; the rules have their own lines."""


@dataclass(frozen=True)
class Plan:
    """One world.  The three scales multiply how much befalls people, how much of it departments see, and how much looks like
    it and is not."""

    seed: int
    households: int = 4_000
    shocks: float = 1.0
    traces: float = 1.0
    look_alikes: float = 1.0


def day_of(number: int) -> date:
    """The date of a day number."""
    return FIRST_DAY + timedelta(days=number)
