"""The first screen of the night's report: what came, what was found, who lags; the topics add what follows a warning."""

from collections.abc import Iterator
from typing import Final

from outputs.report import Report
from outputs.sections import Lead, named

_LAGGING: Final = {"late": "迟报", "unchanged": "内容与前一次相同", "nearly_empty": "几乎为空"}
"""SOURCE_STATUS.state -> how it is told."""


def leads(report: Report) -> list[Lead]:
    """What a leader has to know tonight: what was found and what came, then what presses, then the rest."""
    told = [*(lead for one in report.sections for lead in one.leads), *_lagging(report)]
    return [_found(report), _came(report), *sorted(told, key=lambda lead: not lead.is_urgent)]


def _came(report: Report) -> Lead:
    rows = sum(report.accounting["rows_in"].to_pylist())
    tonight = [row for row in report.accounting.to_pylist() if row["received_on"] == report.about.as_of]
    new = sum(row["rows_in"] for row in tonight)
    missing = sum(feed["state"] == "missing" and feed["cadence"] != "event" for feed in report.feeds.to_pylist())
    return Lead(
        f"今夜收到 {len(tonight):,} 份文件 {new:,} 行，在库共 {rows:,} 行"
        + (f"；{missing:,} 个来源从未报送。" if missing else "。")
    )


def _lagging(report: Report) -> Iterator[Lead]:
    feeds = report.feeds.to_pylist()
    for state, said in _LAGGING.items():
        if titles := [f"{feed['title']}（{feed['owner']}）" for feed in feeds if feed["state"] == state]:
            yield Lead(f"{len(titles):,} 个来源{said}：{named(titles)}。", is_urgent=state == "late")
    if report.about.stale:
        titles = [report.about.titles.get(source, source) for source in sorted(report.about.stale)]
        yield Lead(f"{len(titles):,} 个来源最近一次报送未通过检查：{named(titles)}。", is_urgent=True)


def _found(report: Report) -> Lead:
    totals = report.totals
    tiers = f"红 {totals.red:,}、橙 {totals.orange:,}、黄 {totals.yellow:,}"
    told = f"预警 {totals.warnings:,} 户（{tiers}），其中新增 {totals.new:,} 户；列入名单 {totals.listed:,} 户"
    return Lead(told + (f"，另有 {totals.avoided:,} 户已核实、未办结或在监测，免重复入户。" if totals.avoided else "。"))
