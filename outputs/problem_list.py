"""The ledger of problems as files: the office's whole one and each county's own; filled in, it is `problem_marks`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import duckdb

from catalogue import Part, load_yaml
from outputs.files import ListFile, list_file, write_csv
from outputs.form_workbook import Form, write_form
from outputs.layout import HERE, Column, Layout, Row
from outputs.review_list import county_folder, county_name
from outputs.sheets import Heading
from outputs.text_safety import file_part

TITLE: Final = "问题台账"
FOLDER: Final = "办公室"
PAGE: Final = "问题销号"
"""The sheet that comes back; the contract names it."""
STATES: Final = {"overdue": "逾期", "open": "在办", "struck_off": "已销号", "gone": "情形已消除"}
"""PROBLEM.state -> what people call it."""

_OPEN: Final = "state IN ('open', 'overdue')"
_LINES: Final = f"""
SELECT * FROM problem WHERE {_OPEN} AND ($county IS NULL OR county = $county) ORDER BY due_on, opened_on, kind, problem_id
"""


class ProblemForm(Part):
    """Everything that is printed on the ledger and does not change from night to night."""

    columns: tuple[Column, ...]
    guidance: tuple[str, ...]


def problem_form() -> ProblemForm:
    """The form, as declared in `problem_columns.yaml`."""
    return load_yaml(HERE / "problem_columns.yaml", ProblemForm)


def write_problem_lists(
    connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading, kinds: Mapping[str, str]
) -> tuple[ListFile, ...]:
    """Write `办公室/问题台账` and every county's `问题台账_<county>`, CSV and XLSX, from `problem` and `resident`.

    Only what is not settled yet; where nothing is open there is no file.  `kinds` is kind -> title.  To be called after the
    visiting lists, whose county folders it shares.
    """
    found = connection.execute(f"SELECT DISTINCT county FROM problem WHERE {_OPEN} ORDER BY county NULLS FIRST").fetchall()
    if not found:
        return ()
    counties = [county for (county,) in found if county is not None]
    office = _write(connection, folder / FOLDER / TITLE, heading, kinds, None)
    files = [list_file(folder, path, "", "", rows) for path, rows in office]
    for county in counties:
        name = county_name(connection, county)
        stem = county_folder(folder, county, name) / f"{TITLE}_{file_part(name) or '无名称'}"
        files += [list_file(folder, path, county, "", rows) for path, rows in _write(connection, stem, heading, kinds, county)]
    return tuple(files)


def _write(
    connection: duckdb.DuckDBPyConnection, stem: Path, heading: Heading, kinds: Mapping[str, str], county: str | None
) -> Iterator[tuple[Path, int]]:
    form = problem_form()
    layout = Layout(columns=form.columns)
    rows = list(_rows(connection, layout, kinds, county))
    stem.parent.mkdir(parents=True, exist_ok=True)
    text, book = stem.with_name(stem.name + ".csv"), stem.with_name(stem.name + ".xlsx")
    write_csv(text, layout.titles, rows)
    told = [f"尚未销号 {len(rows):,} 项。"]
    write_form(book, Form(PAGE, stem.name.replace("_", " "), layout, rows, heading, told, form.guidance, {}))
    yield from ((text, len(rows)), (book, len(rows)))


def _rows(connection: duckdb.DuckDBPyConnection, layout: Layout, kinds: Mapping[str, str], county: str | None) -> Iterator[Row]:
    cursor = connection.execute(_LINES, {"county": county})
    keys = [column[0] for column in cursor.description or []]
    for values in cursor.fetchall():
        row = dict(zip(keys, values, strict=True))
        yield layout.cells(row | {"kind_title": kinds.get(row["kind"], row["kind"]), "state_title": STATES[row["state"]]})
