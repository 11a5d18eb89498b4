"""Marks as the night reads them: only lines filled in, and a clear word about those that strike nothing off."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

import feed_tables
import tables
from flows.declared import read_catalogue
from flows.ledger import gather_marks, unusable_marks
from outputs.problem_list import problem_form
from settings import Home
from tests.outputs.invented import register, table


def test_only_lines_with_a_day_strike_off() -> None:
    db = duckdb.connect()
    columns = pa.schema({"row_id": pa.int64(), "problem_no": pa.string(), "struck_on": pa.date32(), "received_on": pa.date32()})
    filled = {"row_id": 2, "problem_no": "P2", "struck_on": date(2026, 10, 1)}
    register(db, accepted_problem_marks=table(columns, {"row_id": 1, "problem_no": "P1"}, filled))
    gather_marks(db, "problem_marks")
    assert db.sql("FROM problem_mark").fetchall() == [(2, "P2", date(2026, 10, 1))]


def test_the_ledger_comes_back_as_its_contract_says() -> None:
    contract = read_catalogue(Home(Path("/dev/null"))).contracts["problem_marks"]
    read = {header for fact in contract.facts.values() for header in fact.headers}
    read |= {header for column in contract.walled.values() for header in column.headers}
    assert {column.title for column in problem_form().columns} <= read | set(contract.ignore)
    assert {column.title for column in problem_form().columns if column.kind == "fill"} <= read


def test_lines_that_strike_nothing_off_are_told_by_file_and_line_without_what_they_say() -> None:
    db = duckdb.connect()
    unusable = pa.schema({"row_id": pa.int64(), "why": pa.string()})
    rows = [{"row_id": 30 - n, "why": "unknown"} for n in range(25)] + [{"row_id": 99, "why": "early"}]
    standing = [{"row_id": row["row_id"], "batch_id": "b1", "row_number": row["row_id"]} for row in rows]
    register(
        db,
        problem_unusable=table(unusable, *rows),
        standing=table(tables.STANDING, *standing),
        delivery=table(feed_tables.DELIVERY, {"batch_id": "b1", "file": "problem_marks/问题台账.csv"}),
    )
    early, unknown = unusable_marks(db)
    assert early == "problem_marks/问题台账.csv：1 行销号日期早于立项日期，未销号（数据行 99）；请按最新台账改正后重报"
    assert unknown.startswith("problem_marks/问题台账.csv：25 行问题编号不在台账中，未销号（数据行 6、7、8、")
    assert "25 等）" in unknown
    assert unknown.count("、") == 19
