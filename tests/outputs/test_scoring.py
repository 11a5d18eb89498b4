"""What counts once, what a combination adds, what doubt takes off, and why one household stands before the next."""

import json
from datetime import date
from decimal import Decimal

import pytest

from outputs.rank import rank
from tests.outputs.invented import Values
from tests.outputs.ranked import AS_OF, database, inputs, member, ranked, ranking, signal


def points(warning: Values) -> dict[str, int]:
    """The parts that are not nought."""
    return {name: value for name, value in json.loads(str(warning["parts"])).items() if value}


def one(signals: list[Values], links: list[Values] | None = None, late: dict[str, int] | None = None) -> Values:
    with database() as connection:
        inputs(connection, [member("H1"), member("H1", 2)], signals, links or [], late or {})
        rank(connection, ranking(), AS_OF, None)
        (warning,) = connection.sql("SELECT * FROM warning").to_arrow_table().to_pylist()
    found: Values = warning
    return found


def linked(row_id: int, probability: float, source: str = "medical") -> Values:
    return {"row_id": row_id, "source": source, "decision": "linked", "probability": probability}


ACCIDENT = {"rule": "accident", "family": "因意外", "severity": 60}


@pytest.mark.parametrize(
    ("bill", "expected"),
    [
        ({"event_on": date(2024, 2, 14)}, {"风险程度": 60}),  # the stay after the accident
        ({"event_on": date(2024, 2, 16)}, {"风险程度": 60 + 20, "风险种类": 10}),  # long after it
        ({"event_on": None}, {"风险程度": 60 + 20, "风险种类": 10}),
        ({"resident_id": "H1R2"}, {"风险程度": 60 + 20, "风险种类": 10}),  # another member
        ({"severity": 70}, {"风险程度": 70}),  # one event, the heavier report of it
    ],
)
def test_one_event_told_by_two_departments_counts_once(bill: Values, expected: dict[str, int]) -> None:
    warning = one([signal("H1", **ACCIDENT), signal("H1", **bill)])
    assert points(warning) == expected
    assert set(warning["families"]) == {"因意外", "因病"}  # type: ignore[call-overload]


def test_two_rules_of_one_family_count_once_however_near_the_others_are() -> None:
    stay = signal("H1", rule="stay", severity=30)
    assert points(one([signal("H1"), stay, signal("H1", rule="third", verdict="near")])) == {"风险程度": 40}


@pytest.mark.parametrize(("severity", "lift"), [(50, 0), (60, 0), (75, 15)])
def test_a_combination_lifts_to_its_own_severity_and_adds_nothing_on_top(severity: int, lift: int) -> None:
    parts = [signal("H1"), signal("H1", rule="fees", family="因学")]
    both = signal(
        "H1", rule="two", family="综合", severity=severity, unit="项", observed=Decimal(2), threshold=Decimal(1),
        combines=[str(part["signal_id"]) for part in parts],
    )  # fmt: skip
    warning = one([*parts, both])
    assert points(warning) == {"风险程度": 40 + 20, "风险种类": 10} | ({"组合补足": lift} if lift else {})
    assert warning["families"] == ["因学", "因病", "综合"]


def test_a_combination_alone_is_worth_its_severity() -> None:
    assert points(one([signal("H1", family="综合", severity=55, combines=["elsewhere"])])) == {"组合补足": 55}


@pytest.mark.parametrize(
    ("probability", "late", "expected"),
    [
        (1.0, 0, {}),
        (0.9998, 0, {"比对把握": -1}),
        (0.9935, 0, {"比对把握": -6}),
        (1.0, 200, {"数据时效": -6}),
        (0.9935, 15, {"比对把握": -6, "数据时效": -2}),
    ],
)
def test_doubt_takes_off_and_the_parts_still_add_up(probability: float, late: int, expected: dict[str, int]) -> None:
    links = [linked(1, 1.0), linked(2, probability)]
    warning = one([signal("H1", evidence=[1, 2, 3])], links, {"medical": late})
    assert points(warning) == {"风险程度": 40} | expected
    assert warning["score"] == 40 + sum(expected.values())


def test_doubt_takes_off_half_a_signal_at_most() -> None:
    warning = one([signal("H1", severity=8)], [linked(1, 0.9935)], {"medical": 200})
    assert points(warning) == {"风险程度": 8, "比对把握": -4}


