"""What goes back to each sender: rows and files that could not be used, where they stand and what is asked; no value.

One file per source, as CSV that opens in any spreadsheet.  What the sender has already sent again is left out,
and so are totals and notes: nothing is asked of him there.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import duckdb

from outputs.files import ListFile, list_file, write_csv
from outputs.layout import Row
from outputs.text_safety import file_part, safe_text

FOLDER: Final = "退回"
TITLES: Final = ("文件", "收到日期", "工作表", "行号", "列", "问题", "要求", "处理")
WHOLE_FILE: Final = "（整份文件）"
WHOLE_ROW: Final = "（整行）"
_AT_ONCE: Final = 10_000

_MEND_FILE: Final = "核对是否放错了文件夹；没有放错的，改正后整份重报，文件名不变"
_MEND_ROW: Final = "改正后重报这一行，业务编号不变"

_SOURCES: Final = """
SELECT DISTINCT source FROM (
    SELECT source FROM held_file WHERE answered_by IS NULL UNION ALL
    SELECT source FROM returned_row ANTI JOIN refused_row USING (row_id) WHERE NOT is_answered AND expectation <> 'is_data_row'
) ORDER BY source"""
_HELD: Final = """
SELECT file, received_on, reason FROM held_file WHERE source = ? AND answered_by IS NULL ORDER BY received_on, file, batch_id"""
_RETURNED: Final = """
SELECT file, received_on, sheet, line, title, reason, expected FROM returned_row ANTI JOIN refused_row USING (row_id)
WHERE source = ? AND NOT is_answered AND expectation <> 'is_data_row'
ORDER BY received_on, file, batch_id, row_id, expectation, "column\""""


def write_returns(connection: duckdb.DuckDBPyConnection, folder: Path, titles: Mapping[str, str]) -> tuple[ListFile, ...]:
    """Write `退回_<source>/退回_<title>.csv` below `folder` for every source with something open.

    Reads `held_file` (HELD_FILE) and `returned_row` (RETURNED_ROW), those left out that are in `refused_row` (REFUSED_ROW) and
    so go back to a county; `titles` names the sources.
    """
    sources = [source for (source,) in connection.execute(_SOURCES).fetchall()]
    return tuple(_write(connection, folder, source, titles.get(source, source)) for source in sources)


def _write(connection: duckdb.DuckDBPyConnection, folder: Path, source: str, title: str) -> ListFile:
    path = folder / f"{FOLDER}_{source}" / f"{FOLDER}_{file_part(title) or source}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    return list_file(folder, path, "", "", write_csv(path, TITLES, _lines(connection, source)))


def _lines(connection: duckdb.DuckDBPyConnection, source: str) -> Iterator[Row]:
    for file, day, reason in connection.execute(_HELD, [source]).fetchall():
        yield (safe_text(file), day, "", "", WHOLE_FILE, safe_text(reason), "", _MEND_FILE)
    cursor = connection.execute(_RETURNED, [source])
    while rows := cursor.fetchmany(_AT_ONCE):
        for file, day, sheet, line, title, reason, expected in rows:
            where = (safe_text(file), day, safe_text(sheet), line, safe_text(title) or WHOLE_ROW)
            yield (*where, safe_text(reason), safe_text(expected), _MEND_ROW)
