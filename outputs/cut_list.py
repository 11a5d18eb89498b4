"""The office's list of warnings that are on no visiting list, each with the reason: nobody drops out unseen."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import duckdb

from engine import number
from outputs.audiences import Audiences
from outputs.files import ListFile, list_file, write_csv
from outputs.layout import Layout, Row, visit_codes
from outputs.sheets import Heading
from outputs.workbook import Sheet, write_workbook

FOLDER: Final = "办公室"
NAME: Final = "未列入名单"

_CUT: Final = """
SELECT w.rank, w.county AS county_code, w.county_name, w.township_name, w.village_name, w.tier, w.household_type, w.status,
    w.county_rank, array_to_string(w.families, '、') AS families, w.first_seen, w.due_on, r.why_cut, w.warning_id
FROM referral r JOIN warning w USING (warning_id) WHERE NOT r.is_listed ORDER BY w.rank, w.warning_id
"""


_SHEET_LIMIT: Final = 100_000
"""Rows; a longer list is a CSV only, since no spreadsheet shows it well.  Our own figure."""
_FETCHED_AT_ONCE: Final = 10_000


def write_cut_list(
    connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading, audiences: Audiences
) -> tuple[ListFile, ...]:
    """Write `办公室/未列入名单` as CSV and XLSX, from `referral` and `warning`; nothing if every warning is listed.

    Ordered by rank over all counties; warnings outside the office's area are on it too.  It names no person.
    """
    cut = number(connection, "SELECT count(*) FROM referral WHERE NOT is_listed")
    if not cut:
        return ()
    layout, home = audiences.layout("office"), folder / FOLDER
    home.mkdir(parents=True, exist_ok=True)
    paths, made = [home / f"{NAME}.csv"], _rows(connection, layout)
    rows = list(made) if cut <= _SHEET_LIMIT else None
    write_csv(paths[0], layout.titles, made if rows is None else rows)
    if rows is not None:
        paths.append(home / f"{NAME}.xlsx")
        write_workbook(paths[1], Sheet(heading.office, layout, rows, heading, visit_codes(), NAME))
    return tuple(list_file(folder, path, "", "", cut, "office") for path in paths)


def _rows(connection: duckdb.DuckDBPyConnection, layout: Layout) -> Iterator[Row]:
    cursor = connection.execute(_CUT)
    keys, serial = [column[0] for column in cursor.description or []], count(1)
    while fetched := cursor.fetchmany(_FETCHED_AT_ONCE):
        for values in fetched:
            yield layout.cells({"serial": next(serial), **dict(zip(keys, values, strict=True))})