def test_a_doubtful_signal_beside_a_sure_one_of_its_kind_takes_nothing_off() -> None:
    doubtful = signal("H1", rule="again", severity=42, evidence=[2])
    assert points(one([signal("H1"), doubtful], [linked(1, 1.0), linked(2, 0.9935)])) == {"风险程度": 40}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"severity": 40}, {"风险程度": 40, "新近发生": 15}),
        ({"severity": 39}, {"风险程度": 39}),  # a hint is nothing that happened
    ],
)
def test_hints_are_neither_recent_nor_a_further_risk(told: Values, expected: dict[str, int]) -> None:
    assert points(one([signal("H1", event_on=date(2026, 6, 20), **told)])) == expected
    second = points(one([signal("H1", severity=70), signal("H1", rule="hint", family="因学", **told)]))
    assert ("风险种类" in second) == (told["severity"] == 40)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"income_per_head": Decimal("8700.00")}, 20),
        ({"income_per_head": Decimal("8700.01")}, 16),
        ({"income_per_head": Decimal(21_751)}, 0),
        ({"income_per_head": None}, 0),
        ({"income_per_head": Decimal(5_000), "is_on_dibao": "是"}, 0),
        ({"income_per_head": Decimal(5_000), "place_code": "430101001201"}, 0),
    ],
)
def test_little_income_above_the_line_makes_an_event_worse(own: Values, expected: int) -> None:
    head = member("H1") | {"place_code": "990101001201"} | own
    with database() as connection:
        (struck,) = ranked(connection, [head], [signal("H1", event_on=date(2025, 6, 1))])
        (poor,) = ranked(connection, [head], [signal("H1", event_on=None)])
    assert points(struck).get("收入余地", 0) == expected
    assert "收入余地" not in points(poor)


@pytest.mark.parametrize(
    ("visit", "taken"),
    [
        ({"visited_on": date(2026, 1, 1), "outcome": "属实可应对"}, 20),  # at most half of 40
        ({"visited_on": date(2023, 12, 31), "outcome": "属实可应对"}, 0),  # long ago
        ({"visited_on": date(2026, 1, 1), "outcome": "人不符"}, 0),  # says nothing of the household
        ({"visited_on": date(2026, 7, 1), "outcome": "已有帮扶"}, 0),  # not yet known
    ],
)
def test_a_household_that_was_seen_and_copes_waits_behind_those_not_seen(visit: Values, taken: int) -> None:
    with database() as connection:
        inputs(connection, [member("H1")], [signal("H1")], visits=[{"household_id": "H1"} | visit])
        rank(connection, ranking(), AS_OF, None)
        (before,) = connection.sql("SELECT * FROM warning").to_arrow_table().to_pylist()
        inputs(connection, [member("H1")], [signal("H1", event_on=date(2026, 1, 2))], visits=[{"household_id": "H1"} | visit])
        rank(connection, ranking(), AS_OF, None)
        (after,) = connection.sql("SELECT * FROM warning").to_arrow_table().to_pylist()
    assert points(before).get("此前核实", 0) == -taken
    assert points(after).get("此前核实", 0) == -min(taken, 15)


def test_why_each_stands_above_the_next() -> None:
    recent = date(2026, 6, 20)
    members = [member("H1", labour="无劳动力"), *(member(f"H{n}") for n in (2, 3, 4, 5)), member("H9", county="990102")]
    signals = [
        signal("H1", severity=45, event_on=recent),
        signal("H2", severity=64),
        signal("H3", severity=64, event_on=date(2023, 1, 1)),
        signal("H4", severity=64, event_on=date(2023, 1, 1)),
        signal("H5", severity=45, event_on=recent),
        signal("H9", severity=1),
    ]
    with database() as connection:
        told = {row["household_id"]: row["above"] for row in ranked(connection, members, signals)}
    assert told == {
        "H1": "比下一位多 6 分：新近发生 +15，家庭无劳动力 +10，风险程度 −19",
        "H2": "与下一位同分，事件更近，排在前",
        "H3": "与下一位同分，按户编号，排在前",
        "H4": "比下一位多 4 分：风险程度 +19，新近发生 −15",
        "H5": "本县最后一位",
        "H9": "本县最后一位",
    }
