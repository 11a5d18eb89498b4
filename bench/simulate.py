"""`make bench-simulate`: a number tried on a night of many residents and facts.

`python -m bench.simulate [--rules N] [--residents N] [--facts N]`.  The night is put together from the tables of `bench.rules`:
its facts in the store, its links, residents and signals in a run folder, as a night leaves them.  Each trial runs in a process
of its own, page and all.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

import feed_tables
import tables
from bench.rules import RULES, hold, rows_for, some_rules
from bench.rules_world import AS_OF, invent
from bench.watch import Figures, Watch, report
from casework.exit_rules import load_exit_rules
from casework.large_scale import load_large_scale
from engine import connect, copy_parquet
from flows.past import FILE, Declared, write_declared
from flows.rejudging import order_again
from flows.simulating import simulate
from flows.try_pages import simulation_page
from outputs.audiences import load_audiences
from outputs.propose import load_proposals
from outputs.publish import NIGHT
from outputs.weights import load_weights
from rules.evaluate import evaluate
from rules.load import load_references
from settings import Home, Office
from sources.contract import Contract
from sources.contracts import load_contracts

TRIALS: Final = {
    "one": ("medical_inpatient_year.line=15000",),
    "three": ("medical_inpatient_year.line=15000", "education_cost_year.line=8000", "income_under_line.line=9000"),
    "nothing": ("medical_inpatient_year.line[一般农户]=20000",),
}
"""Name -> what is set."""
_MADE: Final = ("signal", "verdict_count", "unjudged", "suppressed", "warning", "referral")
_GIVEN: Final = ("resident", "link", "source_status", "list_state", "doubtful", "batch")


def main() -> None:
    """Make the night, try, print the figures; `--step` is how a trial is run alone."""
    asked = _arguments()
    if asked.step:
        report(lambda folder: _step(asked.step, folder), asked.folder)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        home = Home(folder / "home")
        if not (home.run(AS_OF) / "manifest.json").exists():
            _night(folder, home, asked)
        _print(asked, {trial: _run(trial, folder) for trial in TRIALS})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=RULES)
    parser.add_argument("--residents", type=int, default=1_000_000)
    parser.add_argument("--facts", type=int, default=20_000_000)
    parser.add_argument("--folder", type=Path, help="where the night is made, or lies already")
    parser.add_argument("--step", choices=tuple(TRIALS), help=argparse.SUPPRESS)
    return parser.parse_args()


def _night(folder: Path, home: Home, asked: argparse.Namespace) -> None:
    contracts, rules = load_contracts(None), some_rules(asked.rules)
    rows = rows_for(asked.rules, asked.residents, asked.facts)
    folder.mkdir(parents=True, exist_ok=True)
    invent(folder, contracts, rows, asked.residents)
    run = home.run(AS_OF)
    run.mkdir(parents=True)
    declared = Declared(
        as_of=AS_OF, previous=None, office=Office(), rules=rules, references=load_references(None), weights=load_weights(None),
        proposals=load_proposals(None), states=dict.fromkeys(contracts, "missing") | dict.fromkeys(rows, "fresh"),
        facts={source: {name: fact.type for name, fact in contracts[source].facts.items()} for source in rows}, feeds={},
        audiences=load_audiences(), large_scale=load_large_scale(home.large_scale_file, rules),
        exit_rules=load_exit_rules(None),
    )  # fmt: skip
    with connect(folder / "work", 2, "4GiB") as db:
        hold(db, folder, contracts)
        _give(db, rows)
        evaluate(db, rules, declared.references, AS_OF, declared.states)
        order_again(db, declared, None)
        for table, (file, order) in NIGHT.items():
            known = table in (*_MADE, *_GIVEN)
            copy_parquet(db, f'SELECT * FROM "{table}" ORDER BY {order}' if known else "SELECT 1", run / f"{file}.parquet")
        for source in rows:
            copy_parquet(db, _stored(contracts[source]), home.facts(source, _batch(source)))
    write_declared(declared, run / FILE)
    (run / "manifest.json").write_text("{}", encoding="utf-8")


def _batch(source: str) -> str:
    return f"{source}_batch"


def _give(db: duckdb.DuckDBPyConnection, rows: Mapping[str, int]) -> None:
    """Whose each row is, one batch per source, and feeds that are on time."""
    links = " UNION ALL ".join(
        f"SELECT row_id, '{source}' AS source, '{_batch(source)}' AS batch_id, resident_id, probability FROM fact_{source}"
        for source in rows
    )
    schema = {**dict.fromkeys(tables.LINK.names, "NULL"), "decision": "'linked'", "method": "'number'", "row_number": "1"}
    kept = {name: name for name in ("row_id", "source", "batch_id", "resident_id", "probability")}
    columns = ", ".join(f"{value} AS {name}" for name, value in {**schema, **kept}.items())
    db.execute(f"CREATE TABLE link AS SELECT {columns} FROM ({links})")
    batches = [{"batch_id": _batch(s), "source": s, "received_on": date(2026, 10, 1), "rows": n} for s, n in rows.items()]
    for name, schema_of, said in (
        ("batch", tables.BATCH, batches),
        ("source_status", feed_tables.SOURCE_STATUS, [{"source": source} for source in rows]),
    ):
        full = [{**dict.fromkeys(schema_of.names), **row} for row in said]
        db.register("given", pa.Table.from_pylist(full, schema=schema_of))
        db.execute(f"CREATE TABLE {name} AS FROM given")
        db.unregister("given")


def _stored(contract: Contract) -> str:
    """The facts as the store keeps them: what every row has, then the contract's columns."""
    prefix = {**dict.fromkeys(tables.FACT_PREFIX.names, "NULL"), "row_id": "row_id", "row_number": "1"}
    items = [f"{value} AS {name}" for name, value in prefix.items()] + [f'"{name}"' for name in contract.facts]
    return f"SELECT {', '.join(items)} FROM fact_{contract.id} ORDER BY row_id"


def _step(trial: str, folder: Path) -> Figures:
    watch = Watch()
    found = simulate(Home(folder / "home"), TRIALS[trial], None, None)
    simulation_page(folder / f"{trial}.html", found)
    return {**watch.read(), "moves": len(found.moves)}


def _run(trial: str, folder: Path) -> Figures:
    command = [sys.executable, "-m", "bench.simulate", "--step", trial, "--folder", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def _print(asked: argparse.Namespace, trials: Mapping[str, Figures]) -> None:
    print(f"{asked.rules} rules, {asked.residents:,} residents, {asked.facts:,} facts")
    print(f"{'trial':<10}{'settings':>10}{'seconds':>10}{'processor s':>13}{'peak MiB':>10}{'moves':>8}")
    for name, seen in trials.items():
        times = f"{seen['seconds']:>10.2f}{seen['processor_seconds']:>13.2f}"
        print(f"{name:<10}{len(TRIALS[name]):>10}{times}{seen['peak_mib']:>10,.0f}{seen['moves']:>8,}")


if __name__ == "__main__":
    main()
