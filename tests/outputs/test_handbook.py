"""The rule handbook: everything it is given, offline, safe, and the same bytes again."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

from outputs.handbook import Entry, Handbook, Limit, Spoken, html, markdown, write_handbook

LIMIT = Limit("标准", "元", [("5,000 元", "脱贫户、监测对象", "53", "2024-01-01 至 2024-12-31", "某文件|甲")])
ENTRY = Entry(
    id="a_rule",
    title="自付<偏高>",
    who="每个人",
    when="自付达到标准",
    looked_at=["自付：医保结算，近 90 日；取“自付”之和。没有记录当作 0"],
    bands=["到标准的 0.8 倍算接近，只作参考"],
    repeat="每有新的事都提示，不论是否已入户",
    limits=[LIMIT],
    reason="自付〔自付〕",
    severity=60,
    source="某文件。 第二句。",
    off="",
    cases=[("", "2025-06-30 夜。自付 6,000 元", "提示", ""), ("恰在标准上", "自付 5,000 元", "提示", "含本数")],
)
UNSET = Limit("标准", "元", [], "没有查到")
OFF = replace(ENTRY, id="off_rule", title="未定的规则", off="没有文件规定数额", limits=[UNSET], cases=[], bands=[])
BOOK = Handbook(
    "虚构县数据办", "均为虚构", [("因病", [ENTRY]), ("饮水", [OFF])], [Limit("监测范围", "元", LIMIT.figures, "各地公布的线。")]
)
SPOKEN = [Spoken(date(2026, 10, 31), 1200, 3, 0, ""), Spoken(date(2026, 9, 30), 7, 0, 41, "尚无数据")]

MARKDOWN = """# 虚构县数据办规则手册

**均为虚构**

共 2 条规则，1 条未启用。
规则只用来安排入户核实的先后，不决定任何人的认定与帮扶。数据不足时判为“不能判断”，不当作没有风险。

| 风险类型 | 规则 | 未启用 |
|---|---|---|
| [因病](#因病) | 自付<偏高> |  |
| [饮水](#饮水) |  | 未定的规则 |

## <a id="因病"></a>因病

### <a id="a_rule"></a>自付<偏高>

`a_rule`　分值 60

- 对象：每个人
- 何时提示：自付达到标准
- 到标准的 0.8 倍算接近，只作参考
- 再次提示：每有新的事都提示，不论是否已入户
- 提示语：自付〔自付〕
- 依据：某文件。第二句。
- 看什么
  - 自付：医保结算，近 90 日；取“自付”之和。没有记录当作 0

标准（元）

| 数额 | 适用于 | 行政区划 | 时间 | 文件 |
|---|---|---|---|---|
| 5,000 元 | 脱贫户、监测对象 | 53 | 2024-01-01 至 2024-12-31 | 某文件\\|甲 |

例子：

- **提示**：2025-06-30 夜。自付 6,000 元
- 恰在标准上 → **提示**（含本数）：自付 5,000 元

## <a id="饮水"></a>饮水

### <a id="off_rule"></a>未定的规则

`off_rule`　分值 60　**未启用**：没有文件规定数额

- 对象：每个人
- 何时提示：自付达到标准
- 再次提示：每有新的事都提示，不论是否已入户
- 提示语：自付〔自付〕
- 依据：某文件。第二句。
- 看什么
  - 自付：医保结算，近 90 日；取“自付”之和。没有记录当作 0

标准（元）：没有查到

例子：


## <a id="参照值"></a>参照值

规则引用的按年、按地区的数。用事件当日当地的数，不用今天的。

### 监测范围

单位：元。各地公布的线。

| 数额 | 适用于 | 行政区划 | 时间 | 文件 |
|---|---|---|---|---|
| 5,000 元 | 脱贫户、监测对象 | 53 | 2024-01-01 至 2024-12-31 | 某文件\\|甲 |
"""


def test_the_markdown_of_a_small_handbook_is_this() -> None:
    assert markdown(BOOK) == MARKDOWN


def test_the_page_holds_the_same_and_nothing_from_outside() -> None:
    page = html(BOOK)
    assert "自付&lt;偏高&gt;" in page
    assert "<偏高>" not in page
    for told in (
        "每个人",
        "自付达到标准",
        "5,000 元",
        "某文件。第二句。",
        "未启用：没有文件规定数额",
        "含本数",
        "各地公布的线。",
    ):
        assert told in page, told
    assert not re.search(r"https?:|//[a-z]|<script|<link|<img|@import|url\(", page, re.IGNORECASE)
    linked, ids = set(re.findall(r'href="#([^"]+)"', page)), set(re.findall(r' id="([^"]+)"', page))
    assert linked == ids


def test_what_a_rule_said_on_the_last_nights_is_told() -> None:
    book = replace(BOOK, families=[("因病", [replace(ENTRY, spoken=SPOKEN)])])
    assert book.night == date(2026, 10, 31)
    assert "触发情况：2026-10-31 提示 1,200，接近 3，不能判断 0；2026-09-30 提示 7，接近 0，不能判断 41。\n" in markdown(book)
    page = html(book)
    assert "触发情况截至 2026-10-31 一夜" in page
    assert "<tr><td>2026-10-31</td><td>1,200</td><td>3</td><td>0</td></tr>" in page


def test_both_files_are_written_and_the_same_again(tmp_path: Path) -> None:
    files = write_handbook(tmp_path / "手册", BOOK)
    before = [file.read_bytes() for file in files]
    assert [file.name for file in files] == ["规则手册.html", "规则手册.md"]
    assert [file.read_bytes() for file in write_handbook(tmp_path / "手册", BOOK)] == before
