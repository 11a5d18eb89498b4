"""The county's list of monitored households whose risk may be discussed as gone.  It ends no help, decides nothing."""

from pathlib import Path
from typing import Final

import duckdb

from catalogue import Part, load_yaml
from outputs.files import ListFile
from outputs.form_files import rows_of, write_per_county
from outputs.form_workbook import Choice, Form
from outputs.heads import TABLE as HEADS
from outputs.heads import heads_of
from outputs.layout import HERE, Column, Layout
from outputs.sheets import Heading

TITLE: Final = "建议评议风险消除"


class Decision(Part):
    """One way the village can decide."""

    code: str
    title: str
    means: str


class ExitForm(Part):
    """Everything that is printed on the list and does not change from night to night."""

    columns: tuple[Column, ...]
    decisions: tuple[Decision, ...]
    guidance: tuple[str, ...]


_PROPOSED: Final = "SELECT household_id FROM exit_watch WHERE verdict = 'proposed'"

_LINES: Final = f"""
WITH place AS (
    SELECT household_id, min(township_name) AS township_name, min(village) AS village, min(village_name) AS village_name
    FROM resident SEMI JOIN ({_PROPOSED}) USING (household_id) GROUP BY household_id
), looked_at AS (
    SELECT household_id, string_agg(DISTINCT family, '、' ORDER BY family) AS families FROM monitored GROUP BY household_id
)
SELECT p.township_name, p.village_name, h.group_name, coalesce(household_code, x.household_id) AS household_code, x.registry_no,
    head_name, coalesce(head_id_number, '') AS head_id_number, members, identified_on, families, why
FROM exit_watch x JOIN place p USING (household_id) LEFT JOIN {HEADS} h USING (household_id)
LEFT JOIN looked_at USING (household_id)
WHERE verdict = 'proposed' AND county = ? ORDER BY x.township, p.village, x.household_id
"""

_COUNTIES: Final = "SELECT DISTINCT county FROM exit_watch WHERE verdict = 'proposed' AND county IS NOT NULL ORDER BY county"


def exit_form() -> ExitForm:
    """The form, as declared in `exit_columns.yaml`."""
    return load_yaml(HERE / "exit_columns.yaml", ExitForm)


def write_exit_lists(
    connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading, document: str
) -> tuple[ListFile, ...]:
    """Write `建议评议风险消除` into the folder of every county that has proposals, CSV and XLSX, village by village.

    Reads `exit_watch`, `monitored`, `resident` and `roster_identity`.  A county's list holds its own households only.
    `document` is that of the rule by which they are proposed.
    """
    form = exit_form()
    layout = Layout(columns=form.columns)
    decisions = Choice("村级评议意见", [(f"{one.code} {one.title}", one.means) for one in form.decisions])

    def form_of(county: str, name: str) -> Form:
        rows = rows_of(connection.execute(_LINES, [county]), layout)
        told = [f"本县可提请评议 {len(rows):,} 户。", f"各项条件的依据：{document}"]
        return Form("提请评议", f"{name} {TITLE}", layout, rows, heading, told, form.guidance, {"conclusion": decisions})

    with heads_of(connection, _PROPOSED):
        return write_per_county(connection, folder, TITLE, _COUNTIES, form_of)
