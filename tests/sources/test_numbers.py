"""Numbers as departments write them: each is the right one, or said not to be one."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.units import shifts
from tests.sources.making import read_cells

Table = dict[str, str | None]

YUAN: Table = {
    "12": "12.00",
    "-12.5": "-12.50",
    "1,234,567.89": "1234567.89",
    "1，234": "1234.00",
    "１２．５０": "12.50",
    "￥1,234.50元": "1234.50",
    "¥ 5": "5.00",
    "人民币￥5元整": "5.00",
    "RMB 5": "5.00",
    "5圆": "5.00",
    "5 元 ": "5.00",
    "30角": "3.00",
    "5分": "0.05",
    "3千元": "3000.00",
    "1.2万": "12000.00",
    "1.2 万元": "12000.00",
    "1.23456789万元": "12345.68",
    "2百万元": "2000000.00",
    "0.5亿元": "50000000.00",
    "-1.2万": "-12000.00",
    "(1,234.50)": "-1234.50",
    "（3.5）": "-3.50",
    "(3.5)元": "-3.50",
    "￥(3.5)": "-3.50",
    "(￥3.5元)": "-3.50",
    "−12.5": "-12.50",
    "﹣12.5": "-12.50",
    "负12.5元": "-12.50",
    "￥-5": "-5.00",
    "-￥5": "-5.00",
    "12.50-": "-12.50",
    "+3": "3.00",
    "0.005": "0.01",
    "-0.005": "-0.01",
    "1.004999": "1.00",
    "0.30000000000000004": "0.30",
    "0.004999999999999999999999": "0.00",
    ".5": "0.50",
    "5.": "5.00",
    "'7": "7.00",
    '="8.1"': "8.10",
    "1.23E+05": None,
    "1_000": None,
    "1,23": None,
    "1,2345": None,
    "1 234": None,
    "1.2.3": None,
    "3-5": None,
    "3~5万": None,
    "3万5": None,
    "约8万": None,
    "8万余": None,
    "5万户": None,
    "5k": None,
    "5$": None,
    "5%": None,
    "()": None,
    "(-5)": None,
    "--5": None,
    "-5-": None,
    "(5": None,
    "nan5": None,
    "inf": None,
    "99999999999999999": None,
    "999999999万亿": None,
    "三千": None,
    "10²": None,
}
COLUMNS: list[tuple[str, dict[str, Any], Table]] = [
    ("yuan", {"type": "money"}, YUAN),
    (
        "sent in 万元",
        {"type": "money", "sent_in": "万元"},
        {
            "1.2": "12000.00",
            "-0.00005": "-0.50",
            "0.0000005": "0.01",
            "0.00000049999999999999999999": "0.00",
            "1,200": "12000000.00",
            "1.2万": "12000.00",
            "1.2万元": "12000.00",
            "12000元": "12000.00",
            "5千元": "5000.00",
            "5千": None,
            "1亿": None,
            "1亿元": "100000000.00",
            "0": "0.00",
            "99999999999": "999999999990000.00",
            "9999999999999": None,
        },
    ),
    (
        "sent in 分",
        {"type": "money", "sent_in": "分"},
        {"1250": "12.50", "-5": "-0.05", "5.5": "0.06", "5.4": "0.05", "1,250": "12.50", "5元": "5.00", "0.5": "0.01"},
    ),
    ("a rate", {"type": "money", "unit": "元/月"},
     {"3000元/月": "3000.00", "3000": "3000.00", "3千元/月": "3000.00", "5元/年": None}),
    (
        "a share",
        {"type": "decimal", "unit": "比例"},
        {"85%": "0.8500", "85 %": "0.8500", "85％": "0.8500", "0.85": "0.8500", "5‰": "0.0050", "85.125%": "0.8513",
         "-3%": "-0.0300", "8成": None, "1万": None},
    ),
    (
        "a share sent in percent",
        {"type": "decimal", "unit": "比例", "sent_in": "%"},
        {"85": "0.8500", "85%": "0.8500", "0.85": "0.0085"},
    ),
    ("percent points", {"type": "decimal", "unit": "%"}, {"85%": "85.0000", "85": "85.0000", "0.85": "0.8500", "5‰": "0.5000"}),
    ("percent points sent as a share", {"type": "decimal", "unit": "%", "sent_in": "比例"},
     {"0.85": "85.0000", "85%": "85.0000"}),
    ("no unit", {"type": "decimal"},
     {"1.23455": "1.2346", "1,000.5": "1000.5000", "1.2万": "12000.0000", "三": None, "5元": None, "5%": None}),
    ("area", {"type": "decimal", "unit": "亩"}, {"3.5亩": "3.5000", "0.2万亩": "2000.0000", "3.5公顷": None, "120㎡": None}),
    ("mass", {"type": "decimal", "unit": "公斤", "sent_in": "吨"},
     {"1.5": "1500.0000", "20公斤": "20.0000", "3千克": "3.0000", "9斤": None}),
    ("a score", {"type": "decimal", "unit": "分"}, {"85.5分": "85.5000", "85元": None, "85角": None}),
    (
        "counted",
        {"type": "integer", "unit": "人"},
        {"12人": "12", "1.2万人": "12000", "1.25万": "12500", "1.23456万": None, "3户": None,
         "１２": "12", "(3)": "-3", "1,234": "1234"},
    ),
    (
        "whole",
        {"type": "integer"},
        {
            "12": "12", "-3": "-3", "12.0": "12", "12.": "12", "3.7": None, ".0": None, "1e3": None, "12个月": None, "007": "7",
            "99999999999999999999": None, "9223372036854775807": "9223372036854775807", "9223372036854775808": None,
        },
    ),
    ("months", {"type": "integer", "unit": "月"}, {"12个月": "12", "12月": "12", "1年": None}),
    ("whole in thousands", {"type": "integer", "unit": "元", "sent_in": "千元"},
     {"1.5": "1500", "-2": "-2000", "1.2345": None}),
    ("what means nothing here", {"type": "integer", "nothing": ["9999", "不详"]},
     {"9999": "", "９９９９": "", " 不详": "", "999": "999", "未知": None}),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "table"), [case[1:] for case in COLUMNS], ids=[case[0] for case in COLUMNS])
def test_a_number_is_the_right_one_or_none(db: duckdb.DuckDBPyConnection, fact: dict[str, Any], table: Table) -> None:
    got = dict(zip(table, read_cells(db, list(table), **fact), strict=True))
    expected = {text: (None if not value else Decimal(value), value is None) for text, value in table.items()}
    assert {text: (value, doubt) for text, (value, doubt) in got.items()} == expected


@pytest.mark.parametrize("blank", ["￥", "元", " 元", "¥ 元"])
def test_a_form_that_was_not_filled_in_says_nothing(db: duckdb.DuckDBPyConnection, blank: str) -> None:
    assert read_cells(db, [blank], type="money") == [(None, False)]


MANNERS = ("{}", "{:,}", "￥{:,}", "{}元", "人民币{:,}元整", '="{}"', "'{}", "　{}　")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.decimals(-(10**15), 10**15, places=2), st.sampled_from(MANNERS)), min_size=1, max_size=60))
def test_money_survives_every_manner(db: duckdb.DuckDBPyConnection, written: list[tuple[Decimal, str]]) -> None:
    cells = [manner.format(amount) for amount, manner in written]
    assert read_cells(db, cells, type="money") == [(amount, False) for amount, _ in written]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["分", "角", "元", "千元", "万元", "亿元"]),
    st.lists(st.decimals(-(10**7), 10**7, places=12), min_size=1, max_size=60),
    st.booleans(),
)
def test_a_unit_is_converted_exactly_and_rounded_once(
    db: duckdb.DuckDBPyConnection, unit: str, numbers: list[Decimal], is_told: bool
) -> None:
    cells = [f"{number:f}{unit if is_told else ''}" for number in numbers]
    got = read_cells(db, cells, type="money", **({} if is_told else {"sent_in": unit}))
    scaled = [number.scaleb(shifts("元", None, True)[unit]).quantize(Decimal("0.01"), ROUND_HALF_UP) for number in numbers]
    assert got == [(value + 0, False) for value in scaled]


def _plainly(text: str) -> Decimal | None:
    """The same reading of a whole number of people in plain Python."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("负", "-")
    if found := re.fullmatch(r"\(([^-+()]*)\)(\D*)|([\d.,]+) ?-(\D*)", plain):
        plain = f"-{''.join(part or '' for part in found.groups())}"
    found = re.fullmatch(r"([-+]?) *((?:\d+|\d{1,3}(?:,\d{3})+)?)(?:\.(\d*))? *(|千|万|千万|人|千人|万人) *", plain)
    if not found or not found[2] + (found[3] or ""):
        return None
    power = {"": 0, "千": 3, "万": 4, "千万": 7}[found[4].rstrip("人")]
    value = Decimal(f"{found[1]}{found[2].replace(',', '') or 0}.{found[3] or 0}").scaleb(power)
    return value if value == value.to_integral_value() and (found[2] or power) else None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("0012.,-+()（）万千人% 负", min_size=1, max_size=8), min_size=1, max_size=60))
def test_any_marks_are_read_as_plain_python_reads_them(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    for text, (value, _) in zip(texts, read_cells(db, texts, type="integer", unit="人"), strict=True):
        assert value == _plainly(text), text
