"""What a contract may say, and what it is refused for."""

import json
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from sources.contract import Contract
from sources.fact import Fact, fold, fold_header
from sources.schema import SCHEMA_FILE, schema_text
from tests.sources.making import contract, seed


def test_the_schema_file_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run: python -m sources.schema"


def test_the_schema_names_keys_as_the_yaml_does() -> None:
    schema = json.loads(schema_text())
    assert "class" in schema["$defs"]["LegalBasis"]["properties"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("务工时间（月）", "务工时间(月)"),
        ("\ufeff 身份\n证 号", "身份证号"),
        ('"姓名"', "姓名"),
        ("ＩＤ　号", "ID号"),
        ("", ""),
    ],
)
def test_headers_fold(text: str, folded: str) -> None:
    assert fold_header(text) == folded


def test_fold_keeps_inner_space() -> None:
    assert fold("　Ⅱ级 Ａ ") == "II级 A"


def _fact(name: str, **changes: Any) -> dict[str, Any]:
    facts = seed()["facts"]
    return {"facts": facts | {name: facts.get(name, {"title": "x", "headers": ["甲"], "type": "text"}) | changes}}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": ({"colour": "红"}, "Extra inputs"),
    "sent by no column": ({"sending_unit": "nope"}, "sending_unit 须是 facts 中"),
    "sent by a sum": ({"sending_unit": "amount"}, "sending_unit 须是 facts 中"),
    "key is no fact": ({"key": ["nope"]}, "key 中的 nope 不在 facts"),
    "key may be empty": ({"key": ["amount"]}, "须为 required"),
    "empty key": ({"key": []}, "at least 1"),
    "nobody": ({"identity": {"phone": {"headers": ["电话"]}}}, "至少要有 id_number 或 name"),
    "verdicts of somebody": ({"role": "review_verdicts"}, "不可有 identity"),
    "header of two facts": (_fact("extra", headers=["金额"]), "同时属于"),
    "header of two facts after folding": (_fact("extra", headers=["金 额"]), "同时属于"),
    "header of two identity columns": ({"identity": {"name": {"headers": ["甲"]}, "phone": {"headers": ["甲"]}}}, "同时属于"),
    "ignored and declared": ({"ignore": {"金额": "不要"}}, "同时属于"),
    "ignored and identity": ({"ignore": {"姓名": "不要"}}, "同时属于"),
    "range on text": (_fact("no", range=["1", "2"]), "range 只用于"),
    "range does not parse": (_fact("amount", range=["零", "2"]), "range 的两端"),
    "range upside down": (_fact("amount", range=["3", "2"]), "下限大于上限"),
    "range with received_on low": (_fact("paid_on", range=["received_on", "2020-01-01"]), "range 的两端"),
    "range with received_on for money": (_fact("amount", range=["0", "received_on"]), "range 的两端"),
    "pattern does not compile": (_fact("no", pattern="("), "RE2"),
    "pattern not RE2": (_fact("no", pattern="(?=a)"), "RE2"),
    "pattern on a date": (_fact("paid_on", pattern="a"), "pattern 只用于 text"),
    "code without values": (_fact("kind", values=None), "values"),
    "code with no values": (_fact("kind", values={}), "values"),
    "values on text": (_fact("no", values={"a": []}), "values"),
    "one synonym, two meanings": (_fact("kind", values={"低保": ["1"], "特困": ["１"]}), "同时指"),
    "separator in a term": (_fact("kind", type="terms", values={"甲、乙": []}), "分隔符"),
    "formats on money": (_fact("amount", formats=["%Y%m%d"]), "excel_serials 只用于 date"),
    "a month's day on money": (_fact("amount", month_means="first_day"), "只用于 date"),
    "formats beside the usual": (_fact("paid_on", formats=["%d/%m/%Y"], excel_serials=True), "不可与"),
    "years of no century": (_fact("paid_on", two_digit_years_from=26), "greater than or equal to 1800"),
    "money kept in 万元": (_fact("amount", unit="万元"), "一律存为元"),
    "sent in another dimension": (_fact("amount", sent_in="亩"), "可为：分、角、元"),
    "sent in without a unit": (_fact("extra", type="integer", sent_in="万元"), "可为：无"),
    "sent_in on a date": (_fact("paid_on", sent_in="元"), "sent_in 只用于"),
    "header of another unit": (_fact("amount", headers=["金额", "金额（单位：万元）"]), "写明单位是万元"),
    "header of another rate": (_fact("amount", unit="元/年", headers=["年收入（万元/年）"]), "写明单位是万元"),
    "header of the kept unit": (_fact("amount", headers=["金额(元)"], sent_in="万元"), "写明单位是元"),
    "booleans of three": (_fact("extra", type="boolean", values={"是": [], "否": [], "待定": []}), "只可有 是 与 否"),
    "numerals on text": (_fact("extra", numerals=True), "numerals 只用于"),
    "one number, two meanings": (
        _fact("kind", numerals=True, values={"一级": ["4级"], "四级": []}),
        "“四级”同时指 一级 与 四级",
    ),
    "nothing and something": (_fact("kind", nothing=["2"]), "既在 nothing 又在 values"),
    "format without a day": (_fact("paid_on", formats=["%Y-%m"]), "%Y、%m、%d"),
    "required and absent": (_fact("no", may_be_absent=True), "矛盾"),
    "name with capitals": (_fact("Extra"), "pattern"),
    "name of a prefix column": (_fact("row_hash"), "另有用途"),
    "name of the batch's date": (_fact("received_on"), "另有用途"),
    "resident_id outside a roster": (_fact("resident_id"), "另有用途"),
    "roster without residents": ({"role": "roster"}, "须有 resident_id"),
    "volume upside down": ({"volume": {"floor": 2, "ceiling": 1, "why": "x"}}, "floor 大于 ceiling"),
    "delimiter is a quote": ({"files": {"patterns": ["*"], "format": "csv", "delimiter": '"'}}, "分隔符"),
    "id in capitals": ({"id": "Aid"}, "pattern"),
    "headers missing": (_fact("extra", headers=[]), "at least 1"),
}


