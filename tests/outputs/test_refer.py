"""Every warning is on its county's list, or cut with a reason."""

import pytest

from outputs.refer import refer
from settings import Office
from tests.outputs.invented import Values
from tests.outputs.ranked import AS_OF, database, member, ranked, signal

COUNTIES = {"H1": "990101", "H2": "990101", "H3": "990101", "H4": "990102", "H5": "880101"}


def referred(capacity_default: int, capacity: dict[str, int], area: str) -> dict[str, Values]:
    with database() as connection:
        ranked(connection, [member(h, county=county) for h, county in COUNTIES.items()], [signal(h) for h in COUNTIES])
        refer(connection, AS_OF, Office(capacity_default=capacity_default, capacity=capacity, area=area))
        rows: list[Values] = connection.sql("SELECT * FROM referral").to_arrow_table().to_pylist()
    assert len(rows) == len(COUNTIES)
    assert all(row["is_listed"] == (row["why_cut"] is None) for row in rows)
    return {str(row["household_id"]): row for row in rows}


def listed(rows: dict[str, Values]) -> set[str]:
    return {household for household, row in rows.items() if row["is_listed"]}


def test_a_list_ends_at_its_countys_capacity() -> None:
    rows = referred(1, {"990101": 2}, "")
    assert listed(rows) == {"H1", "H2", "H4", "H5"}
    assert rows["H3"]["position"] == 3
    assert rows["H3"]["why_cut"] == "超出本县本期可核实户数 2 户，排第 3 位"
    assert rows["H1"]["list_id"] == "20260630-990101"
    assert rows["H4"]["position"] == 1


def test_a_townships_capacity_leaves_its_place_to_the_next() -> None:
    towns = {"H1": "990101001", "H2": "990101001", "H3": "990101002", "H4": "990101002", "H5": "990101003"}
    office = Office(capacity_default=3, township_capacity={"990101001": 1, "990101003": 0})
    with database() as connection:
        ranked(connection, [member(h, township=town) for h, town in towns.items()], [signal(h) for h in towns])
        refer(connection, AS_OF, office)
        found = connection.sql("SELECT household_id, position, is_listed, why_cut FROM referral ORDER BY position").fetchall()
    assert found == [
        ("H1", 1, True, None),
        ("H2", 2, False, "超出本乡镇本期可核实户数 1 户，在本乡镇排第 2 位"),
        ("H3", 3, True, None),
        ("H4", 4, True, None),
        ("H5", 5, False, "超出本乡镇本期可核实户数 0 户，在本乡镇排第 1 位"),
    ]


@pytest.mark.parametrize(
    ("area", "expected"), [("", {"H1", "H2", "H3", "H4", "H5"}), ("99", {"H1", "H2", "H3", "H4"}), ("990102", {"H4"})]
)
def test_only_the_offices_own_area_is_listed(area: str, expected: set[str]) -> None:
    rows = referred(10, {}, area)
    assert listed(rows) == expected
    outside = [row for household, row in rows.items() if household not in expected]
    assert all(row["list_id"] is None and f"以 {area} 开头" in str(row["why_cut"]) for row in outside)


def test_no_capacity_lists_nobody_and_loses_nobody() -> None:
    rows = referred(0, {}, "")
    assert listed(rows) == set()
    assert rows["H1"]["why_cut"] == "超出本县本期可核实户数 0 户，排第 1 位"


def test_a_night_without_warnings_has_an_empty_list() -> None:
    with database() as connection:
        ranked(connection, [member("H1")], [])
        refer(connection, AS_OF, Office())
        assert connection.sql("SELECT * FROM referral").fetchall() == []
