"""The county's list of its open cases: what is to be done by when, and where to say that it is done."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb

from case_tables import STATES, TIMELINESS
from catalogue import Part, load_yaml
from engine import sql_text
from outputs.files import ListFile, list_file, write_csv
from outputs.form_workbook import Choice, Form, write_form
from outputs.heads import TABLE as HEADS
from outputs.heads import heads_of
from outputs.layout import HERE, Column, Layout, Row
from outputs.review_list import county_folder, county_name
from outputs.sheets import Heading
from outputs.text_safety import file_part

TITLE: Final = "未办结台账"
PAGE: Final = "办理进度"
"""The sheet that comes back; the contract names it."""


class StepCode(Part):
    """One step a county can report."""

    code: str
    title: str
    means: str


class CaseForm(Part):
    """Everything that is printed on the list and does not change from night to night."""

    columns: tuple[Column, ...]
    steps: tuple[StepCode, ...]
    guidance: tuple[str, ...]


def case_form() -> CaseForm:
    """The form, as declared in `case_columns.yaml`."""
    return load_yaml(HERE / "case_columns.yaml", CaseForm)


_LINES: Final = f"""
SELECT c.case_id, c.township_name, c.village_name, coalesce(household_code, c.household_id) AS household_code, head_name,
    coalesce(head_id_number, '') AS head_id_number, array_to_string(c.families, '、') AS families, c.opened_on, c.visited_on,
    CASE c.state {" ".join(f"WHEN {sql_text(k)} THEN {sql_text(v)}" for k, v in STATES.items())} END AS state, c.due_on,
    CASE c.timeliness {" ".join(f"WHEN {sql_text(k)} THEN {sql_text(v)}" for k, v in TIMELINESS.items())} END AS timeliness,
    c.days_over, c.tries, s.why AS spared
FROM case_file c LEFT JOIN {HEADS} USING (household_id) LEFT JOIN spared s USING (household_id)
WHERE c.state <> 'closed' AND c.county = ?
ORDER BY c.days_over DESC, c.due_on NULLS LAST, c.township, c.village, c.case_id
"""

_COUNTIES: Final = "SELECT DISTINCT county FROM case_file WHERE state <> 'closed' ORDER BY county"


def write_case_lists(connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading) -> tuple[ListFile, ...]:
    """Write `未办结台账` of every county that has open cases, CSV and XLSX, most overdue first.

    Reads `case_file`, `spared`, `resident` and `roster_identity`.  A household the roster no longer has keeps its line without
    a name.
    """
    with heads_of(connection, "SELECT household_id FROM case_file WHERE state <> 'closed'"):
        counties = connection.execute(
            "SELECT DISTINCT county FROM case_file WHERE state <> 'closed' ORDER BY county"
        ).fetchall()
        return tuple(file for (county,) in counties for file in _county(connection, folder, heading, county))


def _county(connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading, county: str) -> Iterator[ListFile]:
    form, name = case_form(), county_name(connection, county)
    layout, home = Layout(columns=form.columns), county_folder(folder, county, name)
    home.mkdir(parents=True, exist_ok=True)
    rows = _rows(connection, layout, county)
    stem = home / f"{TITLE}_{file_part(name) or '无名称'}"
    text, book = stem.with_name(stem.name + ".csv"), stem.with_name(stem.name + ".xlsx")
    write_csv(text, layout.titles, rows)
    steps = Choice("办理环节", [(f"{one.code} {one.title}", one.means) for one in form.steps])
    told = [f"本县未办结 {len(rows):,} 户。"]
    write_form(book, Form(PAGE, f"{name} {TITLE}", layout, rows, heading, told, form.guidance, {"step": steps}))
    for path in (text, book):
        yield list_file(folder, path, county, "", len(rows))


def _rows(connection: duckdb.DuckDBPyConnection, layout: Layout, county: str) -> list[Row]:
    cursor = connection.execute(_LINES, [county])
    keys = [column[0] for column in cursor.description or []]
    return [layout.cells(dict(zip(keys, row, strict=True))) for row in cursor.fetchall()]
