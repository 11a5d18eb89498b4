"""`make bench-ranking`: our order of visits against plain ones, on invented worlds and on the invented county.

`python -m bench.ranking [--seeds S ...] [--county S ...] [--households N] [--capacity N]`.  A world is lived through month by
month: each method sends its own visits, what they find comes back as verdicts.  The worlds come in four kinds in turn: plain,
with fewer traces, with more look-alikes, with more shocks.  On the invented county it is one night, against what an officer who
knew everything would visit.
"""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from bench.ranking_figures import Figures, figures_of, interval, middle, pooled
from bench.ranking_play import METHODS, NIGHTS, OURS, judged, play_all
from bench.ranking_world.plan import Plan
from engine import number
from flows.declared import Catalogue, ranking_of, read_catalogue
from flows.nightly import night
from flows.past import open_night
from flows.running import PlainSteps
from outputs.baselines import rank_plainly
from settings import Home, read_settings
from sources.county import Plan as CountyPlan
from sources.county import invent

SEEDS: Final = (20261201, 20261202, 20261203, 20261204, 20261205, 20261206, 20261207, 20261208)
"""Not used while developing; the points were chosen on seeds 1, 2 and 3."""
COUNTY_SEEDS: Final = (20261211, 20261212)
"""The same for the invented county; developed on seed 31."""
KINDS: Final[Mapping[str, tuple[float, float, float]]] = {
    "plain": (1.0, 1.0, 1.0),
    "fewer traces": (1.0, 0.65, 1.0),
    "more look-alikes": (1.0, 1.0, 1.6),
    "more shocks": (1.5, 1.0, 1.0),
}
"""Shocks, traces, look-alikes."""
AT: Final = (25, 50, 100)


def main() -> None:
    """Print both tables."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        catalogue = read_catalogue(Home(Path(scratch)))
        found: dict[str, list[Figures]] = {method: [] for method in METHODS}
        for place, seed in enumerate(asked.seeds):
            kind = list(KINDS)[place % len(KINDS)]
            shocks, traces, look_alikes = KINDS[kind]
            plan = Plan(seed, asked.households, shocks, traces, look_alikes)
            for method, figures in _world(plan, kind, catalogue, asked.capacity).items():
                found[method].append(figures)
        _print_pooled(found)
        for seed in asked.county:
            _county(Path(scratch) / str(seed), seed, asked.residents)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=SEEDS)
    parser.add_argument("--county", type=int, nargs="*", default=COUNTY_SEEDS)
    parser.add_argument("--households", type=int, default=4_000)
    parser.add_argument("--residents", type=int, default=30_000)
    parser.add_argument("--capacity", type=int, default=25, help="visits per month")
    return parser.parse_args()


def _world(plan: Plan, kind: str, catalogue: Catalogue, capacity: int) -> dict[str, Figures]:
    ranking = ranking_of(catalogue.weights, catalogue.proposals, catalogue.references)
    with judged(plan, catalogue) as season:
        needs, seen = len(season.needs), season.seen
        found = {method: figures_of(visits, needs) for method, visits in play_all(season, ranking, capacity).items()}
    hits = "  ".join(f"{method} {figures.hits}" for method, figures in found.items())
    print(
        f"{plan.seed} {kind}: {needs} in need, {seen} with a signal; {len(NIGHTS) * capacity} visits; found: {hits}", flush=True
    )
    return found


def _print_pooled(found: Mapping[str, list[Figures]]) -> None:
    print(f"\n{'method':<16}{'precision':>22}{'recall':>22}{'lead days':>18}{'days before others':>22}{'worlds ours won':>16}")
    for method, worlds in found.items():
        if not worlds:
            return
        one = pooled(worlds)
        won = sum(ours.hits > other.hits for ours, other in zip(found[OURS], worlds, strict=True))
        shares = (f"{hits / of:.3f} ({_range(hits, of)})" for hits, of in ((one.hits, one.visits), (one.hits, one.needs)))
        print(
            f"{method:<16}{next(shares):>22}{next(shares):>22}{middle(one.lead):>18}{middle(one.before):>22}"
            f"{'' if method == OURS else f'{won} of {len(worlds)}':>16}"
        )


def _range(hits: int, of: int) -> str:
    low, high = interval(hits, of)
    return f"{low:.3f}-{high:.3f}"


def _county(root: Path, seed: int, residents: int) -> None:
    """One night of the invented county: how many of the first so many deserve a visit."""
    home = Home(root)
    invented = invent(home, CountyPlan(residents=residents, seed=seed))
    night(read_settings(root), PlainSteps(lambda _: None))
    with open_night(home) as past:
        past.db.execute("CREATE TABLE open_signal AS SELECT * FROM signal ANTI JOIN suppressed USING (signal_id)")
        rank_plainly(past.db, seed)
        past.db.execute(f"""
            CREATE TABLE placed AS
            SELECT household_id, '{OURS}' AS method, county_rank AS position FROM warning
            UNION ALL SELECT household_id, baseline, position FROM baseline""")
        past.db.execute(f"CREATE TABLE ideal AS FROM read_parquet('{root}/truth/ideal.parquet')")
        print(f"\ncounty {seed}: {invented.deserving} of {invented.households} households deserve a visit; {_tiers(past.db)}")
        for method in METHODS:
            print(f"  {method:<16}" + "  ".join(f"{_deserving(past.db, method, first)} of {first}" for first in AT), flush=True)


def _tiers(connection: duckdb.DuckDBPyConnection) -> str:
    rows = connection.execute("""
        SELECT tier, count(*) FILTER (decision = 'visit'), count(*) FROM warning JOIN ideal USING (household_id)
        GROUP BY tier ORDER BY max(score) DESC""").fetchall()
    return "warned of, by tier: " + ", ".join(f"{tier} {deserve} of {all_}" for tier, deserve, all_ in rows)


def _deserving(connection: duckdb.DuckDBPyConnection, method: str, first: int) -> int:
    """Of the first so many of each of its counties; the county of this size is one."""
    query = "SELECT count(*) FROM placed JOIN ideal USING (household_id) WHERE decision = 'visit'"
    return number(connection, f"{query} AND method = '{method}' AND position <= {first}")


if __name__ == "__main__":
    main()
