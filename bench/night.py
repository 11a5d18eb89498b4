"""`make bench`: one cold night at 200,000 residents, stage by stage, against the floor in the same run.

`python -m bench.night [--residents N] [--runs K] [--home DIR]`.  Night and floor run in turn as processes of their own,
so that start-up and imports count on both sides; medians are printed.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from settings import Home
from sources.county import Plan, invent

MADE_BY_A_NIGHT = ("archive", "store", "runs", "lists", "published", "work", "audit.jsonl")


def main() -> None:
    """Print seconds and rows per stage, peak memory, and the ratio of the night to the floor."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(asked.home or Path(scratch) / "home")
        if not home.inbox.exists():
            invent(home, Plan(residents=asked.residents, seed=asked.seed))
        nights, floors = [], []
        for _ in range(asked.runs):
            floors.append(_floor(home, Path(scratch) / "floor"))
            nights.append(_night(home))
    _print(nights, floors)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--home", type=Path, help="an invented home to reuse; made anew otherwise")
    return parser.parse_args()


def _night(home: Home) -> dict[str, object]:
    for name in MADE_BY_A_NIGHT:
        path = home.root / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    start = time.perf_counter()
    done = subprocess.run(
        [Path(sys.executable).parent / "fangpin", "night", "--home", home.root, "--json"], check=True, capture_output=True
    )
    return {**json.loads(done.stdout), "wall": time.perf_counter() - start}


def _floor(home: Home, out: Path) -> float:
    shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "bench.floor", home.root, out], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _print(nights: list[dict[str, object]], floors: list[float]) -> None:
    stages = [night["stages"] for night in nights]
    walls = [float(str(night["wall"])) for night in nights]
    middle, floor = statistics.median(walls), statistics.median(floors)
    inside = 0.0
    print(f"{'stage':<12}{'rows':>12}{'seconds':>10}{'share':>8}")
    for name, figure in dict(stages[0]).items():  # type: ignore[call-overload]
        seconds = statistics.median(float(stage[name]["seconds"]) for stage in stages)  # type: ignore[index]
        inside += seconds
        print(f"{name:<12}{figure['rows']:>12,}{seconds:>10.2f}{seconds / middle:>8.0%}")
    print(f"{'start, stop':<12}{'':>12}{middle - inside:>10.2f}{(middle - inside) / middle:>8.0%}")
    print(f"night {middle:.2f} s ({min(walls):.2f} to {max(walls):.2f}), floor {floor:.2f} s, ratio {middle / floor:.2f}")
    print(f"peak memory {max(int(str(night['peak_rss_mb'])) for night in nights)} MiB, {len(nights)} runs each")


if __name__ == "__main__":
    main()
