"""The visiting lists: per county a folder with the county's list, one per township, and one per village with anybody to visit.

Names, numbers and phones come back here and nowhere else.  A county's folder holds no other county's household.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from errors import Fault
from outputs.audiences import RETURNING, Audiences, Name
from outputs.files import ListFile, list_file, write_csv
from outputs.guide import NAME as GUIDE
from outputs.guide import write_guide_page
from outputs.issue import SEALED
from outputs.layout import Layout, Row, VisitCodes, visit_codes
from outputs.list_rows import TABLE, Rows, listed_rows, rows
from outputs.sheets import Heading
from outputs.text_safety import file_name, file_part
from outputs.workbook import Sheet, write_workbook

_ORDER: Final[Mapping[Name, str]] = {
    "county": "position, county_rank, warning_id",
    "township": "township_rank, position, warning_id",
    "village": "township_rank, position, warning_id",
}


@dataclass(frozen=True)
class _Place:
    """Whose list: the codes of county, township and village ('' where the list is of all), and the commonest name of each."""

    codes: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def audience(self) -> Name:
        return RETURNING[len(self.codes) - 1]

    @property
    def stem(self) -> Path:
        """The list's file without its ending, seen from the lists' folder."""
        folders = [file_name(code, name) for code, name in zip(self.codes, self.names, strict=True)]
        last = folders[-1] if len(folders) > 1 else f"全县_{file_part(self.names[0]) or '无名称'}"
        return Path(folders[0], *folders[1:-1], last)

    @property
    def shown(self) -> str:
        return " ".join(name or code for code, name in zip(self.codes, self.names, strict=True))


@dataclass(frozen=True)
class _Writer:
    """What all lists of one night share."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    heading: Heading
    layouts: Mapping[Name, Layout]
    codes: VisitCodes
    rows: Rows
    hashes: Mapping[str, str]
    """Warning -> what seals its row."""

    def lists(self, place: _Place) -> Iterator[ListFile]:
        """One list in both forms, and those of the places in it that have anybody to visit."""
        layout, cells = self.layouts[place.audience], self._cells(place)
        stem = self.folder / place.stem
        stem.parent.mkdir(parents=True, exist_ok=True)
        # Not with_suffix: a place's name may hold a full stop.
        text, book = stem.with_name(stem.name + ".csv"), stem.with_name(stem.name + ".xlsx")
        write_csv(text, layout.titles, cells)
        write_workbook(book, Sheet(place.shown, layout, cells, self.heading, self.codes))
        county, township = (*place.codes, "")[:2]
        for path in (text, book):
            yield list_file(self.folder, path, county, township, len(cells), place.audience)
        if len(place.codes) == 1:
            guide = stem.with_name(GUIDE)
            write_guide_page(guide, place.shown, self.heading, self.codes)
            yield list_file(self.folder, guide, county, "", 0)
        for inner in self._places(place):
            yield from self.lists(inner)

    def _places(self, outer: _Place) -> Sequence[_Place]:
        """The townships of a county, or the villages of a township; the commonest of several spellings names the file."""
        if len(outer.codes) == len(RETURNING):
            return ()
        level = RETURNING[len(outer.codes)]
        return [
            _Place((*outer.codes, code), (*outer.names, name)) for code, name in _spelt(self.connection, level, outer.codes)
        ]

    def _cells(self, place: _Place) -> list[Row]:
        layout, printed = self.layouts[place.audience], self.rows.columns.of("row_hash")
        where = " AND ".join(f"{level} = ?" for level in RETURNING[: len(place.codes)])
        query = f"SELECT * FROM {TABLE} WHERE {where} ORDER BY {_ORDER[place.audience]}"
        return [
            row.under(layout, serial=serial, row_hash=printed.cell(self.hashes[row.warning_id]))
            for serial, row in enumerate(self.rows.read(self.connection, query, place.codes), start=1)
        ]


def write_lists(
    connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading, audiences: Audiences
) -> tuple[ListFile, ...]:
    """Write every county's lists below `folder`, from `referral`, `warning`, `resident`, `roster_identity` and `list_seal`.

    Only listed referrals: a county's list in order of position, the others in order of the township's rank.  Raises Fault if
    the lists would not hold every listed referral exactly once.
    """
    layouts = {name: audiences.layout(name) for name in RETURNING}
    codes, hashes = visit_codes(), dict(connection.execute(f"SELECT warning_id, row_hash FROM {SEALED}").fetchall())
    writer = _Writer(connection, folder, heading, layouts, codes, rows(codes), hashes)
    with listed_rows(connection):
        _check_complete(connection)
        return tuple(file for code, name in _spelt(connection, "county", ()) for file in writer.lists(_Place((code,), (name,))))


def _spelt(connection: duckdb.DuckDBPyConnection, level: Name, outer: Sequence[str]) -> list[tuple[str, str]]:
    """Code and commonest name of the places of a level inside the places `outer`, by code."""
    where = " AND ".join(["true", *(f"{one} = ?" for one in RETURNING[: len(outer)])])
    return connection.execute(
        f"""
        SELECT {level}, first(name ORDER BY rows DESC, name) FROM (
            SELECT {level}, coalesce({level}_name, '') AS name, count(*) AS rows FROM {TABLE} WHERE {where} GROUP BY ALL
        ) GROUP BY {level} ORDER BY {level}""",
        list(outer),
    ).fetchall()


def _check_complete(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(f"""
        SELECT (SELECT count(*) FROM referral WHERE is_listed), count(*), count(DISTINCT warning_id),
            (SELECT count(*) FROM {TABLE} SEMI JOIN {SEALED} USING (warning_id)) FROM {TABLE}""").fetchone()
    if found is None or len(set(found)) != 1:
        raise Fault(f"listed referrals, rows of lists, different warnings in them, sealed ones: {found}")
