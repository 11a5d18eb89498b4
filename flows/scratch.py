"""A home beside the office's own, for nights that are only asked about: the same files, nothing of the office's written to.

Everything received is linked file by file, so that whatever a night writes replaces the link and never the original.  It
lies in `work/` and goes when it has served; lists with names are removed after every night.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from flows.nightly import night
from flows.past import FILE
from flows.running import Step, prepare
from settings import Home, Office, Settings

_DECLARED: Final = ("office.yaml", "weights.yaml", "released.yaml", "sources", "expectations", "rules", "reference", "matching")
_RECEIVED: Final = ("archive", "store/batches", "store/facts", "store/identity", "store/quarantine", "store/gate")
_SHOWN: Final = ("inbox", "fetched")
"""What a night only reads."""


@contextmanager
def scratch_home(home: Home, *, with_runs: bool) -> Iterator[Home]:
    """A home with everything the office declared and received, and its completed nights if asked; gone afterwards."""
    prepare(home)
    scratch = Home(Path(mkdtemp(prefix="backtest-", dir=home.work)))
    try:
        for name in _DECLARED:
            _copy(home.root / name, scratch.root / name)
        for name in _SHOWN:
            if (home.root / name).exists():
                (scratch.root / name).symlink_to((home.root / name).resolve())
        for name in _RECEIVED:
            _link_files(home.root / name, scratch.root / name)
        prepare(scratch)
        for run in completed(home) if with_runs else ():
            (scratch.runs / run.name).symlink_to(run.resolve())
        yield scratch
    finally:
        shutil.rmtree(scratch.root)


def completed(home: Home) -> list[Path]:
    """The run folders of nights that can be asked again."""
    return sorted(path.parent for path in home.runs.glob(f"*/{FILE}") if (path.parent / "manifest.json").exists())


def run_in(scratch: Home, office: Office, day: date, step: Step) -> None:
    """One night as known on that day: what was received later is not there, no database is asked."""
    night(Settings(scratch, office, day, is_today=False), step)
    shutil.rmtree(scratch.lists)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copyfile(source, target)


def _link_files(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file() and not path.name.endswith(".part"):
            link = target / path.relative_to(source)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())
