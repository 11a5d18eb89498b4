"""What the trying commands print: Chinese, counts and sentences, no person's value."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from flows.backtesting import ORDERS, Backtested
from flows.comparing import OF_OTHER, OTHER, Change, Compared
from flows.show import TABLE_WIDTH
from flows.simulating import VERDICTS, Simulated
from outputs.moves import Move
from outputs.pages import about, finer, share
from outputs.trial import Expected
from shares import wilson

SHOWN: Final = 8
"""Households the terminal names each way; the page and `--json` have the others."""


def simulated(found: Simulated, page: Path | None) -> None:
    """Counties, changed rules, what visits let expect, and the first of those who come and go."""
    console = Console(width=max(Console().width, TABLE_WIDTH))
    say(console, f"在 {found.as_of} 一夜上试算：{'；'.join(found.tried)}")
    if not found.rules:
        say(console, "没有规则因此改变，名单不变。")
        return
    console.print(_areas(found))
    for rule in found.rules:
        counts = "，".join(f"{title} {was:,}→{now:,}" for title, was, now in rule.by_verdict(VERDICTS))
        say(console, f"{rule.title}（{rule.rule}）：{counts}")
    for one in found.expected:
        say(console, f"{one.of.title}：{_expected(one)}")
    say(console, "（只有去核实过的户才有结论，属实率因此有偏，仅供参考）")
    some_moves(console, found.moves)
    where(console, page)


def _expected(one: Expected) -> str:
    if not one.of.visits:
        return f"新上 {one.came:,} 户；以往没有核实结论，无从预计"
    told = f"以往核实有结论 {one.of.visits:,} 次，属实 {share(one.of.confirmed_share)}"
    return f"{told}；新上 {one.came:,} 户，预计属实{about(one.expected(one.came))}户"


def _areas(found: Simulated) -> Table:
    titles = ("预警户 原", "现", "列入 原", "现", "新上", "退下", "可核实户数", "超出名额 现")
    table = figures("县", titles)
    for area in found.counties:
        c = area.counts
        numbers = (c.was_warned, c.is_warned, c.was_listed, c.is_listed, c.came, c.went, area.capacity or 0)
        table.add_row(area.county_name or area.county, *(f"{n:,}" for n in (*numbers, c.is_warned - c.is_listed)))
    return table


def compared(found: Compared, page: Path | None) -> None:
    """What each cause did, that it adds up, and the first of those who came and went."""
    console = Console(width=max(Console().width, TABLE_WIDTH))
    say(console, f"{found.first} 列入名单 {found.was_listed:,} 户，{found.second} 列入 {found.is_listed:,} 户")
    table = figures("原因", ("新上", "退下", "净增"))
    for one in found.shares:
        table.add_row(one.cause, f"{one.came:,}", f"{one.went:,}", f"{one.came - one.went:+,}")
    came, went = sum(one.came for one in found.shares), sum(one.went for one in found.shares)
    table.add_section()
    table.add_row("合计", f"{came:,}", f"{went:,}", f"{came - went:+,}")
    console.print(table)
    say(console, f"合计与两夜之差相符（{found.is_listed:,} − {found.was_listed:,} = {came - went:+,}）。")
    if undone := sum(one.undone for one in found.shares):
        say(console, f"另有 {undone:,} 户次先进后出或先出后进，相互抵消，不在表内。")
    if not found.is_exact:
        say(console, f"注意：{OF_OTHER}；这部分归入“{OTHER}”。")
    for title, some in (
        ("新上名单", [c for c in found.changes if c.move.came]),
        ("退下", [c for c in found.changes if not c.move.came]),
    ):
        _some_changes(console, title, some)
    where(console, page)


def _some_changes(console: Console, title: str, some: Sequence[Change]) -> None:
    if some:
        say(console, f"{title} {len(some):,} 户：")
    for change in some[:SHOWN]:
        say(console, f"  户 {change.move.household_id}（{change.move.township_name}）：{change.cause}。{change.sentence}")
    if len(some) > SHOWN:
        say(console, f"  其余 {len(some) - SHOWN:,} 户见 --out 的网页或 --json")


def backtested(found: Backtested, page: Path | None) -> None:
    """Night by night and together, the lead, who was missed and why."""
    console = Console(width=max(Console().width, TABLE_WIDTH))
    say(console, f"{len(found.nights)} 夜，名单之后 {found.horizon} 天内的识别算数；所知截至 {found.known_by}")
    table = figures("夜", ("列入", "后来识别", "命中率", "应识别", "找到", "（基线命中）"))
    for night in found.nights:
        ours, *plain = night.orders
        told = "" if night.is_complete else " *"
        others = "，".join(f"{ORDERS[one.order]} {one.hits}" for one in plain)
        numbers = (f"{ours.listed:,}", f"{ours.hits:,}", _rate(ours.hits, ours.listed), f"{ours.identified:,}")
        table.add_row(f"{night.night}{told}", *numbers, _rate(ours.hits, ours.identified), others)
    console.print(table)
    if not all(night.is_complete for night in found.nights):
        say(console, "* 之后的天数还不满，这些夜的命中率偏低，不计入合计")
    for order in ORDERS:
        hits = found.pooled(order)
        rate = finer(wilson(hits.hits, hits.listed))
        say(console, f"{ORDERS[order]}：{hits.listed:,} 户次中 {hits.hits:,} 户次后来识别，命中率 {rate}")
    _leads(console, found)
    where(console, page)


def _leads(console: Console, found: Backtested) -> None:
    identified, in_time = len(found.households), len(found.leads)
    say(console, f"后来识别 {identified:,} 户，其中 {in_time:,} 户识别之前上过名单（{_rate(in_time, identified)}）")
    if (quartiles := found.lead_quartiles) is not None:
        low, middle, high = (f"{days:g}" for days in quartiles)
        say(console, f"提前天数：中位数 {middle}，四分位 {low} 至 {high}")
    for title, count in found.misses:
        say(console, f"  没有上过名单：{title}，{count:,} 户")


def _rate(some: int, of: int) -> str:
    return f"{some / of:.1%}" if of else "—"


def figures(first: str, titles: Iterable[str]) -> Table:
    """A table whose first column is text and whose others are numbers."""
    table = Table(box=SIMPLE)
    table.add_column(first)
    for title in titles:
        table.add_column(title, justify="right")
    return table


def some_moves(console: Console, moves: Sequence[Move]) -> None:
    """The first few that came, and that went, by household number."""
    for title, some in (("新上名单", [m for m in moves if m.came]), ("不再在名单上", [m for m in moves if not m.came])):
        if some:
            say(console, f"{title} {len(some):,} 户：")
        for move in some[:SHOWN]:
            say(console, f"  户 {move.household_id}（{move.township_name}）：{move.sentence}")
        if len(some) > SHOWN:
            say(console, f"  其余 {len(some) - SHOWN:,} 户见 --out 的网页或 --json")


def where(console: Console, page: Path | None) -> None:
    """Where the page is, if one was written."""
    if page is not None:
        say(console, f"网页：{page}")


def say(console: Console, text: str) -> None:
    """One line as it is, never wrapped or marked up."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
