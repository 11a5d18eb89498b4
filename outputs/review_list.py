"""The lists of identities that a person compares with the roster: what cannot be matched reaches somebody.

One list per county, beside its visiting lists, and one of the office's own for what concerns several counties or none for sure.
The filled list comes back as the source with role `review_verdicts`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from outputs.files import ListFile, list_file, write_csv
from outputs.form_workbook import Choice, Form, write_form
from outputs.layout import Layout, Row, records
from outputs.review_form import ReviewForm, review_form
from outputs.sheets import Heading
from outputs.text_safety import file_name, file_part, one_line

FOLDER: Final = "待人工比对"
TITLE: Final = "待人工比对名单"
PAGE: Final = "人工比对"
"""The sheet that comes back; the contract names it."""
_TABLE: Final = "review_line"

_LINES: Final = f"""
CREATE OR REPLACE TEMP TABLE {_TABLE} AS
WITH listed AS (SELECT * FROM review_queue WHERE is_listed),
row_of AS (
    SELECT identity_key, min(row_id) AS row_id, list(DISTINCT source ORDER BY source) AS sources
    FROM link SEMI JOIN listed USING (identity_key) WHERE decision = 'review' GROUP BY identity_key
),
proposed AS (
    SELECT r.resident_id, r.name, coalesce(r.id_number, '') AS id_number, strftime(h.birth_date, '%Y年%m月') AS born,
        concat(h.township_name, h.village_name) AS village
    FROM roster_identity r LEFT JOIN resident h USING (resident_id)
    WHERE r.resident_id IN (SELECT resident_id FROM listed UNION SELECT runner_up FROM listed)
),
agreeing AS (
    SELECT identity_key, resident_id, agreement, printf('%.1f', weight) AS weight, printf('%.4f', probability) AS probability
    FROM candidate SEMI JOIN listed USING (identity_key)
)
SELECT
    listed.county, listed.position, listed.identity_key, listed.rows, listed.titles AS would_fire, row_of.sources,
    link.batch_id, link.row_number, i.name, coalesce(i.id_number, '') AS id_number, i.birth_date, i.place,
    CASE WHEN starts_with(link.evidence, a.agreement) THEN ltrim(substr(link.evidence, length(a.agreement) + 1), '；')
        ELSE link.evidence END AS why,
    {{first}}, {{second}}
FROM listed JOIN row_of USING (identity_key) JOIN link ON link.row_id = row_of.row_id
JOIN identity i ON i.row_id = row_of.row_id
LEFT JOIN proposed f ON f.resident_id = listed.resident_id
LEFT JOIN agreeing a ON a.identity_key = listed.identity_key AND a.resident_id = listed.resident_id
LEFT JOIN proposed s ON s.resident_id = listed.runner_up
LEFT JOIN agreeing b ON b.identity_key = listed.identity_key AND b.resident_id = listed.runner_up
"""

_WAITING: Final = """
SELECT county, count(*) FILTER (position IS NOT NULL), coalesce(sum(rows) FILTER (position IS NOT NULL), 0),
    count(*) FILTER (is_listed), count(*) FILTER (position IS NULL)
