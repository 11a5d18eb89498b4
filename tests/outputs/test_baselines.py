"""The plain orders hold the same households as the ranking, each in an order that its one key explains."""

from datetime import date
from decimal import Decimal

from outputs.baselines import BASELINE_TITLES, rank_plainly
from tests.outputs.invented import Values
from tests.outputs.ranked import database, member, ranked, signal

VILLAGES = {"H1": "990101001201", "H2": "990101001202", "H3": "990101001202", "H4": "990101001201", "H5": "990101001203"}
SIGNALS: list[Values] = [
    signal("H1", severity=30, observed=Decimal(90_000)),
    signal("H1", severity=30, family="因学", rule="fees", event_on=date(2026, 6, 20)),
    signal("H2", severity=80, observed=Decimal(3), unit="次"),
    signal("H1", severity=90, family="综合", rule="two", observed=Decimal(2), unit="项", combines=["a", "b"]),
    signal("H3", severity=40, observed=Decimal(5_000)),
    signal("H4", severity=99, observed=Decimal(900_000), verdict="near"),
]


def orders(seed: int = 1) -> dict[str, list[str]]:
    """Baseline -> its households in order."""
    members = [member(name, village=village) for name, village in VILLAGES.items()]
    with database() as connection:
        ranked(connection, members, SIGNALS)
        rank_plainly(connection, seed)
        rows = connection.sql("SELECT baseline, household_id FROM baseline ORDER BY baseline, county, position").fetchall()
    return {name: [household for baseline, household in rows if baseline == name] for name in BASELINE_TITLES}


def test_each_orders_the_warned_households_by_one_thing() -> None:
    found = orders()
    assert found["largest_amount"] == ["H1", "H3", "H2"]
    assert found["single_trigger"] == ["H2", "H3", "H1"]
    assert set(found["village_average"][:2]) == {"H2", "H3"}
    assert {len(order) for order in found.values()} == {3}


def test_lots_are_drawn_by_the_seed() -> None:
    assert orders(1) == orders(1)
    assert len({tuple(orders(seed)["random"]) for seed in range(8)}) > 1
