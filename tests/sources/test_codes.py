"""Code lists, terms and booleans: what a cell is taken to mean."""

from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.numerals import in_digits
from tests.sources.making import read_cells

NOTHING = "nothing"
Table = dict[str, str | bool | None]

GRADES = {"一级": ["1"], "二级": ["2"], "三级": [], "四级": ["4", "Ⅳ"], "不分级": []}
COLUMNS: list[tuple[str, dict[str, Any], Table]] = [
    (
        "codes",
        {"type": "code", "values": {"一级": ["1", "壹级"], "二级": ["2", "Ⅱ级"], "无级": ["无"]}},
        {
            "一级": "一级", "壹级": "一级", " １ ": "一级", "'2": "二级", '="2"': "二级", '=" 2 "': "二级",
            "Ⅱ级": "二级", "II级": "二级",
            "ii级": None, "无": "无级", "三级": None, "12": None, "贰级": None, "": NOTHING, "—": NOTHING, "暂无": NOTHING,
        },
    ),
    (
        "codes with numerals",
        {"type": "code", "values": GRADES, "numerals": True},
        {
            "四级": "四级", "肆级": "四级", "4级": "四级", "４级": "四级", "IV级": "四级", "iv级": "四级",
            "Ⅳ级": "四级", "4": "四级", "四": "四级",
            "肆": "四级", "叁级": "三级", "III级": "三级", "Ⅲ 级": None, "3": None, "五级": None, "V级": None,
            "十四级": None, "四级4": None,
            "不分级": "不分级", "无": NOTHING,
        },
    ),
    (
        "what means nothing here",
        {"type": "code", "values": {"健康": []}, "nothing": ["不详", "9"]},
        {"不详": NOTHING, "９": NOTHING, "健康": "健康", "未知": None},
    ),
    (
        "terms",
        {"type": "terms", "values": {"健康": [], "长期慢性病": ["慢性病"], "患有大病": ["大病"], "残疾": []}},
        {
            "残疾,大病": "患有大病,残疾", "残疾、慢性病；大病": "长期慢性病,患有大病,残疾", "慢性病/残疾": "长期慢性病,残疾",
            "大病 大病， 残疾": "患有大病,残疾", "健康": "健康", "残疾,感冒": None, "残疾,无": None, "无": NOTHING,
            "N/A": NOTHING, "/": NOTHING,
        },
    ),
    (
        "terms with numerals",
        {"type": "terms", "values": {"一级": [], "二级": []}, "numerals": True},
        {"贰级、1级": "一级,二级", "Ⅱ级": "二级", "叁级": None},
    ),
    (
        "booleans",
        {"type": "boolean"},
        {
            **dict.fromkeys(["是", "有", "对", "真", "已", "Y", "y", "yes", "T", "true", "1", "１", "√", "✓", "✔"], True),
            **dict.fromkeys(["否", "没有", "未", "错", "假", "N", "no", "F", "False", "0", "×", "✗", "✘"], False),
            **dict.fromkeys(["", "无", "-", "/", "null", "　"], NOTHING),
            **dict.fromkeys(["也许", "2", "是否", "X", "不是吗", "待定"], None),
        },
    ),
    (
        "booleans of its own words",
        {"type": "boolean", "values": {"是": ["享受", "有"], "否": ["无", "未享受", "-"]}},
        {"享受": True, "有": True, "是": True, "无": False, "未享受": False, "－": False, "0": False, "": NOTHING,
         "暂无": NOTHING, "在保": None},
    ),
    ("booleans turned round", {"type": "boolean", "values": {"是": ["0"], "否": ["1"]}}, {"0": True, "1": False, "是": True}),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "table"), [case[1:] for case in COLUMNS], ids=[case[0] for case in COLUMNS])
def test_a_cell_means_the_right_thing_or_none(db: duckdb.DuckDBPyConnection, fact: dict[str, Any], table: Table) -> None:
    got = dict(zip(table, read_cells(db, list(table), **fact), strict=True))
    assert got == {text: (None if value in (None, NOTHING) else value, value is None) for text, value in table.items()}


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("四级", "4级"),
        ("肆级", "4级"),
        ("Ⅳ级", "4级"),
        ("iv 级", "4 级"),
        ("十", "10"),
        ("二十", "20"),
        ("二十一", "21"),
        ("拾贰", "12"),
        ("二〇二六", "2026"),
        ("XII类", "12类"),
        ("XIII类", "XIII类"),
        ("VIP", "VIP"),
        ("第三档", "第3档"),
    ],
)
def test_numerals_in_digits(text: str, digits: str) -> None:
    assert in_digits(text) == digits


WAYS = (
    lambda n: str(n),
    lambda n: "一二三四五六七八九"[n - 1],
    lambda n: "壹贰叁肆伍陆柒捌玖"[n - 1],
    lambda n: ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[n - 1],
    lambda n: chr(0x2160 + n - 1),
    lambda n: chr(0xFF10 + n),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(WAYS)), min_size=1, max_size=60))
def test_a_grade_survives_every_numeral(db: duckdb.DuckDBPyConnection, written: list[tuple[int, Any]]) -> None:
    values: dict[str, list[str]] = {f"{'一二三四五六七八九'[n - 1]}级": [] for n in range(1, 10)}
    cells = [f"{way(n)}级" for n, way in written]
    read = read_cells(db, cells, type="code", values=values, numerals=True)
    assert read == [(f"{'一二三四五六七八九'[n - 1]}级", False) for n, _ in written]
