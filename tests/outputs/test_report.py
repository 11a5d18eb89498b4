"""The page: its sums, its silence towards the outside, and that it repeats to the byte."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import case_tables
import tables
from outputs.files import ListFile
from outputs.page import write_report
from outputs.report import About, Report, gather
from tests.outputs.followed import answers, case, cases, problems
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, TITLES, Values, batch, night, report_tables, table, warning

LISTS = (
    ListFile("990101_虚构县/全县_虚构县.csv", "990101", "", 4, "0"),
    ListFile("990101_虚构县/全县_虚构县.xlsx", "990101", "", 4, "0"),
    ListFile("990101_虚构县/990101001_石桥乡.csv", "990101", "990101001", 2, "0"),
    ListFile("990101_虚构县/待人工比对_虚构县.csv", "990101", "", 3, "0"),
    ListFile("990101_虚构县/待人工比对_说明.txt", "990101", "", 0, "0"),
    ListFile("待人工比对/待人工比对.csv", "", "", 12, "0"),
)
ABOUT = About(
    AS_OF,
    OFFICE,
    NOTICE,
    TITLES,
    stale={"education": date(2026, 9, 1)},
    missing=("employment",),
    lists=LISTS,
    lists_at="../lists/2026-10-31",
)


def gathered(about: About = ABOUT, **replaced: pa.Table) -> Report:
    connection = duckdb.connect(config={"threads": 2})
    night(connection, 6, **{**report_tables(), **replaced})
    return gather(connection, about)


def page(folder: Path, report: Report) -> str:
    write_report(folder / "report.html", report)
    return (folder / "report.html").read_text(encoding="utf-8")


def lines(html: str) -> list[list[str]]:
    """The tables' rows as the texts of their cells."""
    rows = re.findall(r"<tr.*?</tr>", html, re.DOTALL)
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows]


def test_totals_count_households_signals_and_rows() -> None:
    totals = gathered().totals
    assert (totals.warnings, totals.red, totals.orange, totals.yellow) == (6, 2, 2, 2)
    assert (totals.new, totals.repeated, totals.overdue) == (3, 3, 0)
    assert (totals.listed, totals.cut) == (6, 0)
    assert (totals.suppressed_signals, totals.avoided) == (3, 3)
    assert (totals.linked_rows, totals.linked_people, totals.review_rows) == (5, 3, 2)
    assert (totals.review_waiting, totals.review_listed) == (2, 1)


def test_one_number_says_how_many_visits_are_overdue_and_how_many_of_these_are_not_warned_of(tmp_path: Path) -> None:
    day = date(2026, 9, 1)
    late: list[Values] = [case(3 * n, day, due_on=day, timeliness="overdue", days_over=9 + n) for n in (0, 1, 20)]
    lingering = case(1, day, state="visited", clock="comparison", due_on=day, timeliness="escalated", days_over=30)
    closed = case(2, day, state="closed", timeliness=None)
    in_time = case(9, day, timeliness="in_time", days_over=0)
    made = gathered(case_file=table(case_tables.CASE, *late, lingering, closed, in_time))
    assert (made.totals.overdue, made.totals.unwarned) == (3, 1)
    html = page(tmp_path, made)
    assert "超期未入户 3 户（其中 1 户今夜已不再预警，仍须入户）：" in html
    assert "入户后比对、公示、审定超期 1 户：" in html
    assert "<small>户，其中 1 户已不再预警</small>" in html


def test_one_county_is_told_of_by_its_townships(tmp_path: Path) -> None:
    other: dict[str, Any] = {"county": "990101", "county_name": "虚构县", "township": "990101009", "township_name": "虚乡"}
    rows = [case(n, date(2026, 9, 1), county="990101", county_name="虚构县") for n in range(3)]
    html = page(tmp_path, gathered(case_file=table(case_tables.CASE, *rows, case(3, date(2026, 9, 1), **other))))
    named = [row[0] for row in lines(html) if len(row) == 16]
    assert (named[0], named[-2:]) == ("石桥乡", ["虚乡", "合计"])
    assert re.search(r"超期未入户 \d+ 户.*?虚乡 1 户", html)


