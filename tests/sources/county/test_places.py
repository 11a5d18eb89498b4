import numpy as np
import pytest

from sources.county.names import prepare
from sources.county.people import people_of
from sources.county.places import RESIDENTS_PER_COUNTY, county_name, lay_out, ordinal
from sources.county.plan import Plan
from sources.county.words import read_names, read_places

NATIONS = ("土家族", "苗族")


@pytest.mark.parametrize("residents", [20, 777, 20_000, 200_000, 3_000_001])
def test_villages_have_room_for_exactly_the_residents(residents: int) -> None:
    townships = lay_out(Plan(residents=residents), read_places(), NATIONS)
    assert sum(place.residents for place in townships) == residents
    first = 0
    for number, place in enumerate(townships):
        assert (place.number, place.first_resident) == (number, first)
        first += place.residents
    codes = [village.code for place in townships for village in place.villages]
    assert len(set(codes)) == len(codes)
    assert all(code.startswith("9901") and len(code) == 12 for code in codes)
    for place in townships:
        assert len({village.name for village in place.villages}) == len(place.villages)


def test_a_large_population_makes_several_counties() -> None:
    townships = lay_out(Plan(residents=3 * RESIDENTS_PER_COUNTY), read_places(), NATIONS)
    assert sorted({(place.county_code, place.county_name) for place in townships}) == [
        ("990101", "虚构一县"),
        ("990102", "虚构二县"),
        ("990103", "虚构三县"),
    ]
    per_county = [sum(place.county_code == code for place in townships) for code in ("990101", "990102", "990103")]
    assert max(per_county) <= 45


def test_names_of_counties_and_groups() -> None:
    assert county_name(0, 1) == "虚构县"
    assert county_name(11, 20) == "虚构十二县"
    assert [ordinal(number) for number in (1, 10, 11, 20, 21)] == ["一", "十", "十一", "二十", "二十一"]


def test_a_few_villages_belong_to_minorities() -> None:
    townships = lay_out(Plan(residents=200_000), read_places(), NATIONS)
    nations = [village.nation for place in townships for village in place.villages]
    assert 0.03 < nations.count("维吾尔族") / len(nations) < 0.1
    assert 0.03 < sum(nation in NATIONS for nation in nations) / len(nations) < 0.12


def test_numbers_are_unique_across_townships() -> None:
    plan, names = Plan(residents=120_000, seed=5), prepare(read_names())
    seen: list[str] = []
    for place in lay_out(plan, read_places(), NATIONS)[:3]:
        people = people_of(np.random.default_rng(place.number), names, place, plan, 20_757)
        seen += people.number.tolist()
    assert len(seen) > 60_000
    assert len(set(seen)) == len(seen)
