"""`make bench-casework`: what became of 100,000 rows handed out in ninety nights, step by step, and a floor beside it.

`python -m bench.casework [--residents N] [--rows N] [--signals N]`.  The floor reads the same Parquet files whole and groups
each once.  Both run in processes of their own; reading the files counts on both sides.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import duckdb

import case_tables
import feed_tables
import review_tables
import tables
from bench.casework_world import invent_ledger
from bench.rules_world import AS_OF
from bench.watch import Figures, Watch, report
from casework.alarms import call_alarms
from casework.answers import match_answers
from casework.before import case_before
from casework.burden import weigh
from casework.cases import file_cases, follow_cases
from casework.channels import share_channels
from casework.clocks import visit_days
from casework.exit_watch import watch_exits
from casework.problems import Terms, list_problems
from casework.reentry import count_exits, find_reentries
from casework.registry import spare_steps, state_registry
from casework.registry_check import check_registry
from casework.steps import match_steps
from casework.suppress import suppress
from casework.yields import tell_yields
from engine import connect, number, sql_text
from flows.answered_facts import add_answers
from flows.declared import Catalogue, again_of, exits_of, load_catalogue, ranking_of
from flows.following import show_ledger, tell_rule_sources
from outputs.issue import issue
from outputs.rank import rank
from outputs.refer import refer
from rules.model import Rule
from settings import Home, Office

THREADS: Final = 2
MEMORY: Final = "4GiB"
RULES: Final = 40
"""That fire in turn."""
_FILES: Final = {
    "resident": "resident", "roster_identity": "roster_identity", "fact_monitored": "registry", "signal": "signal",
    "accepted_answers": "answers", "accepted_case_steps": "case_steps",
}  # fmt: skip
"""Table -> file."""
_EMPTY: Final = {
    "issued": case_tables.ISSUED, "link": tables.LINK, "source_status": feed_tables.SOURCE_STATUS,
    "held_file": feed_tables.HELD_FILE, "returned_row": feed_tables.RETURNED_ROW, "roster_issue": tables.ROSTER_ISSUE,
    "review_queue": review_tables.REVIEW_QUEUE, "verdict_count": tables.VERDICT_COUNT, "unjudged": tables.UNJUDGED,
    "delivery": feed_tables.DELIVERY,
}  # fmt: skip
_VISITS: Final = """
    CREATE TABLE fact_visits (row_id BIGINT, resident_id VARCHAR, household_id VARCHAR, received_on DATE, probability DOUBLE,
        visit_no VARCHAR, visited_on DATE, family VARCHAR, outcome VARCHAR)"""
_NOBODY_WROTE: Final = """
    CREATE TABLE noted (row_id BIGINT); CREATE TABLE problem_mark (row_id BIGINT, problem_no VARCHAR, struck_on DATE)"""
_UNTIMED: Final = "rank"
"""Is no casework, and only makes tonight's warnings."""

Step = Callable[[], object]


def main() -> None:
    """Invent the ledger, run floor and casework, print the figures; `--step` is how they are run alone."""
    asked = _arguments()
    if asked.step:
        report(lambda folder: floor(folder) if asked.step == "floor" else _casework(folder), asked.folder)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch) / "home"
        if not (folder / "signal.parquet").exists():
            invent_ledger(Home(folder), fired(Home(folder)), asked.residents, asked.rows, asked.signals)
        _print(asked, {step: _run(step, folder) for step in ("floor", "casework")})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--signals", type=int, default=120_000)
    parser.add_argument("--folder", type=Path, help="where the ledger is made, or lies already")
    parser.add_argument("--step", choices=("floor", "casework"), help=argparse.SUPPRESS)
    return parser.parse_args()


def fired(home: Home) -> list[Rule]:
    """Rules whose signals the world holds."""
    rules = load_catalogue(home).rules.values()
    return [rule for rule in rules if not rule.off and not rule.is_combination][:RULES]


def floor(folder: Path) -> Figures:
    """Every file read whole, its rows grouped by whom they speak of."""
    with connect(folder / "work", THREADS, MEMORY) as db:
        watch = Watch()
        for table, key, files in (
            *((name, "household_id", folder / f"{_FILES[name]}.parquet") for name in ("resident", "fact_monitored", "signal")),
            ("accepted_answers", "warning_id", folder / "answers.parquet"),
            ("accepted_case_steps", "case_id", folder / "case_steps.parquet"),
            ("issued_before", "warning_id", Home(folder).runs / "*" / "issued.parquet"),
        ):
            db.execute(f"CREATE TABLE {table} AS FROM read_parquet({sql_text(str(files))})")
            db.execute(f"CREATE OR REPLACE TEMP TABLE grouped AS SELECT {key}, count(*) FROM {table} GROUP BY 1")
        return watch.read()


