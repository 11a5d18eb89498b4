"""The ranking bench draws the same world twice, hides what it should, and counts a household found once."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.ranking_figures import figures_of, interval, pooled
from bench.ranking_play import OURS, Visit, judged, play
from bench.ranking_world.plan import LAST_DAY, Plan
from bench.ranking_world.shocks import Need
from bench.ranking_world.world import draw
from flows.declared import ranking_of, read_catalogue
from settings import Home


def test_the_same_plan_gives_the_same_world() -> None:
    one, again, other = (draw(Plan(seed, households=250)) for seed in (5, 5, 6))
    assert (one.needs, one.feeds.links, dict(one.feeds.rows)) == (again.needs, again.feeds.links, dict(again.feeds.rows))
    assert one.needs != other.needs
    assert {need.household for need in one.needs} <= {household.code for household in one.households}


def test_no_row_says_what_nobody_knows() -> None:
    world = draw(Plan(5, households=250))
    told = {name for rows in world.feeds.rows.values() for row in rows for name in row}
    assert not told & {"income", "buffer", "kin", "cost", "since", "found"}
    assert all(need.since < need.until <= LAST_DAY for need in world.needs if need.found != need.since)


def test_a_season_keeps_to_its_capacity_and_finds_a_household_once(tmp_path: Path) -> None:
    catalogue = read_catalogue(Home(tmp_path))
    ranking = ranking_of(catalogue.weights, catalogue.proposals, catalogue.references)
    few = {name: rule for name, rule in catalogue.rules.items() if name.startswith(("medical_inpatient", "income_under_line"))}
    with judged(Plan(5, households=250), replace(catalogue, rules=few)) as season:
        visits = play(season, OURS, ranking, 3)
        assert season.seen <= len(season.needs)
    per_night = [sum(visit.night == night for visit in visits) for night in {visit.night for visit in visits}]
    assert max(per_night) <= 3
    found = [visit.household for visit in visits if visit.need]
    assert len(found) == len(set(found))


def test_figures_add_up_over_worlds() -> None:
    need = Need("H1", since=100, found=190)
    one = figures_of([Visit("H1", 130, need), Visit("H2", 130, None)], needs=4)
    assert (one.precision, one.recall, one.lead, one.before) == (0.5, 0.25, (30,), (60,))
    both = pooled([one, one])
    assert (both.visits, both.hits, both.needs) == (4, 2, 8)
    assert interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
