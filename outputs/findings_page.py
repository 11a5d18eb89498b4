"""The gate's findings as a page: of every source and file what was asked, what was seen and what was done.

Like the report it opens offline, runs no script and says nothing that differs between two runs of the same night.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import duckdb
import jinja2

from engine import whole_file
from outputs.report import About
from outputs.text_safety import one_line

FILES_SHOWN: Final = 12
"""Of each source, newest first: a year of a monthly feed.  The others are in the run folder's findings.parquet."""

_TEMPLATES: Final = Path(__file__).parent / "templates"
_VERDICTS: Final = {"hold": "整批暂停", "quarantine": "隔离", "warn": "提醒", "pass": "符合"}
_WORST_FIRST: Final = list(_VERDICTS)

_FINDINGS: Final = f"""
WITH shown AS (
    SELECT source, batch_id, received_on, file, state, rows_in, row_number() OVER newest = 1 AS is_newest,
           count(*) OVER (PARTITION BY source) AS files
    FROM accounting
    WINDOW newest AS (PARTITION BY source ORDER BY received_on DESC, file DESC, batch_id)
    QUALIFY row_number() OVER newest <= {FILES_SHOWN}
)
SELECT source, batch_id, received_on, file, state, rows_in, is_newest, files, verdict, message
FROM shown JOIN finding USING (source, batch_id)
ORDER BY source, received_on DESC, file DESC, batch_id,
    list_position({_WORST_FIRST}, verdict), observed DESC NULLS LAST, expectation, "column", message
"""


@dataclass(frozen=True)
class Said:
    """One finding: its verdict, in English for the style and in Chinese, and the sentence without source and file."""

    kind: str
    verdict: str
    message: str


@dataclass(frozen=True)
class FileFindings:
    """One file: what met every expectation is listed for the newest file only, and counted for all."""

    file: str
    received_on: str
    state: str
    rows: int
    counts: tuple[tuple[str, str, int], ...]
    """Verdict in English and Chinese, and how many findings have it, worst first."""
    told: tuple[Said, ...]
    passed: tuple[Said, ...]


@dataclass(frozen=True)
class SourceFindings:
    """One source's files, newest first."""

    title: str
    files: tuple[FileFindings, ...]
    left_out: int


def write_findings(connection: duckdb.DuckDBPyConnection, path: Path, about: About) -> None:
    """Write the page from `finding` and `accounting`, whole or not at all."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["number"] = lambda value: f"{value:,}"
    text = environment.get_template("findings.html.j2").render(about=about, sources=list(_sources(connection, about)))
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _sources(connection: duckdb.DuckDBPyConnection, about: About) -> Iterator[SourceFindings]:
    cursor = connection.execute(_FINDINGS)
    names = [column[0] for column in cursor.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for source, of_source in groupby(rows, key=lambda row: str(row["source"])):
        title, some = about.titles.get(source, source), list(of_source)
        files = tuple(_file(title, list(of_file)) for _, of_file in groupby(some, key=lambda row: str(row["batch_id"])))
        yield SourceFindings(title, files, max(0, some[0]["files"] - FILES_SHOWN))


def _file(source: str, rows: list[dict[str, Any]]) -> FileFindings:
    first = rows[0]
    said = [_said(f"{source}，{first['file']}：", row) for row in rows]
    counts = {kind: sum(one.kind == kind for one in said) for kind in _VERDICTS}
    return FileFindings(
        file=first["file"],
        received_on=first["received_on"].isoformat(),
        state="暂停" if first["state"] == "held" else "已采用",
        rows=first["rows_in"],
        counts=tuple((kind, _VERDICTS[kind], count) for kind, count in counts.items() if count),
        told=tuple(one for one in said if one.kind != "pass"),
        passed=tuple(one for one in said if one.kind == "pass") if first["is_newest"] else (),
    )


def _said(begins: str, row: Mapping[str, Any]) -> Said:
    message = one_line(row["message"] or "").removeprefix(begins)
    return Said(row["verdict"], _VERDICTS.get(row["verdict"], row["verdict"]), message)
