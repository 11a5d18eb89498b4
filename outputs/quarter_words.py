"""What the figures of a quarter say, in plain sentences: no county is ranked, and few are called few."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from outputs.pages import percent, share
from outputs.quarter import QuarterFigures
from outputs.sections import FEW, Lead, named

NAMED: Final = 12
"""So many places are named in a sentence."""


def findings(figures: QuarterFigures) -> list[Lead]:
    """The sentences a leader reads first, in the order of the report."""
    topics = (_known, _work, _worth, _time, _still, _senders, _risks, _ledger, _rules)
    return [lead for topic in topics for lead in topic(figures)]


def still_places(figures: QuarterFigures) -> list[dict[str, Any]]:
    """Zero-change places: no case was opened in the quarter and nobody was identified."""
    return [place for place in figures.of("places") if not place["opened"] and not place["identified"]]


def _known(figures: QuarterFigures) -> Iterator[Lead]:
    about = figures.about
    if about.is_thin:
        yield Lead(
            f"{about.days:,} 天中只有 {len(about.nights):,} 夜有结果，最后一夜 {about.nights[-1]}："
            "以下各数只是这几夜所知，不能当作全季的情况，也不宜与别季比较。",
            is_urgent=True,
        )


def _work(figures: QuarterFigures) -> Iterator[Lead]:
    totals = figures.totals
    before = f"（上季 {totals['opened_before']:,} 户）" if totals["has_before"] else ""
    yield Lead(
        f"新增预警 {totals['warned']:,} 户；新立个案 {totals['opened']:,} 户{before}，入户核实 {totals['visited']:,} 户，"
        f"其中纳入识别 {totals['identified']:,} 户，审定纳入监测 {totals['monitored']:,} 户。"
    )
    if totals["concluded"]:
        few = "，核实户数偏少，只供参考" if totals["concluded"] < FEW else ""
        yield Lead(
            f"有结论的核实 {totals['concluded']:,} 户，属实 {totals['confirmed']:,} 户，属实率 {share(totals['share'])}{few}。"
            "只算去核实过的户，没有去的户是否属实不得而知。"
        )


def _worth(figures: QuarterFigures) -> Iterator[Lead]:
    """Feeds whose visits were true surely more, or surely less, often than all: the intervals do not meet."""
    whole = figures.totals["share"]
    if whole is None:
        return
    known = [feed for feed in figures.of("sources") if feed["concluded"] >= FEW]
    told = [
        ("高", [feed for feed in known if feed["share"][1] > whole[2]]),
        ("低", [feed for feed in known if feed["share"][2] < whole[1]]),
    ]
    for said, feeds in told:
        if feeds:
            names = [f"{feed['name']} {percent(feed['share'][0])}" for feed in feeds]
            yield Lead(f"属实率明显{said}于总体的来源：{named(names, NAMED)}。")


def _time(figures: QuarterFigures) -> Iterator[Lead]:
    totals, places = figures.totals, figures.of("places")
    if totals["days_to_visit"] is not None:
        late = f"；应在本季入户的 {totals['due']:,} 户中 {totals['late']:,} 户没有按期入户" if totals["due"] else ""
        yield Lead(f"从列入名单到入户，中位数 {totals['days_to_visit']:g} 天{late}。")
    if totals["over"]:
        over = [f"{place['name']} {over:,} 户" for place in places if (over := place["overdue"] + place["escalated"])]
        yield Lead(f"季末仍有 {totals['over']:,} 户超期：{named(over, NAMED)}。", is_urgent=True)


def _still(figures: QuarterFigures) -> Iterator[Lead]:
    if still := [place["name"] for place in still_places(figures)]:
        yield Lead(
            f"零变化的{figures.called} {len(still):,} 个：{named(still, NAMED)}。"
            "本季没有新立个案，也没有新纳入识别，请核实是确无风险还是没有排查。",
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
    if missing := [feed["title"] for feed in feeds if feed["state"] == "missing" and feed["cadence"] != "event"]:
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


def _rules(figures: QuarterFigures) -> Iterator[Lead]:
    changes = figures.about.changes
    if titles := list(dict.fromkeys(title for _, title, _ in changes)):
        yield Lead(f"规则有改动 {len(changes):,} 处：{named(titles, NAMED)}；改动前后的数不可直接比较。")
