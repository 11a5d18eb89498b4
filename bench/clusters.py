"""`make bench-clusters`: how often a crowd of warned households is called with nothing wrong, and how large one must be.

Six counties of twelve townships of ten villages of 250 households.  Every village has a level of its own (gamma, coefficient of
variation 0.6), events come singly or in lumps (a village's storm, a workshop's layoff).  One world has a feed that came for the
first time two weeks ago, another one that comes late from one county.  All of these are our own figures.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from casework.alarming import Alarm, call
from casework.clusters import PAST, apart, clusters
from casework.large_scale import load_large_scale

AS_OF: Final = date(2026, 11, 30)
RATE: Final = 0.01
NIGHTS: Final = 100
CROWDS: Final = 15
RULES: Final = {
    "disaster_hit": ("因灾", "disasters"),
    "job_lost": ("务工不稳", "employment"),
    "wage_falling": ("务工不稳", "wages"),
    "project_failed": ("产业失败", "projects"),
    "farm_loss_price": ("产业失败", "farm_losses"),
}
COUNTIES, TOWNSHIPS, VILLAGES, HOUSEHOLDS = 6, 12, 10, 250
HIT: Final = 77
"""The village, and its township, in which something happens."""


@dataclass(frozen=True)
class World:
    """Events of each rule per household and year, how many come together, and what is strange about the feeds."""

    yearly: float
    lump: float
    is_new: bool = False
    is_late: bool = False

    @property
    def said(self) -> str:
        kind = "a new feed" if self.is_new else "a feed late from one county" if self.is_late else "no feed new or late"
        return f"{self.yearly:.0%} a year, {self.lump:g} together, {kind}"


def live(connection: duckdb.DuckDBPyConnection) -> None:
    """`resident`, one per household, and `rule_source`."""
    of_township = VILLAGES * HOUSEHOLDS
    of_county = TOWNSHIPS * of_township
    connection.execute(f"""
        CREATE TABLE resident AS
        SELECT 'H' || i AS household_id, 'R' || i AS resident_id, '户主' AS relation, county, township, village,
            county AS county_name, township AS township_name, village AS village_name
        FROM (SELECT i, '9901' || lpad((i // {of_county} + 1)::VARCHAR, 2, '0') AS county,
            county || lpad((i % {of_county} // {of_township} + 1)::VARCHAR, 3, '0') AS township,
            township || lpad((i % {of_township} // {HOUSEHOLDS} + 1)::VARCHAR, 3, '0') AS village
            FROM range({COUNTIES * of_county}) r(i))""")
    connection.execute('CREATE TABLE rule_source ("rule" VARCHAR, source VARCHAR, channel VARCHAR)')
    connection.executemany("INSERT INTO rule_source VALUES (?, ?, 'department')", [(rule, to[1]) for rule, to in RULES.items()])


def happen(connection: duckdb.DuckDBPyConnection, world: World, dice: np.random.Generator, crowd: tuple[int, int]) -> None:
    """`signal`: a year of events; `crowd`: so many households more hit in ten days, over so many villages."""
    events = [event for rule in range(len(RULES)) for event in _events(world, rule, dice)]
    households, villages = crowd
    if households:
        start = HIT // villages * villages * HOUSEHOLDS
        hit = dice.choice(villages * HOUSEHOLDS, households, replace=False) + start
        events += [(int(household), 0, int(dice.integers(0, 10))) for household in hit]
    columns = list(zip(*events, strict=True))
    connection.register("events", pa.table({"household": columns[0], "number": columns[1], "ago": columns[2]}))
    named = ", ".join(f"({number}, '{rule}', '{to[0]}')" for number, (rule, to) in enumerate(RULES.items()))
    connection.execute(f"""
        CREATE OR REPLACE TABLE signal AS
        SELECT 'H' || household AS household_id, "rule", family, 'fires' AS verdict, NULL::VARCHAR[] AS combines,
            DATE '{AS_OF}' - ago::INTEGER AS event_on
        FROM events JOIN (VALUES {named}) t(number, "rule", family) USING (number)""")


def _events(world: World, rule: int, dice: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    """household, rule, days ago"""
    places = COUNTIES * TOWNSHIPS * VILLAGES
    counts = dice.poisson(world.yearly * HOUSEHOLDS * dice.gamma(2.8, 1 / 2.8, places))
    for village in np.flatnonzero(counts).tolist():
        left = int(counts[village])
        while left > 0:
            together = min(left, 1 + int(dice.poisson(world.lump - 1)))
            ago = int(dice.integers(0, 14 if world.is_new and rule == 1 else PAST))
            is_missing = world.is_late and rule == 1 and village < TOWNSHIPS * VILLAGES and ago < 45
            for household in [] if is_missing else dice.choice(HOUSEHOLDS, together, replace=False).tolist():
                yield village * HOUSEHOLDS + household, rule, ago
            left -= together


def night(connection: duckdb.DuckDBPyConnection) -> list[Alarm]:
    """What is called."""
    found, tests = clusters(connection, load_large_scale(Path("none"), ()), AS_OF, "99")
    return apart(call(found, RATE, tests))


def main() -> None:
    dice, started = np.random.default_rng(6), time.perf_counter()
    worlds = (World(0.01, 1), World(0.01, 2.5), World(0.03, 2.5), World(0.01, 1.5, is_new=True), World(0.01, 1.5, is_late=True))
    with duckdb.connect(config={"threads": 2}) as connection:
        live(connection)
        print(f"| world | nights with a false alarm of {NIGHTS}, stated: {RATE:.0%} |\n|---|---|")
        for world in worlds:
            wrong = 0
            for _ in range(NIGHTS):
                happen(connection, world, dice, (0, 1))
                wrong += bool(night(connection))
            print(f"| {world.said} | {wrong} |", flush=True)
        print("\n| hit within ten days | called, village of 250 | called, township of 2,500 |\n|---|---|---|")
        for households in (10, 15, 20, 30, 45, 60, 100):
            called = [_found(connection, dice, households, villages) for villages in (1, VILLAGES)]
            print(f"| {households} | {called[0]:.0%} | {called[1]:.0%} |", flush=True)
    print(f"\n{time.perf_counter() - started:.0f} s")


def _found(connection: duckdb.DuckDBPyConnection, dice: np.random.Generator, households: int, villages: int) -> float:
    found = 0
    for _ in range(CROWDS):
        happen(connection, World(0.01, 1.5), dice, (households, villages))
        found += any((one.place or one.county or "").startswith("990101") for one in night(connection))
    return found / CROWDS


if __name__ == "__main__":
    main()
