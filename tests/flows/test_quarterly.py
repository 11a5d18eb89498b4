"""The report of a quarter: which nights it reads, what it counts, what it says, and that it repeats to the byte."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pytest

from casework.problem_kinds import KINDS
from engine import write_parquet
from errors import UnknownId
from flows.quarterly import Quarter, make_quarter, show_nights
from flows.rule_changes import rule_changes
from outputs.quarter import QuarterAbout, QuarterFigures, gather
from outputs.quarter_words import findings, still_places
from settings import Home, read_settings
from tests.flows.little import fangpin
from tests.flows.quarters import RULES, START, declare, every, fabricate

END: Final = date(2026, 12, 31)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A quarter with a night every ten days, and its last."""
    root = tmp_path_factory.mktemp("quarter")
    (root / "office.yaml").write_text("name: 虚构县数据办\nas_of: 2027-01-01\n", encoding="utf-8")
    fabricate(Home(root), [*every(10, END), END])
    return Home(root)


@pytest.fixture(scope="module")
def figures(home: Home) -> QuarterFigures:
    runs = sorted(home.runs.iterdir())
    about = QuarterAbout(
        "虚构县数据办", "", "", "2026 年第四季度", START, END, END, (START, END),
        {name: rule["title"] for name, rule in RULES.items()}, {name: kind.title for name, kind in KINDS.items()},
    )  # fmt: skip
    with duckdb.connect() as db:
        show_nights(db, runs, runs)
        return gather(db, about)