@pytest.mark.parametrize(("changes", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        contract(**changes)


def test_a_contract_without_a_check_is_refused() -> None:
    unchecked = {"no": {"title": "单号", "headers": ["单号"], "type": "text"}}
    with pytest.raises(ValidationError, match="须为 required"):
        contract(facts=unchecked, volume=None)


ACCEPTED: dict[str, dict[str, Any]] = {
    "money sent in 万元": _fact("amount", headers=["金额（万元）", "金额"], sent_in="万元"),
    "a rate": _fact("amount", unit="元/月", headers=["金额(元/月)"]),
    "a header that says the unit otherwise": _fact("extra", type="integer", unit="天", headers=["天数（日）"]),
    "a score in 分": _fact("extra", type="decimal", unit="分", headers=["评分（分）"]),
    "a share sent in percent": _fact("extra", type="decimal", unit="比例", sent_in="%", headers=["占比(%)"]),
    "a boolean of its own words": _fact("extra", type="boolean", values={"否": ["无"]}),
    "months by name": _fact("paid_on", month_means="last_day", two_digit_years_from=1930, excel_serials=True),
}


@pytest.mark.parametrize("changes", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(changes: dict[str, Any]) -> None:
    assert contract(**changes).facts


def test_identity_and_fact_may_share_a_header() -> None:
    changes = _fact("name_given", headers=["姓名"])
    assert contract(**changes).facts["name_given"].headers == ("姓名",)


def test_a_roster_may_name_residents() -> None:
    both = {name: {"title": name, "headers": [name], "type": "text"} for name in ("resident_id", "household_id")}
    assert contract(role="roster", facts=seed()["facts"] | both).role == "roster"


def test_the_hash_sees_everything_and_only_what_is_said() -> None:
    base = contract()
    assert base.hash == contract().hash
    assert len(base.hash) == 16
    assert int(base.hash, 16) >= 0
    reordered = {"特困": ["2"], "低保": ["1", "农村低保"]}
    assert base.hash != contract(**_fact("kind", values=reordered)).hash
    assert base.hash != contract(title="别的").hash
    assert base.hash == contract(correction="latest_wins").hash


def test_the_facts_schema_is_the_prefix_and_the_types() -> None:
    schema = contract().facts_schema
    assert schema.names[:7] == ["row_id", "row_number", "sheet", "line", "row_hash", "damage", "unconverted"]
    assert schema.field("paid_on").type == pa.date32()
    assert schema.field("amount").type == pa.decimal128(18, 2)


def test_a_contract_cannot_be_changed() -> None:
    frozen: Contract = contract()
    with pytest.raises(ValidationError):
        frozen.title = "x"


ASKED = {"connection": "hr", "select": "SELECT 1 AS 单号"}


def test_a_feed_arrives_as_files_or_as_an_answer_or_both() -> None:
    assert contract(files=None, query=ASKED).files.patterns == ()
    assert contract(query=ASKED).query is not None
    with pytest.raises(ValidationError, match="缺少 files 或 query"):
        contract(files=None)


def test_recent_rows_alone_are_no_snapshot() -> None:
    recent = ASKED | {"recent": {"column": "日期", "months": 3}}
    assert contract(query=recent).query is not None
    with pytest.raises(ValidationError, match="recent 只用于 mode: append"):
        contract(query=recent, mode="snapshot")


def test_how_a_feed_is_asked_for_does_not_change_what_its_rows_mean() -> None:
    assert contract(query=ASKED).hash == contract(query=ASKED | {"connection": "other"}).hash == contract().hash


def test_what_may_not_be_read_is_not_fetched_either() -> None:
    basis = seed()["legal_basis"] | {"scope": "authorised_households"}
    assert contract(legal_basis=basis).is_barred
    with pytest.raises(ValidationError, match="不可有 query"):
        contract(legal_basis=basis, query=ASKED)


def test_a_title_is_told_without_the_unit_of_the_sender() -> None:
    for title, changes, told in (
        ("贷款余额（万元）", {"type": "money", "sent_in": "万元", "headers": ["贷款余额（万元）"]}, ("贷款余额", "元")),
        ("贷款余额", {"type": "money"}, ("贷款余额", "元")),
        ("面积(亩)", {"type": "decimal", "unit": "亩"}, ("面积", "亩")),
        ("等级（一级）", {"type": "text"}, ("等级（一级）", "")),
        ("金额（估计）", {"type": "money"}, ("金额（估计）", "元")),
    ):
        fact = Fact.model_validate({"title": title, "headers": ["列"], **changes})
        assert (fact.stored_title, fact.stored_unit) == told
