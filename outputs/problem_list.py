"""The ledger of problems as files: the office's whole one and each county's own; filled in, it is `problem_marks`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import duckdb

from catalogue import Part, load_yaml
from outputs.files import ListFile
from outputs.form_files import write_both, write_per_county
from outputs.form_workbook import Form
from outputs.layout import HERE, Column, Layout, Row, records
from outputs.sheets import Heading

TITLE: Final = "问题台账"
FOLDER: Final = "办公室"
PAGE: Final = "问题销号"
"""The sheet that comes back; the contract names it."""
STATES: Final = {"overdue": "逾期", "open": "待销号", "struck_off": "已销号", "gone": "情形已消除"}
"""PROBLEM.state -> what people call it."""

_OPEN: Final = "state IN ('open', 'overdue')"
_LINES: Final = f"""
SELECT * FROM problem WHERE {_OPEN} AND ($county IS NULL OR county = $county) ORDER BY due_on, opened_on, kind, problem_id
"""
_COUNTIES: Final = f"SELECT DISTINCT county FROM problem WHERE {_OPEN} AND county IS NOT NULL ORDER BY county"


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
    form = problem_form()
    layout = Layout(columns=form.columns)

    def form_of(county: str | None, name: str) -> Form:
        rows = list(_rows(connection, layout, kinds, county))
        told = [f"尚未销号 {len(rows):,} 项。"]
        return Form(PAGE, f"{TITLE} {name}".rstrip(), layout, rows, heading, told, form.guidance, {})

    office = form_of(None, "")
    if not office.rows:
        return ()
    files = write_both(folder, folder / FOLDER / TITLE, office)
    return (*files, *write_per_county(connection, folder, TITLE, _COUNTIES, form_of))


def _rows(connection: duckdb.DuckDBPyConnection, layout: Layout, kinds: Mapping[str, str], county: str | None) -> Iterator[Row]:
    for row in records(connection.execute(_LINES, {"county": county})):
        yield layout.cells(row | {"kind_title": kinds.get(row["kind"], row["kind"]), "state_title": STATES[row["state"]]})
