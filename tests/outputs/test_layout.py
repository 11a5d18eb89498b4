"""The columns, and the codes that the visits feed must know."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from errors import Fault
from outputs.audiences import RETURNING, load_audiences
from outputs.layout import Column, Layout, visit_codes, visit_columns
from outputs.review_form import review_form

VISITS = Path(__file__).parents[2] / "sources" / "catalogue" / "visits.yaml"


def test_codes_on_the_list_are_those_of_the_visits_contract() -> None:
    facts: dict[str, Any] = yaml.safe_load(VISITS.read_text(encoding="utf-8"))["facts"]
    codes = visit_codes()
    assert {one.title: [one.code] for one in codes.outcomes} == facts["outcome"]["values"]
    assert [one.title for one in codes.families] == list(facts["family"]["values"])


def test_columns_to_fill_come_last_and_are_empty() -> None:
    columns = load_audiences().layout("village").columns
    assert [column.title for column in columns if column.kind == "fill"] == [
        "核实日期",
        "核实结论代码",
        "核实风险类型",
        "核实人",
        "备注",
    ]
    assert all(column.kind == "fill" for column in columns[-5:])
    assert visit_columns().cells({"visited_on": "文字"})[-5] == ""


@pytest.mark.parametrize(
    "layout",
    [visit_columns(), review_form().layout(with_weights=True), *(load_audiences().layout(name) for name in RETURNING)],
)
def test_titles_and_keys_are_unique(layout: Layout) -> None:
    assert len({column.key for column in layout.columns}) == len(set(layout.titles)) == len(layout.columns)


@pytest.mark.parametrize(
    ("kind", "value", "cell"),
    [
        ("number", -5, -5),
        ("number", None, None),
        ("date", date(2026, 10, 31), date(2026, 10, 31)),
        ("text", "=1", "'=1"),
        ("text", None, ""),
        ("code", "99010100000001", "户-99010100000001"),
        ("place", "990101001201", "户-990101001201"),
        ("place", "虚构县石桥乡", "虚构县石桥乡"),
        ("id_number", "", "无"),
        ("id_number", None, ""),
        ("phone", "19999912345", "199 9991 2345"),
    ],
)
def test_every_kind_of_cell(kind: str, value: object, cell: object) -> None:
    column = Column.model_validate({"key": "k", "title": "t", "kind": kind, "width": 5, "prefix": "户-"})
    assert column.cell(value) == cell


@pytest.mark.parametrize(("kind", "value"), [("number", "1"), ("date", "2026-10-31"), ("text", 1), ("text", 1.5)])
def test_a_value_of_another_kind_is_our_fault(kind: str, value: object) -> None:
    with pytest.raises(Fault):
        Column.model_validate({"key": "k", "title": "t", "kind": kind, "width": 5}).cell(value)
