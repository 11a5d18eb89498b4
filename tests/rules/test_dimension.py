"""Units: yuan beside yuan, and what sums, products and shares of units are in."""

from decimal import Decimal

import pytest

from rules.dimension import need_unit, row_units, share_problem, unit, unit_of
from rules.expression import ExpressionProblem, parse_shape
from rules.quantity import Need

NAMES = {
    name: unit(written)
    for name, written in {
        "yuan": "元",
        "other": "元",
        "pay": "元/月",
        "months": "月",
        "heads": "人",
        "times": "次",
        "share": "倍",
        "percent": "%",
        "age": "岁",
        "days": "日",
        "elapsed": "天",
    }.items()
}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("yuan + other - 5", "元"),
        ("abs(-(yuan)) * 0.5", "元"),
        ("yuan / other", ""),
        ("yuan * heads", "元"),
        ("share * yuan * heads", "元"),
        ("yuan / heads", "元"),
        ("pay * months", "元"),
        ("pay * 12", "元/月"),
        ("yuan / months", "元/月"),
        ("yuan / pay", "月"),
        ("heads * share", "人"),
        ("heads / times", ""),
        ("elapsed + days", "天"),
        ("1 / pay * yuan", "月"),
    ],
)
def test_what_an_expression_counts_in(text: str, written: str) -> None:
    found = unit_of(parse_shape(text), NAMES)
    assert found is not None
    assert found.fits(unit(written)), found


@pytest.mark.parametrize("text", ["5", "5 / 2", "yuan > other", "heads > 1 and yuan > 1", "nobody", "yuan is null"])
def test_a_plain_number_or_a_truth_fits_every_unit(text: str) -> None:
    assert unit_of(parse_shape(text), NAMES) is None


@pytest.mark.parametrize(
    "text",
    [
        "yuan > heads",
        "yuan = pay",
        "yuan + days > 1",
        "yuan - share",
        "not (yuan between 1 and heads)",
        "heads > times",
        "yuan * other > 1",
        "yuan * percent > 1",
        "yuan / other > yuan",
        "share > percent",
        "age * yuan > 1",
        "yuan > 1 and (pay > 2 or heads > age)",
        "abs(yuan - pay) > 1",
    ],
)
def test_units_that_do_not_go_together_are_refused(text: str) -> None:
    with pytest.raises(ExpressionProblem, match=r"单位|没有意义"):
        unit_of(parse_shape(text), NAMES)


def _need(aggregate: str, column: str = "", said: str = "") -> Need:
    absent = "unknown" if aggregate in ("latest", "days_since") else "zero"
    return Need.model_validate(
        {"source": "feed", "aggregate": aggregate, "column": column, "unit": said, "date": "on_day", "absent": absent}
    )


FEED = {"feed": {"amount": "money", "on_day": "date", "bare": "integer", "stay": "integer"}}
UNITS = {"feed": {"stay": "天"}}


@pytest.mark.parametrize(
    ("need", "written"),
    [
        (_need("sum", "amount"), "元"),
        (_need("max", "amount", "元"), "元"),
        (_need("latest", "stay"), "天"),
        (_need("days_since"), "天"),
        (_need("count", said="次"), "次"),
        (_need("count", "stay", "人"), "人"),
        (_need("sum", "bare", "亩"), "亩"),
        (Need.model_validate({"attribute": "age"}), "岁"),
    ],
)
def test_a_need_is_in_the_unit_of_its_column_or_in_the_one_it_says(need: Need, written: str) -> None:
    found = need_unit(need, row_units("feed", FEED, UNITS))
    assert found is not None
    assert found.fits(unit(written))


@pytest.mark.parametrize(
    "need", [_need("count"), _need("exists"), _need("sum", "bare"), Need.model_validate({"attribute": "sex"})]
)
def test_where_nobody_says_a_unit_it_is_open(need: Need) -> None:
    assert need_unit(need, row_units("feed", FEED, UNITS)) is None


@pytest.mark.parametrize(
    "need",
    [
        _need("sum", "amount", "万元"),
        _need("sum", "stay", "元"),
        _need("days_since", said="月"),
        _need("count", said="元"),
        _need("exists", said="次"),
        Need.model_validate({"attribute": "income_per_head", "unit": "元/月"}),
    ],
)
def test_a_need_that_says_another_unit_than_it_gives_is_refused(need: Need) -> None:
    with pytest.raises(ExpressionProblem):
        need_unit(need, row_units("feed", FEED, UNITS))


@pytest.mark.parametrize(
    ("threshold", "factor", "reference", "fits"),
    [
        ("元", "0.5", "元", True),
        ("元", "12", "元/月", True),
        ("元", "18", "元/月", True),
        ("元", "1", "元/月", False),
        ("元", "1.5", "元/月", False),
        ("元/月", "1.5", "元/月", True),
        ("元/月", "12", "元", False),
        ("人", "12", "元/月", False),
    ],
)
def test_a_multiple_of_a_reference_is_in_the_unit_of_the_threshold(
    threshold: str, factor: str, reference: str, fits: bool
) -> None:
    assert (share_problem(unit(threshold), Decimal(factor), unit(reference)) == "") is fits
