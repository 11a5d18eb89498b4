"""What was answered, is being dealt with or is known is not asked again, until something new happens or it is over."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from case_tables import CASE, CASE_BEFORE, MONITORED, STATES
from casework.suppress import Again, suppress
from engine import empty_table
from outcomes import SETTLING
from tables import SIGNAL

NIGHT = date(2025, 6, 30)
QUIET = 90
VISIT = {"household_id": "H1", "visited_on": date(2025, 6, 1), "family": "因病", "outcome": "属实可应对"}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    database = duckdb.connect()
    database.execute(
        "CREATE TABLE fact_visits (row_id BIGINT, household_id VARCHAR, visited_on DATE, family VARCHAR, outcome VARCHAR)"
    )
    empty_table(database, "case_before", CASE_BEFORE)
    empty_table(database, "case_file", CASE)
    empty_table(database, "monitored", MONITORED)
    yield database
    database.close()


def signals(connection: duckdb.DuckDBPyConnection, *changes: dict[str, Any]) -> None:
    """The table `signal`: by default one 因病 signal of household H1 from before the visit."""
    base = {"signal_id": "s1", "household_id": "H1", "rule": "r", "family": "因病", "event_on": date(2025, 5, 1)}
    rows = [{**base, **change} for change in changes or ({},)]
    for row in rows:
        row |= {name: Decimal(row[name]) for name in ("observed", "threshold") if row.get(name) is not None}
    connection.register("given", pa.Table.from_pylist(rows, schema=SIGNAL))
    connection.execute("CREATE TABLE signal AS SELECT * FROM given")


def visits(connection: duckdb.DuckDBPyConnection, *changes: dict[str, Any]) -> None:
    for number, change in enumerate(changes, 1):
        row = {"row_id": number, **VISIT, **change}
        connection.execute(
            f"INSERT INTO fact_visits ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values())
        )


def kept(connection: duckdb.DuckDBPyConnection) -> list[str]:
    suppress(connection, NIGHT, QUIET, Again())
    return [row[0] for row in connection.execute("SELECT signal_id FROM open_signal ORDER BY 1").fetchall()]


def test_a_settled_signal_is_kept_aside_with_its_reason(connection: duckdb.DuckDBPyConnection) -> None:
    signals(connection)
    visits(connection, {})
    assert kept(connection) == []
    rows = connection.execute("SELECT * FROM suppressed").fetchall()
    why = "2025-06-01 已入户核实（因病），结论：属实可应对；此后没有新的越线或事件"
    assert rows == [("s1", "H1", "r", "因病", "visited", why, 1, date(2025, 8, 30))]


@pytest.mark.parametrize("outcome", SETTLING)
def test_settling_outcomes(connection: duckdb.DuckDBPyConnection, outcome: str) -> None:
    signals(connection)
    visits(connection, {"outcome": outcome})
    assert kept(connection) == []


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "未见到人"},
        {"outcome": None},
        {"family": "因学"},
        {"household_id": "H2"},
        {"visited_on": date(2025, 4, 30)},
        {"visited_on": NIGHT - timedelta(days=QUIET + 1)},
        {"visited_on": NIGHT + timedelta(days=1)},
        {"visited_on": None},
    ],
)
def test_visits_that_answer_nothing(connection: duckdb.DuckDBPyConnection, change: dict[str, Any]) -> None:
    signals(connection)
    visits(connection, change)
    assert kept(connection) == ["s1"]


@pytest.mark.parametrize(
    ("event", "visited", "open_signals"),
    [
        (date(2025, 6, 1), date(2025, 6, 1), []),
        (date(2025, 6, 2), date(2025, 6, 1), ["s1"]),
        (date(2025, 1, 1), NIGHT - timedelta(days=QUIET), []),
        (None, date(2025, 6, 1), []),
        (date(2025, 6, 30), NIGHT, []),
    ],
)
def test_only_what_happened_after_the_visit_asks_again(
    connection: duckdb.DuckDBPyConnection, event: date | None, visited: date, open_signals: list[str]
) -> None:
    signals(connection, {"event_on": event})
    visits(connection, {"visited_on": visited})
    assert kept(connection) == open_signals


def test_a_visit_about_everything_answers_every_family(connection: duckdb.DuckDBPyConnection) -> None:
    signals(connection, {}, {"signal_id": "s2", "family": "收入", "event_on": None}, {"signal_id": "s3", "household_id": "H9"})
    visits(connection, {"family": "综合"})
    assert kept(connection) == ["s3"]


def test_the_latest_settling_visit_is_named(connection: duckdb.DuckDBPyConnection) -> None:
    signals(connection)
    late = date(2025, 6, 20)
    visits(connection, {"visited_on": late}, {}, {"visited_on": late}, {"visited_on": date(2025, 6, 25), "outcome": "未见到人"})
    assert kept(connection) == []
    assert connection.execute("SELECT verdict_row, until FROM suppressed").fetchall() == [(3, late + timedelta(days=QUIET))]


def test_no_quiet_time_still_spares_a_visit_on_the_same_day(connection: duckdb.DuckDBPyConnection) -> None:
    signals(connection)
    visits(connection, {"visited_on": NIGHT}, {"visited_on": NIGHT - timedelta(days=1)})
    suppress(connection, NIGHT, 0, Again())
    assert connection.execute("SELECT verdict_row FROM suppressed").fetchall() == [(1,)]


def test_nothing_is_lost_between_the_two_tables(connection: duckdb.DuckDBPyConnection) -> None:
    signals(connection, *({"signal_id": f"s{n}", "household_id": f"H{n}"} for n in range(6)))
    visits(connection, {"household_id": "H2"}, {"household_id": "H4"})
    left = kept(connection)
    gone = [row[0] for row in connection.execute("SELECT signal_id FROM suppressed ORDER BY 1").fetchall()]
    assert (left, gone) == (["s0", "s1", "s3", "s5"], ["s2", "s4"])


def test_a_combination_is_set_aside_with_the_last_of_its_signals(connection: duckdb.DuckDBPyConnection) -> None:
    fire = {"signal_id": "s2", "family": "因灾"}
    both = {"signal_id": "c1", "family": "综合", "combines": ["s1", "s2"]}
    above = {"signal_id": "c2", "family": "综合", "combines": ["c1"]}
    signals(connection, {}, fire, both, above)
    visits(connection, {})
    assert kept(connection) == ["c1", "c2", "s2"]
    visits(connection, {"row_id": 9, "family": "因灾", "visited_on": date(2025, 6, 10)})
    assert kept(connection) == []
    rows = connection.execute("SELECT signal_id, why, verdict_row, until FROM suppressed WHERE family = '综合'").fetchall()
    why = "所组合的风险都已入户核实"
    assert rows == [("c1", why, 1, date(2025, 8, 30)), ("c2", why, 1, date(2025, 8, 30))]


ON_ITS_WAY = {
    "case_id": "W1",
    "household_id": "H1",
    "state": "compared",
    "state_since": date(2025, 6, 10),
    "families": ["因病"],
}
FOUND = {"visited_on": date(2025, 6, 1), "visited_family": "因学", "verdict_row": 5}


def lay(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, *rows: dict[str, Any]) -> None:
    connection.register("laid", pa.Table.from_pylist([*rows], schema=schema))
    connection.execute(f"INSERT INTO {name} SELECT * FROM laid")


def aside(
    connection: duckdb.DuckDBPyConnection, worse: Mapping[str, Decimal] | None = None, reported: Collection[str] = ()
) -> dict[str, str]:
    """Signal -> why it is set aside, in a word."""
    suppress(connection, NIGHT, QUIET, Again(worse or {}, reported))
    return dict(connection.execute("SELECT signal_id, kind FROM suppressed ORDER BY 1").fetchall())


@pytest.mark.parametrize("state", ["visited", "compared", "publicity", "noticed"])
def test_a_case_on_its_way_is_not_visited_again_for_its_risks(connection: duckdb.DuckDBPyConnection, state: str) -> None:
    learns = {"signal_id": "s2", "family": "因学"}
    signals(connection, {}, learns, {"signal_id": "s3", "family": "因灾"}, {"signal_id": "s4", "household_id": "H2"})
    lay(connection, "case_before", CASE_BEFORE, ON_ITS_WAY | FOUND | {"state": state})
    assert aside(connection) == {"s1": "open_case", "s2": "open_case"}
    why, row, until = connection.execute("SELECT why, verdict_row, until FROM suppressed").fetchall()[0]
    assert why == f"个案未办结（{STATES[state]}，2025-06-10 起），办结前不再为同类风险入户；此后没有新的越线或事件"
    assert (row, until) == (5, None)


@pytest.mark.parametrize("state", ["warned", "closed"])
def test_a_case_that_awaits_its_visit_or_is_over_sets_nothing_aside(connection: duckdb.DuckDBPyConnection, state: str) -> None:
    signals(connection, {}, {"event_on": None, "signal_id": "s2"})
    lay(connection, "case_before", CASE_BEFORE, ON_ITS_WAY | {"state": state})
    assert aside(connection) == {}


def test_a_visit_about_everything_and_an_event_after_it(connection: duckdb.DuckDBPyConnection) -> None:
    fire = {"signal_id": "s2", "family": "因灾", "event_on": None}
    later = {"signal_id": "s3", "event_on": date(2025, 6, 2)}
    signals(connection, {}, fire, later)
    lay(connection, "case_before", CASE_BEFORE, ON_ITS_WAY | FOUND | {"visited_family": "综合"})
    assert aside(connection) == {"s1": "open_case", "s2": "open_case"}


def test_who_is_monitored_is_asked_about_other_risks_only(connection: duckdb.DuckDBPyConnection) -> None:
    recent = {"signal_id": "s2", "event_on": NIGHT}
    signals(connection, {}, recent, {"signal_id": "s3", "family": "因灾"}, {"signal_id": "s4", "household_id": "H2"})
    known = {"household_id": "H1", "family": "因病", "since": date(2024, 3, 1), "row_id": 8}
    lay(connection, "monitored", MONITORED, known)
    assert aside(connection) == {"s1": "monitored", "s2": "monitored"}
    why, row, until = connection.execute("SELECT why, verdict_row, until FROM suppressed").fetchall()[0]
    assert why == "2024-03-01 起已因“因病”列为监测对象，风险尚未消除，由帮扶跟进，不再为同一风险入户"
    assert (row, until) == (8, None)


def test_who_is_monitored_and_worse_than_at_a_visit_is_asked_again(connection: duckdb.DuckDBPyConnection) -> None:
    after, before = {"event_on": date(2025, 6, 2)}, {"signal_id": "s2", "event_on": date(2025, 5, 1)}
    signals(connection, after, before, {"signal_id": "s3", "rule": "other"} | after, {"signal_id": "s4", "event_on": None})
    lay(connection, "monitored", MONITORED, {"household_id": "H1", "family": "因病"})
    visits(connection, {})
    assert aside(connection, {"r": Decimal("1.25")}) == {"s2": "monitored", "s3": "monitored", "s4": "monitored"}


def test_who_was_not_met_is_never_set_aside(connection: duckdb.DuckDBPyConnection) -> None:
    signals(connection, {}, {"event_on": None, "signal_id": "s2"})
    visits(connection, {"outcome": "未见到人", "visited_on": NIGHT})
    lay(connection, "case_before", CASE_BEFORE, ON_ITS_WAY | {"state": "warned", "visited_family": "因病"})
    assert aside(connection) == {}


def test_what_was_passed_on_is_not_asked_again_the_next_night_nor_silenced_for_good(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    later = {"signal_id": "s3", "event_on": NIGHT}
    signals(connection, {}, {"event_on": None, "signal_id": "s2"}, later, {"signal_id": "s4", "family": "因灾"})
    seen_on = NIGHT - timedelta(days=1)
    visits(connection, {"outcome": "转其他部门", "visited_on": seen_on})
    lay(connection, "case_before", CASE_BEFORE, ON_ITS_WAY | {"state": "closed", "visited_family": "因病"})
    assert aside(connection) == {"s1": "visited", "s2": "visited"}
    (until,) = {row[0] for row in connection.execute("SELECT until FROM suppressed").fetchall()}
    assert until == seen_on + timedelta(days=QUIET)
    connection.execute("UPDATE fact_visits SET visited_on = ?", [NIGHT - timedelta(days=QUIET + 1)])
    assert aside(connection) == {}


KNOWN = {"household_id": "H1", "family": "因病", "since": date(2025, 3, 1), "row_id": 8}


def test_what_a_monitored_household_reports_itself_is_looked_at_once(connection: duckdb.DuckDBPyConnection) -> None:
    told = {"rule": "self"}
    old = told | {"signal_id": "s2", "event_on": date(2025, 3, 1)}
    signals(connection, told, old, {"signal_id": "s3"}, told | {"signal_id": "s4", "event_on": date(2025, 6, 2)})
    lay(connection, "monitored", MONITORED, KNOWN)
    assert aside(connection, reported={"self"}) == {"s2": "monitored", "s3": "monitored"}
    visits(connection, {"visited_on": date(2025, 6, 1)})
    assert aside(connection, reported={"self"}) == dict.fromkeys(("s1", "s2", "s3"), "monitored")


@pytest.mark.parametrize(
    ("change", "is_asked"),
    [
        ({"observed": 40_000}, True),
        ({"observed": 39_999}, False),
        ({"observed": 40_000, "event_on": date(2025, 3, 1)}, False),
        ({"observed": 40_000, "event_on": None}, False),
        ({"observed": 40_000, "threshold": None}, False),
        ({"observed": 1, "threshold": 0}, False),
    ],
)
def test_a_monitored_household_is_asked_again_after_something_much_above_the_line(
    connection: duckdb.DuckDBPyConnection, change: dict[str, Any], is_asked: bool
) -> None:
    signals(connection, {"observed": 40_000, "threshold": 20_000} | change)
    lay(connection, "monitored", MONITORED, KNOWN)
    assert aside(connection) == aside(connection, {"r": Decimal(3)}) == ({} if is_asked else {"s1": "monitored"})


def test_a_visit_answers_what_was_much_above_the_line(connection: duckdb.DuckDBPyConnection) -> None:
    signals(connection, {"observed": 40_000, "threshold": 20_000})
    visits(connection, {"visited_on": date(2025, 5, 1)})
    lay(connection, "monitored", MONITORED, KNOWN)
    assert aside(connection) == {"s1": "monitored"}


def test_of_several_reasons_the_one_that_lasts_longest_is_named(connection: duckdb.DuckDBPyConnection) -> None:
    signals(connection)
    visits(connection, {})
    assert aside(connection) == {"s1": "visited"}
    lay(connection, "monitored", MONITORED, {"household_id": "H1", "family": "因病"})
    assert aside(connection) == {"s1": "monitored"}
    lay(connection, "case_before", CASE_BEFORE, ON_ITS_WAY | FOUND)
    assert aside(connection) == {"s1": "open_case"}


def test_a_combination_of_parts_set_aside_for_different_reasons(connection: duckdb.DuckDBPyConnection) -> None:
    both = {"signal_id": "c1", "family": "综合", "combines": ["s1", "s2"]}
    signals(connection, {}, {"signal_id": "s2", "family": "因灾"}, both)
    lay(connection, "monitored", MONITORED, {"household_id": "H1", "family": "因灾"})
    assert aside(connection) == {"s2": "monitored"}
    visits(connection, {})
    assert aside(connection) == {"c1": "visited", "s1": "visited", "s2": "monitored"}
    rows = connection.execute("SELECT why, verdict_row, until FROM suppressed WHERE signal_id = 'c1'").fetchall()
    assert rows == [("所组合的风险都已入户核实、个案未办结或已在监测", 1, date(2025, 8, 30))]
    lay(connection, "case_before", CASE_BEFORE, ON_ITS_WAY | FOUND)
    assert aside(connection)["c1"] == "open_case"
    assert connection.execute("SELECT until FROM suppressed WHERE signal_id = 'c1'").fetchall() == [(None,)]


@pytest.mark.parametrize("decision", ["不予纳入", "纳入监测"])
def test_after_a_late_decision_the_same_is_not_asked_the_next_night(
    connection: duckdb.DuckDBPyConnection, decision: str
) -> None:
    signals(connection, {"event_on": None}, {"signal_id": "s2"}, {"signal_id": "s3", "family": "因灾"})
    closed_on = NIGHT - timedelta(days=1)
    closed = {"state": "closed", "closed_as": decision, "closed_on": closed_on, "visited_on": date(2025, 1, 2)}
    lay(connection, "case_file", CASE, {"case_id": "W1", "household_id": "H1", "families": ["因病"], "verdict_row": 5} | closed)
    assert aside(connection) == {"s1": "visited"}  # s2 happened after the visit
    why, row, until = connection.execute("SELECT why, verdict_row, until FROM suppressed").fetchall()[0]
    assert why == f"2025-06-29 个案办结：{decision}；此后没有新的越线或事件"
    assert (row, until) == (5, closed_on + timedelta(days=QUIET))
    connection.execute("UPDATE case_file SET closed_on = ?", [NIGHT - timedelta(days=QUIET + 1)])
    assert aside(connection) == {}
