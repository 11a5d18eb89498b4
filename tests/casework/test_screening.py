"""Who may be looked up, and what is said of what was left unread."""

from collections.abc import Iterator
from datetime import date
from typing import Final

import duckdb
import pyarrow as pa
import pytest

import case_tables
from casework.screening import ENOUGH, choose_persons, count_screening, screening_told
from tables import RESIDENT
from tests.casework.filed import lay

TONIGHT: Final = date(2026, 11, 20)
FEEDS: Final = {"vehicles": "机动车登记", "tax": "纳税"}
CURRENT: Final = pa.schema([("source", pa.string()), ("batch_id", pa.string()), ("rows", pa.int64())])
ASKED: Final = pa.schema([("source", pa.string()), ("resident_id", pa.string())])
HIT: Final = pa.schema([
    ("source", pa.string()), ("resident_id", pa.string()), ("batch_id", pa.string()), ("row_id", pa.int64()),
    ("is_repeat", pa.bool_()), ("title", pa.string()),
])  # fmt: skip


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """Three households of two: H1 with an open case, H2 with one opened tonight, H3 with one closed."""
    with duckdb.connect() as connection:
        cases = [
            {"case_id": "W1", "household_id": "H1", "state": "visited", "opened_on": date(2026, 11, 1)},
            {"case_id": "W2", "household_id": "H2", "state": "warned", "opened_on": TONIGHT},
            {"case_id": "W3", "household_id": "H3", "state": "closed", "opened_on": date(2026, 11, 1)},
        ]
        lay(connection, "case_file", cases, case_tables.CASE)
        people = [{"resident_id": f"R{h}{n}", "household_id": f"H{h}"} for h in (1, 2, 3) for n in (1, 2)]
        lay(connection, "resident", people, pa.schema([field for field in RESIDENT if field.name in people[0]]))
        yield connection


def sign(connection: duckdb.DuckDBPyConnection, *rows: tuple[str, list[str], str]) -> None:
    told = [
        {"row_id": at, "auth_no": f"SQ-{at}", "resident_id": who, "queries": queries, "state": state}
        for at, (who, queries, state) in enumerate(rows)
    ]
    lay(connection, "authorisation", told, case_tables.AUTHORISATION)


def may_look(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    choose_persons(connection, TONIGHT, FEEDS)
    return connection.execute("SELECT resident_id, source FROM screen_person WHERE auth_no IS NOT NULL ORDER BY ALL").fetchall()


def test_only_members_who_signed_in_open_cases_and_only_what_they_named(db: duckdb.DuckDBPyConnection) -> None:
    everyone = [f"R{h}{n}" for h in (1, 2, 3) for n in (1, 2)]
    sign(db, *((who, ["vehicles"], "in_force") for who in everyone))
    assert may_look(db) == [("R11", "vehicles"), ("R12", "vehicles")]
    sign(db, ("R11", ["all"], "in_force"), ("R12", ["vehicles"], "ended"))
    assert may_look(db) == [("R11", "tax"), ("R11", "vehicles")]
    assert db.execute("SELECT count(*) FROM screen_person").fetchall() == [(4,)]  # two members, two feeds


def counted(connection: duckdb.DuckDBPyConnection, persons: int, flags: int, unasked: int) -> tuple[str, ...]:
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE screen_person AS
        SELECT 'W1' AS case_id, 'H1' AS household_id, 'P' || i AS resident_id, 'vehicles' AS source,
            CASE WHEN i < {persons} THEN 'SQ-' || i END AS auth_no FROM range({persons + unasked}) t(i)""")
    lay(connection, "screen_current", [{"source": "vehicles", "batch_id": "b", "rows": 1000}], CURRENT)
    lay(connection, "screen_asked", [{"source": "vehicles", "resident_id": f"P{i}"} for i in range(persons)], ASKED)
    said = {"source": "vehicles", "batch_id": "b", "is_repeat": False, "title": "机动车登记：货车，正常"}
    lay(connection, "screen_hit", [{**said, "resident_id": f"P{i}", "row_id": i} for i in range(flags)], HIT)
    count_screening(connection, FEEDS)
    return screening_told(connection)


def test_the_cost_is_said_from_enough_persons_on(db: duckdb.DuckDBPyConnection) -> None:
    (told,) = counted(db, ENOUGH, 5, 40)
    assert "现行 1,000 行，其中已签署授权且未办结的 20 人可查，读取 5 行，得提示 5 条；995 行仅计数" in told
    assert "若与已授权的人相仿，因此约少 10 条提示" in told
    (told,) = counted(db, ENOUGH - 1, 5, 40)
    assert "已授权的不足 20 人，因此少了多少条提示说不准" in told


def test_with_everyone_signed_nothing_is_lost(db: duckdb.DuckDBPyConnection) -> None:
    (told,) = counted(db, 3, 0, 0)
    assert told.endswith("未读取、未比对")


def test_a_repeated_row_is_read_and_no_second_flag(db: duckdb.DuckDBPyConnection) -> None:
    counted(db, 2, 2, 0)
    db.execute("UPDATE screen_hit SET is_repeat = true WHERE row_id = 1")
    count_screening(db, FEEDS)
    assert db.execute("SELECT read, flags FROM screen_count").fetchall() == [(2, 1)]
    assert db.execute("SELECT * FROM screened_row").fetchall() == [("vehicles", "b", 2)]


def test_a_household_with_two_open_cases_is_counted_once(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("INSERT INTO case_file SELECT * REPLACE ('W1-2' AS case_id) FROM case_file WHERE case_id = 'W1'")
    sign(db, ("R11", ["vehicles"], "in_force"))
    choose_persons(db, TONIGHT, FEEDS)
    lay(db, "screen_current", [{"source": "vehicles", "batch_id": "b", "rows": 10}], CURRENT)
    lay(db, "screen_asked", [{"source": "vehicles", "resident_id": "R11"}], ASKED)
    hit = {"source": "vehicles", "resident_id": "R11", "batch_id": "b", "row_id": 1, "is_repeat": False, "title": "机动车登记"}
    lay(db, "screen_hit", [hit, hit | {"resident_id": "R12", "row_id": 2}], HIT)
    count_screening(db, FEEDS)
    told = db.execute("SELECT read, persons, flags, unasked FROM screen_count WHERE source = 'vehicles'").fetchone()
    assert told == (2, 1, 1, 1)
    assert db.execute("SELECT case_id, resident_id FROM property_flag").fetchall() == [("W1", "R11"), ("W1-2", "R11")]
