"""From a township's rows to the delivered files, keeping the truth of every row written."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from sources.county.columns import Ints, Texts, blank_where
from sources.county.dirt import Soiled, bit
from sources.county.layout import File
from sources.county.truth import row_table
from sources.county.world import Feed, World
from sources.county.write import BROKEN_LINE, CUT_LINE, MAX_SHEET_ROWS, Output, open_output


@dataclass
class _Open:
    """One file being written, in as many parts as it needs; truth of later sheets waits until the earlier ones are counted."""

    file: File
    output: Output
    path: str
    part: int = 1
    waiting: list[tuple[int, Texts, Ints]] = field(default_factory=list)


def _part_path(path: str, part: int) -> str:
    stem, dot, suffix = path.rpartition(".")
    return path if part == 1 else f"{stem}_{part}{dot}{suffix}"


class Delivery:
    """All files of all feeds, open from the first township to the last."""

    def __init__(self, inbox: Path, scratch: Path, feeds: Sequence[Feed], max_sheet_rows: int = MAX_SHEET_ROWS) -> None:
        self._inbox, self._scratch, self._max = inbox, scratch, max_sheet_rows
        self._open = {
            (feed.source, number): _Open(file, open_output(inbox / file.path, file, scratch), file.path)
            for feed in feeds
            for number, file in enumerate(feed.files)
        }
        self.rows = {feed.source: 0 for feed in feeds}
        self.written: list[str] = []

    def put(self, world: World, feed: Feed, soiled: Soiled) -> list[pa.Table]:
        """Write one township's rows of one feed; returns their truth as far as row numbers are known."""
        tables: list[pa.Table] = []
        residents = _truth_residents(world, feed, soiled)
        for number, file in enumerate(feed.files):
            for sheet in range(len(file.sheets)):
                here = (soiled.rows.file <= number) & (number <= soiled.rows.until) & (soiled.rows.sheet == sheet)
                picked = np.flatnonzero(here)
                cells = [soiled.rows.cells[column.key][picked] for column in file.sheets[sheet].columns]
                tables += self._append((feed.source, number), sheet, cells, residents[picked], soiled.mask[picked])
        return tables

    def _append(self, key: tuple[str, int], sheet: int, cells: list[Texts], residents: Texts, masks: Ints) -> list[pa.Table]:
        tables: list[pa.Table] = []
        done, count = 0, len(masks)
        self.rows[key[0]] += count
        while done < count:
            at = self._open[key]
            room = count - done if not at.file.is_workbook else self._max - at.output.rows[sheet]
            if room == 0:
                tables += self._next_part(key)
                continue
            end = min(count, done + room)
            tables += _write(at, sheet, [cell[done:end] for cell in cells], residents[done:end], masks[done:end])
            done = end
        return tables

    def _next_part(self, key: tuple[str, int]) -> list[pa.Table]:
        """A sheet is full: go on in another file."""
        full = self._open[key]
        tables = self._finish(full)
        path = _part_path(full.file.path, full.part + 1)
        self._open[key] = _Open(full.file, open_output(self._inbox / path, full.file, self._scratch), path, full.part + 1)
        return tables

    def _finish(self, at: _Open) -> list[pa.Table]:
        at.output.close()
        self.written.append(at.path)
        if at.file.copy:
            again = self._inbox / at.file.copy
            again.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._inbox / at.path, again)
            self.written.append(at.file.copy)
        return _counted_on(at)

    def close(self) -> list[pa.Table]:
        """Close everything; returns the truth that was waiting."""
        return [table for at in self._open.values() for table in self._finish(at)]


def _truth_residents(world: World, feed: Feed, soiled: Soiled) -> Texts:
    """Whose row it is; nobody's in the feeds when the person is not on the current roster."""
    people, who = world.people, soiled.rows.person
    ids = people.resident_id[who]
    return ids if feed.is_roster else blank_where(ids, ~people.is_resident[who] | world.moves.leaves[who])


def _write(at: _Open, sheet: int, cells: list[Texts], residents: Texts, masks: Ints) -> list[pa.Table]:
    first = at.output.rows[sheet] + 1
    if first == 1 and len(masks) > BROKEN_LINE:
        masks = masks.copy()
        masks[CUT_LINE] |= bit("line_damaged") * at.file.is_cut
        masks[BROKEN_LINE] |= bit("line_undecodable") * at.file.is_broken
    at.output.append(sheet, cells)
    if sheet > 0:
        at.waiting.append((sheet, residents, masks))
        return []
    return [row_table(at.file.source, at.path, first, residents, masks)]


def _counted_on(at: _Open) -> list[pa.Table]:
    """Truth of the later sheets, whose rows are numbered after those of the earlier ones."""
    tables: list[pa.Table] = []
    for sheet in range(1, len(at.file.sheets)):
        first = sum(at.output.rows[:sheet]) + 1
        for _, residents, masks in (part for part in at.waiting if part[0] == sheet):
            tables.append(row_table(at.file.source, at.path, first, residents, masks))
            first += len(masks)
    return tables
