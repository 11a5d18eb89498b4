"""`python -m tests.golden.regenerate` writes the inbox from its description; `--expected` the expected files as well."""

import argparse
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final

import xlsxwriter

from tests.golden.deliveries import TextFile, Workbook, deliveries

HERE: Final = Path(__file__).parent
HOME: Final = HERE / "home"
EXPECTED: Final = HERE / "expected"
CREATED: Final = datetime(2026, 10, 1)  # noqa: DTZ001 - a workbook's property has no zone


def write_inbox(inbox: Path) -> None:
    """Write every file of the description below `inbox`."""
    for delivery in deliveries():
        path = inbox / delivery.path
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_text(path, delivery) if isinstance(delivery, TextFile) else _write_workbook(path, delivery)


def _write_text(path: Path, file: TextFile) -> None:
    lines = (",".join(map(str, row)) + "\r\n" for row in file.rows)
    path.write_bytes("".join(lines).encode(file.encoding))


def _write_workbook(path: Path, file: Workbook) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": CREATED})
        for name, rows in file.sheets.items():
            sheet = book.add_worksheet(name)
            sheet.merge_range(0, 0, 0, len(rows[-1]) - 1, rows[0][0])
            for index, row in enumerate(rows[1:], start=1):
                sheet.write_row(index, 0, row)


def write_expected(expected: Path) -> None:
    """Run the night on a copy of the golden home and keep what it says."""
    from tests.conftest import run_night
    from tests.golden.exporting import export

    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        shutil.copytree(HOME, home)
        summary = run_night(home)
        shutil.rmtree(expected, ignore_errors=True)
        export(summary, expected)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--expected", action="store_true", help="also accept what the night says now as the expected files")
    wanted = parser.parse_args()
    shutil.rmtree(HOME / "inbox", ignore_errors=True)
    write_inbox(HOME / "inbox")
    if wanted.expected:
        write_expected(EXPECTED)


if __name__ == "__main__":
    main()