def test_the_sums_of_the_accounting_are_right(tmp_path: Path) -> None:
    rows = {tuple(row[:2]): row[3:] for row in lines(page(tmp_path, gathered())) if "✓" in row}
    # in, linked, registered, verdict, unanswered, review, refused, no, super, withdrawn, dup, quar, barred, screened,
    # held, purged
    medical = ["970", "890", "0", "0", "0", "30", "0", "30", "5", "0", "10", "5", *["0"] * 4]
    assert rows["医保结算", "2 份"] == [*medical, "✓"]
    assert rows["教育缴费", "1 份"] == ["30", *["0"] * 13, "30", "0", "✓"]
    assert rows["合计", "4 份"] == ["1,200", "890", "200", *medical[3:12], "0", "0", "30", "0", "✓"]
    assert rows["教育缴费", "education/2026-10-01/导出1.csv"][:2] == ["暂停", "30"]


def test_a_sum_that_does_not_add_up_is_shown_as_such(tmp_path: Path) -> None:
    html = page(tmp_path, gathered(accounting=table(tables.ACCOUNTING, batch("medical", 1, 10, linked=9))))
    assert html.count("✗ 不平") == 3


def test_rules_say_what_they_could_not_judge_and_why(tmp_path: Path) -> None:
    html = page(tmp_path, gathered())
    assert ["住院自付达到 5,000 元", "因病", "7", "3", "1,200", "4", "", "", "", "数据已过期；自付金额缺失"] in lines(html)
    aside = re.findall(r"<summary>(另有.*?)</summary>\s*<p class=\"soft\">(.*?)</p>", html)
    assert aside == [
        ("另有 1 条规则没有数据，对谁都不能判断", "尚无数据：教育缴费：疑似失学辍学"),
        ("另有 1 条规则未启用，不作判断", "没有文件规定数额：单次住院自付"),
    ]
    assert "另有 1 条没有数据、1 条未启用，列在表后。" in html


def test_what_needs_attention_comes_worst_first(tmp_path: Path) -> None:
    html = page(tmp_path, gathered(replace(ABOUT, as_of=date(2026, 10, 9))))
    shown = [row for row in lines(html) if row[0] in ("整批暂停", "隔离", "提醒")]
    assert shown == [
        ["整批暂停", "缺少“学年”一列", "教育缴费", "2026-10-01"],
        ["隔离", "结算日期缺失 5 行", "医保结算", "2026-10-02"],
    ]
    assert "教育缴费：最近一次报送未通过检查，沿用 2026-09-01 收到的数据。" in html
    assert "规则要用的来源中有 1 个从未收到可用的数据，有关规则无法判断：就业失业登记。" in html
    assert "没有问题" not in html
    later = page(tmp_path, gathered(replace(ABOUT, as_of=date(2026, 10, 10))))
    assert [row[0] for row in lines(later) if row[0] in ("整批暂停", "隔离", "提醒")] == ["整批暂停"]
    assert "另有 1 条较早（七日以前）或较轻的未列出，见检验记录。" in later


def test_the_page_needs_nothing_from_outside(tmp_path: Path) -> None:
    html = page(tmp_path, gathered())
    assert not re.search(r"https?:|//[a-z]|<script|<link|<img|@import|url\(", html, re.IGNORECASE)
    assert {link for link in re.findall(r'href="([^"]*)"', html) if not link.startswith("#")} == {
        "findings.html",
        "senders.html",
        "../lists/2026-10-31/990101_%E8%99%9A%E6%9E%84%E5%8E%BF/%E5%85%A8%E5%8E%BF_%E8%99%9A%E6%9E%84%E5%8E%BF.csv",
        "../lists/2026-10-31/990101_%E8%99%9A%E6%9E%84%E5%8E%BF/%E5%85%A8%E5%8E%BF_%E8%99%9A%E6%9E%84%E5%8E%BF.xlsx",
        "../lists/2026-10-31/990101_%E8%99%9A%E6%9E%84%E5%8E%BF/"
        "%E5%BE%85%E4%BA%BA%E5%B7%A5%E6%AF%94%E5%AF%B9_%E8%99%9A%E6%9E%84%E5%8E%BF.csv",
        "../lists/2026-10-31/%E5%BE%85%E4%BA%BA%E5%B7%A5%E6%AF%94%E5%AF%B9/%E5%BE%85%E4%BA%BA%E5%B7%A5%E6%AF%94%E5%AF%B9.csv",
    }


