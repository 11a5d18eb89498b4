"""What goes back to the counties of the lists they returned: which rows, why, and what to do; no value of any row.

One file per county beside its lists.  Rows whose warning nobody handed out belong to no county: they lie with what goes back
of that feed.
"""

from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from outputs.files import ListFile, list_file, write_csv
from outputs.layout import Row
from outputs.returns import FOLDER
from outputs.review_list import county_folder, county_name
from outputs.text_safety import file_part, safe_text

TITLE: Final = "退回重填"
TITLES: Final = ("文件", "收到日期", "工作表", "行号", "预警编号", "原因", "怎样重填")
NOWHERE: Final = "县别不明"

_ROWS: Final = """
SELECT file, received_on, sheet, line, warning_id, string_agg(reason, '；' ORDER BY reason),
    string_agg(DISTINCT cure, '；' ORDER BY cure)
FROM refused_row WHERE {where} GROUP BY source, row_id, file, received_on, sheet, line, warning_id
ORDER BY source, received_on, file, row_id"""


def write_refused(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[ListFile, ...]:
    """Write `退回重填_<county>.csv` into the folder of every county with something open, and one per feed for the others.

    Reads `refused_row` (REFUSED_ROW) and `resident`.
    """
    counties = connection.execute("SELECT DISTINCT county FROM refused_row WHERE county IS NOT NULL ORDER BY 1").fetchall()
    strays = connection.execute("SELECT DISTINCT source FROM refused_row WHERE county IS NULL ORDER BY 1").fetchall()
    return (
        *(_of_county(connection, folder, county) for (county,) in counties),
        *(_of_nobody(connection, folder, source) for (source,) in strays),
    )


def _of_county(connection: duckdb.DuckDBPyConnection, folder: Path, county: str) -> ListFile:
    name = county_name(connection, county)
    path = county_folder(folder, county, name) / f"{TITLE}_{file_part(name) or '无名称'}.csv"
    return _write(connection, folder, path, ("county = ?", county), county)


def _of_nobody(connection: duckdb.DuckDBPyConnection, folder: Path, source: str) -> ListFile:
    path = folder / f"{FOLDER}_{source}" / f"{TITLE}_{NOWHERE}.csv"
    return _write(connection, folder, path, ("county IS NULL AND source = ?", source), "")


def _write(connection: duckdb.DuckDBPyConnection, folder: Path, path: Path, chosen: tuple[str, str], county: str) -> ListFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    found = connection.execute(_ROWS.format(where=chosen[0]), [chosen[1]]).fetchall()
    return list_file(folder, path, county, "", write_csv(path, TITLES, (_line(*row) for row in found)))


def _line(file: str, day: date, sheet: str | None, line: int | None, number: str | None, reason: str, cure: str | None) -> Row:
    told = (safe_text(number or ""), safe_text(reason), safe_text(cure or ""))
    return (safe_text(file), day, safe_text(sheet or ""), line, *told)
