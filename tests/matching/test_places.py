import pytest

from tests.matching.helpers import Row, one, resident

NAMES = {
    "990101101201": "虚构县城关镇东风村一组",
    "990101101202": "虚构县城关镇东风新村二组",
    "990101101203": "虚构县城关镇十一村",
    "990101101204": "虚构县城关镇一村",
    "990101102201": "虚构县石桥乡东风村",
    "990102101201": "另造县城关镇东风村",
    "990101103201": "虚构县红旗镇村头村三组",
}
ROSTER: list[Row] = [
    resident(code, "欧阳修文", place_code=code + "01", place_name=name, birth_date="1988-08-08") for code, name in NAMES.items()
]


@pytest.mark.parametrize(
    ("place", "village"),
    [
        ("990101101201", "990101101201"),
        ("９９０１０１１０１２０１", "990101101201"),
        ("99010110120107", "990101101201"),
        ("虚构县城关镇东风村五组", "990101101201"),
        ("某省某市虚构县 城关镇 东风村 12号", "990101101201"),
        ("虚构县城关镇东风新村", "990101101202"),
        ("虚构县城关镇十一村", "990101101203"),
        ("虚构县城关镇一村", "990101101204"),
        ("虚构县石桥镇东风社区", "990101102201"),
        ("另造县城关镇东风村", "990102101201"),
        ("虚构县红旗镇村头村", "990101103201"),
    ],
)
def test_the_place_tells_namesakes_apart(place: str, village: str) -> None:
    link = one(ROSTER, name="欧阳修文", birth_date="1988-08-08", place=place)
    assert (link.method, link.resident_id) == ("name_birth_village", village)


@pytest.mark.parametrize(
    "place",
    [None, "", "城关镇东风村", "东风村", "虚构县", "990101", "990101101", "990101101000", "990199999201", "😀" * 200, "%_'"],
)
def test_a_place_that_does_not_say_which_village(place: str | None) -> None:
    link = one(ROSTER, name="欧阳修文", birth_date="1988-08-08", place=place)
    assert (link.method, link.resident_id) == ("several_candidates", None)
    assert "7 人" in link.evidence


@pytest.mark.parametrize(
    ("code", "name"), [(None, None), ("", ""), ("99", "虚构县"), ("9901011012xx", "城关镇"), ("990101101201", "?")]
)
def test_a_roster_without_readable_places(code: str | None, name: str | None) -> None:
    roster = [resident("P1", "王小霞", birth_date="19960214", place_code=code, place_name=name)]
    link = one(roster, name="王小霞", birth_date="1996-02-14", place="虚构县城关镇东风村")
    assert (link.method, link.resident_id) == ("name_birth", "P1")
