"""What matching found wrong with the roster and with earlier verdicts, as lists for those who can put it right."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from engine import sql_text
from outputs.files import ListFile, list_file, write_csv
from outputs.layout import Row
from outputs.review_list import FOLDER, county_folder, county_name
from outputs.text_safety import file_part, safe_code, safe_text

ISSUES: Final = "花名册问题"
CONFLICTS: Final = "比对结论冲突"
ELSEWHERE: Final = "外县，由市级核对"

_TABLE: Final = "roster_issue_line"
_FETCHED_AT_ONCE: Final = 10_000
_ISSUE_TITLES: Final = ("人编号", "户编号", "村", "问题", "另一人编号")
_CONFLICT_TITLES: Final = ("比对编号", "原结论", "原结论人编号", "原核对日期", "原结论文件与行号", "以此为准的文件与行号")
_VERDICTS: Final = {"same": "是此人", "not_same": "不是此人", "cannot_tell": "无法判断"}

_LINES: Final = f"""
CREATE OR REPLACE TEMP TABLE {_TABLE} AS
SELECT CASE WHEN starts_with(i.county, {{area}}) THEN i.county ELSE '' END AS county, i.resident_id, i.household_id,
    concat(r.township_name, r.village_name) AS village, i.title, i.other_resident_id, other.county AS other_county,
    coalesce(r.township, '') AS township, coalesce(r.village, '') AS village_code, i.issue
FROM roster_issue i LEFT JOIN resident r USING (resident_id)
LEFT JOIN resident other ON other.resident_id = i.other_resident_id
"""
_OF_COUNTY: Final = f"""
SELECT resident_id, household_id, village, title, other_resident_id, county <> '' AND other_county <> county
FROM {_TABLE} WHERE county = ?
ORDER BY township, village_code, household_id, resident_id, issue, other_resident_id
"""

_CONFLICTS: Final = """
SELECT c.identity_key, c.verdict, c.resident_id, c.decided_on, o.batch_id, o.row_number, n.batch_id, n.row_number
FROM review_conflict c LEFT JOIN standing o ON o.row_id = c.row_id LEFT JOIN standing n ON n.row_id = c.overruled_by
ORDER BY c.decided_on DESC, c.identity_key, c.row_id, c.overruled_by, c.resident_id
"""


def write_roster_issues(connection: duckdb.DuckDBPyConnection, folder: Path, area: str) -> tuple[ListFile, ...]:
    """Write `花名册问题_<county>.csv` into every county's folder that has any, from `roster_issue` and `resident`.

    No name and no number.  Of a resident of another county not even the id is told; what lies outside `area`, or nowhere, is
    the office's own list.  To be called after the visiting lists, whose county folders it shares.
    """
    connection.execute(_LINES.format(area=sql_text(area)))
    counties = connection.execute(f"SELECT DISTINCT county FROM {_TABLE} ORDER BY county").fetchall()
    files = tuple(_write_issues(connection, folder, county) for (county,) in counties)
    connection.execute(f"DROP TABLE {_TABLE}")
    return files


def _write_issues(connection: duckdb.DuckDBPyConnection, folder: Path, county: str) -> ListFile:
    name = county_name(connection, county)
    home = county_folder(folder, county, name) if county else folder / ISSUES
    home.mkdir(parents=True, exist_ok=True)
    path = home / (f"{ISSUES}_{file_part(name) or '无名称'}.csv" if county else f"{ISSUES}.csv")
    rows = write_csv(path, _ISSUE_TITLES, _issue_rows(connection, county))
    return list_file(folder, path, county, "", rows)


def _issue_rows(connection: duckdb.DuckDBPyConnection, county: str) -> Iterator[Row]:
    cursor = connection.execute(_OF_COUNTY, [county])
    while rows := cursor.fetchmany(_FETCHED_AT_ONCE):
        for resident, household, village, title, other, is_elsewhere in rows:
            told = ELSEWHERE if is_elsewhere else safe_code(other, "人-")
            yield safe_code(resident, "人-"), safe_code(household, "户-"), safe_text(village), title, told


def write_conflicts(connection: duckdb.DuckDBPyConnection, folder: Path, batches: pa.Table) -> tuple[ListFile, ...]:
    """Write `待人工比对/比对结论冲突.csv` if any verdict was overruled, from `review_conflict` and `standing`.

    `batches` (BATCH) names the files.
    """
    files = dict(zip(batches["batch_id"].to_pylist(), batches["file"].to_pylist(), strict=True))
    rows = [_conflict(row, files) for row in connection.execute(_CONFLICTS).fetchall()]
    if not rows:
        return ()
    path = folder / FOLDER / f"{CONFLICTS}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(path, _CONFLICT_TITLES, rows)
    return (list_file(folder, path, "", "", len(rows)),)


def _conflict(row: tuple[object, ...], files: Mapping[str, str]) -> Row:
    key, verdict, resident, day, *places = row
    old, new = (f"{files.get(str(batch), batch)} 第 {number} 行" for batch, number in (places[:2], places[2:]))
    told = safe_code(None if resident is None else str(resident), "人-")
    return (
        safe_code(str(key), "比对-"),
        _VERDICTS.get(str(verdict), str(verdict)),
        told,
        str(day),
        safe_text(old),
        safe_text(new),
    )
