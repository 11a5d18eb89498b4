"""A draft shows what a sample shows, asks what it cannot, and holds nobody's name or number."""

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalogue import load_layers
from errors import CatalogueError
from sources.contract import Contract
from sources.contracts import load_contracts
from sources.drafting.draft import ASK, Draft, draft
from sources.drafting.judging import judge
from sources.drafting.persons import Persons
from sources.drafting.sample import read_sample
from sources.header import Unreadable
from sources.piece import Piece
from sources.reader import read
from tests.fixtures.feeds.make import number

KNOWN = load_contracts(None)
PERSONS = Persons.read(KNOWN)
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
    return draft(name, path.name, read_sample(path), KNOWN)


def answered(made: Draft) -> str:
    """The draft with the questions that have no value answered."""
    lines = [ANSWERS.get(line.partition(":")[0], line) for line in made.text.splitlines()]
    return "\n".join(lines) + "\n"


def test_a_workbook_with_title_note_and_total_is_drafted(tmp_path: Path) -> None:
    made = drafted(water(tmp_path / "饮水安全排查台账_202610.xlsx"))
    told = yaml.safe_load(made.text)
    assert told["cadence"] == {"every": "month", "late_after_days": 10}
    assert told["files"] == {"patterns": ["*.xlsx"], "format": "xlsx", "header_within": 6}
    assert {name: one["headers"] for name, one in told["identity"].items()} == {"name": ["户主姓名"], "id_number": ["身份证号"]}
    facts = {one["title"]: one for one in told["facts"].values()}
    assert facts["排查日期"]["type"] == "date"
    assert facts["饮水问题"]["values"] == {"水量不足": [], "水质差": []}
    assert (facts["维修费用"]["type"], facts["维修费用"]["sent_in"]) == ("money", "万元")
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
    assert judge(header, [*NAMES] * 20, PERSONS).codes == ()


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
    assert told["key"] is None


@pytest.mark.parametrize("content", ["", "甲\n乙\n", "张三,李四\n", "<html></html>"])
def test_what_has_no_header_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Unreadable):
        read_sample(path)


ODD_NAMES = ("欧阳若水", "张 三", "李某某", "王*国", "阿依古丽·买买提")
HEADINGS_OF_PEOPLE = (
    "包保干部 网格员 驾驶员 主治医师 村支书 监护 联系对象 班主任 配偶 家属 抄表员 成员 代理 学生 患者 上户 备用1 col5"
)