def test_without_a_place_for_the_lists_there_is_no_link(tmp_path: Path) -> None:
    html = page(tmp_path, gathered(replace(ABOUT, lists_at="")))
    assert not re.search('href="[^#]', html)
    assert ["虚构县", "4", "CSV XLSX", "1 个乡镇", "待人工比对（3）CSV"] in lines(html)


def test_charts_are_drawn_inline_in_chinese(tmp_path: Path) -> None:
    html = page(tmp_path, gathered())
    assert html.count("<svg") == 3
    for label in ("虚构县 石桥乡", "乌有县 青禾乡", "因病", "农村人口花名册"):
        assert f">{label}</text>" in html


def followed() -> Report:
    """A night after many others: cases, answers, problems."""
    return gathered(case_file=cases(), answer=answers(), problem=problems())


def test_the_first_screen_tells_what_presses_before_what_is_quiet(tmp_path: Path) -> None:
    html = page(tmp_path, followed())
    told = re.findall(r"<li( class=\"urgent\")?>(.*?)</li>", html[: html.index("<nav>")])
    pressing = [bool(urgent) for urgent, _ in told]
    assert pressing[:2] == [False, False]
    assert pressing[2:] == sorted(pressing[2:], reverse=True)
    texts = [text for _, text in told]
    assert "1 个来源迟报：医保结算（县医保局）。" in texts
    assert "预警 6 户（红 2、橙 2、黄 2），其中新增 3 户；列入名单 6 户，另有 3 户已核实、未办结或在监测，免重复入户。" in texts
    assert "问题台账在册 2 项，今夜新立 1 项；逾期未销号 1 项：县医保局 1 项。" in texts
    assert any(
        re.fullmatch(r"以上各户中已到督办的 \d+ 户，最久已超 \d+ 日：虚构县 \d+ 户、乌有县 \d+ 户。", text) for text in texts
    )
    assert any(text.startswith("今夜收到答复 ") for text in texts)


def test_cases_are_told_per_county_in_the_order_of_codes_and_add_up(tmp_path: Path) -> None:
    rows = {row[0]: row[1:] for row in lines(page(tmp_path, followed())) if len(row) == 16 and row[0] != "县"}
    assert list(rows) == ["虚构县", "乌有县", "合计"]
    numbers = {name: [int(cell.replace(",", "")) for cell in row] for name, row in rows.items()}
    assert all(row[0] == sum(row[1:6]) == sum(row[6:11]) for row in numbers.values())
    assert [a + b for a, b in zip(numbers["虚构县"][:11], numbers["乌有县"][:11], strict=True)] == numbers["合计"][:11]
    assert sum(numbers["合计"][n] for n in (0, 14)) == 120


def test_refused_answers_say_why_and_problems_who_has_to_settle_them(tmp_path: Path) -> None:
    html = page(tmp_path, followed())
    assert ["预警编号不在册", "1", "1", "0", "0", "1", "0"] in lines(html)
    assert ["“户编号”与发出时不同，请勿改动名单原有内容", "1", "4"] in lines(html)
    assert "P0000000001" in html
    assert "最近一次 2026-08-31，最迟应于 2026-10-10 报送，已迟 21 日" in html
    assert [row[5] for row in lines(html) if row[0].startswith("P0")] == ["逾期", "待销号"]
    assert "近七日了结 2 项" in html


def test_what_is_not_asked_again_is_counted_by_its_reason(tmp_path: Path) -> None:
    assert ["近期已核实", "2", "1", "—"] in lines(page(tmp_path, gathered()))


def test_the_notice_is_shown(tmp_path: Path) -> None:
    assert page(tmp_path, gathered()).count(NOTICE) == 2
    assert 'class="notice"' not in page(tmp_path, gathered(replace(ABOUT, notice="")))


