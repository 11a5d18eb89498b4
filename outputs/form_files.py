"""Forms as files: the same rows as CSV and workbook, each county's in its own folder."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from outputs.files import ListFile, list_file, write_csv
from outputs.form_workbook import Form, write_form
from outputs.layout import Layout, Row, records
from outputs.review_list import county_folder, county_name
from outputs.text_safety import file_part


def write_both(folder: Path, stem: Path, form: Form, county: str = "") -> tuple[ListFile, ...]:
    """Write a form as `stem`.csv and `stem`.xlsx; `folder` is where all lists lie, `county` whose it is ('' for the office)."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    # Not with_suffix: a place's name may hold a full stop.
    text, book = stem.with_name(stem.name + ".csv"), stem.with_name(stem.name + ".xlsx")
    write_csv(text, form.layout.titles, form.rows)
    write_form(book, form)
    return tuple(list_file(folder, path, county, "", len(form.rows)) for path in (text, book))


def write_per_county(
    connection: duckdb.DuckDBPyConnection, folder: Path, title: str, counties: str, form_of: Callable[[str, str], Form]
) -> tuple[ListFile, ...]:
    """Write `title`_<county> for every county of the query `counties`; `form_of` makes the form of a county's code and name."""
    files: list[ListFile] = []
    for (county,) in connection.execute(counties).fetchall():
        name = county_name(connection, county)
        stem = county_folder(folder, county, name) / f"{title}_{file_part(name) or '无名称'}"
        files += write_both(folder, stem, form_of(county, name), county)
    return tuple(files)


def rows_of(cursor: duckdb.DuckDBPyConnection, layout: Layout) -> list[Row]:
    """The rows of an executed query as cells, numbered from 1 under `serial`."""
    return [layout.cells({"serial": serial, **row}) for serial, row in enumerate(records(cursor), start=1)]