def _casework(folder: Path) -> Figures:
    home = Home(folder)
    catalogue = load_catalogue(home)
    with connect(folder / "work", THREADS, MEMORY) as db:
        whole, untimed, figures = Watch(), Watch(), dict[str, float | int]()
        off = dict.fromkeys(untimed.read(), 0.0)
        for name, step in steps(db, home, catalogue).items():
            watch = Watch()
            step()
            if name == _UNTIMED:
                off = watch.read()
            else:
                figures[name] = watch.read()["seconds"]
        told = {name: value - off[name] for name, value in whole.read().items()}
        counts = {f"n_{name}": number(db, f"SELECT count(*) FROM {name}") for name in _COUNTED}
        return {**told, **figures, **counts}


_COUNTED: Final = (
    "issued_before",
    "answer",
    "case_file",
    "case_event",
    "signal",
    "suppressed",
    "warning",
    "issued",
    "exit_watch",
)


def steps(db: duckdb.DuckDBPyConnection, home: Home, catalogue: Catalogue) -> dict[str, Step]:
    """What a night does for casework, in its order."""
    office, rules = Office(), catalogue.rules
    exits = exits_of(catalogue.exit_rules, catalogue.references)

    def cases() -> None:
        follow_cases(db, AS_OF)
        file_cases(db, office.clocks, office.holidays, AS_OF)

    def before() -> None:
        case_before(db, None)
        visit_days(db, office.clocks.visit, office.holidays, AS_OF)

    def order() -> None:
        rank(db, ranking_of(catalogue.weights, catalogue.proposals, catalogue.references), AS_OF, None)
        refer(db, AS_OF, office)

    def leave() -> None:
        watch_exits(db, exits, AS_OF)
        find_reentries(db, exits.rules.reentry.months, AS_OF)
        count_exits(db)
        check_registry(db, AS_OF)

    return {
        "read": lambda: _read(db, home, catalogue),
        "ledger": lambda: show_ledger(db, home, AS_OF),
        "answers": lambda: _match(db, office),
        "registry": lambda: state_registry(db, AS_OF),
        "cases": cases,
        "before": before,
        "yields": lambda: tell_yields(db, {}),
        "suppress": lambda: suppress(db, AS_OF, office.quiet_days, again_of(rules, catalogue.channels)),
        _UNTIMED: order,
        "spared": lambda: spare_steps(db, office.new_steps_since),
        "issue": lambda: issue(db, AS_OF),
        "cases again": cases,
        "burden": lambda: weigh(db, AS_OF),
        "channels": lambda: share_channels(db),
        "exits": leave,
        "alarms": lambda: call_alarms(db, catalogue.large_scale, AS_OF, office.area, office.false_alarms),
        "problems": lambda: list_problems(db, AS_OF, Terms(office.name, office.area)),
    }


def _read(db: duckdb.DuckDBPyConnection, home: Home, catalogue: Catalogue) -> None:
    """What earlier stages of a night would have left."""
    for table, file in _FILES.items():
        db.execute(f"CREATE TABLE {table} AS FROM read_parquet({sql_text(str(home.root / file))} || '.parquet')")
    for table, schema in _EMPTY.items():
        db.register("nothing", schema.empty_table())
        db.execute(f"CREATE TABLE {table} AS FROM nothing")
        db.unregister("nothing")
    db.execute(_VISITS)
    db.execute(_NOBODY_WROTE)
    tell_rule_sources(db, catalogue.rules, catalogue.contracts)


def _match(db: duckdb.DuckDBPyConnection, office: Office) -> None:
    named = db.execute("SELECT DISTINCT batch_id, batch_id[2:7] FROM accepted_answers ORDER BY ALL").fetchall()
    match_answers(db, "answers", dict(named))
    match_steps(db, "case_steps", office.clocks.publicity_days, office.holidays)
    add_answers(db, "answer")


def _run(step: str, folder: Path) -> Figures:
    command = [sys.executable, "-m", "bench.casework", "--step", step, "--folder", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def _print(asked: argparse.Namespace, done: Mapping[str, Figures]) -> None:
    least, seen = done["floor"], done["casework"]
    counts = ", ".join(f"{value:,} {name[2:]}" for name, value in seen.items() if name.startswith("n_"))
    print(f"{asked.residents:,} residents; {counts}; threads {THREADS}, memory {MEMORY}")
    whole = ("seconds", "processor_seconds", "peak_mib")
    for name in seen:
        if name not in whole and not name.startswith("n_"):
            print(f"{name:<14}{seen[name]:>8.2f} s")
    for name, one in done.items():
        print(f"{name:<14}{one['seconds']:>8.2f} s{one['processor_seconds']:>8.2f} processor s{one['peak_mib']:>8,.0f} MiB")
    ratio, of_processor = (seen[name] / least[name] for name in whole[:2])
    print(f"ratio {ratio:.2f}, of processor seconds {of_processor:.2f}")


if __name__ == "__main__":
    main()
