from collections.abc import Iterator, Mapping
from datetime import date

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import connect
from matching import numbers, places
from matching.places import Change, current, resolve
from tables import ROSTER_IDENTITY

NAMES = {
    "990101101201": "虚构县城关镇东风村一组",
    "990101101202": "虚构县城关镇东风新村二组",
    "990101101203": "虚构县城关镇十一村",
    "990101101204": "虚构县城关镇一村",
    "990101102201": "虚构县石桥乡东风村",
    "990101103201": "虚构县红旗镇村头村三组",
    "990101104001": "虚构县城区街道东风社区",
    "990101105201": "虚构县柳市镇前街村",
    "990101106201": "虚构县双龙镇河口村",
    "990101106001": "虚构县双龙镇河口社区",
    "990102101201": "另造县城关镇东风村",
    "990103100201": "新乡县七里营镇刘庄村",
}
CHANGES = tuple(
    Change(old, new, date(2020, 1, 1), "虚构")
    for old, new in {
        "980101": "990101",
        "980202": "990102",
        "980202107": "990101102",
        "990101107203": "990101101203",
        "990101108": "990102",
    }.items()
)


@pytest.fixture
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path_factory.mktemp("work"), 2, "1GiB") as connection:
        numbers.install(connection)
        places.install(connection)
        yield connection


def resolved(
    connection: duckdb.DuckDBPyConnection, *written: str | None, names: Mapping[str, str | None] = NAMES
) -> dict[str, str]:
    """`match_place` for these places and a roster of these names."""
    roster = [{"resident_id": code, "place_code": code + "01", "place_name": name} for code, name in names.items()]
    connection.register("roster_identity", pa.Table.from_pylist(roster, schema=ROSTER_IDENTITY))
    connection.register("identity", pa.table({"place": pa.array(written, pa.string())}))
    resolve(connection, CHANGES)
    return dict(connection.execute("SELECT place, code FROM match_place").fetchall())


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("990101101201", "990101101201"),
        ("990199999201", "990199999201"),
        ("99010110120107", "990101101201"),
        ("990101101201070", "990101101201"),
        ("９９０１０１１０１２０１", "990101101201"),
        (" 990101 101 201 ", "990101101201"),
        ('="990101101201"', "990101101201"),
        ("990101101201.0", "990101101201"),
        ("990101101000", "990101101"),
        ("990101101", "990101101"),
        ("990101000000", "990101"),
        ("990101000", "990101"),
        ("990101", "990101"),
        ("441900", "441900"),
        ("441900003000", "441900003"),
    ],
)
def test_codes(connection: duckdb.DuckDBPyConnection, written: str, code: str) -> None:
    assert resolved(connection, written, names={}) == {written: code}


@pytest.mark.parametrize(
    "written",
    ["", "0", "990100", "990000000000", "9901011", "19850101", "13912345670", "9.90101E+11", "990101199003071234", "99010x"],
)
def test_what_is_no_code_of_a_county_or_less(connection: duckdb.DuckDBPyConnection, written: str) -> None:
    assert resolved(connection, written) == {}


