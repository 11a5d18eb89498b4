"""The county's list of monitored households whose risk may be discussed as gone.  It ends no help, decides nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb

from catalogue import Part, load_yaml
from outputs.files import ListFile, list_file, write_csv
from outputs.form_workbook import Choice, Form, write_form
from outputs.heads import TABLE as HEADS
from outputs.heads import heads_of
from outputs.layout import HERE, Column, Layout, Row
from outputs.review_list import county_folder, county_name
from outputs.sheets import Heading
from outputs.text_safety import file_part

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


def exit_form() -> ExitForm:
    """The form, as declared in `exit_columns.yaml`."""
    return load_yaml(HERE / "exit_columns.yaml", ExitForm)


def write_exit_lists(connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading) -> tuple[ListFile, ...]:
    """Write `建议评议风险消除` into the folder of every county that has proposals, CSV and XLSX, village by village.

    Reads `exit_watch`, `monitored`, `resident` and `roster_identity`.  A county's list holds its own households only.
    """
    with heads_of(connection, _PROPOSED):
        counties = connection.execute(
            "SELECT DISTINCT county FROM exit_watch WHERE verdict = 'proposed' AND county IS NOT NULL ORDER BY county"
        ).fetchall()
        return tuple(file for (county,) in counties for file in _county(connection, folder, heading, county))


def _county(connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading, county: str) -> Iterator[ListFile]:
    form, name = exit_form(), county_name(connection, county)
    layout, home = Layout(columns=form.columns), county_folder(folder, county, name)
    home.mkdir(parents=True, exist_ok=True)
    rows = _rows(connection, layout, county)
    stem = home / f"{TITLE}_{file_part(name) or '无名称'}"
    text, book = stem.with_name(stem.name + ".csv"), stem.with_name(stem.name + ".xlsx")
    write_csv(text, layout.titles, rows)
    choice = Choice("村级评议意见", [(f"{one.code} {one.title}", one.means) for one in form.decisions])
    told = [f"本县可提请评议 {len(rows):,} 户。"]
    write_form(book, Form("提请评议", f"{name} {TITLE}", layout, rows, heading, told, form.guidance, {"conclusion": choice}))
    for path in (text, book):
        yield list_file(folder, path, county, "", len(rows))


def _rows(connection: duckdb.DuckDBPyConnection, layout: Layout, county: str) -> list[Row]:
    cursor = connection.execute(_LINES, [county])
    keys = [column[0] for column in cursor.description or []]
    return [
        layout.cells({"serial": serial, **dict(zip(keys, row, strict=True))})
        for serial, row in enumerate(cursor.fetchall(), start=1)
    ]
