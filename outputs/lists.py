"""The visiting lists: one folder per county with the county's list and one list per township, as CSV and XLSX.

Names, numbers and phones come back here and nowhere else.  A county's folder holds no other county's household.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from errors import Fault
from outputs.files import ListFile, list_file, write_csv
from outputs.heads import TABLE as HEADS
from outputs.heads import heads_of
from outputs.layout import Layout, Row, VisitCodes, visit_codes, visit_layout
from outputs.sheets import Heading
from outputs.text_safety import file_name, file_part
from outputs.workbook import Sheet, write_workbook

_TABLE: Final = "visiting_list"

_LISTED: Final = f"""
CREATE OR REPLACE TEMP TABLE {_TABLE} AS
WITH listed AS (
    SELECT r.position, w.*
    FROM referral AS r JOIN warning AS w USING (warning_id)
    WHERE r.is_listed
)
SELECT
    coalesce(listed.county, '') AS county,
    coalesce(listed.township, '') AS township,
    listed.county_name, listed.township_name, listed.village_name,
    listed.position, listed.county_rank, listed.township_rank, listed.warning_id,
    listed.tier, listed.household_type, listed.status, listed.first_seen, listed.due_on,
    array_to_string(listed.families, '、') AS families,
    array_to_string(listed.reasons, '；') AS reasons,
    '风险类型 ' || array_to_string(listed.proposed_risks, '、')
        || coalesce('；类别 ' || listed.proposed_class, '') AS proposal,
    listed.above,
    coalesce(household_code, listed.household_id) AS household_code,
    head_name, coalesce(head_id_number, '') AS head_id_number, phone, group_name, members
FROM listed LEFT JOIN {HEADS} USING (household_id)
"""

_PLACES: Final = {
    # Residents may spell a place differently; the commonest spelling names the file.
    level: f"""
    WITH spelling AS (
        SELECT {columns}, coalesce({level}_name, '') AS name, count(*) AS rows FROM {_TABLE} GROUP BY ALL
    )
    SELECT {columns}, first(name ORDER BY rows DESC, name) AS name FROM spelling GROUP BY {columns} ORDER BY {columns}
    """
    for level, columns in (("county", "county"), ("township", "county, township"))
}

_ORDER: Final = {
    "county": "position, county_rank, warning_id",
    "township": "township_rank, position, warning_id",
}


@dataclass(frozen=True)
class _Writer:
    """What all lists of one night share."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    heading: Heading
    layouts: Mapping[str, Layout]
    codes: VisitCodes

    def county(self, code: str, name: str, townships: list[tuple[str, str]]) -> Iterator[ListFile]:
        home = self.folder / file_name(code, name)
        home.mkdir(parents=True)
        shown = name or code
        yield from self._pair(home / f"全县_{file_part(name) or '无名称'}", shown, code)
        for township, spelt in townships:
            yield from self._pair(home / file_name(township, spelt), f"{shown} {spelt or township}", code, township)

    def _pair(self, stem: Path, place: str, county: str, township: str | None = None) -> Iterator[ListFile]:
        level = "county" if township is None else "township"
        layout, rows = self.layouts[level], self._rows(level, county, township or "")
        # Not with_suffix: a place's name may hold a full stop.
        text, book = stem.with_name(stem.name + ".csv"), stem.with_name(stem.name + ".xlsx")
        write_csv(text, layout.titles, rows)
        write_workbook(book, Sheet(place, layout, rows, self.heading, self.codes))
        for path in (text, book):
            yield list_file(self.folder, path, county, township or "", len(rows))

    def _rows(self, level: str, county: str, township: str) -> list[Row]:
        where = f"county = ? AND (township = ? OR {level == 'county'})"
        cursor = self.connection.execute(f"SELECT * FROM {_TABLE} WHERE {where} ORDER BY {_ORDER[level]}", [county, township])
        keys = [column[0] for column in cursor.description or []]
        return [
            self.layouts[level].cells({"serial": serial, **dict(zip(keys, row, strict=True))})
            for serial, row in enumerate(cursor.fetchall(), start=1)
        ]


def write_lists(
    connection: duckdb.DuckDBPyConnection, folder: Path, as_of: date, office_name: str, notice: str
) -> tuple[ListFile, ...]:
    """Write every county's lists below `folder`, from `referral`, `warning`, `resident` and `roster_identity`.

    Only listed referrals: a county's list in order of position, a township's in order of its rank.  Raises Fault if
    the lists would not hold every listed referral exactly once.
    """
    layouts = {"county": visit_layout("county"), "township": visit_layout("township")}
    writer = _Writer(connection, folder, Heading(as_of, office_name, notice), layouts, visit_codes())
    with heads_of(connection, "SELECT household_id FROM referral WHERE is_listed"):
        connection.execute(_LISTED)
    try:
        _check_complete(connection)
        townships = connection.execute(_PLACES["township"]).fetchall()
        return tuple(
            file
            for county, name in connection.execute(_PLACES["county"]).fetchall()
            for file in writer.county(county, name, [(code, spelt) for of, code, spelt in townships if of == county])
        )
    finally:
        # Names stay on the connection no longer than they are needed.
        connection.execute(f"DROP TABLE {_TABLE}")


def _check_complete(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(
        f"SELECT (SELECT count(*) FROM referral WHERE is_listed), count(*), count(DISTINCT warning_id) FROM {_TABLE}"
    ).fetchone()
    if found is None or len(set(found)) != 1:
        raise Fault(f"listed referrals, rows of lists, different warnings in them: {found}")