def page(home: Home, until: date | None = None) -> str:
    return make_quarter(read_settings(home.root), until).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("day", "name", "start", "end"),
    [
        (date(2026, 1, 1), "2026Q1", date(2026, 1, 1), date(2026, 3, 31)),
        (date(2028, 2, 29), "2028Q1", date(2028, 1, 1), date(2028, 3, 31)),
        (date(2026, 9, 30), "2026Q3", date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 12, 31), "2026Q4", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_a_day_lies_in_one_quarter(day: date, name: str, start: date, end: date) -> None:
    quarter = Quarter.of(day)
    assert (quarter.name, quarter.start, quarter.end, quarter.until) == (name, start, end, day)


def test_on_the_first_day_of_a_quarter_the_one_before_is_told() -> None:
    assert Quarter.ended_before(date(2027, 1, 1)) == Quarter.of(END)
    assert Quarter.ended_before(date(2026, 12, 31)) == Quarter.of(date(2026, 9, 30))


def test_it_is_written_where_the_rest_is_published_and_repeats_to_the_byte(home: Home) -> None:
    first, path = page(home), home.published / "季度报告_2026Q4.html"
    path.unlink()
    assert page(home) == first
    assert path.exists()
    assert [one.name for one in home.published.iterdir()] == [path.name]


def test_the_page_needs_nothing_from_outside_and_holds_no_household(home: Home) -> None:
    html = page(home)
    assert not re.search(r"https?:|//[a-z]|<script|<link|<img|@import|url\(|href=", html, re.IGNORECASE)
    assert not re.search(r"99010100\d{7}|W0{6}", html)
    assert "counter(page)" in html
    assert html.count("<svg") == 3


def test_the_cases_of_the_quarter_are_counted_once(figures: QuarterFigures) -> None:
    totals, counties = figures.totals, figures.of("places")
    assert totals["warned"] > 0
    for name in ("opened", "visited", "concluded", "confirmed", "identified", "open", "due", "late"):
        assert totals[name] == sum(county[name] for county in counties), name
    assert totals["opened"] == 137
    assert totals["confirmed"] <= totals["concluded"] <= totals["visited"] <= totals["opened"]
    assert sum(row["count"] for row in figures.of("outcomes")) == totals["visited"]
    weeks = figures.of("weeks")
    assert sum(row["count"] or 0 for row in weeks if row["what"] == "新立个案") == totals["opened"]
    assert len(weeks) == 3 * 14
    assert sum(row["opened"] for row in figures.of("channels")) == totals["opened"]


def test_counties_stand_in_the_order_of_their_codes_and_those_without_change_are_named(figures: QuarterFigures) -> None:
    assert [county["place"] for county in figures.of("places")] == ["990101", "990102", "990103"]
    assert [county["name"] for county in still_places(figures)] == ["静水县"]
    texts = [lead.text for lead in findings(figures)]
    assert any(text.startswith("零变化的县 1 个：静水县。") for text in texts)
    assert any(text == "规模性风险苗头 1 处：石桥乡因灾预警集中。" for text in texts)
    assert any(
        text.startswith("问题台账：本季新立 4 项，销号 1 项，情形已消除 1 项；季末在册 2 项，其中逾期 1 项。") for text in texts
    )
    assert "迟报过的来源 1 个：医保结算（最多迟 16 日）。" in texts


def test_senders_are_told_by_their_nights_and_errors_of_the_quarter_only(figures: QuarterFigures) -> None:
    told = {feed["title"]: feed for feed in figures.of("feeds")}
    medical, education = told["医保结算"], told["教育缴费"]
    assert (medical["nights"], medical["late_nights"], medical["days_late"]) == (11, 7, 16)
    assert (medical["judged"], medical["quarantined"], medical["deliveries"]) == (400, 10, 2)
    assert education["unchanged_nights"] == 11
    assert told["户籍变动"]["state"] == "missing"


def test_few_visits_are_marked_and_shares_have_intervals(home: Home, figures: QuarterFigures) -> None:
    rules = {row["name"]: row for row in figures.of("rules")}
    assert rules["edu"]["concluded"] < 20 < rules["med"]["concluded"]
    share, low, high = rules["med"]["share"]
    assert 0 < low < share < high < 1
    cells = re.findall(r'class="rule">(.*?)</th>.*?（\d+%–\d+%）(.*?)</td>', page(home))
    few = ' <span class="soft">偏少</span>'
    assert dict(cells) | {"疑似失学辍学": few, "住院自付达到 5,000 元": "", "教育缴费": few, "医保结算": ""} == dict(cells)


def test_alarms_problems_exits_and_burden_are_shown(home: Home) -> None:
    html = page(home)
    for shown in (
        "静水县没有新增", "医保结算迟报", "超期未办", "可提议风险消除 3 户", "无劳动力，不提议消除 2 户",
        "乌有县 1 户（消除后中位 5 个月）", "部门筛查预警 ＋ 农户自主申报", "本季规则没有改动。",
    ):  # fmt: skip
        assert shown in html


def test_a_quarter_that_is_not_over_says_until_when(home: Home) -> None:
    html = page(home, date(2026, 11, 15))
    assert "（截至 2026-11-15）" in html
    assert "共 46 天，其中 5 夜有结果，最后一夜 2026-11-10" in html
    (home.published / "季度报告_2026Q4.html").unlink()


def test_changes_of_rules_are_told_by_night(tmp_path: Path) -> None:
    med, edu = RULES["med"], RULES["edu"]
    nights = {
        "2026-10-01": {"med": med, "edu": edu},
        "2026-10-02": {"med": med, "edu": edu},
        "2026-10-03": {"med": med | {"thresholds": {"line": 2}}, "edu": edu | {"off": "没有文件"}},
        "2026-10-04": {"edu": edu | {"severity": 50}, "new": med | {"title": "新规则"}},
    }
    for night, rules in nights.items():
        declare(tmp_path / night, rules)
    assert rule_changes(sorted(tmp_path.iterdir())) == (
        ("2026-10-03", "疑似失学辍学", "停用"),
        ("2026-10-03", "住院自付达到 5,000 元", "标准调整"),
        ("2026-10-04", "疑似失学辍学", "启用"),
        ("2026-10-04", "住院自付达到 5,000 元", "删除"),
        ("2026-10-04", "新规则", "新增"),
    )


def test_runs_of_an_older_version_and_a_quarter_without_anything_have_a_page(tmp_path: Path) -> None:
    home = Home(tmp_path)
    declare(home.run(date(2026, 11, 3)), {})
    html = page(home, END)
    assert "本季没有预警，也没有个案。" in html
    assert "本季没有异常提醒。" in html
    assert "没有已知的县。" in html
    assert "<svg" not in html


def test_a_quarter_without_nights_is_refused_in_one_message(home: Home) -> None:
    with pytest.raises(UnknownId, match="2026-07-01 至 2026-09-30 之间已完成的夜"):
        make_quarter(read_settings(home.root), date(2026, 9, 30))
    told = fangpin("quarter", "--home", home.root, "--until", "2026年")
    assert told.code == 2
    assert "--until" in told.err
    made = fangpin("quarter", "--home", home.root)
    assert (made.code, made.out.strip()) == (0, str(home.published / "季度报告_2026Q4.html"))


def test_few_nights_are_not_taken_for_a_quarter(tmp_path: Path) -> None:
    home = Home(tmp_path)
    fabricate(home, [date(2026, 11, 3), date(2026, 11, 9)])
    html = page(home, END)
    assert "92 天中只有 2 夜有结果，最后一夜 2026-11-09：以下各数只是这几夜所知" in html
    assert "每周走势" not in html


def test_what_is_surely_better_or_worse_than_all_is_named(figures: QuarterFigures) -> None:
    told = {"owner": "", "concluded": 200}
    rows = [told | {"name": "甲", "share": (0.9, 0.85, 0.93)}, told | {"name": "乙", "share": (0.1, 0.07, 0.15)}]
    few = told | {"name": "丙", "concluded": 19, "share": (1.0, 0.83, 1.0)}
    sure = replace(
        figures, totals=figures.totals | {"share": (0.5, 0.45, 0.55)}, tables={**figures.tables, "sources": [*rows, few]}
    )
    texts = [lead.text for lead in findings(sure)]
    assert "属实率明显高于总体的来源：甲 90%。" in texts
    assert "属实率明显低于总体的来源：乙 10%。" in texts


def test_one_county_is_told_of_by_its_townships(tmp_path: Path) -> None:
    home = Home(tmp_path)
    fabricate(home, [END])
    run = home.run(END)
    with duckdb.connect() as db:
        for name in ("cases", "residents", "burden"):
            path = run / f"{name}.parquet"
            rows = db.sql(f"FROM read_parquet('{path}') WHERE county = '990101'").to_arrow_table()
            write_parquet(rows, path)
    html = page(home, END)
    assert "三、各乡镇办理与时效" in html
    assert '<th scope="row">石桥乡</th>' in html
    assert "没有：各乡镇本季都有新立个案或新纳入识别。" in html
