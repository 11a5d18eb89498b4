"""What the commands print: Chinese, counts and paths, no person's value.  Progress goes to stderr, results to stdout."""

from collections.abc import Sequence
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from flows.declared import Catalogue
from flows.running import STAGE_TITLES, StageFigure
from flows.summary import Summary
from settings import Home
from sources.county import Invented

TABLE_WIDTH: Final = 110
"""A table of figures may not be cut to fit a pipe's 80 columns."""


def stage(figure: StageFigure) -> None:
    """One line of progress when a stage ends."""
    position = list(STAGE_TITLES).index(figure.name) + 1
    Console(stderr=True).print(
        f"[{position}/{len(STAGE_TITLES)}] {figure.title}  {figure.rows:>10,} 行  {figure.seconds:6.1f} 秒",
        markup=False,
        highlight=False,
    )


def night(summary: Summary) -> None:
    """The accounting, the warnings and where everything is."""
    console = Console()
    Console(width=max(console.width, TABLE_WIDTH)).print(_accounting(summary))
    files = summary.files
    console.print(
        f"收件箱文件：新收 {files['new']}，以前已收 {files['known']}，内容重复 {files['repeated']}（已收与重复的不再处理）",
        highlight=False,
    )
    tiers = "，".join(f"{tier} {count}" for tier, count in summary.tiers.items())
    console.print(f"预警 {summary.warnings:,} 户（{tiers}）", highlight=False)
    for source, message in summary.held.items():
        console.print(f"暂停：{source}：{message}", markup=False, highlight=False)
    for source, day in summary.stale.items():
        console.print(f"陈旧：{source} 沿用 {day} 的数据", markup=False, highlight=False)
    for problem in summary.problems:
        console.print(f"注意：{problem}", markup=False, highlight=False)
    for title, path in (("名单", summary.lists_folder), ("报告", summary.report), ("本夜各表", summary.run)):
        console.print(f"{title}：{path}", markup=False, highlight=False, soft_wrap=True)


def _accounting(summary: Summary) -> Table:
    table = Table(title=f"{summary.as_of} 本夜数据去向（每行只归一处，合计与收到行数相等）", box=SIMPLE, padding=(0, 1, 0, 0))
    rows = summary.by_source()
    table.add_column(next(iter(rows[0])), no_wrap=True)
    for title in list(rows[0])[1:]:
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else value for value in row.values()))
    return table


def invented(county: Invented, home: Home) -> None:
    """What was invented, that it is invented, and where it lies."""
    console = Console()
    rows = sum(count for source, count in county.rows.items() if source != "roster")
    console.print("本县所有人员与数据均为虚构。", highlight=False)
    console.print(
        f"农村人口 {county.residents:,} 人，{county.households:,} 户；部门数据 {rows:,} 行；收件箱文件 {len(county.files)} 个",
        highlight=False,
    )
    for title, path in (("收件箱", home.inbox), ("真相", home.root / "truth")):
        console.print(f"{title}：{path}", markup=False, highlight=False, soft_wrap=True)


def checked(catalogue: Catalogue, failures: Sequence[str]) -> None:
    """How many declarations were read, and which examples do not hold."""
    console = Console()
    console.print(
        f"契约 {len(catalogue.contracts)} 份，规则 {len(catalogue.rules)} 条，参照值 {len(catalogue.references)} 份：格式正确",
        highlight=False,
    )
    for failure in failures:
        console.print(f"样例不成立：{failure}", markup=False, highlight=False)
    if not failures:
        console.print("全部规则样例成立", highlight=False)
