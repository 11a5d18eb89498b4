"""Every row of a filled list is taken, overruled, empty, or refused with the reason that fits it."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import duckdb
import pyarrow as pa
import pytest

import seal
from case_tables import ISSUED
from casework.answers import REFUSALS, match_answers
from tests.casework.filed import HANDED, lay

PRINTED: Final[Mapping[str, str | int]] = {
    "户主姓名": "令狐样本",
    "联系电话": "10000000001",
    "家庭人口数": 4,
    "预警原因": "自付 6500 元",
}
SEALED: Final = seal.seals(PRINTED)
CODE: Final = seal.row_hash(SEALED)
ACCEPTED: Final = pa.schema([
    *(("row_id", pa.int64()), ("batch_id", pa.string()), ("line", pa.int32()), ("received_on", pa.date32())),
    *(("warning_id", pa.string()), ("check_code", pa.string()), ("visited_on", pa.date32()), ("outcome", pa.string())),
    *(("family", pa.string()), ("seals", pa.string())),
])  # fmt: skip
FILLED: Final[Mapping[str, Any]] = {
    "batch_id": "b1", "line": 2, "received_on": date(2026, 11, 12), "warning_id": "W1", "check_code": f"校-{CODE}",
    "visited_on": date(2026, 11, 10), "outcome": "属实可应对", "family": "因病", "seals": json.dumps(SEALED),
}  # fmt: skip
EMPTY: Final = {"visited_on": None, "outcome": None, "family": None}


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        other = {"warning_id": "W2", "household_id": "H2", "county": "990102", "row_hash": "ffffffffffff"}
        rows = [{**HANDED, **row, "seals": json.dumps(SEALED)} for row in ({"row_hash": CODE}, other)]
        lay(connection, "issued_before", rows, ISSUED)
        yield connection


def matched(
    db: duckdb.DuckDBPyConnection, *rows: Mapping[str, Any], counties: Mapping[str, str] | None = None, noted: int = 0
) -> list[dict[str, Any]]:
    """The rows, each told only as far as it differs from a good one, as ANSWER."""
    lay(db, "accepted_answers", [{**FILLED, "row_id": at, **row} for at, row in enumerate(rows, start=1)], ACCEPTED)
    lay(db, "noted", [{"row_id": noted}], pa.schema([("row_id", pa.int64())]))
    match_answers(db, "answers", counties or {})
    found: list[dict[str, Any]] = db.sql("FROM answer").to_arrow_table().to_pylist()
    return found


def fates(rows: list[dict[str, Any]]) -> list[str]:
    return [row["reason"] or row["fate"] for row in rows]


def changed(**cells: str) -> str:
    return json.dumps(seal.seals({**PRINTED, **cells}))


def test_a_good_row_is_taken_and_tied_to_its_household(db: duckdb.DuckDBPyConnection) -> None:
    [row] = matched(db, {})
    assert {name: row[name] for name in ("fate", "household_id", "county", "issued_on", "reason", "why")} == {
        "fate": "taken", "household_id": "H1", "county": "990101", "issued_on": date(2026, 11, 2), "reason": None, "why": None,
    }  # fmt: skip


CASES: Final[Mapping[str, tuple[Mapping[str, Any], str]]] = {
    "nothing filled": (EMPTY, "empty"),
    "a spreadsheet's apostrophes": ({"warning_id": "'W1", "check_code": f"'校-{CODE}"}, "taken"),
    "no mark before the code": ({"check_code": CODE.upper()}, "taken"),
    "a column deleted": ({"seals": json.dumps({"户主姓名": SEALED["户主姓名"]})}, "taken"),
    "cells written otherwise": ({"seals": changed(家庭人口数="4.0", 联系电话="'10000000001")}, "taken"),
    "a column of the county's own": ({"seals": json.dumps({**SEALED, "本县备注": "00000000"})}, "taken"),
    "on the day it was handed out": ({"visited_on": date(2026, 11, 2)}, "taken"),
    "nobody was met, no family": ({"outcome": "未见到人", "family": None}, "taken"),
    "several risks, as the list prints them": ({"family": "因病,因残"}, "taken"),
    "a warning nobody handed out": ({"warning_id": "W9"}, "unknown"),
    "code cleared": ({"check_code": None}, "no_code"),
    "code of another row": ({"check_code": "ffffffffffff"}, "wrong_code"),
    "all printed columns deleted": ({"seals": None}, "unsealed"),
    "only columns of their own": ({"seals": json.dumps({"本县备注": "00000000"})}, "unsealed"),
    "name changed": ({"seals": changed(户主姓名="别人")}, "changed"),
    "cells of merged rows": ({"seals": changed(户主姓名="", 联系电话="")}, "emptied"),
    "one emptied, one changed": ({"seals": changed(户主姓名="", 联系电话="10000000002")}, "changed"),
    "no outcome": ({"outcome": None}, "no_outcome"),
    "only a day": ({"outcome": None, "family": None}, "no_outcome"),
    "no day": ({"visited_on": None}, "no_date"),
    "no family": ({"family": None}, "no_family"),
    "a day to come": ({"visited_on": date(2026, 11, 13)}, "future"),
    "a day before the warning": ({"visited_on": date(2026, 11, 1)}, "early"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_row_by_itself(db: duckdb.DuckDBPyConnection, case: str) -> None:
    change, fate = CASES[case]
    good = {"warning_id": "W2", "check_code": "ffffffffffff"}
    assert fates(matched(db, change, good)) == [fate, "taken"]


def test_every_refusal_is_tried() -> None:
    tried = {fate for _, fate in CASES.values()} - {"empty", "taken"}
    assert tried | {"foreign", "contradicting"} == REFUSALS.keys()


def test_changed_columns_are_named_and_no_value_is(db: duckdb.DuckDBPyConnection) -> None:
    [row] = matched(db, {"seals": changed(户主姓名="别人", 联系电话="10000000002")})
    assert row["why"] == "印好的内容被改动：户主姓名、联系电话"


def test_several_risks_are_all(db: duckdb.DuckDBPyConnection) -> None:
    assert [
        row["family"] for row in matched(db, {"family": "因病,因残"}, {"family": "因残", "visited_on": date(2026, 11, 9)})
    ] == [
        "综合",
        "因残",
    ]


def test_emptied_columns_are_named(db: duckdb.DuckDBPyConnection) -> None:
    [row] = matched(db, {"seals": changed(户主姓名="")})
    assert row["why"] == "印好的内容空了：户主姓名"


def test_a_remark_alone_is_no_empty_line(db: duckdb.DuckDBPyConnection) -> None:
    assert fates(matched(db, EMPTY, EMPTY, noted=2)) == ["empty", "no_outcome"]


def test_an_empty_line_of_an_unknown_warning_asks_nothing(db: duckdb.DuckDBPyConnection) -> None:
    [row] = matched(db, {**EMPTY, "warning_id": "W9"})
    assert (row["fate"], row["household_id"], row["county"], row["issued_on"]) == ("empty", None, None, None)


def test_a_row_of_another_county_in_a_countys_file(db: duckdb.DuckDBPyConnection) -> None:
    other = {"warning_id": "W2", "check_code": "ffffffffffff"}
    assert fates(matched(db, {}, other, counties={"b1": "990101"})) == ["taken", "foreign"]
    assert fates(matched(db, {}, other)) == ["taken", "taken"]


LATER: Final = {"batch_id": "b2", "received_on": date(2026, 11, 20)}


def test_of_two_deliveries_the_later_decides(db: duckdb.DuckDBPyConnection) -> None:
    rows = matched(db, {}, {**LATER, "outcome": "纳入识别"})
    assert fates(rows) == ["overruled", "taken"]
    assert rows[0]["why"] == "同一条预警另有 2026-11-20 收到的结论（2026-11-10 核实），以后收到的为准"


def test_of_one_delivery_the_later_visit_decides(db: duckdb.DuckDBPyConnection) -> None:
    assert fates(matched(db, {"visited_on": date(2026, 11, 11)}, {"outcome": "纳入识别"})) == ["taken", "overruled"]


def test_two_findings_of_one_day_in_one_delivery_are_both_sent_back(db: duckdb.DuckDBPyConnection) -> None:
    rows = matched(db, {}, {"outcome": "人不符"}, {"warning_id": "W2", "check_code": "ffffffffffff"})
    assert fates(rows) == ["contradicting", "contradicting", "taken"]
    settled = matched(db, {}, {"outcome": "人不符"}, {**LATER, "outcome": "人不符"})
    assert fates(settled) == ["contradicting", "contradicting", "taken"]


def test_who_was_not_met_first_stays_told(db: duckdb.DuckDBPyConnection) -> None:
    missed = {"outcome": "未见到人", "visited_on": date(2026, 11, 5)}
    assert fates(matched(db, missed, {})) == ["taken", "taken"]
    assert fates(matched(db, {**missed, **LATER}, {})) == ["taken", "taken"]
    assert fates(matched(db, {"outcome": "未见到人"}, LATER)) == ["overruled", "taken"]


def test_a_refused_row_overrules_nothing(db: duckdb.DuckDBPyConnection) -> None:
    assert fates(matched(db, {}, {**LATER, "outcome": None})) == ["taken", "no_outcome"]


def test_without_a_ledger_everything_is_unknown(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("DELETE FROM issued_before")
    assert fates(matched(db, {}, EMPTY)) == ["unknown", "empty"]
    assert matched(db) == []


def test_a_household_that_moved_is_answered_by_either_county_that_had_it_on_its_list(db: duckdb.DuckDBPyConnection) -> None:
    moved = {**HANDED, "as_of": date(2026, 11, 5), "county": "990102", "row_hash": "eeeeeeeeeeee", "seals": json.dumps(SEALED)}
    db.register("moved", pa.Table.from_pylist([moved], schema=ISSUED))
    db.execute("INSERT INTO issued_before FROM moved")
    new = {"batch_id": "b2", "check_code": "eeeeeeeeeeee", "visited_on": date(2026, 11, 9)}
    rows = matched(db, {}, new, new | {"batch_id": "b3"}, counties={"b1": "990101", "b2": "990102", "b3": "990103"})
    assert fates(rows) == ["taken", "overruled", "foreign"] or fates(rows) == ["overruled", "taken", "foreign"]
