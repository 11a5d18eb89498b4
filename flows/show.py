"""What the commands print: Chinese, counts and paths, no person's value.  Progress goes to stderr, results to stdout."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from flows.catalogue import Catalogue
from flows.running import STAGE_TITLES, StageFigure
from flows.summary import Summary
from sources.county import Invented
from tables import BINS

BIN_TITLES = {
    "linked": "已对应",
    "review": "待人工比对",
    "no_resident": "非本地农村人口",
    "registered": "花名册在册",
    "quarantined": "隔离",
    "barred": "无授权未读",
    "duplicate": "重复",
    "superseded": "被更新",
    "held": "整批暂停",
}


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
    console.print(_accounting(summary))
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
    table = Table(title=f"{summary.as_of} 本夜数据去向（每行只归一处，合计与收到行数相等）")
    used = [name for name in BINS if any(row[name] for row in summary.by_source())]
    table.add_column("数据来源")
    for title in ("收到", *(BIN_TITLES[name] for name in used)):
        table.add_column(title, justify="right")
    for row in summary.by_source():
        table.add_row(str(row["source"]), *(f"{row[name]:,}" for name in ("rows_in", *used)))
    return table


def invented(county: Invented) -> None:
    """What was invented, and that it is."""
    console = Console()
    console.print("本县所有人员与数据均为虚构。", highlight=False)
    console.print(
        f"农村人口 {county.residents:,} 人，{county.households:,} 户；部门数据 {county.rows:,} 行，{county.files} 个文件",
        highlight=False,
    )
    console.print(f"收件箱：{county.inbox}\n真相：{county.truth}", markup=False, highlight=False, soft_wrap=True)


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
