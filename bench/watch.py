"""Seconds, processor seconds and peak memory of a step that runs in a process of its own."""

import json
import resource
import time
from collections.abc import Callable
from pathlib import Path

Figures = dict[str, float | int]


class Watch:
    """Seconds since it was made, on the clock and of all threads."""

    def __init__(self) -> None:
        self._clock, self._threads = time.perf_counter(), time.process_time()

    def read(self) -> Figures:
        """`seconds`, and `processor_seconds`, which a busy machine changes less."""
        return {"seconds": time.perf_counter() - self._clock, "processor_seconds": time.process_time() - self._threads}


def report(step: Callable[[Path], Figures], home: Path) -> None:
    """Run a step and print its figures with the peak memory of this process, in MiB."""
    figures = step(home)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**figures, "peak_mib": round(peak)}))
