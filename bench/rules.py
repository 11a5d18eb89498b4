"""`make bench-rules`: many rules over many residents and facts, against a floor in the same run.

`python -m bench.rules [--rules N] [--residents N] [--facts N]`.  The rules are those of the catalogue that are on, and copies
of them with other numbers up to N.  The floor is one group-by per need over the same tables.  Both run in processes of their
own on tables held in memory, as at night; the clock starts when the tables are there.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import count, islice
from pathlib import Path
from typing import Final

import duckdb

from bench.rules_world import AS_OF, HEAVY, invent, rows_of
from bench.watch import Figures, Watch, report
from engine import connect, number, sql_text
from feed_tables import DOUBTFUL, LIST_STATE
from rules.evaluate import evaluate
from rules.load import load_references, load_rules
from rules.model import Rule
from rules.names import ROSTER
from rules.values import Share, Threshold
from sources.contract import Contract
from sources.contracts import load_contracts

MEMORY: Final = "4GiB"
THREADS: Final = 2
RULES: Final = 90
"""As many as the catalogue has, and more than the sixty of the goal."""


def main() -> None:
    """Invent the tables, run floor and rules, print the figures; `--step` is how they are run alone."""
    asked = _arguments()
    if asked.step:
        report(lambda folder: _step(asked.step, folder, asked.rules), asked.folder)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        rows = rows_for(asked.rules, asked.residents, asked.facts)
        if not (folder / "resident.parquet").exists():
            folder.mkdir(parents=True, exist_ok=True)
            invent(folder, load_contracts(None), rows, asked.residents)
        _print(asked, rows, {step: _run(step, folder, asked.rules) for step in ("floor", "rules")})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=RULES)
    parser.add_argument("--residents", type=int, default=1_000_000)
    parser.add_argument("--facts", type=int, default=20_000_000)
    parser.add_argument("--folder", type=Path, help="where the tables are made, or lie already")
    parser.add_argument("--step", choices=("floor", "rules"), help=argparse.SUPPRESS)
    return parser.parse_args()


def rows_for(rules: int, residents: int, facts: int) -> dict[str, int]:
    sources = {source for rule in some_rules(rules).values() for source in rule.sources} | {"visits"}
    return rows_of(sorted(sources & load_contracts(None).keys()), residents, facts)


def some_rules(wanted: int) -> dict[str, Rule]:
    """The rules that are on, large feeds first; then copies with thresholds a tenth higher each round."""
    is_on = [rule for rule in load_rules(None).values() if not rule.off]
    built_in = sorted(is_on, key=lambda rule: (not HEAVY.keys() & set(rule.sources), rule.id))
    return {rule.id: rule for rule in islice(_varied(built_in), wanted)}


def _varied(rules: list[Rule]) -> Iterator[Rule]:
    for turn in count():
        for rule in rules:
            yield rule if turn == 0 else _copy(rule, turn)


def _copy(rule: Rule, turn: int) -> Rule:
    lines = {name: _raised(line, 1 + Decimal(turn) / 10) for name, line in rule.thresholds.items()}
    return rule.model_copy(update={"id": f"{rule.id}_{turn}", "thresholds": lines})


def _raised(line: Threshold, times: Decimal) -> Threshold:
    values = (v if isinstance(v.value, Share) else v.model_copy(update={"value": v.value * times}) for v in line.values)
    return line.model_copy(update={"values": tuple(values)})


def _step(step: str, folder: Path, wanted: int) -> Figures:
    contracts, rules = load_contracts(None), some_rules(wanted)
    with connect(folder / "work", THREADS, MEMORY) as connection:
        hold(connection, folder, contracts)
        watch = Watch()
        if step == "floor":
            _floor(connection, rules)
            return watch.read()
        evaluate(connection, rules, load_references(None), AS_OF, dict.fromkeys(contracts, "fresh"))
        return {**watch.read(), "signals": number(connection, "SELECT count(*) FROM signal")}


def hold(connection: duckdb.DuckDBPyConnection, folder: Path, contracts: Mapping[str, Contract]) -> None:
    for source in ("resident", *contracts):
        path = folder / f"{source}.parquet"
        if path.exists():
            table = source if source == "resident" else f"fact_{source}"
            connection.execute(f"CREATE TABLE {table} AS FROM read_parquet({sql_text(str(path))})")
    for name, schema in (("doubtful", DOUBTFUL), ("list_state", LIST_STATE)):
        connection.register("nothing", schema.empty_table())
        connection.execute(f"CREATE TABLE {name} AS FROM nothing")
        connection.unregister("nothing")
    connection.executemany("INSERT INTO list_state VALUES (?, TRUE, NULL)", [[source] for source in contracts])


def _floor(connection: duckdb.DuckDBPyConnection, rules: Mapping[str, Rule]) -> None:
    for rule in rules.values():
        unit = "resident_id" if rule.unit == "person" else "household_id"
        for need in rule.needs.values():
            if need.is_feed or need.source == ROSTER:
                table = f"fact_{need.source}" if need.is_feed else "resident"
                connection.execute(f"CREATE OR REPLACE TEMP TABLE grouped AS SELECT {unit}, count(*) FROM {table} GROUP BY 1")


def _run(step: str, folder: Path, rules: int) -> Figures:
    command = [sys.executable, "-m", "bench.rules", "--step", step, "--folder", str(folder), "--rules", str(rules)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def _print(asked: argparse.Namespace, rows: Mapping[str, int], steps: Mapping[str, Figures]) -> None:
    facts = f"{sum(rows.values()):,} facts of {len(rows)} feeds"
    print(f"{asked.rules} rules, {asked.residents:,} residents, {facts}; threads {THREADS}, memory {MEMORY}")
    print(f"{'step':<8}{'seconds':>10}{'to floor':>10}{'processor s':>13}{'peak MiB':>10}")
    for name, seen in steps.items():
        ratio = seen["seconds"] / steps["floor"]["seconds"]
        print(f"{name:<8}{seen['seconds']:>10.2f}{ratio:>10.2f}{seen['processor_seconds']:>13.2f}{seen['peak_mib']:>10,.0f}")
    print(f"signals {steps['rules']['signals']:,}")


if __name__ == "__main__":
    main()
