"""The evidence chain of one warning, and how a person reads it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from pydantic import TypeAdapter

VERDICTS: Final = {"fires": "触发", "near": "接近标准"}
DECISIONS: Final = {"linked": "自动比对一致", "review": "待人工比对", "no_resident": "不在花名册"}


@dataclass(frozen=True)
class Warned:
    """The warning itself, as the night listed it."""

    warning_id: str
    household_id: str
    county_name: str | None
    township_name: str | None
    village_name: str | None
    household_type: str | None
    score: int
    tier: str
    rank: int
    county_rank: int
    township_rank: int
    families: tuple[str, ...]
    reasons: tuple[str, ...]
    signals: tuple[str, ...]
    event_on: date | None
    first_seen: date
    status: str
    due_on: date


@dataclass(frozen=True)
class Link:
    """How a fact's row was tied to a resident; `probability` lies between 0 and 1."""

    resident_id: str | None
    decision: str
    method: str | None
    probability: float | None
    evidence: str | None


@dataclass(frozen=True)
class Fact:
    """One row of a file as a department sent it, without identity; the roster's own rows have no link."""

    row_id: int
    source: str
    batch_id: str
    file: str
    sha256: str
    received_on: date
    sheet: str | None
    line: int | None
    row_number: int
    row_hash: str
    values: Mapping[str, object]
    link: Link | None


@dataclass(frozen=True)
class Signal:
    """One rule's verdict and the facts it rests on; amounts are in `unit`."""

    signal_id: str
    rule: str
    version: str
    family: str
    title: str
    verdict: str
    resident_id: str | None
    observed: Decimal | None
    threshold: Decimal | None
    unit: str | None
    document: str | None
    severity: int
    reason: str
    event_on: date | None
    known_on: date | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Evidence:
    """A warning, the parts of its score and everything behind them; it holds no name and no ID number."""

    warning: Warned
    parts: Mapping[str, int]
    signals: tuple[Signal, ...]

    def text(self, titles: Mapping[str, str] = MappingProxyType({})) -> str:
        """Plain Chinese for a terminal; `titles` may name a `source` and a `source.column`."""
        lines = [*_head(self.warning), "", *_score(self.parts, self.warning.score)]
        for number, signal in enumerate(self.signals, start=1):
            lines += ["", *_signal(number, signal, titles)]
        return "\n".join(lines) + "\n"

    def json(self) -> dict[str, object]:
        """One object of plain JSON values: dates as ISO text, amounts as text so that none is rounded."""
        plain: dict[str, object] = TypeAdapter(Evidence).dump_python(self, mode="json")
        return plain


def _head(warning: Warned) -> Iterator[str]:
    place = " ".join(name for name in (warning.county_name, warning.township_name, warning.village_name) if name)
    yield f"预警 {warning.warning_id}　{warning.tier}　{warning.score} 分"
    yield f"  {place}　户编号 {warning.household_id}　{warning.household_type or '户类型不明'}"
    yield f"  排序：全部第 {warning.rank}，县内第 {warning.county_rank}，乡镇内第 {warning.township_rank}"
    yield f"  {warning.status}：自 {warning.first_seen} 起预警，最迟 {warning.due_on} 入户核实"


def _score(parts: Mapping[str, int], score: int) -> Iterator[str]:
    yield "得分构成"
    for name, points in parts.items():
        if points:
            yield f"  {name} {points}"
    yield f"  合计 {score}"


def _signal(number: int, signal: Signal, titles: Mapping[str, str]) -> Iterator[str]:
    yield f"依据 {number}　{VERDICTS.get(signal.verdict, signal.verdict)}　{signal.family}：{signal.title}"
    yield f"  规则 {signal.rule}（版本 {signal.version}，严重程度 {signal.severity}）"
    yield f"  对象：{f'人编号 {signal.resident_id}' if signal.resident_id else '全户'}"
    yield f"  原因：{signal.reason}"
    yield f"  观测值 {_amount(signal.observed, signal.unit)}，标准 {_amount(signal.threshold, signal.unit)}"
    yield f"  标准出处：{signal.document or '无'}"
    yield f"  发生日期 {signal.event_on or '无'}，得知日期 {signal.known_on or '无'}"
    if not signal.facts:
        yield "  没有单独的事实行：依据花名册现状判断"
    for position, fact in enumerate(signal.facts, start=1):
        yield from _fact(position, fact, titles)


def _fact(position: int, fact: Fact, titles: Mapping[str, str]) -> Iterator[str]:
    sheet = f"工作表“{fact.sheet}”" if fact.sheet else ""
    line = f"第 {fact.line} 行" if fact.line is not None else ""
    yield f"  事实 {position}　{titles.get(fact.source, fact.source)}　{fact.file}　{sheet}{line}（数据行 {fact.row_number}）"
    yield f"    {fact.received_on} 送达，批次 {fact.batch_id}，行指纹 {fact.row_hash}"
    shown = (f"{titles.get(f'{fact.source}.{name}', name)} {value}" for name, value in fact.values.items() if value is not None)
    yield f"    {'，'.join(shown)}"
    yield f"    {_link(fact.link)}"


def _link(link: Link | None) -> str:
    if link is None:
        return "人员：花名册自身的行，不需比对"
    sure = "" if link.probability is None else f"，可信度 {link.probability:.4f}"
    decision = DECISIONS.get(link.decision, link.decision)
    how = f"方法 {link.method or '无'}{sure}；{link.evidence or '无说明'}"
    return f"人员比对：{decision}，人编号 {link.resident_id or '无'}，{how}"


def _amount(value: Decimal | None, unit: str | None) -> str:
    return "无" if value is None else f"{value.normalize():,f}{f' {unit}' if unit else ''}"
