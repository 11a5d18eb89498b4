"""Which row is meant, and what its explanation needs of the latest night: the row, roster, verdicts, names of places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
from pydantic import TypeAdapter

from engine import connect, sql_text
from errors import HomeError, UnknownId
from matching.explain import Explanation, explain
from matching.parameters import read_parameters
from matching.places import read_changes
from matching.reuse import Memory, basis
from outputs.explain import latest_run
from settings import Home
from tables import IDENTITY

_KEY: Final = re.compile(r"(?:比对-)?([0-9a-f]{16})")
_PLACE: Final = re.compile(r"(.+)[:：](\d{1,9})")
_ROW_ID: Final = re.compile(r"\d{1,19}")
_SOUGHT: Final = "数据行编号、文件名:行号或比对编号"
_NEEDED: Final = ("links", "batches", "accounting")


@dataclass(frozen=True)
class Row:
    """A row that was matched in the latest night, and what the night found."""

    row_id: int
    source: str
    batch_id: str
    file: str
    row_number: int
    identity_key: str
    resident_id: str | None
    decision: str
    method: str
    probability: float
    runner_up: str | None


@dataclass(frozen=True)
class Explained:
    """A row and why it was decided so."""

    as_of: str
    row: Row
    explanation: Explanation

    @property
    def agrees(self) -> bool:
        """Whether the night found the same.  If not, the software, its parameters or the roster have changed since."""
        return _finding(self.row) == _finding(self.explanation)

    def json(self) -> dict[str, object]:
        """The object `fangpin match explain --json` prints."""
        plain: dict[str, object] = TypeAdapter(Explained).dump_python(self, mode="json")
        return plain | {"agrees": self.agrees}


def _finding(of: Row | Explanation) -> tuple[object, ...]:
    return of.identity_key, of.resident_id, of.decision, of.method, of.probability, of.runner_up


def explain_row(home: Home, wanted: str) -> Explained:
    """Explain the row that `wanted` names: its row_id, FILE:ROW (the file's name or its end, the data row) or 比对编号.

    Raises UnknownId if there is no such row, HomeError if something that the latest night stored is gone.
    """
    run = latest_run(home.runs)
    if run is None:
        raise UnknownId(file=home.runs, expected="至少有一夜的结果", found="没有", do="先运行 fangpin night，或检查 --home")
    parameters, changes = read_parameters(home.matching_parameters), read_changes(home.area_changes)
    memory = Memory(home.links, basis(parameters, changes))
    with connect(home.work, threads=2, memory_limit="2GiB") as connection:
        row = _find(connection, run, wanted)
        _person(connection, home, row)
        recall_places(connection, home, run, memory)
        return Explained(run.name, row, explain(connection, memory, parameters, changes))


def _find(connection: duckdb.DuckDBPyConnection, run: Path, wanted: str) -> Row:
    """The row in the night's links.  What was asked for is not repeated in the message: it might be a pasted ID number."""
    links, batches, _ = (stored(run / f"{name}.parquet") for name in _NEEDED)
    columns = ", ".join(f"l.{name}" for name in Row.__dataclass_fields__ if name != "file")
    query = f"SELECT {columns}, b.file, b.received_on FROM {links} l JOIN {batches} b USING (source, batch_id)"
    for condition in _conditions(wanted.strip()):
        found = connection.sql(f"{query} WHERE {condition} ORDER BY l.row_id LIMIT 20").to_arrow_table().to_pylist()
        if found:
            return _only(run, found)
    raise UnknownId(
        file=run / "links.parquet",
        expected=f"这一夜参与比对的一行：{_SOUGHT}",
        found="没有这一行",
        do="从待人工比对清单或本夜各表复制；被隔离、重复、已被更新或整批暂停的行不参与比对，见 accounting.parquet",
    )


def _conditions(wanted: str) -> Iterator[str]:
    """What may be meant, as SQL, likeliest first: sixteen digits may be a row_id or a 比对编号."""
    if _ROW_ID.fullmatch(wanted):
        yield f"l.row_id = {wanted}"
    if key := _KEY.fullmatch(wanted.lower()):
        yield f"l.identity_key = {sql_text(key[1])}"
    if place := _PLACE.fullmatch(wanted):
        yield f"ends_with('/' || b.file, {sql_text('/' + place[1])}) AND l.row_number = {int(place[2])}"


def _only(run: Path, found: list[dict[str, Any]]) -> Row:
    """Of several rows of one identity the first; whose row is meant where they are several persons' is not for us to guess."""
    if len({row["identity_key"] for row in found}) > 1:
        files = "、".join(f"{row['file']}（{row['received_on']} 收到）" for row in found[:3])
        raise UnknownId(
            file=run / "batches.parquet",
            expected="一个文件",
            found=f"几个文件都符合：{files}",
            do="把路径写完整，或改用数据行编号",
        )
    return Row(**{name: found[0][name] for name in Row.__dataclass_fields__})


def _person(connection: duckdb.DuckDBPyConnection, home: Home, row: Row) -> None:
    """`identity`: who the row speaks of, as written."""
    people = stored(home.identity(row.source, row.batch_id))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE identity AS
        SELECT {", ".join(IDENTITY.names)}, {sql_text(row.source)} AS source, {sql_text(row.batch_id)} AS batch_id,
               {row.row_number}::INTEGER AS row_number
        FROM {people} WHERE row_id = {row.row_id}
    """)


def recall_places(connection: duckdb.DuckDBPyConnection, home: Home, run: Path, memory: Memory) -> None:
    """`roster_identity`, what it says of places: departments write names of villages, which only the roster has codes for."""
    registered = f"SELECT source, batch_id FROM {stored(run / 'accounting.parquet')} WHERE registered > 0 ORDER BY ALL"
    files = [home.facts(source, batch_id) for source, batch_id in connection.execute(registered).fetchall()]
    named = " UNION ALL ".join(
        f"SELECT resident_id, place_code, {_PLACE_NAME} AS place_name FROM {stored(file)}" for file in files
    )
    kept = stored(memory.file("roster"))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE roster_identity AS SELECT * FROM ({named}) SEMI JOIN {kept} USING (resident_id)
    """)


_PLACE_NAME: Final = "concat(county_name, township_name, village_name, group_name)"


def stored(path: Path) -> str:
    """SQL: a stored file.  Raises HomeError if it is gone."""
    if not path.exists():
        raise HomeError(file=path, expected="最近一夜留下的文件", found="文件不存在", do="从备份恢复，或重新运行 fangpin night")
    return f"read_parquet({sql_text(str(path))})"
