"""The quarter's report as a page: offline, no script, printed as A4 with page numbers; the same figures give the same bytes."""

from pathlib import Path
from typing import Any, Final

from case_tables import CHANNELS
from outputs import charts
from outputs.pages import write_page
from outputs.quarter import QuarterFigures
from outputs.quarter_words import findings, still_places
from outputs.sections import FEW
from outputs.text_safety import one_line

FEEDS: Final = {"missing": "从未报送", "late": "迟报", "nearly_empty": "几乎为空", "unchanged": "内容未变", "fresh": "正常"}
EXITS: Final = {"proposed": "可提议风险消除", "not_yet": "条件未满", "unknown": "数据不足", "never": "无劳动力，不提议消除"}
LINES: Final = {"新增预警": ("#8b98a5", "●"), "新立个案": ("#1d3f66", "■"), "已入户核实": ("#2e7d5b", "▲")}
"""Line -> its colour, and the mark that tells it apart in grey print, in the order of `charts.MARKS`."""
WEEKS_DRAWN: Final = 4
"""With nights in fewer weeks there is no course to draw."""
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
        still=still_places(figures),
        worth=_worth(figures),
        called=figures.called,
        unseen=_unseen_weeks(figures),
        exits=[(EXITS.get(row["verdict"], row["verdict"]), row["count"]) for row in figures.of("exits")],
        problem_kinds=_problem_kinds(figures),
        overdue=overdue[:PROBLEMS_SHOWN],
        overdue_left_out=max(0, len(overdue) - PROBLEMS_SHOWN),
        few=FEW,
        feed_states=FEEDS,
        lines=LINES,
        drawn=_draw(figures),
        **{name: figures.of(name) for name in ("places", "feeds", "alarms", "reentries", "burden")},
    )


def _problem_kinds(figures: QuarterFigures) -> list[dict[str, Any]]:
    """The gravest kinds first."""
    titles = figures.about.kinds
    rows = [row | {"name": titles.get(row["kind"], row["kind"])} for row in figures.of("problem_kinds")]
    order = {kind: at for at, kind in enumerate(titles)}
    return sorted(rows, key=lambda row: (order.get(row["kind"], len(order)), row["kind"]))


def _worth(figures: QuarterFigures) -> list[tuple[str, list[dict[str, Any]]]]:
    """By feed, by channel, and by rule, those with few visits apart: what one line stands under, and the lines."""
    rules = [row | {"name": figures.about.rules.get(row["name"], row["name"])} for row in figures.of("rules")]
    groups = {
        "按部门来源": figures.of("sources"),
        "按发现渠道": [row | {"name": _channels(row["name"])} for row in figures.of("channels")],
        "按规则": [row for row in rules if row["concluded"] >= FEW],
        f"按规则（有结论不足 {FEW} 户的，只供参考）": [row for row in rules if row["concluded"] < FEW],
    }
    return [(title, rows) for title, rows in groups.items() if rows]


def _unseen_weeks(figures: QuarterFigures) -> int:
    return len({row["week"] for row in figures.of("weeks") if not row["is_seen"]})


def _channels(name: str) -> str:
    return " ＋ ".join(CHANNELS.get(part, part) for part in (name or "").split("+")) or "未写明"


def _draw(figures: QuarterFigures) -> dict[str, str]:
    """The charts that have something to show."""
    drawn: dict[str, str] = {}
    weeks = [(f"{row['week']:%m-%d}", row["what"], row["count"]) for row in figures.of("weeks")]
    seen = {row["week"] for row in figures.of("weeks") if row["is_seen"]}
    if len(seen) >= WEEKS_DRAWN and any(count for *_, count in weeks):
        colours = {title: colour for title, (colour, _) in LINES.items()}
        drawn["weeks"] = charts.week_lines("每周新增预警、新立个案与入户核实", weeks, colours, "户")
    for name, title in (("outcomes", "入户核实的结论"), ("families", "新立个案的风险类型")):
        if bars := [(one_line(row["name"]), row["count"]) for row in figures.of(name)]:
            drawn[name] = charts.plain_bars(title, bars, _BLUE, "户")
    return drawn
