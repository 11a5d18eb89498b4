"""A season of lists on an invented world: each method sends its visits, what they find comes back, the next list follows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import duckdb

from bench.ranking_world.plan import FIRST_NIGHT, LAST_DAY, Plan, day_of
from bench.ranking_world.shocks import Need
from bench.ranking_world.world import World, draw, opened, show_night
from case_tables import CASE, CASE_BEFORE, MONITORED
from casework.suppress import Again, suppress
from engine import empty_table
from flows.declared import Catalogue
from outputs.baselines import BASELINE_TITLES, rank_plainly
from outputs.rank import Ranking, rank
from rules.evaluate import evaluate

OURS: Final = "ours"
METHODS: Final = (OURS, *BASELINE_TITLES)
EVERY: Final = 30
"""Days from one list to the next."""
NIGHTS: Final = tuple(range(FIRST_NIGHT, LAST_DAY + 1, EVERY))
VISITED_AFTER: Final = 7
QUIET_DAYS: Final = 90
VISIT_WITHIN_DAYS: Final = 15
_NIGHTLY: Final = ("signal", "resident", "source_status")


@dataclass(frozen=True)
class Visit:
    """A household on a list, and the need it was in, if any."""

    household: str
    night: int
    need: Need | None


@dataclass(frozen=True)
class Season:
    """All nights of a world, judged once: what fires does not depend on who is visited."""

    world: World
    connection: duckdb.DuckDBPyConnection

    @property
    def needs(self) -> tuple[Need, ...]:
        """Those that a list of the season could find."""
        return tuple(need for need in self.world.needs if any(need.since <= night < need.until for night in NIGHTS))

    @property
    def seen(self) -> int:
        """Of these, how many have any signal that fires while they last."""
        fired = {night: self._fired(night) for night in NIGHTS}
        return sum(any(n.since <= night < n.until and n.household in fired[night] for night in NIGHTS) for n in self.needs)

    def _fired(self, night: int) -> set[str]:
        query = f"SELECT DISTINCT household_id FROM signal_{night} WHERE verdict = 'fires'"
        return {row[0] for row in self.connection.execute(query).fetchall()}


@contextmanager
def judged(plan: Plan, catalogue: Catalogue) -> Iterator[Season]:
    """The world of a plan with the rules' signals of every night."""
    world, facts = draw(plan), catalogue.facts
    with opened(world, facts) as connection:
        for night in NIGHTS:
            states = show_night(connection, world, facts, night)
            evaluate(connection, catalogue.rules, catalogue.references, day_of(night), states)
            for name in _NIGHTLY:
                connection.execute(f"CREATE OR REPLACE TABLE {name}_{night} AS FROM {name}")
        yield Season(world, connection)


def play(season: Season, method: str, ranking: Ranking, capacity: int) -> tuple[Visit, ...]:
    """All visits of a season by one method.  Whom a visit finds in need is a monitored household from then on."""
    visits: list[Visit] = []
    for night in NIGHTS:
        _prepare(season.connection, night, visits)
        suppress(season.connection, day_of(night), QUIET_DAYS, Again())
        rank(season.connection, ranking, day_of(night), None)
        found = {visit.household for visit in visits if visit.need}
        needs = {
            need.household: need
            for need in season.world.needs
            if need.since <= night < need.until and need.household not in found
        }
        listed = _listed(season, method, capacity)
        visits += [Visit(household, night, needs.get(household)) for household in listed]
    return tuple(visits)


def _prepare(connection: duckdb.DuckDBPyConnection, night: int, visits: list[Visit]) -> None:
    for name in _NIGHTLY:
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM {name}_{night}")
    empty_table(connection, "case_before", CASE_BEFORE)
    empty_table(connection, "case_file", CASE)
    empty_table(connection, "monitored", MONITORED)
    connection.execute(f"""
        CREATE OR REPLACE TABLE visit_due AS
        SELECT DATE '{day_of(night)}' AS asked_on, DATE '{day_of(night)}' + {VISIT_WITHIN_DAYS} AS due_on""")
    connection.execute("""
        CREATE OR REPLACE TABLE fact_visits
        (row_id BIGINT, household_id VARCHAR, visited_on DATE, family VARCHAR, outcome VARCHAR)""")
    for visit in visits:
        row = [visit.household, day_of(visit.night + VISITED_AFTER), "纳入识别" if visit.need else "属实可应对"]
        connection.execute("INSERT INTO fact_visits VALUES (0, ?, ?, '综合', ?)", row)
    connection.execute("""
        UPDATE resident SET household_type = '监测对象'
        WHERE household_id IN (SELECT household_id FROM fact_visits WHERE outcome = '纳入识别')""")


def _listed(season: Season, method: str, capacity: int) -> list[str]:
    query = "SELECT household_id FROM warning WHERE county_rank <= ? ORDER BY county_rank"
    if method != OURS:
        rank_plainly(season.connection, season.world.plan.seed)
        query = f"SELECT household_id FROM baseline WHERE baseline = '{method}' AND position <= ? ORDER BY position"
    return [row[0] for row in season.connection.execute(query, [capacity]).fetchall()]


def play_all(season: Season, ranking: Ranking, capacity: int) -> Mapping[str, tuple[Visit, ...]]:
    """Method -> its visits."""
    return {method: play(season, method, ranking, capacity) for method in METHODS}
