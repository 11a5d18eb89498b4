"""The visiting lists: per county a folder with the county's list, one per township, and one per village with anybody to visit.

Names, numbers and phones come back here and nowhere else.  A county's folder holds no other county's household.
"""

from collections import Counter
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
from outputs.layout import Cell, Column, Layout, VisitCodes, visit_codes
from outputs.list_rows import TABLE, ListRow, listed_rows, rows
from outputs.sheets import Heading
from outputs.text_safety import file_name, file_part
from outputs.workbook import Sheet, write_workbook

_OF_COUNTY: Final = f"SELECT * FROM {TABLE} WHERE county = ? ORDER BY position, county_rank, warning_id"


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

    folder: Path
    heading: Heading
    layouts: Mapping[Name, Layout]
    codes: VisitCodes
    printed: Column
    """How a seal is printed."""
    hashes: Mapping[str, str]
    """Warning -> what seals its row."""

    def lists(self, place: _Place, listed: Sequence[ListRow]) -> Iterator[ListFile]:
        """One list in both forms, and those of the places in it that have anybody to visit."""
        layout = self.layouts[place.audience]
        cells = [row.under(layout, serial=n, row_hash=self._seal(row)) for n, row in enumerate(listed, start=1)]
        stem = self.folder / place.stem
        stem.parent.mkdir(parents=True, exist_ok=True)
        # Not with_suffix: a place's name may hold a full stop.
        text, book = stem.with_name(stem.name + ".csv"), stem.with_name(stem.name + ".xlsx")
        write_csv(text, layout.titles, cells)
        write_workbook(book, Sheet(place.shown, layout, cells, self.heading, self.codes))
        county, township = (*place.codes, "")[:2]
        for path in (text, book):
            yield list_file(self.folder, path, county, township, len(cells), place.audience)
        for inner, there in _inside(place.codes, place.names, listed):
            yield from self.lists(inner, there)

    def guide(self, place: _Place) -> ListFile:
        """The page that tells how to fill in, beside the county's list."""
        path = (self.folder / place.stem).with_name(GUIDE)
        write_guide_page(path, place.shown, self.heading, self.codes)
        return list_file(self.folder, path, place.codes[0], "", 0)

    def _seal(self, row: ListRow) -> Cell:
        return self.printed.cell(self.hashes[row.warning_id])


def write_lists(
    connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading, audiences: Audiences
) -> tuple[ListFile, ...]:
    """Write every county's lists below `folder`, from `referral`, `warning`, `resident`, `roster_identity` and `list_seal`.

    Only listed referrals: a county's list in order of position, the others in order of the township's rank.  Raises Fault if
    the lists would not hold every listed referral exactly once.
    """
    layouts = {name: audiences.layout(name) for name in RETURNING}
    codes, hashes = visit_codes(), dict(connection.execute(f"SELECT warning_id, row_hash FROM {SEALED}").fetchall())
    made = rows(codes)
    writer = _Writer(folder, heading, layouts, codes, made.columns.of("row_hash"), hashes)
    with listed_rows(connection):
        _check_complete(connection)
        return tuple(
            file
            for (county,) in connection.execute(f"SELECT DISTINCT county FROM {TABLE} ORDER BY county").fetchall()
            for place, there in _inside((), (), list(made.read(connection, _OF_COUNTY, (county,))))
            for file in (*writer.lists(place, there), writer.guide(place))
        )


def _inside(
    codes: tuple[str, ...], names: tuple[str, ...], listed: Sequence[ListRow]
) -> Iterator[tuple[_Place, Sequence[ListRow]]]:
    """The places one level inside a place, by code, each with its rows; the commonest of several spellings names it."""
    level = len(codes)
    if level == len(RETURNING):
        return
    order = listed if level == 0 else sorted(listed, key=lambda row: (row.township_rank, row.position, row.warning_id))
    found: dict[str, list[ListRow]] = {}
    for row in order:
        found.setdefault(row.codes[level], []).append(row)
    for code, there in sorted(found.items()):
        spelt = Counter(row.names[level] for row in there)
        name = min(spelt, key=lambda name: (-spelt[name], name))
        yield _Place((*codes, code), (*names, name)), there


def _check_complete(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(f"""
        SELECT (SELECT count(*) FROM referral WHERE is_listed), count(*), count(DISTINCT warning_id),
            (SELECT count(*) FROM {TABLE} SEMI JOIN {SEALED} USING (warning_id)) FROM {TABLE}""").fetchone()
    if found is None or len(set(found)) != 1:
        raise Fault(f"listed referrals, rows of lists, different warnings in them, sealed ones: {found}")
