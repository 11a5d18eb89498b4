"""`fangpin demo`: a county that does not exist, with its inbox and its truth."""

from dataclasses import replace
from datetime import date

from flows.running import prepare
from settings import Home
from sources.county import Invented, Plan, invent


def invent_county(home: Home, residents: int, seed: int, as_of: date | None) -> Invented:
    """Invent a county into an empty home.  Raises HomeError rather than mix it with anything else."""
    prepare(home)
    plan = Plan(residents=residents, seed=seed)
    return invent(home, replace(plan, as_of=as_of) if as_of else plan)
