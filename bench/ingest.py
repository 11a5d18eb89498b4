"""`make bench-ingest`: one source of many rows ingested and gated, against a floor in the same run.

`python -m bench.ingest [--rows N] [--home DIR] [--json]`.  Each step runs in a process of its own, so that memory and imports
are its own.  The floor is DuckDB reading the same file as text and writing it as Parquet.  Where others use the machine too,
processor seconds tell more than the clock.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.ingest_step import DELIVERED, MEMORY, THREADS

STEPS = ("floor", "ingest", "gate")
Figures = dict[str, float]


def main() -> None:
    """Invent the file, run the steps, print the figures."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(dir=asked.home) as scratch:
        _run("invent", scratch, str(asked.rows))
        size = (Path(scratch) / "inbox" / DELIVERED).stat().st_size
        load = os.getloadavg()[0]
        steps = {name: _run(name, scratch) for name in STEPS}
    figures = {"rows": asked.rows, "bytes": size, "load": load, "steps": steps}
    print(json.dumps(figures, indent=1) if asked.json else "\n".join(_lines(asked.rows, size, load, steps)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--home", type=Path, help="where the files are made, and removed again; the system's temporary folder else"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args()


def _run(step: str, *arguments: str) -> Figures:
    command = [sys.executable, "-m", "bench.ingest_step", step, *arguments]
    figures: Figures = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]
    )
    return figures


def _lines(rows: int, size: int, load: float, steps: dict[str, Figures]) -> list[str]:
    both = {key: steps["ingest"][key] + steps["gate"][key] for key in ("seconds", "processor_seconds")}
    both["peak_mib"] = max(steps["ingest"]["peak_mib"], steps["gate"]["peak_mib"])
    return [
        f"{rows:,} rows, {size / 2**20:,.0f} MiB; threads {THREADS}, memory {MEMORY}; load {load:.1f}",
        f"{'step':<8}{'seconds':>10}{'to floor':>10}{'rows/s':>12}{'processor s':>13}{'to floor':>10}{'peak MiB':>10}",
        *(_line(name, rows, seen, steps["floor"]) for name, seen in {**steps, "both": both}.items()),
    ]


def _line(name: str, rows: int, seen: Figures, floor: Figures) -> str:
    seconds, processor = seen["seconds"], seen["processor_seconds"]
    return (
        f"{name:<8}{seconds:>10.2f}{seconds / floor['seconds']:>10.2f}{rows / seconds:>12,.0f}"
        f"{processor:>13.2f}{processor / floor['processor_seconds']:>10.2f}{seen['peak_mib']:>10,.0f}"
    )


if __name__ == "__main__":
    main()
