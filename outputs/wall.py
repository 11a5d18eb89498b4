"""The wall between counties: what lies in a county's folder is read back and must be that county's, every row of it, once.

Nothing here is shared with the code that writes the lists: places come from the folders' names, rows from the files on disk.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

import seal
from errors import Fault
from outputs.reading import Read, Unreadable, read_table

NO_CODE: Final = "无代码"
KINDS: Final = (".csv", ".xlsx")
WARNING: Final = "预警编号"
SEAL: Final = "校验码"
_LEVELS: Final = ("county", "township", "village")
_WHOLE: Final = "全县_"

_LISTED: Final = """
SELECT coalesce(w.county, ''), w.warning_id, s.seals
FROM referral r JOIN warning w USING (warning_id) LEFT JOIN list_seal s USING (warning_id) WHERE r.is_listed
"""
_FOREIGN: Final = """
SELECT county, file, count(*) FROM found ANTI JOIN (
    SELECT coalesce(county, '') AS county, warning_id AS code FROM warning
    UNION ALL SELECT coalesce(county, ''), household_id FROM warning
    UNION ALL SELECT coalesce(county, ''), case_id FROM case_file
    UNION ALL SELECT coalesce(county, ''), household_id FROM case_file
    UNION ALL SELECT coalesce(county, ''), trim(household_id) FROM resident
    UNION ALL SELECT coalesce(county, ''), trim(resident_id) FROM resident
) USING (county, code) GROUP BY county, file ORDER BY county, file
"""
_FOUND: Final = pa.schema([("county", pa.string()), ("file", pa.string()), ("code", pa.string())])

Seals = Mapping[str, Mapping[str, str]]
"""Warning -> title of a sealed column -> digest of its cell."""


@dataclass(frozen=True)
class Held:
    """What lies in a county's folder: code ('' for none), the folder, and every CSV and XLSX in it."""

    county: str
    home: Path
    tables: Mapping[Path, Read]

    def lists(self, kind: str, level: str) -> Iterator[Read]:
        """The visiting lists of one kind and level, by where the files lie."""
        for path, table in self.tables.items():
            is_inside = len(path.relative_to(self.home).parts) > 1
            at = "village" if is_inside else "county" if path.name.startswith(_WHOLE) else "township"
            if path.suffix == kind and at == level and SEAL in table.titles:
                yield table


def guard(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[Held, ...]:
    """Read back every county's folder and return what it holds.

    From `warning`, `referral`, `case_file`, `resident` and `list_seal`.  Raises Fault if a folder holds a warning, household or
    resident of another county, if a listed household is missing from a list or stands in it twice, or if a cell is not the one
    sealed.
    """
    held, due = _held(folder), _due(connection)
    faults = [
        f"{county}: no folder, though households are listed" for county in sorted(due.keys() - {one.county for one in held})
    ]
    faults += [f"{file}: {codes} codes of other counties" for file, codes in _foreign(connection, held)]
    for one in held:
        faults += [f"{one.home.name}: {fault}" for fault in _incomplete(one, due.get(one.county, {}))]
    if faults:
        raise Fault(f"packages of counties: {'; '.join(faults)}")
    return held


def _held(folder: Path) -> tuple[Held, ...]:
    """Every county's folder, by the code its name begins with.  Raises Fault if a county has two, or a file cannot be read."""
    found: dict[str, Held] = {}
    for home in sorted(path for path in folder.iterdir() if path.is_dir()):
        code, mark, _ = home.name.partition("_")
        if mark and (code == NO_CODE or (code.isdecimal() and len(code) == 6)):
            county = "" if code == NO_CODE else code
            if county in found:
                raise Fault(f"county {code} has two folders")
            found[county] = Held(county, home, {path: _read(path) for path in sorted(home.rglob("*")) if path.suffix in KINDS})
    return tuple(found.values())


def _read(path: Path) -> Read:
    try:
        return read_table(path)
    except Unreadable as problem:
        raise Fault(f"{path.name} cannot be read back: {problem}") from None


def _due(connection: duckdb.DuckDBPyConnection) -> dict[str, Seals]:
    """County -> what its lists have to hold."""
    due: dict[str, dict[str, Mapping[str, str]]] = {}
    for county, warning, sealed in connection.execute(_LISTED).fetchall():
        due.setdefault(county, {})[warning] = json.loads(sealed or "{}")
    return dict(due)


def _foreign(connection: duckdb.DuckDBPyConnection, held: Sequence[Held]) -> list[tuple[str, int]]:
    """Files that hold an id of another county's warning, household or resident, and how many."""
    told = [
        {"county": one.county, "file": path.name, "code": code}
        for one in held
        for path, table in one.tables.items()
        for code in _codes(table)
    ]
    connection.register("found", pa.Table.from_pylist(told, schema=_FOUND))
    try:
        return [(str(file), int(codes)) for _, file, codes in connection.execute(_FOREIGN).fetchall()]
    finally:
        connection.unregister("found")


def _codes(table: Read) -> Iterator[str]:
    """Every id in a table that says whose a row is, without the mark that keeps it text in a spreadsheet."""
    for title, mark in ((title, "户-" if title == "户编号" else "人-") for title in table.titles):
        if title == WARNING:
            yield from table.column(title)
        elif title == "户编号" or (title.endswith("人编号") and title != "另一人编号"):
            yield from (cell.removeprefix(mark) for cell in table.column(title) if cell.startswith(mark))


def _incomplete(held: Held, due: Seals) -> Iterator[str]:
    """What is missing from the lists of a county, stands in them twice or without being listed, or is not as sealed."""
    for kind in KINDS:
        for level in _LEVELS:
            told = Counter(warning for table in held.lists(kind, level) for warning in table.column(WARNING))
            missing, strange = len(due.keys() - told), len(told.keys() - due.keys())
            twice = sum(count > 1 for count in told.values())
            if missing or strange or twice:
                yield f"{level} lists ({kind}): {missing} households missing, {twice} twice, {strange} not listed"
    lists: Iterable[Read] = (table for level in _LEVELS for table in held.lists(".csv", level))
    changed = sum(_changed(table, due) for table in lists)
    if changed:
        yield f"{changed} cells are not those that were sealed"


def _changed(table: Read, due: Seals) -> int:
    """Cells that are not those that were sealed."""
    warnings = table.column(WARNING)
    told = ((title, zip(warnings, table.column(title), strict=True)) for title in table.titles)
    return sum(
        seal.digest(title, cell) != due[warning][title]
        for title, cells in told
        for warning, cell in cells
        if title in due.get(warning, {})
    )
