from random import Random

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import conform
from matching.link import link
from review_tables import REVIEW_CONFLICT
from tables import BLOCK, CANDIDATE, LINK, ROSTER_IDENTITY, ROSTER_ISSUE
from tests.matching.helpers import Row, connect, feed, links, number, one, resident, run

NUMBERS = [number("19850101", 11), number("19850101", 13), number("19900606", 15)]
CELLS = [None, "", *NUMBERS, "'" + NUMBERS[0], NUMBERS[1] + "11", NUMBERS[2][:15] + "000", "9901011990060601", "G" + NUMBERS[0]]
PERSONS = ["张伟", "张玮", "張偉", "张?", "张伟伟", "李伟", "张伟之女", None]
DAYS = [None, "1985-01-01", "19900606"]
PLACES = [None, "990101101201", "虚构县城关镇东风村", "虚构县石桥乡"]
MADE = {
    "link": LINK,
    "candidate": CANDIDATE,
    "block": BLOCK,
    "review_conflict": REVIEW_CONFLICT,
    "roster_issue": ROSTER_ISSUE,
}


def records(least: int) -> st.SearchStrategy[list[Row]]:
    cells = {"id_number": CELLS, "name": PERSONS, "birth_date": DAYS}
    columns = {name: st.sampled_from(options) for name, options in cells.items()}
    return st.lists(st.fixed_dictionaries({**columns, "place": st.sampled_from(PLACES)}), min_size=least, max_size=12)


def roster_of(rows: list[Row]) -> list[Row]:
    kept = [
        {name: cell for name, cell in row.items() if name not in ("place", "name")} | {"household_id": f"H{n // 2}"}
        for n, row in enumerate(rows)
    ]
    return [resident(f"P{n:02d}", row["name"], **cells) for n, (row, cells) in enumerate(zip(rows, kept, strict=True))]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people=records(1), rows=records(0), luck=st.randoms(use_true_random=False))
def test_order_and_threads_change_nothing_and_every_row_comes_out(people: list[Row], rows: list[Row], luck: Random) -> None:
    roster, identity = roster_of(people), feed(rows)
    expected = links(roster, identity)
    assert sorted(expected) == list(range(1, len(rows) + 1))
    order = list(range(len(rows)))
    luck.shuffle(order)
    luck.shuffle(roster)
    assert links(roster, identity.take(pa.array(order, pa.int64())), threads=2) == expected


@settings(max_examples=5, deadline=None)
@given(people=records(1), rows=records(1))
def test_a_link_is_never_without_a_resident_nor_a_stranger_with_one(people: list[Row], rows: list[Row]) -> None:
    for found in links(roster_of(people), feed(rows)).values():
        assert found.decision in ("linked", "review", "no_resident")
        assert found.decision != "linked" or found.resident_id is not None
        assert found.decision != "no_resident" or found.resident_id is None
        assert found.resident_id != found.runner_up or found.resident_id is None


def test_the_tables_conform_and_nothing_else_stays() -> None:
    with connect() as connection:
        connection.register("roster_identity", pa.Table.from_pylist([dict(resident("P1", "王明"))], schema=ROSTER_IDENTITY))
        connection.register("identity", feed([{"name": "王明"}] * 3))
        link(connection)
        link(connection)
        for table, schema in MADE.items():
            conform(connection, table, schema)
        assert connection.execute("SELECT row_id FROM link").fetchall() == [(1,), (2,), (3,)]
        left = connection.execute(
            "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views() WHERE NOT internal"
        )
        assert {name for (name,) in left.fetchall()} == {*MADE, "roster_identity", "identity"}


def test_the_candidates_of_a_review_are_told_apart_field_by_field() -> None:
    roster = [
        resident("P1", "何平", id_number=NUMBERS[0], birth_date="1975-05-05", place_code="990101101202"),
        resident("P2", "何平", id_number=NUMBERS[1], birth_date="1975-05-05", place_code="990101101203"),
    ]
    with connect() as connection:
        found = run(connection, roster, feed([{"name": "何平", "birth_date": "1975-05-05"}]))[1]
        candidates = connection.execute("""
            SELECT identity_key, position, resident_id, name, birth, number, weight, probability,
                   number_weight + name_weight + birth_weight + sex_weight + place_weight + phone_weight AS whole FROM candidate
        """).fetchall()
    assert (found.decision, found.method, found.resident_id, found.runner_up) == ("review", "several_candidates", "P1", "P2")
    assert [row[:6] for row in candidates] == [
        (found.identity_key, 1, "P1", "equal", "equal", "missing"),
        (found.identity_key, 2, "P2", "equal", "equal", "missing"),
    ]
    assert all(weight == pytest.approx(whole) for *_, weight, _, whole in candidates)
    assert sum(row[7] for row in candidates) == pytest.approx(1, abs=0.01)


def test_an_agreement_on_a_rare_name_is_worth_more() -> None:
    common = [resident(f"P{n:03d}", "张伟", birth_date="19600101", place_code=f"99010110{n:04d}") for n in range(400)]
    rare = resident("P900", "欧阳菡", birth_date="19850505", place_code="990101100007")
    with connect() as connection:
        run(connection, [*common, rare], feed([{"name": name, "place": "990101100007"} for name in ("欧阳菡", "张伟")]))
        weights = dict(connection.execute("SELECT resident_id, name_weight FROM candidate WHERE name = 'equal'").fetchall())
    assert weights["P900"] > weights["P007"] + 5


ODD = [
    "", " ", "王" * 200, "\x01\x02", "😀", "王😀明", "'; DROP TABLE identity; --", "%", "\\x", "\\xzz", "(", "((((", "·",
    "\ud7ff", "王\n明",
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_odd_text_anywhere(odd: str) -> None:
    cells = {"id_number": odd, "birth_date": odd}
    roster = [resident("P1", odd, **cells, household_id=odd, place_code=odd, place_name=odd), resident("P2", "王明")]
    found = links(roster, feed([{"name": odd, "place": odd, **cells}, {"name": odd, "id_number": NUMBERS[0]}]))
    assert found[1].decision == "review"
    assert found[2].method == "number_not_in_roster"


def test_a_roster_of_nobody_and_a_feed_of_nobody() -> None:
    assert links([], feed([])) == {}
    assert one([], id_number=NUMBERS[0], name="王明").method == "number_not_in_roster"
