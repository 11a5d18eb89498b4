"""Two states of a little list compared: who moved and why, who is counted where, and what visits confirmed."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest

import tables
from outputs.moves import keep_state, moves
from outputs.rank import rank
from outputs.refer import refer
from outputs.trial import Yield, areas, expect, groups, yields
from outputs.weights import load_weights
from settings import Office
from shares import wilson
from tests.outputs.invented import register, table
from tests.outputs.ranked import AS_OF, database, inputs, member, ranking, signal

TITLES = {"self_paid": "自付偏高", "job": "失业"}


def judged(connection: duckdb.DuckDBPyConnection, schema: str, *signals: dict[str, object]) -> None:
    """A night of one county that can visit two households, in a schema of its own."""
    connection.execute(f"CREATE SCHEMA {schema}; SET search_path = '{schema},main'")
    rows = [{**one, "title": TITLES[str(one["rule"])]} for one in signals]
    register(connection, signal=table(tables.SIGNAL, *rows), suppressed=tables.SUPPRESSED.empty_table())
    connection.execute("CREATE TABLE open_signal AS FROM signal")
    rank(connection, ranking(), AS_OF, None)
    refer(connection, AS_OF, Office(capacity_default=2))
    connection.execute("SET search_path = 'main'")
    keep_state(connection, f"{schema}_state", schema)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Before: A and B on the list, C cut.  After: A's signal is gone and D has a grave one, so that B is pushed out."""
    with database() as connection:
        people = [member("A", birth_date=date(1950, 1, 1)), member("B"), member("C", township="990101002"), member("D")]
        inputs(connection, people, [])
        b, c = signal("B", severity=30), signal("C", severity=20)
        judged(connection, "was", signal("A", severity=90), b, c)
        more = {**c, "signal_id": "C2", "rule": "job", "family": "务工不稳", "severity": 40}
        judged(connection, "now", b, c, more, signal("D", severity=80))
        yield connection


def test_every_move_has_its_cause(connection: duckdb.DuckDBPyConnection) -> None:
    found = {move.household_id: (move.came, move.why, move.sentence) for move in moves(connection, "was_state", "now_state")}
    assert {house: said[:2] for house, said in found.items()} == {
        "A": (False, "signal"),
        "B": (False, "place"),
        "C": (True, "score"),
        "D": (True, "signal"),
    }
    assert found["A"][2] == "不再触发：自付偏高"
    assert found["D"][2] == "新触发：自付偏高"
    assert "挤出：第 2 位变为第 3 位" in found["B"][2]
    assert "新触发：失业" in found["C"][2]


def test_townships_add_up_and_groups_count_those_who_belong(connection: duckdb.DuckDBPyConnection) -> None:
    county, *towns = areas(connection, "was_state", "now_state", {"990101": 2}, 500)
    assert (county.capacity, [town.capacity for town in towns]) == (2, [None, None])
    numbers = [list(vars(area.counts).values()) for area in (county, *towns)]
    assert numbers[0] == [3, 3, 2, 2, 2, 2]
    assert [sum(column) for column in zip(*numbers[1:], strict=True)] == numbers[0]
    of_groups = {
        group.name: vars(group.counts)
        for group in groups(connection, "was_state", "now_state", load_weights(None).household, AS_OF)
    }
    assert of_groups["有 60 岁及以上老人"]["went"] == 1
    assert (of_groups["务工不稳"]["was_warned"], of_groups["务工不稳"]["came"]) == (0, 1)
    assert of_groups["一般农户"]["is_listed"] == 2


def test_visits_confirm_the_signals_that_were_there_before_them(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE OR REPLACE TABLE fact_visits"
        " (row_id BIGINT, household_id VARCHAR, visited_on DATE, family VARCHAR, outcome VARCHAR)"
    )
    connection.execute("""
        INSERT INTO fact_visits VALUES
        (1, 'A', '2026-06-01', '因病', '纳入识别'), (2, 'B', '2026-06-01', '综合', '数据有误'),
        (3, 'B', '2026-06-02', '因学', '纳入识别'),
        (4, 'D', '2026-06-03', '因病', '未见到人'), (5, 'C', '2020-01-01', '因病', '纳入识别')""")
    found = yields(connection, ("was", "now"))
    assert [(one.rule, one.visits, one.confirmed, one.identified) for one in found] == [("self_paid", 2, 1, 1)]
    told = {
        one.of.rule: (one.came, one.went) for one in expect(found, moves(connection, "was_state", "now_state"), {"job": "失业"})
    }
    assert told == {"job": (1, 0), "self_paid": (1, 1)}


def test_wilson_is_the_published_interval() -> None:
    """81 of 263: Newcombe (1998), Statistics in Medicine 17, table I, method 3."""
    found = wilson(81, 263)
    assert found is not None
    assert [round(Decimal(number), 4) for number in found[1:]] == [Decimal("0.2553"), Decimal("0.3662")]
    assert wilson(0, 0) is None
    assert Yield("a", "一", 10, 0, 0).confirmed_share == wilson(0, 10)
    assert (wilson(0, 10) or (1,))[0] == 0
