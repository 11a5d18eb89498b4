"""What is known of a condition before any row is read."""

from typing import Any

import pytest

from rules.expression import parse_shape
from rules.logic import is_event_driven, rises
from tests.rules.making import make_rule, need, value


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a >= b", True),
        ("b < a", True),
        ("(a + b) - c > 1", True),
        ("a >= 1 and (c or a > b)", True),
        ("b > 1", True),
        ("a <= b", False),
        ("b - a > 1", False),
        ("not a > b", False),
        ("a * b > 1", False),
        ("a = 1", False),
        ("a between 1 and 2", False),
        ("a > 1 and a = b", False),
        ("a is null", False),
        ("(a > 1) = c", False),
    ],
)
def test_where_more_can_only_worry_us_more(condition: str, expected: bool) -> None:
    assert rises(parse_shape(condition), "a") is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("total >= line", True),
        ("total > 2 * line", False),
        ("seen and not other", True),
        ("seen or other", True),
        ("not seen", False),
        ("total < line", False),
        ("total >= line or age > 60", False),
        ("total >= line and age > 60", True),
        ("total > 0", True),
        ("total >= 0", False),
        ("last = 'x'", False),
        ("seen and last = 'x'", True),
        ("total = 0 and income < line", False),
    ],
)
def test_when_silence_means_clear(condition: str, expected: bool) -> None:
    needs: dict[str, Any] = {
        "total": need("sum", column="amount"),
        "seen": need("exists"),
        "other": need("exists", where="kind = 'x'"),
        "last": need("latest", column="kind", absent="unknown"),
        "income": {"attribute": "income_per_head"},
    }
    assert is_event_driven(make_rule(needs=needs, condition=condition)) is expected


def test_a_line_of_zero_is_reached_by_silence() -> None:
    assert not is_event_driven(make_rule(thresholds={"line": {"unit": "元", "values": [value(0)]}}))