@pytest.mark.parametrize(
    ("written", "today"),
    [
        ("980101", "990101"),
        ("980101101", "990101101"),
        ("980101101201", "990101101201"),
        ("98010110120103", "990101101201"),
        ("980202107201", "990101102201"),
        ("980202108201", "990102108201"),
        ("990101107203", "990101101203"),
        ("990101107204", "990101107204"),
        ("990101108201", "990102"),
    ],
)
def test_replaced_codes(connection: duckdb.DuckDBPyConnection, written: str, today: str) -> None:
    assert resolved(connection, written) == {written: today}
    assert connection.execute(f"SELECT {current('x', CHANGES)} FROM (SELECT ? AS x)", [written]).fetchone() == (today,)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("虚构县城关镇东风村五组", "990101101201"),
        ("某省某市虚构县 城关镇 东风村 12号", "990101101201"),
        ("虚构县城关镇东风三组", "990101101201"),
        ("虚构县城关镇东风村3-2-101室", "990101101201"),
        ("虚构县城关镇东风新村", "990101101202"),
        ("虚构县城关镇十一村", "990101101203"),
        ("虚构县城关镇一村", "990101101204"),
        ("另造县城关镇东风村", "990102101201"),
        ("虚构县红旗镇村头村", "990101103201"),
        ("城关镇东风新村", "990101101202"),
        ("石桥乡东风村", "990101102201"),
        ("虚构县石桥镇东风社区", "990101102201"),
        ("虚构区石桥街道东风村委会", "990101102201"),
        ("虚构县城区街道东风社区", "990101104001"),
        ("虚构县柳市镇前街村", "990101105201"),
        ("新乡县七里营镇刘庄村", "990103100201"),
        ("虚构县双龙镇河口村", "990101106201"),
        ("虚构县双龙镇河口社区居委会", "990101106001"),
    ],
)
def test_names_of_villages(connection: duckdb.DuckDBPyConnection, written: str, code: str) -> None:
    assert resolved(connection, written) == {written: code}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("虚构县城关镇二村", "990101101"),
        ("虚构县城关镇", "990101101"),
        ("石桥乡", "990101102"),
        ("石桥街道没有的村", "990101102"),
        ("虚构县双龙镇河口", "990101106"),
        ("虚构县", "990101"),
        ("某省某市虚构县", "990101"),
        ("虚构县东风村", "990101"),
        ("虚构县没有的镇东风村", "990101"),
    ],
)
def test_names_that_settle_only_the_township_or_county(connection: duckdb.DuckDBPyConnection, written: str, code: str) -> None:
    assert resolved(connection, written) == {written: code}


@pytest.mark.parametrize(
    "written",
    [None, "", "东风村", "城关镇", "城关镇东风村", "某省某市", "外地县石桥乡东风村", "外地县", "镇", "😀" * 200, "%_'"],
)
def test_names_that_settle_nothing(connection: duckdb.DuckDBPyConnection, written: str | None) -> None:
    assert resolved(connection, written) == {}


@pytest.mark.parametrize(
    "names", [{"990101101201": None}, {"990101101201": ""}, {"990101101201": "?"}, {"99": "虚构县城关镇东风村"}, {}]
)
def test_a_roster_whose_places_nobody_can_read(connection: duckdb.DuckDBPyConnection, names: Mapping[str, str | None]) -> None:
    assert resolved(connection, "虚构县城关镇东风村", "990101101201", names=names) == {"990101101201": "990101101201"}


def test_a_roster_without_county_names_knows_no_other_counties(connection: duckdb.DuckDBPyConnection) -> None:
    found = resolved(connection, "虚构县石桥乡东风村", names={"990101102201": "石桥乡东风村二组"})
    assert found == {"虚构县石桥乡东风村": "990101102201"}


def test_the_roster_is_read_with_todays_codes(connection: duckdb.DuckDBPyConnection) -> None:
    found = resolved(connection, "虚构县石桥乡东风村", names={"980101102201": "虚构县石桥乡东风村"})
    assert found == {"虚构县石桥乡东风村": "990101102201"}


@settings(max_examples=25, deadline=None)
@given(text=st.text(alphabet="县市区镇乡街道村组东风城关1 9０，'", max_size=20), order=st.permutations(list(NAMES.items())))
def test_any_text_gives_a_code_of_the_roster_or_none_whatever_its_order(
    tmp_path_factory: pytest.TempPathFactory, text: str, order: list[tuple[str, str]]
) -> None:
    with connect(tmp_path_factory.mktemp("work"), 1, "1GiB") as connection:
        numbers.install(connection)
        places.install(connection)
        found = resolved(connection, text)
        assert resolved(connection, text, names=dict(order)) == found
    assert all(any(code.startswith(it) for code in NAMES) or text.strip("'， ").isdigit() for it in found.values())
