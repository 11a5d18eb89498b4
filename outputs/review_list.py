"""The list of rows that a person compares with the roster: what cannot be matched reaches somebody."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from outputs.files import ListFile, list_file, write_csv
from outputs.layout import Layout, Row, review_layout
from outputs.text_safety import one_line

FOLDER: Final = "待人工比对"
_FETCHED_AT_ONCE: Final = 10_000

_ROWS: Final = """
WITH waiting AS (
    SELECT
        link.source, link.batch_id, link.row_number, link.row_id, link.resident_id, link.probability, link.evidence,
        identity.name, identity.id_number, identity.birth_date, identity.place,
        count(*) OVER (PARTITION BY identity.id_number, identity.name, identity.birth_date, identity.place) AS alike
    FROM link JOIN identity ON identity.row_id = link.row_id
    WHERE link.decision = 'review'
),
candidate AS (
    SELECT resident_id, min(name) AS name, coalesce(min(id_number), '') AS id_number
    FROM roster_identity SEMI JOIN waiting USING (resident_id) GROUP BY resident_id
),
home AS (
    SELECT resident_id, min(concat(township_name, village_name)) AS village
    FROM resident SEMI JOIN waiting USING (resident_id) GROUP BY resident_id
)
SELECT
    waiting.source, waiting.batch_id, waiting.row_number,
    waiting.name, coalesce(waiting.id_number, '') AS id_number, waiting.birth_date, waiting.place,
    candidate.name AS candidate_name, candidate.id_number AS candidate_id_number, home.village AS candidate_village,
    waiting.evidence
FROM waiting LEFT JOIN candidate USING (resident_id) LEFT JOIN home USING (resident_id)
-- Where one look is likeliest to settle it and settles most rows comes first; rows of one person stay together.
ORDER BY
    waiting.resident_id IS NULL, probability DESC NULLS LAST, alike DESC,
    waiting.id_number, waiting.name, waiting.birth_date, waiting.place, source, batch_id, row_number, row_id
"""

_GUIDE: Final = """\
待人工比对名单 说明
{notice}名单日期 {as_of}，共 {rows} 行

1. 名单所列是部门数据中不能自动与农村人口花名册对上的行，排在前面的最容易核对、一次能解决的行数最多。
2. “文件行号”是该行在部门报来文件中的位置（数据行，从 1 起，不含表头和空行）。
3. 有候选人的，请对照两边的姓名、证件号（遮蔽）和地址判断是否同一人；没有候选人的，请按姓名和地址查找。
4. “核对结论”请填写：是本人、不是本人、查无此人、无法判断。
5. “区划-”和单元格开头的单引号（'）用于防止表格软件改写内容，录入其他系统时去掉即可。
6. 名单含个人信息：只交给承担核对的人员，不得转发、张贴或公示，用后收回。
"""


def write_review_list(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    as_of: date,
    notice: str,
    titles: Mapping[str, str],
    batches: pa.Table,
) -> tuple[ListFile, ...]:
    """Write `待人工比对/待人工比对.csv` and a note on how to use it below `folder`; returns both, the list first.

    Reads `link`, `identity`, `roster_identity` and `resident`; `titles` names the sources, `batches` (BATCH) the files.
    """
    home = folder / FOLDER
    home.mkdir(parents=True)
    files = dict(zip(batches["batch_id"].to_pylist(), batches["file"].to_pylist(), strict=True))
    layout = review_layout()
    path, guide = home / f"{FOLDER}.csv", home / "说明.txt"
    rows = write_csv(path, layout.titles, _rows(connection, layout, titles, files))
    shown = f"{one_line(notice)}\n" if notice else ""
    text = _GUIDE.format(notice=shown, as_of=as_of.isoformat(), rows=rows)
    guide.write_text(text, encoding="utf-8-sig", newline="\r\n")
    return list_file(folder, path, "", "", rows), list_file(folder, guide, "", "", 0)


def _rows(
    connection: duckdb.DuckDBPyConnection, layout: Layout, titles: Mapping[str, str], files: Mapping[str, str]
) -> Iterator[Row]:
    cursor = connection.execute(_ROWS)
    keys = [column[0] for column in cursor.description or []]
    while rows := cursor.fetchmany(_FETCHED_AT_ONCE):
        for row in (dict(zip(keys, values, strict=True)) for values in rows):
            row["place_in_file"] = f"{files.get(row['batch_id'], row['batch_id'])} 第 {row['row_number']} 行"
            row["source"] = titles.get(row["source"], row["source"])
            yield layout.cells(row)
