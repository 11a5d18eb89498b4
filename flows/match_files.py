"""A roster and an extract as single files, for matching alone: Parquet or CSV, read as they are into the tables `link` wants.

Every cell becomes text, as a sender would have written it (dates in ISO form); nothing is judged here but columns and keys.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from engine import sql_text
from errors import UserError
from sources.header import Unreadable
from sources.reader import recognise
from sources.text import Lines, detect
from tables import ROSTER_IDENTITY

FORMATS: Final = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".tsv": "csv", ".txt": "csv"}
"""Suffix -> how the file is read."""
OUTPUTS: Final = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv"}
"""Suffix -> how the links are written."""
OPTIONAL: Final = ("place_name", "residency")
"""Of the roster; all its other columns must be there."""
NEEDED: Final = tuple(name for name in ROSTER_IDENTITY.names if name not in OPTIONAL)
FIELDS: Final = ("name", "id_number", "sex", "birth_date", "place_code", "phone")
"""Any of these in an extract, a name or a number at the least."""

_DELIMITERS: Final = ",\t;|"
_WHOLE: Final = "'0|-?[1-9][0-9]{0,17}'"
_INTEGERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_LINE: Final = re.compile(r"CSV Error on Line: (\d+)")


@dataclass(frozen=True)
class Read:
    """What was read: rows, the type its key goes out with again, and what to tell of its columns."""

    rows: int
    key_type: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Columns:
    """A file as an SQL relation: heading in small letters -> column of the relation, and its type."""

    path: Path
    relation: str
    names: dict[str, str]
    types: dict[str, str]
    notes: tuple[str, ...] = ()

    def text(self, name: str, as_name: str = "") -> str:
        """SQL: the column as text, NULL if the file has none."""
        column = f'"{self.names[name]}"' if name in self.names else "NULL"
        return f"{column}::VARCHAR AS {as_name or name}"


def read_roster(connection: duckdb.DuckDBPyConnection, path: Path, work: Path) -> Read:
    """Create `roster_identity` (ROSTER_IDENTITY).  `work` takes the text of a file that is not UTF-8.

    Raises UserError for a file that cannot be read, lacks a column, or has a resident twice; none at all is no error.
    """
    columns = _open(connection, path, work)
    if lacking := [name for name in NEEDED if name not in columns.names]:
        raise _lacking(path, f"花名册须有列 {'、'.join(NEEDED)}", lacking)
    _create(connection, columns, "roster_identity", ", ".join(columns.text(name) for name in ROSTER_IDENTITY.names))
    rows = _unique(connection, "roster_identity", "resident_id", path)
    return Read(
        rows, _key_type(connection, columns, "roster_identity", "resident_id"), _notes(columns, ROSTER_IDENTITY.names, OPTIONAL)
    )


def read_extract(connection: duckdb.DuckDBPyConnection, path: Path, work: Path) -> Read:
    """Create `extract` (key: the row's own id as text, in the order of the file) and on it the view `identity` (IDENTITY and
    where the row comes from), whose row_id counts the rows from 1.  Errors as of `read_roster`.
    """
    columns = _open(connection, path, work)
    if "row_id" not in columns.names or not {"name", "id_number"} & columns.names.keys():
        lacking = [name for name in ("row_id", "name", "id_number") if name not in columns.names]
        raise _lacking(path, f"须有列 row_id，以及 {'、'.join(FIELDS)} 中的若干列（name 与 id_number 至少其一）", lacking)
    cells = ", ".join(columns.text(name, "place" if name == "place_code" else name) for name in FIELDS)
    _create(connection, columns, "extract", f"{columns.text('row_id', 'key')}, {cells}")
    rows = _unique(connection, "extract", "key", path, "row_id")
    connection.execute("""
        CREATE OR REPLACE VIEW identity AS
        SELECT row_number AS row_id, id_number, name, birth_date, sex, place, phone, '' AS source, '' AS batch_id, row_number
        FROM (SELECT *, rowid + 1 AS row_number FROM extract)
    """)
    return Read(rows, _key_type(connection, columns, "extract", "key", "row_id"), _notes(columns, ("row_id", *FIELDS), FIELDS))


def check_output(path: Path, inputs: Iterable[Path]) -> Path:
    """Where the links go.  Raises UserError if that cannot be, before anything is computed."""
    if path.suffix.lower() not in OUTPUTS:
        raise UserError(file=path, expected="以 .parquet 或 .csv 结尾的文件", found="别的结尾", do="改写 --out")
    if not path.parent.is_dir() or path.is_dir():
        raise UserError(file=path, expected="已有文件夹中的一个文件", found="没有这个文件夹，或它本身是文件夹", do="改写 --out")
    if any(path.resolve() == file.resolve() for file in inputs):
        raise UserError(file=path, expected="另一个文件", found="与输入是同一个文件", do="改写 --out，以免覆盖输入")
    return path


def _open(connection: duckdb.DuckDBPyConnection, path: Path, work: Path) -> _Columns:
    if not path.is_file():
        raise UserError(file=path, expected="一个文件", found="是文件夹" if path.is_dir() else "没有这个文件", do="核对路径")
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise UserError(
            file=path, expected="以 .parquet 或 .csv 结尾的文件", found="别的结尾", do="另存为 Parquet 或 CSV，或改正文件名"
        )
    return _parquet(connection, path) if kind == "parquet" else _csv(path, work)


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> _Columns:
    relation = f"read_parquet({_file(path)})"
    try:
        found = connection.sql(f"FROM {relation}")
    except (duckdb.InvalidInputException, duckdb.IOException):
        raise _unreadable(path, "Parquet 文件", "读不出来：不是 Parquet，或已损坏") from None
    headings = _headings(found.columns)
    return _Columns(
        path, relation, headings, {name: str(found.types[found.columns.index(at)]) for name, at in headings.items()}
    )


def _csv(path: Path, work: Path) -> _Columns:
    """The heading is read here, so that DuckDB guesses at nothing: a row of another width is an error, with its line."""
    try:
        recognise(path, path.name, "csv")
        codec = detect(path, "auto")
        plain, undecodable = (path, 0) if codec.startswith("utf-8") else _as_utf8(path, codec, work)
    except Unreadable as problem:
        raise _unreadable(path, "文本表（CSV）", str(problem)) from None
    with plain.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        heading = file.readline()
    delimiter = max(_DELIMITERS, key=heading.count)
    names = next(csv.reader([heading], delimiter=delimiter), [])
    struct = ", ".join(f"{sql_text(f'c{at}')}: 'VARCHAR'" for at in range(len(names)))
    relation = f"""read_csv({_file(plain)}, auto_detect = false, header = false, skip = 1, columns = {{{struct}}},
        delim = {sql_text(delimiter)}, quote = '"', escape = '"', strict_mode = true)"""
    notes = (f"{path.name}：有 {undecodable} 个字节不属于任何字符，已照原样保留为 \\xNN",) if undecodable else ()
    places = {name: f"c{at}" for at, name in reversed(list(enumerate(names)))}
    headings = {name: places[written] for name, written in _headings(names).items()}
    return _Columns(path, relation, headings, dict.fromkeys(headings, "CSV"), notes)


def _as_utf8(path: Path, codec: str, work: Path) -> tuple[Path, int]:
    """A copy that DuckDB can read, and how many bytes belonged to no character."""
    copy, lines = work / f"{path.stem}.utf8.csv", Lines(path, codec)
    with copy.open("w", encoding="utf-8", newline="") as file:
        for block in lines.blocks():
            file.writelines(block)
    return copy, lines.undecodable


def _headings(written: Sequence[str]) -> dict[str, str]:
    """Heading without blanks and in small letters -> as written; of two alike the first."""
    return {name.strip().lower(): name for name in reversed(written)}


def _create(connection: duckdb.DuckDBPyConnection, columns: _Columns, table: str, cells: str) -> None:
    """Rows keep the order of the file, so that `rowid` is their position."""
    try:
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {cells} FROM {columns.relation}")
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as problem:
        line = _LINE.search(str(problem))
        found = f"第 {line[1]} 行列数不对、引号不成对，或有不属于 UTF-8 的字节" if line else "读不出来：内容损坏，或行尾不一致"
        raise _unreadable(columns.path, "每行列数相同、引号成对的表", found) from None


def _unique(connection: duckdb.DuckDBPyConnection, table: str, key: str, path: Path, title: str = "") -> int:
    """The rows of a table.  Raises UserError unless each has a key of its own."""
    row = connection.execute(f"SELECT count(*), count(DISTINCT {key}), count({key}) FROM {table}").fetchone() or (0, 0, 0)
    rows, distinct, given = map(int, row)
    if distinct < rows:
        found = f"{rows - given:,} 行为空，{given - distinct:,} 行与别的行相同"
        raise UserError(file=path, place=title or key, expected="每行都有、各不相同", found=found, do="补齐或去重后重试")
    return rows


def _key_type(connection: duckdb.DuckDBPyConnection, columns: _Columns, table: str, key: str, heading: str = "") -> str:
    """Keys go out as they came: whole numbers as BIGINT (of a CSV: if all are in plain form), else as text."""
    kind = columns.types[heading or key]
    if kind == "CSV":
        row = connection.execute(
            f"SELECT coalesce(bool_and(regexp_full_match({key}, {_WHOLE})), false) FROM {table}"
        ).fetchone()
        return "BIGINT" if row and row[0] else "VARCHAR"
    return "BIGINT" if kind in _INTEGERS else "VARCHAR"


def _notes(columns: _Columns, known: Sequence[str], optional: Sequence[str]) -> tuple[str, ...]:
    """Which columns were left aside, and which are not there."""
    extra = [name for name in columns.names if name and name not in known]
    absent = [name for name in optional if name not in columns.names]
    said = [(extra, "未使用的列"), (absent, "没有的列（不参与比对）")]
    return (*columns.notes, *(f"{columns.path.name}：{title} {'、'.join(names)}" for names, title in said if names))


def _file(path: Path) -> str:
    """SQL: the file's name, of which no sign is taken for a pattern."""
    return sql_text("".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path.resolve())))


def _lacking(path: Path, expected: str, lacking: Sequence[str]) -> UserError:
    return UserError(
        file=path, place="表头", expected=expected, found=f"缺 {'、'.join(lacking)}", do="补上这些列，或改正列名后重试"
    )


def _unreadable(path: Path, expected: str, found: str) -> UserError:
    return UserError(file=path, expected=expected, found=found, do="重新导出后重试")