FROM review_queue GROUP BY county HAVING count(*) FILTER (is_listed) > 0 ORDER BY county
"""

_NAME: Final = """
SELECT county_name FROM resident WHERE county = ? AND county_name IS NOT NULL
GROUP BY county_name ORDER BY count(*) DESC, county_name LIMIT 1
"""


@dataclass(frozen=True)
class _Queue:
    """One queue in numbers: identities waiting and their rows, listed, and not asked any more."""

    county: str
    waiting: int
    rows: int
    listed: int
    settled: int

    @property
    def told(self) -> str:
        """How much waits, how much of it is listed, and why no more."""
        whose = "本县" if self.county else "跨县或难以确定所属县的"
        later = f"，本次列出最有价值的 {self.listed:,} 人次，其余按序顺延" if self.waiting > self.listed else "，全部列出"
        settled = f"；另有 {self.settled:,} 人次已核对过，结论为无法判断，不再询问" if self.settled else ""
        return f"{whose}待比对 {self.waiting:,} 人次（{self.rows:,} 行）{later}{settled}。"


@dataclass(frozen=True)
class _Writer:
    """What all lists of one night share."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    heading: Heading
    form: ReviewForm
    layout: Layout
    titles: Mapping[str, str]
    files: Mapping[str, str]

    def queue(self, queue: _Queue) -> Iterator[ListFile]:
        place = county_name(self.connection, queue.county)
        home = county_folder(self.folder, queue.county, place) if queue.county else self.folder / FOLDER
        home.mkdir(parents=True, exist_ok=True)
        stem = f"{FOLDER}_{file_part(place) or '无名称'}" if queue.county else FOLDER
        text, book = home / f"{stem}.csv", home / f"{stem}.xlsx"
        guide = home / (f"{FOLDER}_说明.txt" if queue.county else "说明.txt")
        rows = list(self._rows(queue.county))
        write_csv(text, self.layout.titles, rows)
        write_form(book, self._form(f"{place or self.heading.office} {TITLE}", queue, rows))
        guide.write_text(self._guide(queue, place), encoding="utf-8-sig", newline="\r\n")
        for path, count in ((text, len(rows)), (book, len(rows)), (guide, 0)):
            yield list_file(self.folder, path, queue.county, "", count)

    def _form(self, title: str, queue: _Queue, rows: list[Row]) -> Form:
        conclusions = Choice("核对结论", [(one.title, one.means) for one in self.form.conclusions])
        told, guidance = [queue.told], self.form.guidance
        return Form(PAGE, title, self.layout, rows, self.heading, told, guidance, {"conclusion": conclusions})

    def _rows(self, county: str) -> Iterator[Row]:
        for row in records(self.connection.execute(f"SELECT * FROM {_TABLE} WHERE county = ? ORDER BY position", [county])):
            row["place_in_file"] = f"{self.files.get(row['batch_id'], row['batch_id'])} 第 {row['row_number']} 行"
            row["sources"] = "、".join(self.titles.get(source, source) for source in row["sources"])
            yield self.layout.cells(row)

    def _guide(self, queue: _Queue, place: str) -> str:
        notice = [one_line(self.heading.notice)] if self.heading.notice else []
        head = [f"{place}{FOLDER}名单 说明", *notice, f"名单日期 {self.heading.as_of.isoformat()}", queue.told, ""]
        codes = ["", "核对结论："] + [f"{one.code} {one.title}：{one.means}" for one in self.form.conclusions]
        return "\n".join([*head, *(f"{n}. {line}" for n, line in enumerate(self.form.guidance, start=1)), *codes]) + "\n"


def write_review_lists(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    heading: Heading,
    titles: Mapping[str, str],
    batches: pa.Table,
    *,
    with_weights: bool,
) -> tuple[ListFile, ...]:
    """Write every queue that has anything to ask below `folder`: list as CSV and XLSX, and a note on how to use it.

    Reads `review_queue`, `link`, `candidate`, `identity`, `roster_identity` and `resident`; `titles` names the sources,
    `batches` (BATCH) the files.  To be called after the visiting lists, whose county folders it shares.
    """
    form = review_form()
    files = dict(zip(batches["batch_id"].to_pylist(), batches["file"].to_pylist(), strict=True))
    writer = _Writer(connection, folder, heading, form, form.layout(with_weights=with_weights), titles, files)
    connection.execute(_LINES.format(first=_side("f", "a", "first"), second=_side("s", "b", "second")))
    try:
        queues = [_Queue(*row) for row in connection.execute(_WAITING).fetchall()]
        return tuple(file for queue in queues for file in writer.queue(queue))
    finally:
        # Names stay on the connection no longer than they are needed.
        connection.execute(f"DROP TABLE {_TABLE}")


def _side(person: str, agreement: str, side: str) -> str:
    """SQL: one candidate's columns; without a candidate all are null."""
    columns = {"resident": "resident_id", "name": "name", "id_number": "id_number", "born": "born", "village": "village"}
    shown = [f"{person}.{column} AS {side}_{key}" for key, column in columns.items()]
    return ", ".join([*shown, *(f"{agreement}.{key} AS {side}_{key}" for key in ("agreement", "weight", "probability"))])


def county_name(connection: duckdb.DuckDBPyConnection, county: str) -> str:
    """The commonest spelling of a county's name in the roster, '' if it has none."""
    row = connection.execute(_NAME, [county]).fetchone()
    return str(row[0]) if row else ""


def county_folder(folder: Path, county: str, name: str) -> Path:
    """Where the county's package lies: the folder it has already, whatever spelling of its name that bears, or a new one."""
    known = sorted(folder.glob(f"{file_part(county)}_*")) if folder.exists() else []
    return known[0] if known else folder / file_name(county, name)
