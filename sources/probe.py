"""A workbook opened in a process of its own, under limits: `python -m sources.probe PATH` prints its largest sheet's cells.

The library ends the whole process where a damaged file asks for absurd memory, and may not end at all where it runs in circles.
"""

import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

MEMORY: Final = 3 << 30
"""Bytes of address space: the largest sheet that `limits` allows takes about one gigabyte."""
SECONDS: Final = 300
"""Of computing: the largest sheet takes about thirty."""


def largest_sheet(path: Path) -> int | None:
    """Rows times columns of the largest sheet; None if the workbook cannot be read within the limits."""
    command = [sys.executable, "-m", "sources.probe", str(path.resolve())]
    try:
        ended = subprocess.run(  # noqa: S603 - our own module, and a path as its one argument
            command, capture_output=True, timeout=SECONDS * 2, check=False, cwd=Path(__file__).parents[1]
        )
    except subprocess.TimeoutExpired:
        return None
    return int(ended.stdout) if ended.returncode == 0 else None


def _main(path: str) -> None:
    import fastexcel

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    book = fastexcel.read_excel(path)
    sizes = [0]
    for name in book.sheet_names:
        sheet = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=1, dtypes="string")
        sizes.append(sheet.total_height * sheet.width)
    sys.stdout.write(str(max(sizes)))


if __name__ == "__main__":
    _main(sys.argv[1])
