"""How values of facts, amounts and links are said to people, with the titles and units that the contracts give them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from outputs.evidence import Fact, Link
from outputs.text_safety import one_line

VERDICTS: Final = {"fires": "触发", "near": "接近标准", "clear": "未触发", "unknown": "无法判断"}
DECISIONS: Final = {"linked": "自动比对一致", "review": "待人工比对", "no_resident": "不在花名册"}


@dataclass(frozen=True)
class Column:
    """A fact column's title, and the unit its value is stored in, which need not be the one it was sent in."""

    title: str
    unit: str = ""
    is_free: bool = False
    """Whether it holds words and codes rather than amounts and days."""


@dataclass(frozen=True)
class Words:
    """What sources and their columns are called."""

    sources: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, Column]] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()
    """Sources whose words a page does not repeat: diagnoses, kinds of disability, offences."""
    used: Mapping[str, Mapping[str, Collection[str]]] = field(default_factory=dict)
    """Rule -> source -> the columns it looks at."""

    def source(self, source: str) -> str:
        return self.sources.get(source, source)

    def values(self, fact: Fact, wanted: Collection[str] | None = None) -> list[str]:
        """The filled cells of a row, all or the wanted ones: title, value, unit."""
        columns = self.columns.get(fact.source, {})
        return [
            f"{columns.get(name, Column(name)).title} {said(value, columns.get(name, Column(name)).unit)}"
            for name, value in fact.values.items()
            if value is not None and (wanted is None or name in wanted)
        ]

    def plain_values(self, rule: str, fact: Fact, *, with_sensitive: bool) -> list[str]:
        """What a page shows of a row: what the rule looked at, the words of a sensitive source only if asked for."""
        wanted = set(self.used.get(rule, {}).get(fact.source, ()))
        if fact.source in self.sensitive and not with_sensitive:
            wanted -= {name for name, column in self.columns.get(fact.source, {}).items() if column.is_free}
        return self.values(fact, wanted)


def said(value: object, unit: str = "") -> str:
    """A value of a fact; numbers with thousands separators and their unit."""
    match value:
        case bool():
            return "是" if value else "否"
        case int() | Decimal():
            return amount(Decimal(value), unit)
        case str():
            return one_line(value)
    return str(value)


def amount(value: Decimal | None, unit: str | None) -> str:
    """A number as people write it, e.g. 21,900.5 元."""
    return "无" if value is None else f"{value.normalize():,f}{f' {unit}' if unit else ''}"


def where(fact: Fact) -> str:
    """Where in its file a row stands."""
    sheet = f"工作表“{fact.sheet}”" if fact.sheet else ""
    line = f"第 {fact.line} 行" if fact.line is not None else ""
    return f"{sheet}{line}（数据行 {fact.row_number}）"


def linked(link: Link | None) -> str:
    """How a row was found to be somebody's."""
    if link is None:
        return "花名册自身的行，不需比对"
    sure = "" if link.probability is None else f"，可信度 {link.probability:.4f}"
    if link.resident_id is None and link.decision == "linked":
        return f"全户；{link.evidence}"
    decision = DECISIONS.get(link.decision, link.decision)
    return f"{decision}，人编号 {link.resident_id or '无'}，方法 {link.method or '无'}{sure}；{link.evidence or '无说明'}"
