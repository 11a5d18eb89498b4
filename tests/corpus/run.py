"""A sound night, then the night of the corpus, in a process of their own: `python -m tests.corpus.run SOUND CORPUS` gives JSON.

While the second runs, some files are refused, grow or vanish as they are opened, whoever runs it: root may read everything.
"""

import errno
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final
from unittest.mock import patch

from flows.running import peak_rss_mb
from settings import Home
from tests.corpus import CASES
from tests.corpus.case import DAY, contracts
from tests.flows.little import fangpin, little_home

_OPEN: Final = Path.open


class _Broken(io.RawIOBase):
    """A file on a disk that fails."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def readinto(self, buffer: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def _refuse(path: Path) -> None:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _break(path: Path) -> IO[Any]:
    return io.BufferedReader(_Broken())


def _grow(path: Path) -> None:
    with _OPEN(path, "ab") as file:
        file.write(b"\n")


def _shrink(path: Path) -> None:
    os.truncate(path, 40)


def _become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


_HOOKS: Final[dict[str, tuple[int, Callable[[Path], IO[Any] | None]]]] = {
    "refused": (1, _refuse),
    "broken": (1, _break),
    "gone": (1, Path.unlink),
    "grows": (2, _grow),
    "shrinks": (2, _shrink),
    "vanishes": (2, Path.unlink),
    "refused later": (2, _refuse),
    "broken later": (2, _break),
    "becomes a folder": (2, _become_folder),
}
"""At which opening, and what happens to the file; or the file that is opened instead."""


def build(root: Path) -> Home:
    """A home with a roster and a department that is sound, and in the same inbox everything of the corpus."""
    home = little_home(root)
    (root / "sources").mkdir()
    for source, text in contracts().items():
        (root / "sources" / f"{source}.yaml").write_text(text, encoding="utf-8")
        (home.inbox / source / DAY).mkdir(parents=True)
    for case in CASES:
        path = home.inbox / case.source / DAY / case.name
        if case.entry is not None:
            case.entry(path)
        elif case.data is not None:
            path.write_bytes(case.data(case.tag))
    return home


def _hooked(home: Home) -> Callable[..., IO[Any]]:
    hooks = {str(home.inbox / case.source / DAY / case.name): _HOOKS[case.hook] for case in CASES if case.hook}
    opened = Counter[str]()

    def opening(path: Path, *arguments: Any, **named: Any) -> IO[Any]:
        opened[str(path)] += 1
        at, happens = hooks.get(str(path), (0, _refuse))
        instead = happens(path) if opened[str(path)] == at else None
        return instead or _OPEN(path, *arguments, **named)

    return opening


def _night(home: Path) -> Mapping[str, object]:
    start = time.perf_counter()
    outcome = fangpin("night", "--home", home, "--as-of", DAY, "--json")
    told = json.loads(outcome.out) if outcome.code == 0 else {}
    return {
        "code": outcome.code, "told": told, "err": outcome.err,
        "seconds": time.perf_counter() - start, "peak_mb": peak_rss_mb(),
    }  # fmt: skip


def main(sound: Path, corpus: Path) -> None:
    """Both nights, and what they said."""
    first = _night(sound)
    with patch.object(Path, "open", _hooked(Home(corpus))):
        second = _night(corpus)
    json.dump({"sound": first, "corpus": second}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
