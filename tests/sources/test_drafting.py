"""A draft shows what a sample shows, asks what it cannot, and holds nobody's name or number."""

import csv
from pathlib import Path

import openpyxl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from catalogue import load_layers
from errors import CatalogueError
from sources.contract import Contract
from sources.contracts import load_contracts
from sources.drafting.draft import ASK, Draft, draft
from sources.drafting.judging import judge
from sources.drafting.sample import read_sample
from sources.header import Unreadable
from tests.fixtures.feeds.make import number

NAMES = ("赵一禾", "钱二苗", "孙三穗", "李四田")
ANSWERS = {
    "title": "title: 饮水安全",
    "owner": "owner: 县水利局",
    "legal_basis": "legal_basis: {class: statutory_duty, text: 第三十四条}",
    "row": "row: 一户一次登记",
    "personal_data": "personal_data: personal",
    "cadence": "cadence: {every: month, late_after_days: 10}",
    "mode": "mode: append",
}


def water(path: Path, rows: int = 40) -> Path:
    """A county's list of drinking water: a title, a note, mixed dates, a total."""
    book = openpyxl.Workbook()
    page = book.create_sheet("饮水台账", 0)
    page.append(["虚构县2026年10月农村饮水安全排查台账"])
    page.append(["填报单位：县水利局"])
    page.append(
        ["序号", "户主姓名", "身份证号", "排查日期", "饮水问题", "维修费用（万元）", "是否销号", "台账编号", "开户账号"]
    )
    days = ("2026-10-05", "2026/10/6", "2026年10月7日")
    for at in range(rows):
        who = (NAMES[at % 4], number(at % 14), days[at % 3], ("水量不足", "水质差")[at % 2], "0.25", "是否"[at % 2])
        page.append([at + 1, *who, f"YS2026{at:04d}", "6228480000000000000"])
    page.append(["合计", "", "", "", "", "10", "", "", ""])
    book.save(path)
    return path


def drafted(path: Path, name: str = "water_check") -> Draft:
    return draft(name, path.name, read_sample(path), load_contracts(None))


def answered(made: Draft) -> str:
    """The draft with the questions that have no value answered."""
    lines = [ANSWERS.get(line.partition(":")[0], line) for line in made.text.splitlines()]
    return "\n".join(lines) + "\n"


def test_a_workbook_with_title_note_and_total_is_drafted(tmp_path: Path) -> None:
    made = drafted(water(tmp_path / "饮水安全排查台账_202610.xlsx"))
    told = yaml.safe_load(made.text)
    assert told["cadence"] == {"every": "month", "late_after_days": 10}
    assert told["files"] == {"patterns": ["*.xlsx"], "format": "xlsx", "sheets": ["饮水台账"], "header_within": 6}
    assert {name: one["headers"] for name, one in told["identity"].items()} == {"name": ["户主姓名"], "id_number": ["身份证号"]}
    facts = {one["title"]: one for one in told["facts"].values()}
    assert facts["排查日期"]["type"] == "date"
    assert facts["饮水问题"]["values"] == {"水量不足": [], "水质差": []}
    assert (facts["维修费用(万元)"]["type"], facts["维修费用(万元)"]["sent_in"]) == ("money", "万元")
    assert facts["是否销号"]["type"] == "boolean"
    assert [told["facts"][name]["title"] for name in told["key"]] == ["台账编号"]
    assert set(told["ignore"]) == {"序号", "开户账号"}
    assert told["mode"] is None
    assert len(made.questions) == made.text.count(ASK)


def test_nobody_gets_into_a_draft(tmp_path: Path) -> None:
    made = drafted(water(tmp_path / "w.xlsx"))
    assert [name for name in NAMES if name in made.text] == []
    assert "990101" not in made.text
    assert "6228" not in made.text


@pytest.mark.parametrize("header", ["联系人", "户主", "负责人", "姓名", "村医姓名", "儿童名单"])
def test_names_that_come_again_and_again_are_no_code_list(header: str) -> None:
    assert judge(header, [*NAMES] * 20).codes == ()


def test_an_unanswered_draft_does_not_load_and_says_what_is_missing(tmp_path: Path) -> None:
    made = drafted(water(tmp_path / "w_202610.xlsx"))
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "water_check.yaml").write_text(made.text, encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        load_layers([tmp_path / "sources"], Contract)
    for missing in ("owner", "legal_basis", "row", "personal_data", "mode"):
        assert missing in str(refused.value)


def test_an_answered_draft_loads(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    text = answered(drafted(water(tmp_path / "w_202610.xlsx")))
    (tmp_path / "sources" / "water_check.yaml").write_text(text, encoding="utf-8")
    contract = load_contracts(tmp_path / "sources")["water_check"]
    assert [contract.facts[name].title for name in contract.key] == ["台账编号"]


def test_a_gb18030_table_with_tabs_is_drafted(tmp_path: Path) -> None:
    path = tmp_path / "停电欠费.txt"
    rows = [f"0990{at:06d}\t{NAMES[at % 4]}\t虚构县柳河镇\t{at}.50\t2026-10-{at % 28 + 1:02d}" for at in range(40)]
    path.write_bytes("\r\n".join(["户号\t户名\t用电地址\t欠费金额\t停电时间", *rows]).encode("gb18030"))
    told = yaml.safe_load(drafted(path, "outage").text)
    assert set(told["identity"]) == {"name", "place"}
    assert {one["title"]: one["type"] for one in told["facts"].values()} == {
        "户号": "text",
        "欠费金额": "money",
        "停电时间": "date",
    }
    assert [told["facts"][name]["title"] for name in told["key"]] == ["户号"]


@pytest.mark.parametrize("content", ["", "甲\n乙\n", "张三,李四\n", "<html></html>"])
def test_what_has_no_header_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Unreadable):
        read_sample(path)


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


@given(
    headers=st.lists(st.text(st.characters(categories=["Lo"]), min_size=1, max_size=8), min_size=2, max_size=6, unique=True),
    rows=st.lists(st.lists(CELL, min_size=6, max_size=6), min_size=1, max_size=12),
)
def test_any_draft_is_yaml_and_fails_at_its_questions_alone(
    tmp_path_factory: pytest.TempPathFactory, headers: list[str], rows: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("draft")
    path = folder / "a_202610.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headers, *(row[: len(headers)] for row in rows)])
    try:
        made = drafted(path)
    except Unreadable:
        return
    told = yaml.safe_load(made.text)
    asked = {line.partition(":")[0] for line in made.text.splitlines() if ASK in line and not line.startswith(" ")}
    assert asked >= {key for key, value in told.items() if value is None}