def table(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def told(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(drafted(path).text)
    return loaded


@pytest.mark.parametrize("header", HEADINGS_OF_PEOPLE.split())
@pytest.mark.parametrize("people", [NAMES, ODD_NAMES, ("赵一禾、钱二苗", "李四田之子")])
def test_nobody_is_a_code_or_a_fact_whatever_the_column_is_called(tmp_path: Path, header: str, people: tuple[str, ...]) -> None:
    rows = [[f"YS{at:05d}", NAMES[at % 4], people[at % len(people)]] for at in range(60)]
    path = table(tmp_path / "a.csv", ["登记编号", "姓名", header], rows)
    assert [name for name in (*people, *NAMES) if name in drafted(path).text] == []
    assert header in told(path)["ignore"]


def test_a_name_among_codes_is_withheld_and_asked_for(tmp_path: Path) -> None:
    rows = [[f"YS{at:05d}", f"样{at}", ("正常", "停电", "王建国")[at % 3]] for at in range(60)]
    made = drafted(table(tmp_path / "a.csv", ["登记编号", "姓名", "处理"], rows))
    assert "王建国" not in made.text
    assert any("像人名" in question for question in made.questions)


@pytest.mark.parametrize("first", [["王建国", "住院", "低保"], ["李秀英", "女儿", "正常"], ["无名", "住院", "低保"]])
def test_a_table_without_a_header_is_refused(tmp_path: Path, first: list[str]) -> None:
    path = table(tmp_path / "a.csv", first, [[NAMES[at % 4], *first[1:]] for at in range(40)])
    with pytest.raises(Unreadable, match="看不出哪一行是表头"):
        drafted(path)


def test_masked_names_stay_names(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", ["登记编号", "姓名"], [[f"YS{at:05d}", f"张*{at}"] for at in range(40)])
    assert set(told(path)["identity"]) == {"name"}


def test_two_persons_in_a_row_are_a_question_that_holds_the_contract(tmp_path: Path) -> None:
    rows = [[f"YS{at:05d}", "赵一禾", number(at % 14), number(at % 13)] for at in range(40)]
    path = table(tmp_path / "a.csv", ["登记编号", "户主姓名", "户主身份证号", "患者身份证号"], rows)
    assert told(path)["identity"]["id_number"] == {"headers": None}


@pytest.mark.parametrize(
    ("header", "is_asked"), [(["户号", "户名"], True), (["登记编号", "户名", "月份"], True), (["登记编号", "户名"], False)]
)
def test_a_number_that_comes_again_every_period_is_no_key_by_itself(tmp_path: Path, header: list[str], is_asked: bool) -> None:
    rows = [[f"YS{at:05d}", NAMES[at % 4], "202610"][: len(header)] for at in range(40)]
    assert (told(table(tmp_path / "a_202610.csv", header, rows))["key"] is None) is is_asked


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("流水号", [f"202610{at:02d}" for at in range(1, 29)], {"type": "text"}),
        ("村代码", ["001", "002", "003"] * 8, {"type": "text"}),
        ("有效期至", ["2029-10-01", "2030-01-02"] * 8, {"type": "date"}),
        ("金额", ["1.2万元", "5千元", "￥300"] * 8, {"type": "money"}),
        ("就业情况", ["就业", "失业"] * 8, {"type": "code"}),
        ("状态", ["正常", "停电"] * 8 + ["销户"], {"type": "code"}),
    ],
)
def test_what_a_column_is(header: str, cells: list[str], expected: dict[str, str]) -> None:
    one = judge(header, cells, PERSONS)
    assert {"type": one.type} == expected
    assert "销户" not in one.codes
    assert ("range" in one.options) is (one.type == "money")


TRYING = (
    "null",
    "true",
    "a: b",
    "# x",
    "姓名",
    "金额（万元）",
    "面积（亩）",
    "日期",
    "月份",
    "编号",
    "比例（%）",
    "是否在校",
    "- x",
    "户号",
)
CELLS = ("null", "yes", "1.5", "007", "2026-10-01", "202610", "46086", "是", "a: b", "{x}", "'", '"', "- x", "甲", "乙")
CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


@given(
    headers=st.lists(
        st.text(st.characters(categories=["Lo"]), min_size=1, max_size=8) | st.sampled_from(TRYING),
        min_size=2,
        max_size=6,
        unique=True,
    ),
    rows=st.lists(st.lists(CELL | st.sampled_from(CELLS), min_size=6, max_size=6), min_size=1, max_size=24),
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
    with pytest.raises(ValidationError) as refused:
        Contract.model_validate(told)
    assert [one["loc"] for one in refused.value.errors() if one["input"] is not None] == []


def test_a_header_of_two_lines_loses_no_column(tmp_path: Path) -> None:
    path = tmp_path / "困难职工_202610.csv"
    top, below = ["档案编号", "姓名", "困难情况", "", "登记日期"], ["", "", "困难类别", "自付费用（万元）", ""]
    kinds = ("因病", "因灾")
    rows = [
        [f"GH2026{at:04d}", NAMES[at % 4], kinds[at % 2], "无" if at % 9 == 0 else "0.35", "2026-10-08"] for at in range(40)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["县总工会帮扶台账", "", "", "", ""], top, below, *rows])
    made = yaml.safe_load(drafted(path, "union_aid").text)
    facts = {one["title"]: one for one in made["facts"].values()}
    assert set(facts) == {"档案编号", "困难类别", "自付费用", "登记日期"}
    assert set(made["identity"]) == {"name"}
    assert (facts["自付费用"]["type"], facts["自付费用"]["headers"]) == ("money", ["自付费用(万元)"])
    assert facts["自付费用"]["range"] == ["0", "1000000"]
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "union_aid.yaml").write_text(answered(drafted(path, "union_aid")), encoding="utf-8")
    contract = load_contracts(tmp_path / "sources")["union_aid"]
    pieces = [piece for piece in read(path, contract, path.name, "csv") if isinstance(piece, Piece)]
    assert {piece.layout.missing for piece in pieces} == {()}
    assert sum(piece.cells.num_rows for piece in pieces) == len(rows)


def test_a_title_above_one_header_line_is_no_heading(tmp_path: Path) -> None:
    sample = read_sample(water(tmp_path / "w.xlsx"))
    assert (sample.header_at, sample.rows) == (2, 40)
