"""What the commands about rules print: Chinese, no person's value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from flows.show import TABLE_WIDTH
from rules.examples import Trial
from rules.model import Rule
from rules.values import Reference, Share, Threshold, ThresholdValue, by_precedence

VERDICTS: Final[Mapping[str, str]] = {"fires": "提示", "near": "接近", "clear": "不提示", "unknown": "未知"}
_SHOWN: Final = 3
"""So many values of one threshold are printed."""


@dataclass(frozen=True)
class Listed:
    """One rule of the list."""

    id: str
    title: str
    family: str
    state: str
    """Whether it is judged at night, and whose it is."""
    in_force: str
    fired: int | None
    """Persons or households on the newest night; None if it was not judged then."""
    visited: int
    """Cases visited so far whose visit said whether the warning was true; only those that were listed, which is a bias."""
    confirmed: int
    shrunk: float | None
    """Share confirmed, drawn toward the mean of all rules; None if nothing is known."""


def listed(
    rules: Mapping[str, Rule],
    references: Mapping[str, Reference],
    own: frozenset[str],
    run: Path | None,
    area: str,
    today: date,
) -> list[Listed]:
    """Every rule with the thresholds in force today in the office's area, and how often it fired on the newest night."""
    fired = _fired(run) if run else {}
    learnt = _learnt(run) if run else {}
    return [
        Listed(
            rule.id,
            rule.title,
            rule.family,
            ("未启用" if rule.off else "启用") + ("（自定）" if rule.id in own else ""),
            "；".join(in_force(line, references, area, today) for line in rule.thresholds.values()),
            fired.get(rule.id),
            *learnt.get(rule.id, (0, 0, None)),
        )
        for rule in rules.values()
    ]


def _fired(run: Path) -> dict[str, int]:
    counts = pq.read_table(run / "verdict_counts.parquet", columns=["rule", "verdict", "units"]).to_pylist()
    judged = dict.fromkeys((row["rule"] for row in counts if row["verdict"] != "off"), 0)
    return judged | {row["rule"]: row["units"] for row in counts if row["verdict"] == "fires"}


def _learnt(run: Path) -> dict[str, tuple[int, int, float | None]]:
    """Rule -> visited, confirmed, shrunk share; empty for a night of a version that did not know yields."""
    path = run / "yields.parquet"
    rows = pq.read_table(path).to_pylist() if path.exists() else []
    return {row["key"]: (row["visited"], row["confirmed"], row["shrunk"]) for row in rows if row["level"] == "rule"}


def in_force(threshold: Threshold, references: Mapping[str, Reference], area: str, today: date) -> str:
    """The values of a threshold that hold today somewhere in the area, in words."""
    if threshold.unset:
        return "未定"
    values = [v for v in by_precedence(threshold.values) if v.since <= today <= v.last and _meets(v.area, area)]
    told = [_worth(value, threshold.unit, references) for value in values]
    return "，".join(told[:_SHOWN]) + (f" 等 {len(told)} 个" if len(told) > _SHOWN else "") or "今日没有生效的标准"


def _meets(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _worth(value: ThresholdValue, unit: str, references: Mapping[str, Reference]) -> str:
    where = f"{value.area} 地区" if value.area else ""
    worth = value.value
    told = f"{references[worth.of].title}的 {worth.factor:f} 倍" if isinstance(worth, Share) else f"{worth:,f}{unit}"
    return " ".join(filter(None, [where, "、".join(value.population), told]))


def rules(found: Sequence[Listed]) -> None:
    """The list as a table."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("编号", no_wrap=True)
    for title in ("名称", "风险", "状态", "今日标准"):
        table.add_column(title, overflow="fold")
    table.add_column("上夜提示", justify="right")
    table.add_column("核实属实", justify="right")
    for one in found:
        fired = "" if one.fired is None else f"{one.fired:,}"
        true = f"{one.confirmed:,}/{one.visited:,}，约 {one.shrunk or 0:.1%}" if one.visited else ""
        table.add_row(one.id, one.title, one.family, one.state, one.in_force, fired, true)
    Console(width=max(Console().width, TABLE_WIDTH)).print(table)
    off = sum(one.state.startswith("未启用") for one in found)
    if any(one.visited for one in found):
        typer.echo("核实属实：已核实的户中属实的，及向各规则平均收缩后的比例；只算列入名单、看过的户，因此有偏。")
    typer.echo(f"规则 {len(found)} 条，其中未启用 {off} 条。看一条的全文：fangpin rule copy 编号；变成的 SQL：fangpin sql 编号")


def trials(file: Path, found: Sequence[Trial]) -> None:
    """What the rule said of each example, and what it should have said."""
    table = Table(title=f"{file.name} 的例子", title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for title in ("", "例子", "夜", "应为", "实为", "名单上的话，或所缺的"):
        table.add_column(title, overflow="fold")
    for row in map(_row, found):
        table.add_row(*row)
    Console(width=max(Console().width, TABLE_WIDTH)).print(table)


def _row(trial: Trial) -> Iterator[str]:
    example = trial.example
    yield "✓" if trial.holds else "✗"
    yield example.case + (f"（{example.note}）" if example.note else "")
    yield example.as_of.isoformat()
    yield VERDICTS[example.expect]
    yield "" if trial.problem else VERDICTS[trial.found]
    yield trial.problem or trial.says
