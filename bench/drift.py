"""`make bench-drift`: how often a clean month is called unusual, and how often a spoilt one is.

`python -m bench.drift [--feeds N] [--months N] [--seed S]`.  Months are written as ingest writes them, profiled by the gate's
own pass, and compared in order; faults are planted into the months FEW and the last, one at a time.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import numpy as np

from bench.drift_world.faults import FAULTS, Fault
from bench.drift_world.feeds import Feed, Month, feed, month, tables
from engine import connect, write_parquet
from expectations.drift import LOOKS, PAST_NEEDED, Compared, Doubt, doubts
from expectations.profiling import Profile, profiles
from expectations.reading import Arrival
from settings import Home
from tables import FACT_PREFIX, IDENTITY

FEW: Final = 5
"""A month with few before it."""
SIZES: Final = ((0, 50), (50, 500), (500, 10**9))

Spoilt = tuple[str, int]
"""A fault and the month it was planted into."""


def main() -> None:
    """Print false alarms per comparison and what was found of each fault."""
    asked = _arguments()
    dice = np.random.default_rng(asked.seed)
    start, clean, found, seen = time.perf_counter(), _Tally(), _Tally(), Counter[str]()
    with tempfile.TemporaryDirectory() as scratch, connect(Path(scratch), 2, "2GiB") as db:
        for number in range(asked.feeds):
            one = feed(f"feed_{number}", dice)
            months, spoilt = _profiled(db, Home(Path(scratch) / one.name), one, asked.months, dice)
            _judge_clean(one, months, clean)
            _judge_spoilt(one, months, spoilt, found)
            seen["months"] += asked.months
    _print(clean, found, seen["months"], time.perf_counter() - start)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--seed", type=int, default=20270202)
    return parser.parse_args()


class _Tally:
    """How often each thing was asked, told and held."""

    def __init__(self) -> None:
        self.asked, self.told, self.held = Counter[str](), Counter[str](), Counter[str]()

    def add(self, name: str, some: Sequence[Doubt]) -> None:
        self.asked[name] += 1
        self.told[name] += bool(some)
        self.held[name] += any(doubt.is_gross for doubt in some)

    def line(self, name: str) -> str:
        asked = self.asked[name]
        return f"{name:<40}{asked:>8,}{self.told[name] / asked:>10.2%}{self.held[name] / asked:>10.2%}"


def _profiled(
    db: duckdb.DuckDBPyConnection, home: Home, one: Feed, months: int, dice: np.random.Generator
) -> tuple[list[Profile], dict[Spoilt, Profile]]:
    """Profiles of the clean months in order, and of the spoilt ones."""
    clean = [month(one, at, dice) for at in range(months)]
    wrong = {
        (name, at): fault.spoil(clean[at], dice)
        for name, fault in FAULTS.items()
        for at in (FEW, months - 1)
        if _applies(fault, one, name)
    }
    batches = {f"clean_{at}": rows for at, rows in enumerate(clean)} | {
        f"wrong_{n}": rows for n, rows in enumerate(wrong.values())
    }
    arrivals = [_put(home, one, name, rows) for name, rows in batches.items()]
    seen = profiles(db, home, one.contract, arrivals)
    return [seen[f"clean_{at}"] for at in range(months)], {key: seen[f"wrong_{n}"] for n, key in enumerate(wrong)}


def _applies(fault: Fault, one: Feed, name: str) -> bool:
    return one.mode == "snapshot" if fault.snapshot_only else "appended" not in name or one.mode == "append"


def _put(home: Home, one: Feed, batch: str, rows: Month) -> Arrival:
    facts, people = tables(one.contract, rows, FACT_PREFIX, IDENTITY)
    write_parquet(facts, home.facts(one.name, batch))
    write_parquet(people, home.identity(one.name, batch))
    return Arrival(batch, one.name, date(2026, 1, 1), batch, "", 1, 0, facts.num_rows, 0, [], [], None)


def _judge_clean(one: Feed, months: Sequence[Profile], tally: _Tally) -> None:
    """Each month against the months before it that were not held, as the gate does."""
    past: list[Profile] = []
    for now in months:
        some = doubts(Compared(one.contract, now, past)) if len(past) >= PAST_NEEDED else {}
        for name, told in some.items():
            tally.add(name, told)
        if some:
            every = [doubt for told in some.values() for doubt in told]
            tally.add("any", every)
            tally.add(f"any, {'first year' if len(past) < 12 else 'later'}", every)
            tally.add(f"any, {_size(now)}", every)
        if not any(doubt.is_gross for told in some.values() for doubt in told):
            past.append(now)


def _judge_spoilt(one: Feed, months: Sequence[Profile], spoilt: Mapping[Spoilt, Profile], tally: _Tally) -> None:
    """Against the clean months before; only what the fault's own comparison says counts."""
    for (name, at), now in spoilt.items():
        told = doubts(Compared(one.contract, now, months[:at]))[FAULTS[name].look]
        tally.add(name, told)
        tally.add(f"{name}, {_size(months[at])}", told)


def _size(profile: Profile) -> str:
    low, high = next((low, high) for low, high in SIZES if low <= profile.rows < high)
    return f"under {high} rows" if not low else f"{low} rows or more" if high == 10**9 else f"{low} to {high} rows"


def _print(clean: _Tally, found: _Tally, months: int, seconds: float) -> None:
    print(f"{months:,} clean months, {sum(found.asked[name] for name in FAULTS):,} spoilt ones, {seconds:.0f} s")
    print(f"\n{'clean months':<40}{'asked':>8}{'told':>10}{'held':>10}")
    for name in (*LOOKS, *sorted(name for name in clean.asked if name.startswith("any"))):
        print(clean.line(name))
    print(f"\n{'fault':<40}{'asked':>8}{'told':>10}{'held':>10}")
    for name in FAULTS:
        for line in sorted(key for key in found.asked if key == name or key.startswith(f"{name}, ")):
            print(found.line(line) + ("   should be held" if line == name and FAULTS[name].holds else ""))


if __name__ == "__main__":
    main()
