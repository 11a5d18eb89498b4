"""What each village is asked to do, and what it was spared."""

from datetime import date
from typing import Any

import duckdb

import case_tables
import tables
from casework.burden import weigh
from tests.casework.filed import lay

AS_OF = date(2026, 11, 20)
PLACE = {"county": "990101", "township": "990101001", "county_name": "石桥县", "township_name": "柳河镇"}


def village(number: int) -> dict[str, str]:
    return PLACE | {"village": f"99010100100{number}", "village_name": f"第{number}村"}


def weighed(db: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """village_name, asked_month, open_cases, overdue, signals, merged, avoided"""
    weigh(db, AS_OF)
    return db.execute("SELECT * EXCLUDE (county, township, village, county_name, township_name) FROM burden").fetchall()


def signals(*households: tuple[str, str]) -> list[dict[str, str]]:
    return [{"signal_id": f"s{n}", "household_id": one, "verdict": said} for n, (one, said) in enumerate(households)]


def test_visits_asked_this_month_what_is_open_and_what_is_late() -> None:
    opened = {"W1": date(2026, 11, 1), "W2": date(2026, 10, 31), "W3": AS_OF, "W4": date(2026, 9, 1)}
    late = {"W1": "escalated", "W2": "overdue", "W3": "due"}
    cases: list[dict[str, Any]] = [
        {**village(1), "case_id": name, "opened_on": day, "timeliness": late.get(name)} for name, day in opened.items()
    ]
    cases = [case | {"state": "warned" if case["timeliness"] else "closed"} for case in cases]
    with duckdb.connect() as db:
        lay(db, "case_file", cases, case_tables.CASE)
        for name, schema in {"signal": tables.SIGNAL, "open_signal": tables.SIGNAL, "warning": tables.WARNING}.items():
            lay(db, name, [], schema)
        lay(db, "resident", [], tables.RESIDENT)
        assert weighed(db) == [("第1村", 2, 3, 2, 0, 0, 0)]
        lay(db, "case_file", cases[3:], case_tables.CASE)
        assert weighed(db) == []


def test_signals_that_joined_a_visit_and_households_not_asked_again() -> None:
    """H1: three signals, one visit.  H2: all set aside.  H3: one of two set aside, still visited.  H4, H5: nothing to ask."""
    told = signals(
        ("H1", "fires"), ("H1", "fires"), ("H1", "near"), ("H2", "fires"), ("H2", "near"), ("H3", "fires"), ("H3", "fires"),
        ("H4", "near"), ("H5", "near"),
    )  # fmt: skip
    members = [village(1) | {"household_id": one, "resident_id": one, "relation": "户主"} for one in ("H1", "H2", "H4", "H5")]
    moved = {"household_id": "H3", "resident_id": "a"}
    members += [village(1) | moved | {"relation": "之子"}, village(2) | moved | {"resident_id": "b", "relation": "户主"}]
    with duckdb.connect() as db:
        lay(db, "case_file", [], case_tables.CASE)
        lay(db, "signal", told, tables.SIGNAL)
        aside = {"s3", "s4", "s5", "s8"}
        lay(db, "open_signal", [one for one in told if one["signal_id"] not in aside], tables.SIGNAL)
        lay(db, "warning", [{"household_id": "H1"}, {"household_id": "H3"}], tables.WARNING)
        lay(db, "resident", members, tables.RESIDENT)
        assert weighed(db) == [("第1村", 0, 0, 0, 7, 2, 1), ("第2村", 0, 0, 0, 2, 0, 0)]
