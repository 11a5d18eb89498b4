"""What the case commands print: Chinese; who wrote something is shown only where it was asked for."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from case_tables import STATES, TIMELINESS
from flows.casing import CaseTold, Happening, OpenCases
from flows.show import TABLE_WIDTH

SHOWN: Final = 20
"""Cases the terminal names; `--json` has all."""


def case(told: CaseTold) -> None:
    """Where it stands, then line by line how it came there."""
    for line in _case(told):
        typer.echo(line)


def _case(told: CaseTold) -> Iterator[str]:
    case = told.case
    place = "".join(case[name] or "" for name in ("county_name", "township_name", "village_name"))
    yield f"{case['case_id']}  {place}  {'、'.join(case['families'])}"
    yield f"当前：{STATES[case['state']]}{_timing(case)}{'，' + case['closed_as'] if case['closed_as'] else ''}"
    if case["tries"]:
        yield f"未见到人 {case['tries']} 次"
    yield "全程记录："
    for one in told.history:
        yield from _happening(one)


def _timing(case: Mapping[str, Any]) -> str:
    if case["due_on"] is None:
        return ""
    over = f"，已超 {case['days_over']} 天" if case["days_over"] else ""
    return f"，最迟 {case['due_on']}（{TIMELINESS.get(case['timeliness'] or '', '')}{over}）"


def _happening(one: Happening) -> Iterator[str]:
    known = "" if one.known_on == one.happened_on else f"（{one.known_on} 得知）"
    moved = "" if one.from_state in (None, one.to_state) else f"：{STATES[one.from_state or '']} → {STATES[one.to_state]}"
    yield f"  {one.happened_on}{known}  {one.title}{moved}"
    if one.file:
        sheet = f"工作表“{one.sheet}”" if one.sheet else ""
        yield f"      见 {one.file} {sheet}第 {one.line} 行"
    for column, text in one.who.items():
        yield f"      {column}：{text}"


def cases(told: OpenCases) -> None:
    """Counts, then the most urgent."""
    console = Console(width=max(Console().width, TABLE_WIDTH))
    if not told.counts:
        typer.echo(f"{told.as_of}：没有这样的未办结户")
        return
    table = Table(title=f"{told.as_of} 未办结", box=SIMPLE, padding=(0, 1, 0, 0))
    for title in ("县", "环节", "时限"):
        table.add_column(title, no_wrap=True)
    table.add_column("户数", justify="right")
    for row in told.counts:
        county = row["county_name"] or row["county"]
        table.add_row(county, STATES[row["state"]], TIMELINESS.get(row["timeliness"], ""), f"{row['cases']:,}")
    console.print(table)
    for one in told.urgent[:SHOWN]:
        place = "".join(one[name] or "" for name in ("county_name", "township_name", "village_name"))
        typer.echo(f"{one['case_id']}  {place}  {'、'.join(one['families'])}  {STATES[one['state']]}{_timing(one)}")
    if len(told.urgent) > SHOWN:
        typer.echo(f"……另有 {len(told.urgent) - SHOWN:,} 户（--json 给出全部）")
