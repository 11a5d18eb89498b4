"""Feeds that speak of our own rows: what of them is kept, and where."""

import json
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

import seal
from catalogue import load_yaml
from outcomes import OUTCOMES
from outputs.case_list import case_form
from outputs.layout import HERE, Layout, visit_codes
from sources.contract import Contract
from sources.contracts import load_contracts
from sources.convert import to_facts, to_identity
from sources.fact import fold_header
from sources.header import find_header
from sources.records import RECORDS
from tests.sources.making import piece, seed

VOLATILE = {"名单序号", "预警等级", "县内排名", "建议（以入户核实和评议为准）", "排在下一户之前的原因", "预警状态"}
"""Printed cells that may differ from night to night while the household's matter is the same."""
NUMBERS = {"预警编号", "校验码"}
LINE = ["'W0123456789AB", "校-0123456789ab", "2026-03-11", "04", "因病", "核对甲", "门口有狗", "令狐样本", "3.0", "2026/3/10"]
HEADER = [
    "预警编号",
    "校验码",
    "核实日期",
    "核实结论代码",
    "核实风险类型",
    "核实人",
    "备注",
    "户主姓名",
    "家庭人口数",
    "首次预警日期",
]


def answers() -> Contract:
    return load_contracts(None)["answers"]


def test_what_is_sealed_is_what_the_lists_print_and_nobody_fills_in() -> None:
    columns = load_yaml(HERE / "columns.yaml", Layout).columns
    printed = {column.title for column in columns if column.kind != "fill"}
    named = {fold_header(title) for title in answers().ignore}
    assert set(answers().sealed) == printed - VOLATILE - NUMBERS - set(answers().ignore)
    assert {fold_header(title) for title in VOLATILE} <= named
    filled = {column.title for column in columns if column.kind == "fill"}
    known = {header for fact in answers().facts.values() for header in fact.headers}
    assert filled <= known | {header for one in answers().walled.values() for header in one.headers}


def test_the_codes_are_those_of_the_lists() -> None:
    values = answers().facts["outcome"].values or {}
    assert list(values) == [one.title for one in OUTCOMES]
    for one in visit_codes().outcomes:
        assert {one.code, one.label, one.code.lstrip("0")} <= set(values[one.title])
    assert set(answers().facts["family"].values or ()) == {one.title for one in visit_codes().families}
    steps = load_contracts(None)["case_steps"].facts["step"].values or {}
    assert all({one.code, f"{one.code} {one.title}"} <= set(steps[one.title]) for one in case_form().steps)


def test_the_list_of_cases_comes_back_without_a_strange_column() -> None:
    contract = load_contracts(None)["case_steps"]
    found = find_header([[column.title for column in case_form().columns]], contract)
    assert found is not None
    assert (found[1].extra, found[1].missing, sorted(found[1].walled)) == ((), (), ["by", "remark"])


def test_sealed_cells_are_digested_and_walled_ones_kept_apart() -> None:
    contract = answers()
    given = piece(contract, HEADER, [LINE, ["", *LINE[1:7], "", "", ""]], {1: ("cells", "x")})
    with duckdb.connect() as db:
        rows = to_facts(db, contract, given, 1, 0).to_pylist()
    expected = seal.seals({"户主姓名": "令狐样本", "家庭人口数": 3, "首次预警日期": "2026-03-10"})
    assert json.loads(rows[0]["seals"]) == expected
    assert "令狐样本" not in str(rows)
    assert "门口有狗" not in str(rows)
    people = to_identity(contract, given, 1, 0).to_pylist()
    assert (people[0]["visitor"], people[0]["remark"], people[0]["name"]) == ("核对甲", "门口有狗", None)


def test_without_a_sealed_column_nothing_is_sealed() -> None:
    contract = answers()
    with duckdb.connect() as db:
        rows = to_facts(db, contract, piece(contract, HEADER[:7], [LINE[:7]]), 1, 0).to_pylist()
    assert rows[0]["seals"] is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sealed": ["金额"]}, "sealed 与 walled 只用于"),
        ({"walled": {"note": {"title": "备注", "headers": ["备注"]}}}, "sealed 与 walled 只用于"),
        ({"role": "answers"}, "不可有 identity"),
        ({"role": "answers", "identity": {}, "sealed": ["金额"]}, "同时属于"),
        ({"role": "answers", "identity": {}, "walled": {"note": {"title": "x", "headers": ["日期"]}}}, "同时属于"),
        ({"role": "answers", "identity": {}, "key": ["no", "seals"]}, "不在 facts 中"),
    ],
)
def test_what_a_contract_may_not_seal(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Contract.model_validate(seed() | change)


def test_contracts_without_seals_keep_their_hash() -> None:
    plain = Contract.model_validate(seed())
    assert not {"sealed", "walled", "guides"} & {*plain.model_dump(), *plain.model_dump()["files"]}
    record = Contract.model_validate(seed() | {"role": "answers", "identity": {}})
    sealed = Contract.model_validate(seed() | {"role": "answers", "identity": {}, "sealed": ["乡镇"]})
    assert record.hash != sealed.hash
    assert RECORDS.keys() == {one.role for one in load_contracts(None).values() if one.is_record}
