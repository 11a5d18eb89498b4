"""A declared check's own examples, run on small tables as the gate runs the check on a file."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from engine import connect, sql_text
from errors import CatalogueError
from expectations.checks import quoted
from expectations.declared import Declared, Example
from expectations.of_declared import checks, collected, looked_up
from expectations.reading import create_table
from sources.contract import Contract
from tables import FACT_TYPES


def failing_examples(declared: Mapping[str, Declared], contracts: Mapping[str, Contract]) -> tuple[str, ...]:
    """What does not come out as the examples say, in Chinese.  Raises CatalogueError if an example cannot be read."""
    with TemporaryDirectory() as folder, connect(Path(folder), 1, "256MiB") as db:
        return tuple(
            said
            for one in declared.values()
            if one.is_on
            for example in one.examples
            for said in _tried(db, one, contracts[one.source], example)
        )


def _tried(db: duckdb.DuckDBPyConnection, one: Declared, contract: Contract, example: Example) -> Iterator[str]:
    try:
        create_table(db, "example", db.sql(_rows(contract, example)).to_arrow_table())
    except (duckdb.Error, _UnknownColumn):
        raise CatalogueError(
            file=f"expectations/{one.id}.yaml",
            place=f"examples：{example.says}",
            expected="契约中的列，值按其类型书写（日期如 2026-03-05，代码用契约列出的取值）",
            found="有的列或值不是这样",
            do="改正这个例子，再运行 fangpin check",
        ) from None
    found = _failing(db, one, contract, example, "SELECT * FROM example")
    if found != sorted(example.failing):
        told = "、".join(str(number) for number in found) or "没有"
        yield f"{one.id}：{example.says}：应不合格的行 {list(example.failing)}，实际 {told}"


class _UnknownColumn(Exception):
    """An example names a column the contract has not, or a code it does not list."""


def _rows(contract: Contract, example: Example) -> str:
    """The example as `reading.facts_sql` gives a batch: the columns that checks look at."""
    for row in example.rows:
        for column, value in row.items():
            fact = contract.facts.get(column)
            if fact is None or (fact.type == "code" and value not in (fact.values or ())):
                raise _UnknownColumn
    day = f"CAST('{date.fromisoformat(example.received_on)}' AS DATE) AS received_on"
    lines = []
    for number, row in enumerate(example.rows, start=1):
        cells = ", ".join(
            f"CAST({sql_text(row[column]) if column in row else 'NULL'} AS {FACT_TYPES[fact.type].sql}) AS {quoted(column)}"
            for column, fact in contract.facts.items()
        )
        lines.append(f"SELECT {day}, 'example' AS batch_id, {number}::BIGINT AS row_id, {cells}")
    return f"SELECT *, NULL::VARCHAR AS damage, []::VARCHAR[] AS unconverted FROM ({' UNION ALL '.join(lines)})"


def _failing(db: duckdb.DuckDBPyConnection, one: Declared, contract: Contract, example: Example, rows: str) -> list[int]:
    """Numbers of the rows that fail."""
    if one.exists_in is not None:
        known, sees = looked_up(one)
        values = [row.get(one.exists_in.there) for row in example.known]
        create_table(db, sees, pa.table({"batch_id": ["example"], "_reference": ["other"]}))
        create_table(db, known, _pairs(values))
    for some in collected(contract, (one,)):
        db.execute(f"CREATE OR REPLACE TABLE {some.table} AS {some.query(rows)}")
    (check,) = checks(contract, (one,))
    return [number for (number,) in db.execute(f"SELECT row_id FROM ({rows}) WHERE {check.bad} ORDER BY 1").fetchall()]


def _pairs(values: Sequence[str | None]) -> pa.Table:
    return pa.table({"_reference": pa.array(["other"] * len(values), pa.string()), "_value": pa.array(values, pa.string())})
