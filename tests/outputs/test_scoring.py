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
        rank(connection, ranking(), AS_OF, 15, None)
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
        ({"event_on": date(2024, 2, 16)}, {"风险程度": 60 + 20, "风险种类": 8}),  # long after it
        ({"event_on": None}, {"风险程度": 60 + 20, "风险种类": 8}),
        ({"resident_id": "H1R2"}, {"风险程度": 60 + 20, "风险种类": 8}),  # another member
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
    assert points(warning) == {"风险程度": 40 + 20, "风险种类": 8} | ({"组合补足": lift} if lift else {})
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


def test_why_each_stands_above_the_next() -> None:
    recent = date(2026, 6, 20)
    members = [member("H1", labour="无劳动力"), *(member(f"H{n}") for n in (2, 3, 4, 5)), member("H9", county="990102")]
    signals = [
        signal("H1", severity=30, event_on=recent),
        signal("H2", severity=44),
        signal("H3", severity=44, event_on=date(2023, 1, 1)),
        signal("H4", severity=44, event_on=date(2023, 1, 1)),
        signal("H5", severity=30, event_on=recent),
        signal("H9", severity=1),
    ]
    with database() as connection:
        told = {row["household_id"]: row["above"] for row in ranked(connection, members, signals)}
    assert told == {
        "H1": "比下一位多 6 分：新近发生 +10，家庭无劳动力 +10，风险程度 −14",
        "H2": "与下一位同分，事件更近，排在前",
        "H3": "与下一位同分，按户编号，排在前",
        "H4": "比下一位多 4 分：风险程度 +14，新近发生 −10",
        "H5": "本县最后一位",
        "H9": "本县最后一位",
    }
