"""`python -m bench.explain [--residents N] [--home DIR]`: how long `fangpin explain` takes, with the start of its process.

An invented home of 200,000 residents after its night; warnings from all over the list, each asked in a process of its own as
an officer asks it; one household without a warning; and the evidence files of a whole list.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import duckdb

from flows.past import open_night
from settings import Home
from sources.county import Plan, invent

_ASKED = """
SELECT warning_id FROM (SELECT *, row_number() OVER (ORDER BY rank) AS nth, count(*) OVER () AS all_of_them FROM warning)
WHERE (nth - 1) * {times} // all_of_them <> (nth - 2) * {times} // all_of_them ORDER BY rank
"""


def main() -> None:
    """Print the median and the slowest of each way to ask, in seconds on the clock and of the processor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--home", type=Path, help="a home with a night, to reuse; made anew otherwise")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Home((asked.home or Path(scratch) / "home").resolve())
        if not home.runs.exists():
            invent(home, Plan(residents=asked.residents, seed=asked.seed))
            _fangpin("night", "--home", str(home.root))
        _measure(home, asked.times, Path(scratch))


def _measure(home: Home, times: int, scratch: Path) -> None:
    with open_night(home) as past:
        warnings = [row[0] for row in past.db.sql(_ASKED.format(times=times)).fetchall()]
        silent = past.db.sql("SELECT household_id FROM resident ANTI JOIN warning USING (household_id) LIMIT 3").fetchall()
        county, listed = past.db.sql("SELECT county, count(*) FROM referral WHERE is_listed GROUP BY 1 LIMIT 1").fetchall()[0]
        print(f"{_count(past.db, 'resident'):,} residents, {_count(past.db, 'link'):,} rows compared, "
              f"{len(past.declared.rules)} rules, {_count(past.db, 'warning'):,} warnings")  # fmt: skip
    _told("a warning", [_explain(home, warning) for warning in warnings])
    _told("a household without one", [_explain(home, "--household", household) for (household,) in silent])
    pages = _explain(home, "--list", county, "--out", str(scratch / "pages"))
    _told(f"{listed} evidence files", [pages])


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return len(connection.table(table))


def _explain(home: Home, *what: str) -> tuple[float, float]:
    return _fangpin("explain", *what, "--home", str(home.root))


def _fangpin(*arguments: str) -> tuple[float, float]:
    """Seconds on the clock and of the processor, from the start of the process to its end."""
    before, start = os.times(), perf_counter()
    subprocess.run([Path(sys.executable).parent / "fangpin", *arguments], check=True, capture_output=True)
    after = os.times()
    return perf_counter() - start, after.children_user + after.children_system - before.children_user - before.children_system


def _told(what: str, seconds: list[tuple[float, float]]) -> None:
    clock, processor = [one for one, _ in seconds], [one for _, one in seconds]
    print(
        f"{what:<26}median {statistics.median(clock):.2f} s, slowest {max(clock):.2f} s"
        f" (processor {statistics.median(processor):.2f} s, {max(processor):.2f} s), asked {len(seconds)} times"
    )


if __name__ == "__main__":
    main()
