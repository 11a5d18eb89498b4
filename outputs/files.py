"""Files that leave the office: CSV that opens in any spreadsheet, and the record of what was written."""

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from outputs.layout import Row


@dataclass(frozen=True)
class ListFile:
    """One file written: where (POSIX, relative to the lists' folder), for whom, how many rows of data, and its hash.

    `township` is '' for a list of a whole county, `county` is '' for a file of the whole office.  `audience` is one of
    audiences.yaml where the file is a visiting list or the office's list of what was left out, else ''.
    """

    path: str
    county: str
    township: str
    rows: int
    sha256: str
    audience: str = ""


def list_file(folder: Path, path: Path, county: str, township: str, rows: int, audience: str = "") -> ListFile:
    """The record of a file just written below `folder`."""
    return ListFile(path.relative_to(folder).as_posix(), county, township, rows, sha256_of(path), audience)


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes, as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_csv(path: Path, titles: Sequence[str], rows: Iterable[Row]) -> int:
    """UTF-8 with BOM and CRLF, which is what spreadsheets in Chinese expect of a CSV; returns the rows written."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(titles)
        for row in rows:
            writer.writerow([cell.isoformat() if isinstance(cell, date) else cell for cell in row])
            count += 1
    return count
