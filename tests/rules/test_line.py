"""The proposal of a monitoring line, against numbers reckoned by hand."""

from datetime import date
from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rules.line import Inputs, Known, growth_between, in_force, propose, told
from rules.values import ReferenceValue
from tests.rules.making import make_reference

EVEN = (Decimal(1), Decimal(1), Decimal(1))


def known(number: str) -> Known:
    return Known(Decimal(number), "某文件")


FULL = Inputs(known("8700"), known("100.2"), known("5.87"), known("485"))


def test_each_way_and_their_mean_are_what_a_hand_computes() -> None:
    # 8,700 × 1.002 = 8,717.40; 8,700 × 1.0587 = 9,210.69; 485 × 18 = 8,730; together 26,658.09, a third of it 8,886.03.
    proposal = propose(FULL, EVEN, 100)
    assert [one.result for one in proposal.computations] == [Decimal("8717.40"), Decimal("9210.69"), Decimal("8730.00")]
    assert (proposal.mean, proposal.figure) == (Decimal("8886.03"), Decimal(8900))
    assert proposal.arithmetic == "（8,717.40 × 1 ＋ 9,210.69 × 1 ＋ 8,730.00 × 1）÷ 3 = 8,886.03 元"


def test_weights_and_the_step_of_rounding_are_the_office_s() -> None:
    # (8,717.40 × 50 + 9,210.69 × 30 + 8,730 × 20) ÷ 100 = (435,870 + 276,320.70 + 174,600) ÷ 100 = 8,867.907
    proposal = propose(FULL, (Decimal(50), Decimal(30), Decimal(20)), 10)
    assert (proposal.mean, proposal.figure) == (Decimal("8867.91"), Decimal(8870))


def test_half_a_step_goes_up() -> None:
    only = Inputs(None, None, None, known("475"))  # 475 × 18 = 8,550
    assert propose(only, EVEN, 100).figure == Decimal(8600)


def test_what_is_not_known_is_left_out_and_said() -> None:
    proposal = propose(Inputs(known("8700"), None, None, known("500")), EVEN, 100)
    assert [one.result for one in proposal.computations] == [None, None, Decimal("9000.00")]
    assert proposal.computations[0].arithmetic == "没有算：缺居民消费价格指数（上年为 100）"
    assert proposal.figure == Decimal(9000)


def test_nothing_known_gives_no_figure_and_no_yaml() -> None:
    inputs = Inputs(None, None, None, None)
    proposal = propose(inputs, EVEN, 100)
    assert (proposal.mean, proposal.figure) == (None, None)
    assert "area" not in told(proposal, inputs, "53", 2027)


def test_the_yaml_is_no_value_until_a_document_is_written_into_it() -> None:
    text = told(propose(FULL, EVEN, 100), FULL, "530100", 2027)
    (value,) = yaml.safe_load(text.splitlines()[-1])
    with pytest.raises(ValidationError, match="document"):
        ReferenceValue.model_validate(value)
    assert ReferenceValue.model_validate({**value, "document": "云农办通〔2027〕1号"}).value == Decimal(8900)


def test_the_value_in_force_is_that_of_the_nearest_area_on_the_day() -> None:
    document, year = "某省文件", {"from": "2026-01-01", "to": "2026-12-31"}
    reference = make_reference(
        {"area": "53", "value": 8700, "document": document, **year},
        {"area": "5301", "value": 9000, "document": document, **year},
    )
    found = [in_force(reference, area, date(2026, 12, 31)) for area in ("530102", "5325", "11")]
    assert [one and one.value for one in found] == [Decimal(9000), Decimal(8700), None]
    assert in_force(reference, "53", date(2025, 12, 31)) is None


def test_growth_is_told_with_both_figures() -> None:
    grown = growth_between(known("20000"), known("21174"))
    assert grown is not None
    assert (grown.value, grown.source) == (Decimal("5.87"), "21,174 ÷ 20,000 － 1；某文件；某文件")
    assert growth_between(None, known("21174")) is None


@given(st.tuples(*[st.decimals("0.01", 100, places=2)] * 3), st.integers(1, 1000))
def test_the_mean_lies_between_the_ways_and_the_figure_within_half_a_step(
    weights: tuple[Decimal, Decimal, Decimal], step: int
) -> None:
    proposal = propose(FULL, weights, step)
    results = [one.result for one in proposal.computations if one.result is not None]
    assert proposal.mean is not None
    assert proposal.figure is not None
    assert min(results) <= proposal.mean <= max(results)
    assert abs(proposal.figure - proposal.mean) * 2 <= step
