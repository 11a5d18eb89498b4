"""One township's world from the plan: every stage draws from its own random stream, so no order of work matters."""

import numpy as np

from sources.county.columns import day_number
from sources.county.extracts import (
    cadre_rounds,
    civil_affairs,
    disability,
    education,
    employment,
    holdings,
    medical,
    monitored,
    roster,
    self_reports,
    visits,
)
from sources.county.names import Names
from sources.county.people import people_of
from sources.county.periods import rosters, school_year
from sources.county.places import Township
from sources.county.plan import Plan
from sources.county.shocks import draw_bills, draw_moves, draw_shocks
from sources.county.standing import standing_of
from sources.county.world import Feed, World

PEOPLE, STANDING, SHOCKS, MOVES, BILLS, VERDICTS, FEEDS = range(1, 8)
"""Random streams of a township; each feed has two of its own from FEEDS on."""


def stream(plan: Plan, place: Township, number: int) -> np.random.Generator:
    """The random numbers of one stage in one township."""
    return np.random.default_rng([plan.seed, place.number, number])


def world_of(plan: Plan, names: Names, place: Township) -> World:
    """Everything that is true in one township."""
    today, first = day_number(plan.as_of), rosters(plan.as_of)[0].last
    people = people_of(stream(plan, place, PEOPLE), names, place, plan, day_number(first))
    year = school_year(rosters(plan.as_of)[1].last)
    standing = standing_of(stream(plan, place, STANDING), people, today, year)
    shocks = draw_shocks(stream(plan, place, SHOCKS), people, standing, plan.shocks, today, year)
    return World(
        plan=plan,
        place=place,
        people=people,
        standing=standing,
        shocks=shocks,
        moves=draw_moves(stream(plan, place, MOVES), people, shocks),
        bills=draw_bills(stream(plan, place, BILLS), people, standing, shocks, medical.span(plan.as_of)),
        verdicts=visits.draw_verdicts(stream(plan, place, VERDICTS), people, standing, shocks, plan),
    )


def feeds_of(plan: Plan) -> tuple[Feed, ...]:
    """All feeds, the roster first; a new one goes to the end, so that the others keep their random streams."""
    departments = (
        *(roster, medical, education, disability, civil_affairs, employment, visits),
        *(self_reports, cadre_rounds, monitored),
    )
    owned = (holdings.vehicles(plan), holdings.real_estate(plan), holdings.authorisations(plan))
    return (*(department.feed(plan) for department in departments), *owned)
