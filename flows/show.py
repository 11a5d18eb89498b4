"""What the commands print: Chinese, counts and paths, no person's value.  Progress goes to stderr, results to stdout."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from flows.running import STAGE_TITLES, StageFigure
from settings import Home

if TYPE_CHECKING:  # a command that shows nothing of theirs need not wait for them
    from flows.declared import Catalogue
    from flows.invented_visits import Rounds
    from flows.summary import Summary
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


def night(summary: "Summary") -> None:
    """The accounting, the warnings and where everything is."""
    table = _accounting(summary)
    Console(width=max(Console().width, Console(width=1000).measure(table).maximum)).print(table)
    files = summary.files
    typer.echo(
        f"收件箱文件：新收 {files['new']}，以前已收 {files['known']}，内容重复 {files['repeated']}（已收与重复的不再处理）"
    )
    tiers = "，".join(f"{tier} {count}" for tier, count in summary.tiers.items())
    typer.echo(f"预警 {summary.warnings:,} 户（{tiers}）")
    cut = summary.warnings - summary.listed
    typer.echo(f"列入名单 {summary.listed:,} 户，超出核实能力等未列入 {cut:,} 户")
    waiting, shown = summary.review_waiting, summary.review_listed
    typer.echo(f"待人工比对 {summary.review:,} 行，待问 {waiting:,} 人次，本期列出 {shown:,}，顺延 {waiting - shown:,}")
    for message in summary.held.values():
        typer.echo(f"暂停：{message}")
    for source, day in summary.stale.items():
        typer.echo(f"陈旧：{summary.titles[source]}沿用 {day} 收到的数据")
    if summary.missing:
        titles = "、".join(summary.titles[source] for source in summary.missing)
        typer.echo(f"缺少：{len(summary.missing)} 种来源从未收到可用的数据，依赖它们的规则无法判断：{titles}")
    if summary.off:
        typer.echo(f"未启用：{len(summary.off)} 条规则不作判断（原因见报告）：{'、'.join(summary.off)}")
    for problem in summary.problems:
        typer.echo(f"注意：{problem}")
    for title, path in (("名单", summary.lists_folder), ("报告", summary.report), ("本夜各表", summary.run)):
        typer.echo(f"{title}：{path}")


def _accounting(summary: "Summary") -> Table:
    table = Table(title=f"{summary.as_of} 本夜数据去向（每行只归一处，合计与收到行数相等）", box=SIMPLE, padding=(0, 1, 0, 0))
    rows = summary.by_source()
    table.add_column(next(iter(rows[0])), no_wrap=True)
    for title in list(rows[0])[1:]:
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else value for value in row.values()))
    return table


def invented(county: "Invented", home: Home) -> None:
    """What was invented, that it is invented, and where it lies."""
    rows = sum(count for source, count in county.rows.items() if source != "roster")
    typer.echo("本县所有人员与数据均为虚构。")
    typer.echo(
        f"农村人口 {county.residents:,} 人，{county.households:,} 户；部门数据 {rows:,} 行；收件箱文件 {len(county.files)} 个"
    )
    for title, path in (("收件箱", home.inbox), ("真相", home.root / "truth")):
        typer.echo(f"{title}：{path}")


def visited(rounds: "Rounds") -> None:
    """How much was filled in, and how it goes on."""
    typer.echo(f"回填入户结论 {rounds.visited:,} 户，办理进度 {rounds.stepped:,} 户；{rounds.received_on} 报回（均为虚构）")
    typer.echo(f"收件箱：{rounds.folder}")
    typer.echo(f"接着运行：fangpin night --as-of {rounds.received_on}")


def finished(drafts: Sequence[Path]) -> None:
    """Which drafts are ready, and how they take effect."""
    for path in drafts:
        layer = path.parent.parent
        what = "规则（先用 fangpin rule test 试判）" if layer.name == "rules" else "契约"
        typer.echo(f"草稿已填好，移到 {layer}/ 即为{what}：{path}")


def noted(problems: Sequence[str]) -> None:
    """What is no mistake of form, but hardly meant."""
    for problem in problems:
        typer.echo(f"注意：{problem}")


def checked(catalogue: "Catalogue", failures: Sequence[str]) -> None:
    """How many declarations were read, and which examples do not hold."""
    typer.echo(
        f"契约 {len(catalogue.contracts)} 份，检查 {len(catalogue.expectations)} 项，规则 {len(catalogue.rules)} 条，"
        f"参照值 {len(catalogue.references)} 份：格式正确"
    )
    for failure in failures:
        typer.echo(f"样例不成立：{failure}")
    if not failures:
        typer.echo("全部检查与规则的样例成立")
