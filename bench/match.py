"""`make bench-match`: the matcher and Splink 5 side by side on an invented world, from the same normalised input.

`python -m bench.match [--residents N --rows N --seed S --dirt F --scenario NAME] [--home DIR] [--memory 3GiB] [--no-splink]
[--json]`.
Each side runs in a process of its own, so that memory and imports are its own; DIR keeps world and results and is used
again if it holds a world.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench.match_figures import Json, Outcome, as_json, by_group, quality
from bench.match_ours import MEMORY
from bench.match_outcome import Told, ours, splink
from bench.match_print import print_figures
from bench.match_world import write
from bench.match_world.__main__ import add_plan, read_plan


def main() -> None:
    """Make the world, run both, print the figures."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        home = asked.home or Path(scratch)
        if not (home / "truth.parquet").exists():
            write(home, read_plan(asked))
        figures = measure(home, asked.memory, has_splink=not asked.no_splink)
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False, indent=1))
    else:
        print_figures(figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_plan(parser)
    parser.add_argument("--home", type=Path, help="where the world is or shall be; a temporary folder otherwise")
    parser.add_argument("--memory", default=MEMORY, help="what DuckDB may use for ours (default: %(default)s)")
    parser.add_argument("--no-splink", action="store_true", help="ours alone")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args()


def measure(home: Path, memory: str, has_splink: bool) -> Json:
    """All figures of the world in `home`."""
    plan = json.loads((home / "plan.json").read_text(encoding="utf-8"))
    steps = {name: _run("bench.match_ours", name, str(home), memory) for name in ("normalise", "match", "link")}
    told = {"ours": ours(home, float(steps["match"]["threshold"]))}
    if has_splink:
        steps["splink"] = _run("bench.match_splink", str(home))
        told["splink"] = splink(home, quality(told["ours"].outcome).precision)
    return {"plan": plan, "steps": steps, "systems": {name: _figures(one) for name, one in told.items()}}


def _run(*command: str) -> dict[str, float]:
    """A step in a process of its own; its figures, and the seconds of the whole process as `wall`."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", *command], check=True, stdout=subprocess.PIPE, text=True)
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": time.perf_counter() - start}


def _figures(told: Told) -> Json:
    dirty = told.rows["is_dirty"].to_numpy(zero_copy_only=False)
    return {
        "threshold": told.threshold,
        **told.notes,
        "all": as_json(told.outcome, told.threshold),
        "clean": asdict(quality(told.outcome.where(~dirty))),
        "dirty": as_json(told.outcome.where(dirty), told.threshold),
        "classes": _by_class(told.outcome, told.rows),
        "groups": [
            {"group": group, "value": value, **asdict(found)}
            for group, value, found in by_group(told.outcome, _groups(told.rows))
        ],
    }


def _by_class(outcome: Outcome, rows: pa.Table) -> dict[str, Json]:
    """The quality of the rows with each dirt class."""
    lists = rows["classes"].combine_chunks()
    row, label = lists.value_parent_indices().to_numpy(), lists.flatten().to_numpy(zero_copy_only=False)
    found = {}
    for name in sorted(set(label.tolist())):
        chosen = np.zeros(len(rows), dtype=bool)
        chosen[row[label == name]] = True
        found[name] = asdict(quality(outcome.where(chosen)))
    return found


def _groups(rows: pa.Table) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.object_]]]:
    names = ("kind", "name_length", "age_band", "sex", "is_minority", "is_rare", "is_id_missing")
    return {name: rows[name].to_numpy(zero_copy_only=False).astype(object) for name in names}


if __name__ == "__main__":
    main()
