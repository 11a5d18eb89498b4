import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import conform
from matching.link import link
from matching.passes import LAST_PASSES, LEAD_PASSES, NUMBER_PASSES
from tables import LINK, ROSTER_IDENTITY
from tests.matching.helpers import Row, connect, feed, links, number, one, resident

NUMBERS = [number("19850101", 11), number("19850101", 13), number("19900606", 15)]
CELLS = [None, "", *NUMBERS, "'" + NUMBERS[0], NUMBERS[1] + "11", NUMBERS[2][:15] + "000", "9901011990060601", "G" + NUMBERS[0]]
PERSONS = ["张伟", "张玮", "張偉", "张?", "张伟伟", "李伟", "张伟之女", None]
DAYS = [None, "1985-01-01", "19900606"]
PLACES = [None, "990101101201", "虚构县城关镇东风村", "虚构县石桥乡"]


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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people=records(1), rows=records(0), random=st.randoms(use_true_random=False))
def test_order_and_threads_change_nothing_and_every_row_comes_out(
    people: list[Row], rows: list[Row], random: st.DataObject
) -> None:
    roster, identity = roster_of(people), feed(rows)
    expected = links(roster, identity)
    assert sorted(expected) == list(range(1, len(rows) + 1))
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    random.shuffle(roster)  # type: ignore[attr-defined]
    assert links(roster, identity.take(pa.array(order, pa.int64())), threads=2) == expected


@settings(max_examples=10, deadline=None)
@given(people=records(1), rows=records(1))
def test_a_link_is_never_without_a_resident_nor_a_stranger_with_one(people: list[Row], rows: list[Row]) -> None:
    for found in links(roster_of(people), feed(rows)).values():
        assert found.decision in ("linked", "review", "no_resident")
        assert found.decision != "linked" or found.resident_id is not None
        assert found.decision != "no_resident" or found.resident_id is None
        assert found.resident_id != found.runner_up or found.resident_id is None


def test_the_table_conforms_and_nothing_else_stays() -> None:
    with connect() as connection:
        connection.register("roster_identity", pa.Table.from_pylist([dict(resident("P1", "王明"))], schema=ROSTER_IDENTITY))
        connection.register("identity", feed([{"name": "王明"}] * 3))
        link(connection)
        link(connection)
        conform(connection, "link", LINK)
        assert connection.execute("SELECT row_id FROM link").fetchall() == [(1,), (2,), (3,)]
        left = connection.execute(
            "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views() WHERE NOT internal"
        )
        assert {name for (name,) in left.fetchall()} == {"link", "roster_identity", "identity"}


def test_the_evidence_of_a_shared_number_counts_the_others() -> None:
    roster = [resident(f"P{n}", name, id_number=NUMBERS[0]) for n, name in enumerate(("王明", "李红", "赵刚"))]
    assert one(roster, id_number=NUMBERS[0], name="李红").evidence.endswith("花名册中另有 2 人登记同一号码，姓名不一致")
    assert "3 人登记同一号码，其中 0 人姓名一致" in one(roster, id_number=NUMBERS[0], name="孙武").evidence


def test_passes_have_names_of_their_own() -> None:
    passes = (*NUMBER_PASSES, *LEAD_PASSES, *LAST_PASSES)
    assert len({step.name for step in passes}) == len(passes)
    assert all((step.probability == 0) == (step.name in ("number_not_in_roster", "nobody_found")) for step in passes)
    linked = [step.probability for step in passes if step.decision == "linked"]
    assert min(linked) > max(step.probability for step in passes if step.decision == "review")


ODD = [
    "",
    " ",
    "王" * 200,
    "\x01\x02",
    "😀",
    "王😀明",
    "'; DROP TABLE identity; --",
    "%",
    "\\x",
    "\\xzz",
    "(",
    "((((",
    "·",
    "\ud7ff",
    "王\n明",
]


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


def test_a_hundred_thousand_of_one_name_are_a_tie_not_an_explosion() -> None:
    count = 100_000
    people = pa.table({"n": range(count)})
    with connect() as connection:
        connection.register("people", people)
        connection.execute("""
            CREATE TABLE roster_identity AS
            SELECT 'P' || n AS resident_id, 'H' || n AS household_id, '张伟' AS name, '111111111111111111' AS id_number,
                   '男' AS sex, '1985-01-01' AS birth_date, '990101101201' AS place_code, '虚构县城关镇东风村' AS place_name,
                   NULL::VARCHAR AS phone
            FROM people
        """)
        connection.execute("""
            CREATE TABLE identity AS
            SELECT n::BIGINT AS row_id, if(n % 2 = 0, NULL, '111111111111111111') AS id_number, '张伟' AS name,
                   if(n % 3 = 0, NULL, '1985-01-01') AS birth_date, NULL::VARCHAR AS sex, '虚构县城关镇东风村' || n AS place,
                   NULL::VARCHAR AS phone, 's' AS source, 'b' AS batch_id, n::INTEGER AS row_number
            FROM people
        """)
        link(connection)
        counts = connection.execute(
            "SELECT method, count(*), count(resident_id) FROM link GROUP BY method ORDER BY 1"
        ).fetchall()
    assert counts == [("number_shared", count // 2, 0), ("several_candidates", count // 2, 0)]
