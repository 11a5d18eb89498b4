"""What the figures of a quarter say, in plain sentences: no county is ranked, and few are called few."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from outputs.pages import share
from outputs.quarter import FEW, QuarterFigures
from outputs.sections import Lead, named

NAMED: Final = 12
"""So many places are named in a sentence."""


def findings(figures: QuarterFigures) -> list[Lead]:
    """The sentences a leader reads first, in the order of the report."""
    return [*_work(figures), *_time(figures), *_still(figures), *_senders(figures), *_risks(figures), *_ledger(figures)]


def still_counties(figures: QuarterFigures) -> list[dict[str, Any]]:
    """Zero-change counties: no case was opened in the quarter and nobody was identified."""
    return [county for county in figures.of("counties") if not county["opened"] and not county["identified"]]


def _work(figures: QuarterFigures) -> Iterator[Lead]:
    totals = figures.totals
    before = f"（上季 {totals['opened_before']:,} 户）" if totals["has_before"] else ""
    yield Lead(
        f"新增预警 {totals['warned']:,} 户；新立案件 {totals['opened']:,} 户{before}，入户核实 {totals['visited']:,} 户，"
        f"其中纳入识别 {totals['identified']:,} 户，审定纳入监测 {totals['monitored']:,} 户。"
    )
    if totals["concluded"]:
        few = "，核实户数偏少，只供参考" if totals["concluded"] < FEW else ""
        yield Lead(
            f"有结论的核实 {totals['concluded']:,} 户，属实 {totals['confirmed']:,} 户，属实率 {share(totals['share'])}{few}。"
            "只算去核实过的户，没有去的户是否属实不得而知。"
        )


def _time(figures: QuarterFigures) -> Iterator[Lead]:
    totals, counties = figures.totals, figures.of("counties")
    if totals["days_to_visit"] is not None:
        late = f"；应在本季入户的 {totals['due']:,} 户中 {totals['late']:,} 户逾期" if totals["due"] else ""
        yield Lead(f"从列入名单到入户，中位数 {totals['days_to_visit']:g} 天{late}。")
    if totals["over"]:
        over = [f"{county['name']} {over:,} 户" for county in counties if (over := county["overdue"] + county["escalated"])]
        yield Lead(f"季末仍有 {totals['over']:,} 户超期：{named(over, NAMED)}。", is_urgent=True)


def _still(figures: QuarterFigures) -> Iterator[Lead]:
    if still := [county["name"] for county in still_counties(figures)]:
        yield Lead(
            f"零变化的县 {len(still):,} 个：{named(still, NAMED)}。"
            "本季没有新立案件，也没有新纳入识别，请核实是确无风险还是没有排查。",
            is_urgent=True,
        )


def _senders(figures: QuarterFigures) -> Iterator[Lead]:
    feeds = figures.of("feeds")
    late = [f"{feed['title']}（最多迟 {feed['days_late']:,} 日）" for feed in feeds if feed["late_nights"]]
    if late:
        yield Lead(f"迟报过的来源 {len(late):,} 个：{named(late, NAMED)}。", is_urgent=True)
    for said, state in (("原样重报", "unchanged_nights"), ("报送几乎为空", "empty_nights")):
        if titles := [feed["title"] for feed in feeds if feed[state]]:
            yield Lead(f"{said}过的来源 {len(titles):,} 个：{named(titles, NAMED)}。")
    if missing := [feed["title"] for feed in feeds if feed["state"] == "missing"]:
        yield Lead(f"季末仍从未报送的来源 {len(missing):,} 个。")


def _risks(figures: QuarterFigures) -> Iterator[Lead]:
    titles = _titles([alarm for alarm in figures.of("alarms") if alarm["kind"] == "cluster"])
    if titles:
        yield Lead(f"规模性风险苗头 {len(titles):,} 处：{named(titles, NAMED)}。", is_urgent=True)
    if back := figures.totals["back"]:
        yield Lead(f"风险消除后又返贫致贫的 {back:,} 户，请复核当时的消除是否稳定。", is_urgent=True)


def _titles(alarms: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(str(alarm["title"]) for alarm in alarms))


def _ledger(figures: QuarterFigures) -> Iterator[Lead]:
    totals = figures.totals
    left = totals["problems_open"] + totals["problems_overdue"]
    if left or totals["problems_opened"]:
        yield Lead(
            f"问题台账：本季新立 {totals['problems_opened']:,} 项，销号 {totals['problems_struck']:,} 项，"
            f"情形已消除 {totals['problems_gone']:,} 项；季末在册 {left:,} 项，其中逾期 {totals['problems_overdue']:,} 项。",
            is_urgent=totals["problems_overdue"] > 0,
        )
