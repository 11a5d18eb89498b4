"""Who is asked first, in whose queue, and why others are not."""

from collections.abc import Iterator

import duckdb
import pytest

from engine import connect
from outputs.review_queue import queue_review
from tests.outputs.invented import Values
from tests.outputs.reviewing import asked, key, value, waiting, who


@pytest.fixture
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path_factory.mktemp("work"), 2, "512MiB") as opened:
        yield opened


def queue(connection: duckdb.DuckDBPyConnection, capacity: int = 10, area: str = "") -> dict[str, Values]:
    """Identity key -> its place in the queue."""
    queue_review(connection, capacity, area)
    rows = connection.sql("SELECT * FROM review_queue").to_arrow_table().to_pylist()
    return {row["identity_key"]: row for row in rows}


def order(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for name, row in sorted(queue(connection).items(), key=lambda item: int(str(item[1]["position"])))]


def test_what_would_fire_comes_first_by_points_times_probability(connection: duckdb.DuckDBPyConnection) -> None:
    people = [asked(n, who(0), probability=probability) for n, probability in ((1, 0.5), (2, 0.2), (3, 0.9))]
    waiting(connection, *people, values=[value(2, 90), value(3, 30)])
    assert order(connection) == [key(3), key(2), key(1)]


def test_then_what_is_least_sure_and_then_what_settles_most_rows(connection: duckdb.DuckDBPyConnection) -> None:
    waiting(
        connection,
        asked(1, who(0), probability=0.9, rows=9),
        asked(2, who(0), probability=0.52),
        asked(3, who(0), probability=0.49, rows=3),
        asked(4, rows=5),
        asked(5, who(0), probability=0.52),
    )
    found = queue(connection)
    assert [found[key(n)]["position"] for n in (3, 2, 5, 1)] == [1, 2, 3, 4]
    assert (found[key(4)]["county"], found[key(4)]["position"], found[key(4)]["rows"]) == ("", 1, 5)


def test_the_queue_is_that_of_the_candidates_county(connection: duckdb.DuckDBPyConnection) -> None:
    waiting(connection, asked(1, who(0)), asked(2, who(2)), asked(3, who(0), who(1)), asked(4, who(3), place="990101001201"))
    assert [row["county"] for row in queue(connection).values()] == ["990101", "990101", "990101", "990102"]


@pytest.mark.parametrize(
    ("place", "county"),
    [
        ("990102001201", "990102"),
        ("'990102", "990102"),
        ('="990102001000"', "990102"),
        ("888888", ""),
        ("乌有县", ""),
        (None, ""),
    ],
)
def test_without_a_candidate_the_rows_place_decides_if_it_is_a_code(
    connection: duckdb.DuckDBPyConnection, place: str | None, county: str
) -> None:
    waiting(connection, asked(1, place=place))
    assert queue(connection)[key(1)]["county"] == county


def test_what_concerns_two_counties_is_the_offices(connection: duckdb.DuckDBPyConnection) -> None:
    waiting(connection, asked(1, who(0), who(2)), asked(2, who(0), place="990102001201"))
    assert {row["county"] for row in queue(connection).values()} == {""}


def test_over_capacity_is_cut_per_queue_and_told(connection: duckdb.DuckDBPyConnection) -> None:
    waiting(connection, *(asked(n, who(0)) for n in (1, 2, 3)), asked(4, who(2)), asked(5))
    found = queue(connection, capacity=2)
    assert [row["is_listed"] for row in found.values()] == [True, True, True, False, True]
    assert found[key(3)]["why_cut"] == "超出本期可核对人次 2，排第 3 位，顺延"
    assert found[key(1)]["why_cut"] is None


def test_what_was_answered_is_not_asked_again_and_takes_no_room(connection: duckdb.DuckDBPyConnection) -> None:
    waiting(connection, asked(1, who(0), method="review_open"), asked(2, who(0)), values=[value(1, 90)])
    found = queue(connection, capacity=1)
    assert (found[key(1)]["position"], found[key(1)]["is_listed"]) == (None, False)
    assert "不再询问" in str(found[key(1)]["why_cut"])
    assert found[key(2)]["is_listed"]


def test_other_areas_are_not_asked_and_the_offices_own_queue_is(connection: duckdb.DuckDBPyConnection) -> None:
    waiting(connection, asked(1, who(0)), asked(2, who(2)), asked(3))
    found = queue(connection, area="990102")
    assert [found[key(n)]["is_listed"] for n in (1, 2, 3)] == [False, True, True]
    assert "不在本单位负责的地区" in str(found[key(1)]["why_cut"])


def test_linked_rows_are_not_in_it(connection: duckdb.DuckDBPyConnection) -> None:
    waiting(connection, asked(1, who(0), decision="linked"), asked(2, decision="no_resident"))
    assert queue(connection) == {}


def test_row_order_does_not_matter(connection: duckdb.DuckDBPyConnection) -> None:
    waiting(connection, *(asked(n, who(n % 4), who(n % 2), rows=1 + n % 3) for n in range(1, 30)), values=[value(7, 20)])
    first = queue(connection)
    connection.execute("CREATE OR REPLACE TABLE link AS SELECT * FROM link ORDER BY hash(row_id)")
    assert queue(connection) == first
