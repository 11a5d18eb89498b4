"""A county's package is closed with a manifest: every file and every row of it by hash, so that any change can be found."""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from catalogue import Part
from outputs.files import ListFile, list_file, sha256_of
from outputs.wall import SEAL, WARNING, Held, guard

MANIFEST: Final = "清单.json"
TABLE: Final = "清单.csv"
_TITLES: Final = ("文件", "给谁", "行数", "sha256")
_AUDIENCES: Final = {"county": "县级", "township": "乡镇", "village": "村（入户人员）"}
LINE_LENGTH: Final = 16
"""Hex digits of the hash over one line of one file."""


class Filed(Part):
    """One file of a package: whom it is for, its rows of data, its hash."""

    audience: str
    rows: int
    sha256: str


class Sealed(Part):
    """One household on the lists: the hash printed in them, and per file the hash over its line as written."""

    row_hash: str
    lines: Mapping[str, str]


class Package(Part):
    """`清单.json`: what a county was given on one night; no person's value."""

    as_of: date
    county: str
    files: Mapping[str, Filed]
    """Path from the package's folder -> what it is."""
    rows: Mapping[str, Sealed]
    """Warning id -> its lines."""


def close_packages(
    connection: duckdb.DuckDBPyConnection, folder: Path, files: Sequence[ListFile], as_of: date
) -> tuple[ListFile, ...]:
    """Check the wall between counties (`outputs.wall`), then write `清单.json` and `清单.csv` into every county's folder.

    To be called last: a manifest names every file that lies in the folder.  Raises Fault if the wall does not hold.
    """
    written: list[ListFile] = []
    known = {file.path: file for file in files}
    for held in guard(connection, folder):
        written += _write(folder, held.home, _package(held, as_of, known))
    return tuple(written)


def _package(held: Held, as_of: date, known: Mapping[str, ListFile]) -> Package:
    files = {}
    for path in sorted(one for one in held.home.rglob("*") if one.is_file()):
        name = path.relative_to(held.home).as_posix()
        told = known.get(f"{held.home.name}/{name}")
        rows, audience = (told.rows, told.audience) if told else (0, "")
        files[name] = Filed(audience=audience or "county", rows=rows, sha256=sha256_of(path))
    return Package(as_of=as_of, county=held.county, files=files, rows=_rows(held))


def _rows(held: Held) -> dict[str, Sealed]:
    hashes: dict[str, str] = {}
    lines: dict[str, dict[str, str]] = {}
    for path, table in held.tables.items():
        if SEAL in table.titles:
            for warning, row_hash, row in zip(table.column(WARNING), table.column(SEAL), table.rows, strict=True):
                hashes[warning] = row_hash.partition("-")[2]
                lines.setdefault(warning, {})[path.relative_to(held.home).as_posix()] = line_hash(row)
    return {warning: Sealed(row_hash=hashes[warning], lines=lines[warning]) for warning in sorted(lines)}


def line_hash(cells: Iterable[str]) -> str:
    """The hash over one line exactly as it stands in a file."""
    return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:LINE_LENGTH]


def _write(folder: Path, home: Path, package: Package) -> tuple[ListFile, ...]:
    """The readable table first: the manifest holds its hash too."""
    table = home / TABLE
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(_TITLES)
        writer.writerows((path, _AUDIENCES[one.audience], one.rows, one.sha256) for path, one in package.files.items())
    own = Filed(audience="county", rows=len(package.files), sha256=sha256_of(table))
    whole = package.model_copy(update={"files": {**package.files, TABLE: own}})
    text = json.dumps(whole.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True)
    (home / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")
    return tuple(list_file(folder, path, package.county, "", 0, "county") for path in (table, home / MANIFEST))


def vouched(files: Iterable[ListFile]) -> dict[str, str]:
    """What the audit log keeps: path -> hash of every manifest, and of every file that is in no county's package."""
    return {file.path: file.sha256 for file in files if not file.county or file.path.endswith(f"/{MANIFEST}")}