def test_names_from_files_cannot_become_markup(tmp_path: Path) -> None:
    rows = table(tables.WARNING, warning(0, township_name="<script>乡", families=["<b>"]))
    html = page(tmp_path, gathered(replace(ABOUT, notice="<i>虚构</i>"), warning=rows))
    assert "<script" not in html
    assert "<b>" not in re.sub(r"<b>[\d,]+</b>", "", html)
    assert "&lt;i&gt;虚构" in html


def test_no_personal_value_is_on_the_page(tmp_path: Path) -> None:
    html = page(tmp_path, gathered())
    assert "演示" not in html.replace(NOTICE, "")
    assert not re.search(r"199999|9901011970|W0{6}|990101000000", html)


def test_two_runs_are_the_same_to_the_byte(tmp_path: Path) -> None:
    assert page(tmp_path / "1", gathered()) == page(tmp_path / "2", gathered())


@pytest.mark.parametrize("counties", [0, 1])
def test_a_quiet_night_has_a_page(tmp_path: Path, counties: int) -> None:
    connection = duckdb.connect()
    empty = {name: rows.schema.empty_table() for name, rows in report_tables().items()}
    night(
        connection,
        0,
        warning=table(tables.WARNING),
        referral=table(tables.REFERRAL),
        resident=table(tables.RESIDENT),
        roster_identity=table(tables.ROSTER_IDENTITY),
        **empty,
    )
    html = page(tmp_path, gather(connection, About(AS_OF, OFFICE, "", {}, lists=LISTS[: counties * 2])))
    assert "没有需要注意的情况。" in html
    assert "<svg" not in html
    assert ("今夜没有列入名单的户。" in html) == (counties == 0)


def test_many_townships_are_drawn_as_far_as_they_can_be_read(tmp_path: Path) -> None:
    rows = [warning(n, township=f"990101{n:03d}", township_name=f"第{n}乡") for n in range(40)]
    html = page(tmp_path, gathered(warning=table(tables.WARNING, *rows)))
    assert "另有 15 个乡镇未画出" in html


def test_the_report_tells_alarms_and_yields_beside_each_rule(tmp_path: Path) -> None:
    alarm = {"alarm_id": "A1", "kind": "county_still", "since": AS_OF, "observed": 0.0, "expected": 12.34, "p_value": 1e-5,
             "threshold": 0.01, "title": "乌有县：46 天没有新增预警户", "message": "请核实：名单是否下发。"}  # fmt: skip
    counts = {"visited": 40, "confirmed": 10, "identified": 2, "share": 0.25, "low": 0.142, "high": 0.402, "shrunk": 0.231,
              "toward": 0.2, "listed": 60, "wrong": '{"人不符": 20, "数据有误": 10}'}  # fmt: skip
    found = (
        {"level": "rule", "key": "med", "title": "住院自付达到 5,000 元"} | counts,
        {"level": "source", "key": "medical", "title": "医保结算"} | counts,
        {"level": "source", "key": "none", "title": "没看过"}
        | dict.fromkeys(counts)
        | {"visited": 0, "listed": 3, "wrong": "{}"},
    )
    html = page(tmp_path, gathered(alarm=table(case_tables.ALARM, alarm), **{"yield": table(case_tables.YIELD, *found)}))
    told = lines(html)
    assert any(
        line[:1] == ["长期没有动静"] and "请核实：名单是否下发。" in line[1] and line[2:4] == ["0", "12.3"] for line in told
    )
    assert any(
        line[:2] == ["住院自付达到 5,000 元", "因病"] and line[6:9] == ["10/40", "25%（14%–40%）", "23%"] for line in told
    )
    by_source = ["医保结算", "60", "40", "10", "2", "25%（14%–40%）", "23%", "人不符 20、数据有误 10"]
    assert by_source in told
    assert not any("没看过" in line for line in told)
    assert "这里的属实率有偏，不可当作各规则的准确率：" in html
    assert "若一切正常，这样的提醒一百夜里不到一次" in html
    assert "长期没有动静 1 项：乌有县：46 天没有新增预警户。" in html
