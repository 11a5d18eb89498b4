"""The page of findings: every source and file, worst first; bounded; silent towards the outside; the same bytes again."""

import re
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

import tables
from outputs.findings_page import FILES_SHOWN, write_findings
from outputs.report import About
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, TITLES, Values, register, table

ABOUT = About(AS_OF, OFFICE, NOTICE, TITLES)


def page(folder: Path, accounting: list[Values], findings: list[Values]) -> str:
    connection = duckdb.connect(config={"threads": 2})
    register(connection, accounting=table(tables.ACCOUNTING, *accounting), finding=table(tables.FINDING, *findings))
    write_findings(connection, folder / "findings.html", ABOUT)
    return (folder / "findings.html").read_text(encoding="utf-8")


def file(number: int, source: str = "medical", state: str = "accepted") -> Values:
    received = date(2026, 1, 1) + timedelta(days=number)
    return {
        "batch_id": f"{source}{number}", "source": source, "received_on": received, "file": f"{source}/{number}.csv",
        "state": state, "rows_in": 1000 + number,
    }  # fmt: skip


def said(number: int, verdict: str, text: str, source: str = "medical") -> Values:
    message = f"{TITLES[source]}，{source}/{number}.csv：{text}"
    return {
        "source": source,
        "batch_id": f"{source}{number}",
        "expectation": text,
        "column": "",
        "observed": 1,
        "verdict": verdict,
    } | {"message": message}


def test_what_is_wrong_comes_first_and_what_is_right_is_counted(tmp_path: Path) -> None:
    findings = [said(1, "pass", "列应当齐全；符合"), said(1, "warn", "甲"), said(1, "hold", "乙<b>")]
    html = page(tmp_path, [file(1, state="held")], findings)
    told = re.findall(r'<td class="tag (\w+)">.*?</td><td class="text">(.*?)</td>', html)
    assert told == [("hold", "乙&lt;b&gt;"), ("warn", "甲"), ("pass", "列应当齐全；符合")]
    assert [count in html for count in ("整批暂停 1 项", "提醒 1 项", "符合 1 项", "1,001 行")] == [True] * 4
    assert NOTICE in html


def test_only_the_newest_files_are_shown_and_only_the_newest_in_full(tmp_path: Path) -> None:
    numbers = range(FILES_SHOWN + 3)
    found = [said(n, "pass", f"第{n}份；符合") for n in numbers] + [said(numbers[-3], "warn", "不符")]
    html = page(tmp_path, [file(n) for n in numbers], found)
    assert re.findall(r"<h3>(.*?)</h3>", html) == [f"medical/{n}.csv" for n in (numbers[-1], numbers[-3])]
    assert re.findall(r"第(\d+)份", html) == [str(numbers[-1])]
    assert f"另有 {FILES_SHOWN - 2} 份各项都符合，分别于 2026-01-14、2026-01-12、" in html
    assert "另有较早的 3 份未列出" in html


def test_it_opens_offline_and_repeats_itself(tmp_path: Path) -> None:
    one = [file(1), file(2, "education")], [said(1, "warn", "甲"), said(2, "warn", "乙", "education")]
    html = page(tmp_path, *one)
    assert [word for word in ("http", "<script", "src=", "@import", "url(") if word in html] == []
    assert page(tmp_path, one[0][::-1], one[1][::-1]) == html
    assert html.index("教育缴费") < html.index("医保结算")


def test_nothing_received_is_said(tmp_path: Path) -> None:
    assert "还没有检验过文件" in page(tmp_path, [], [])
    assert isinstance(tables.FINDING, pa.Schema)
