"""The quarter's report as a page: offline, no script, printed as A4 with page numbers; the same figures give the same bytes."""

from pathlib import Path
from typing import Any, Final

from outputs import charts
from outputs.pages import write_page
from outputs.quarter import FEW, QuarterFigures
from outputs.quarter_words import findings, still_counties
from outputs.text_safety import one_line

FEEDS: Final = {"missing": "从未报送", "late": "迟报", "nearly_empty": "几乎为空", "unchanged": "内容未变", "fresh": "正常"}
CHANNELS: Final = {"department": "部门预警", "self_report": "自主申报", "cadre": "干部排查"}
EXITS: Final = {"proposed": "可提议风险消除", "not_yet": "条件未满", "unknown": "数据不足", "never": "无劳动力，不提议消除"}
LINES: Final = {"新增预警": "#8b98a5", "新立案件": "#34699a", "已入户核实": "#2e7d5b"}
PROBLEMS_SHOWN: Final = 30
_BLUE: Final = "#34699a"


def write_quarter(path: Path, figures: QuarterFigures) -> None:
    """Write the page, whole or not at all."""
    overdue = figures.of("overdue_problems")
    write_page(
        path,
        "quarter.html.j2",
        about=figures.about,
        totals=figures.totals,
        leads=findings(figures),
        still=still_counties(figures),
        rules=[row | {"name": figures.about.rules.get(row["name"], row["name"])} for row in figures.of("rules")],
        channels=[row | {"name": _channels(row["name"])} for row in figures.of("channels")],
        exits=[(EXITS.get(row["verdict"], row["verdict"]), row["count"]) for row in figures.of("exits")],
        problem_kinds=_problem_kinds(figures),
        overdue=overdue[:PROBLEMS_SHOWN],
        overdue_left_out=max(0, len(overdue) - PROBLEMS_SHOWN),
        few=FEW,
        feed_states=FEEDS,
        lines=LINES,
        drawn=_draw(figures),
        **{name: figures.of(name) for name in ("counties", "sources", "feeds", "alarms", "reentries", "burden")},
    )


def _problem_kinds(figures: QuarterFigures) -> list[dict[str, Any]]:
    """The gravest kinds first."""
    titles = figures.about.kinds
    rows = [row | {"name": titles.get(row["kind"], row["kind"])} for row in figures.of("problem_kinds")]
    order = {kind: at for at, kind in enumerate(titles)}
    return sorted(rows, key=lambda row: (order.get(row["kind"], len(order)), row["kind"]))


def _channels(name: str) -> str:
    return " ＋ ".join(CHANNELS.get(part, part) for part in (name or "").split("+")) or "未写明"


def _draw(figures: QuarterFigures) -> dict[str, str]:
    """The charts that have something to show."""
    drawn: dict[str, str] = {}
    weeks = [(f"{row['week']:%m-%d}", row["what"], row["count"]) for row in figures.of("weeks")]
    if any(count for *_, count in weeks):
        drawn["weeks"] = charts.week_lines("每周新增预警、新立案件与入户核实", weeks, LINES, "户")
    for name, title in (("outcomes", "入户核实的结论"), ("families", "新立案件的风险类型")):
        if bars := [(one_line(row["name"]), row["count"]) for row in figures.of(name)]:
            drawn[name] = charts.plain_bars(title, bars, _BLUE, "户")
    return drawn
