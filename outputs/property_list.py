"""The county's list of property flags, each with a place for the household's explanation."""

from pathlib import Path
from typing import Final

import duckdb

from catalogue import Part, load_yaml
from outputs.files import ListFile
from outputs.form_files import rows_of, write_per_county
from outputs.form_workbook import Form
from outputs.heads import TABLE as HEADS
from outputs.heads import heads_of
from outputs.layout import HERE, Column, Layout
from outputs.sheets import Heading

TITLE: Final = "信息比对提示"

_LINES: Final = f"""
SELECT f.case_id, c.township_name, c.village_name, coalesce(household_code, f.household_id) AS household_code, head_name,
    coalesce(head_id_number, '') AS head_id_number, relation, f.title || ' ' || count(*) || ' 项' AS flag, f.auth_no
FROM property_flag f JOIN case_file c USING (case_id) LEFT JOIN {HEADS} h ON h.household_id = f.household_id
LEFT JOIN resident r ON r.resident_id = f.resident_id
WHERE c.county = ?
GROUP BY f.case_id, c.township, c.township_name, c.village, c.village_name, household_code, f.household_id, head_name,
    head_id_number, f.resident_id, relation, f.source, f.title, f.auth_no
ORDER BY c.township, c.village, f.case_id, f.resident_id, f.source, f.title, f.auth_no"""

_COUNTIES: Final = (
    "SELECT DISTINCT county FROM property_flag JOIN case_file USING (case_id) WHERE county IS NOT NULL ORDER BY county"
)


class PropertyForm(Part):
    """Everything that is printed on the list and does not change from night to night."""

    columns: tuple[Column, ...]
    guidance: tuple[str, ...]


def write_property_lists(connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading) -> tuple[ListFile, ...]:
    """Write `信息比对提示` of every county with a flag, CSV and XLSX, in order of place; a line is a kind of thing of a person.

    Reads `property_flag`, `case_file`, `resident` and `roster_identity`.
    """
    form = load_yaml(HERE / "property_columns.yaml", PropertyForm)
    layout = Layout(columns=form.columns)

    def form_of(county: str, name: str) -> Form:
        rows = rows_of(connection.execute(_LINES, [county]), layout)
        told = [f"本县 {len(rows):,} 条提示，均须当面核实、允许说明。"]
        return Form(TITLE, f"{name} {TITLE}", layout, rows, heading, told, form.guidance, {})

    with heads_of(connection, "SELECT household_id FROM property_flag"):
        return write_per_county(connection, folder, TITLE, _COUNTIES, form_of)
