"""One warning per household; its score adds up and its place in the order is declared."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import copy_parquet
from errors import Fault
from outputs.scoring import PARTS
from tests.outputs.invented import Values
from tests.outputs.ranked import AS_OF, database, member, ranked, signal


def parts(warning: Values) -> dict[str, int]:
    points: dict[str, int] = json.loads(str(warning["parts"]))
    return points


def one(members: list[Values], signals: list[Values]) -> Values:
    with database() as connection:
        (warning,) = ranked(connection, members, signals)
    return warning


def test_the_score_is_the_sum_of_its_parts() -> None:
    warning = one(
        [
            member(
                "H1",
                labour="丧失劳动力",
                health="残疾,长期慢性病",
                household_type="脱贫户",
                income_per_head=13_050,
                place_code="990101001201",
            ),
            member("H1", 2, birth_date=date(2015, 5, 5), labour=None),
            member("H1", 3, birth_date=date(1950, 5, 5), labour="无劳动力", health="患有大病"),
        ],
        [
            signal("H1", severity=50, observed=Decimal("10000"), event_on=date(2026, 6, 1)),
            signal("H1", severity=30, rule="lesser", family="因病"),
            signal("H1", severity=41, rule="fees", family="因学"),
            signal("H1", severity=20, rule="line", family="收入", verdict="near"),
        ],
    )
    assert parts(warning) == {
        "风险程度": 50 + 20,  # the strongest of each family; a further family counts half, rounded down
        "超出标准": 6,  # twice the threshold
        "风险种类": 10,  # one further family
        "新近发生": 15,  # 29 days ago
        "家庭无劳动力": 10,  # the child's empty entry counts as none
        "患病残疾成员": 4,  # two members, each once
        "未成年人": 1,
        "老年人": 1,
        "脱贫户或监测对象": 4,
        "收入余地": 16,  # 1.5 times the line
        "此前核实": 0,
        "接近标准": 2,
        "组合补足": 0,
        "比对把握": 0,
        "核实成效": 0,
        "数据时效": 0,
    }
    assert warning["score"] == sum(parts(warning).values()) == 139
    assert list(parts(warning)) == sorted(PARTS)
    assert warning["tier"] == "红"
    assert warning["families"] == ["因病", "因学"]


def test_a_plain_warning_earns_its_severity_only() -> None:
    warning = one([member("H1")], [signal("H1", severity=40)])
    assert {name: points for name, points in parts(warning).items() if points} == {"风险程度": 40}
    assert (warning["score"], warning["tier"]) == (40, "黄")


@pytest.mark.parametrize(
    ("observed", "threshold", "unit", "points"),
    [
        ("6249.99", "5000", "元", 0),
        ("6250", "5000", "元", 2),
        ("40000", "5000", "元", 10),
        ("900000", "5000", "元", 10),
        ("4350", "8700", "元", 6),  # an income at half the line is as far off as a cost of twice the threshold
        ("-100", "8700", "元", 10),
        ("10", "90", "天", 0),  # time passed is not a size
        ("9", None, "元", 0),
        (None, "9", "元", 0),
        ("9", "0", "元", 0),
    ],
)
def test_how_far_beyond_the_threshold(observed: str | None, threshold: str | None, unit: str, points: int) -> None:
    values = {"observed": observed and Decimal(observed), "threshold": threshold and Decimal(threshold), "unit": unit}
    assert parts(one([member("H1")], [signal("H1", **values)]))["超出标准"] == points


@pytest.mark.parametrize(
    ("event_on", "points"),
    [(date(2026, 5, 1), 15), (date(2026, 4, 30), 10), (date(2025, 6, 30), 5), (date(2025, 6, 29), 0), (None, 0)],
)
def test_how_recent(event_on: date | None, points: int) -> None:
    warning = one([member("H1")], [signal("H1", event_on=event_on), signal("H1", rule="n", verdict="near", event_on=AS_OF)])
    assert parts(warning)["新近发生"] == points
    assert warning["event_on"] == event_on


@pytest.mark.parametrize(
    ("labour", "points"),
    [
        (("无劳动力", "丧失劳动力"), 10),
        (("无劳动力", None), 0),
        (("无劳动力", "普通劳动力"), 0),
        (("弱劳动力或半劳动力",) * 2, 0),
    ],
)
def test_unknown_labour_of_an_adult_is_not_taken_for_none(labour: tuple[str | None, ...], points: int) -> None:
    members = [member("H1", number, labour=entry) for number, entry in enumerate(labour, start=1)]
    assert parts(one(members, [signal("H1")]))["家庭无劳动力"] == points


def test_near_alone_makes_no_warning() -> None:
    with database() as connection:
        assert ranked(connection, [member("H1")], [signal("H1", verdict="near", severity=100)]) == []


def test_ties_are_broken_in_the_declared_order() -> None:
    fresh, older = date(2024, 2, 2), date(2024, 1, 1)
    two = [signal("H5", severity=36, event_on=older), signal("H5", severity=8, rule="b", family="因学", event_on=older)]
    signals = [
        signal("H1", event_on=None),
        signal("H2", event_on=older),
        signal("H3", event_on=fresh),
        signal("H4", event_on=fresh),
        *two,
    ]
    with database() as connection:
        found = ranked(connection, [member(f"H{number}") for number in range(1, 6)], signals)
    assert {warning["score"] for warning in found} == {40}
    assert [warning["household_id"] for warning in found] == ["H5", "H3", "H4", "H2", "H1"]
    assert [warning["rank"] for warning in found] == [1, 2, 3, 4, 5]


def test_positions_within_county_and_township() -> None:
    places = {
        "H1": ("990101", "990101001"),
        "H2": ("990102", "990102001"),
        "H3": ("990101", "990101002"),
        "H4": ("990101", "990101001"),
    }
    members = [member(household, county=county, township=town) for household, (county, town) in places.items()]
    with database() as connection:
        found = ranked(connection, members, [signal(household) for household in places])
    ranks = {str(row["household_id"]): (row["rank"], row["county_rank"], row["township_rank"]) for row in found}
    assert ranks == {"H1": (1, 1, 1), "H2": (2, 1, 1), "H3": (3, 2, 1), "H4": (4, 3, 2)}


def test_reasons_name_the_relation_and_repeat_nothing() -> None:
    warning = one(
        [member("H1"), member("H1", 2), member("H1", 3), member("H1", 4, relation="其他")],
        [
            signal("H1", severity=10, resident_id=None, rule="income", family="收入", reason="人均收入低"),
            signal("H1", severity=20, resident_id="H1R2", rule="fees", family="因学", reason="学费高"),
            signal("H1", severity=20, resident_id="H1R3", rule="fees", family="因学", reason="学费高"),
            signal("H1", severity=15, resident_id="H1R4", rule="fees", family="因学", reason="辍学"),
            signal("H1", severity=90, rule="cost", verdict="near", reason="自付 4,500 元"),
            signal("H1", severity=30, reason="自付 9,000 元"),
        ],
    )
    assert warning["reasons"] == [
        "户主：自付 9,000 元",
        "之女：学费高",
        "家庭成员：辍学",
        "人均收入低",
        "户主：自付 4,500 元（接近标准）",
    ]
    assert warning["signals"] == [
        "S-H1-self_paid-H1R1",
        "S-H1-fees-H1R2",
        "S-H1-fees-H1R3",
        "S-H1-fees-H1R4",
        "S-H1-income-None",
        "S-H1-cost-H1R1",
    ]
    assert warning["families"] == ["因病", "因学", "收入"]


def test_the_place_is_the_heads_where_members_disagree() -> None:
    away = {"county": "990102", "county_name": "乌有县", "household_type": "脱贫户"}
    warning = one([member("H1", 1, relation="之子", **away), member("H1", 2, relation="户主")], [signal("H1")])
    assert (warning["county"], warning["county_name"], warning["household_type"]) == ("990101", "虚构县", "一般农户")
    without_head = one([member("H1", 3, relation="之子"), member("H1", 2, relation="之女", **away)], [signal("H1")])
    assert without_head["county"] == "990102"  # lowest resident id


def test_a_warning_keeps_its_id_and_day_while_it_lasts(tmp_path: Path) -> None:
    members = [member("H1"), member("H2")]
    days = [date(2026, 6, day) for day in (28, 29, 30)]
    lists = [["H1"], ["H1", "H2"], ["H2"]]
    found, previous = [], None
    for day, households in zip(days, lists, strict=True):
        with database() as connection:
            night = ranked(connection, members, [signal(household) for household in households], previous, day)
            again = ranked(connection, members, [signal(household) for household in households], previous, day)
            previous = tmp_path / f"{day}.parquet"
            copy_parquet(connection, "SELECT * FROM warning", previous)
            own = ranked(connection, members, [signal(household) for household in households], previous, day)
        assert night == again == own  # a second run of a night, even after its own result, changes nothing
        found.append({str(row["household_id"]): row for row in night})
    first, second, third = found
    assert (first["H1"]["status"], second["H1"]["status"]) == ("新增", "持续")
    assert first["H1"]["warning_id"] == second["H1"]["warning_id"]
    assert second["H1"]["first_seen"] == date(2026, 6, 28)
    assert second["H1"]["due_on"] == date(2026, 7, 14)  # nobody was asked yet: the days begin with the list
    assert (third["H2"]["status"], third["H2"]["first_seen"]) == ("持续", date(2026, 6, 29))
    assert "H1" not in third
    assert re.fullmatch("W[0-9A-F]{12}", str(first["H1"]["warning_id"]))
    with database() as connection:
        (returned,) = ranked(connection, members, [signal("H1")], previous, date(2026, 7, 1))
    assert returned["status"] == "新增"
    assert returned["warning_id"] != first["H1"]["warning_id"]


def test_a_signal_of_an_unknown_household_is_our_fault() -> None:
    with database() as connection, pytest.raises(Fault, match="1 households are not in the roster"):
        ranked(connection, [member("H1")], [signal("H1"), signal("H2")])


SIGNALS = st.lists(
    st.builds(
        lambda household, rule, family, verdict, severity, day: signal(
            household, rule=rule, family=family, verdict=verdict, severity=severity, event_on=day
        ),
        st.sampled_from(["H1", "H2", "H3"]),
        st.sampled_from("abcdefgh"),
        st.sampled_from(["因病", "因学", "收入"]),
        st.sampled_from(["fires", "near"]),
        st.integers(1, 100),
        st.none() | st.dates(date(2025, 1, 1), AS_OF),
    ),
    max_size=12,
    unique_by=lambda found: found["signal_id"],
)
MEMBERS = [member(f"H{household}", number) for household in (1, 2, 3) for number in (1, 2)]


@settings(max_examples=25, deadline=None)
@given(SIGNALS, st.randoms(use_true_random=False))
def test_order_of_rows_and_threads_change_nothing(signals: list[Values], random: Random) -> None:
    shuffled, members = list(signals), list(MEMBERS)
    random.shuffle(shuffled)
    random.shuffle(members)
    with database(1) as alone, database(2) as together:
        found = ranked(alone, MEMBERS, signals)
        assert found == ranked(together, members, shuffled)
    assert {row["household_id"] for row in found} == {row["household_id"] for row in signals if row["verdict"] == "fires"}
    assert all(row["score"] == sum(parts(row).values()) for row in found)
    assert [row["rank"] for row in found] == list(range(1, len(found) + 1))
