"""The county's list of its open cases: what is to be done by when, and where to say that it is done."""

from pathlib import Path
from typing import Final

import duckdb

from case_tables import STATES, TIMELINESS
from catalogue import Part, load_yaml
from engine import sql_text
from outputs.files import ListFile
from outputs.form_files import rows_of, write_per_county
from outputs.form_workbook import Choice, Form
from outputs.heads import TABLE as HEADS
from outputs.heads import heads_of
from outputs.layout import HERE, Column, Layout
from outputs.sheets import Heading

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
ORDER BY c.state = 'warned', c.days_over DESC, c.due_on NULLS LAST, c.township, c.village, c.case_id
"""

_COUNTIES: Final = "SELECT DISTINCT county FROM case_file WHERE state <> 'closed' ORDER BY county"


def write_case_lists(connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading) -> tuple[ListFile, ...]:
    """Write `未办结台账` of every county that has open cases, CSV and XLSX: what is filled in here before
    what awaits its visit, of each the most overdue first.

    Reads `case_file`, `spared`, `resident` and `roster_identity`.  A household the roster no longer has keeps its line without
    a name.
    """
    form = case_form()
    layout = Layout(columns=form.columns)
    steps = Choice("办理环节", [(f"{one.code} {one.title}", one.means) for one in form.steps])

    def form_of(county: str, name: str) -> Form:
        rows = rows_of(connection.execute(_LINES, [county]), layout)
        told = [f"本县未办结 {len(rows):,} 户。"]
        return Form(PAGE, f"{name} {TITLE}", layout, rows, heading, told, form.guidance, {"step": steps})

    with heads_of(connection, "SELECT household_id FROM case_file WHERE state <> 'closed'"):
        return write_per_county(connection, folder, TITLE, _COUNTIES, form_of)
