"""A rule: what worries us, as one YAML file.  `rules/catalogue/*.yaml` is its format."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StrictBool, model_validator

from catalogue import Part, wrong
from rules.names import ATTRIBUTES, RESERVED, ROSTER
from rules.values import Name, Reference, Text, Threshold, used_references
from rules.windows import Window

__all__ = ["Example", "Need", "Reference", "Rule", "Verdict", "Window"]

Family = Literal[
    "因病", "因学", "因残", "因灾", "因意外", "缺劳动力", "务工不稳", "产业失败", "住房", "饮水", "收入", "保障变化"
]
Aggregate = Literal["sum", "count", "max", "min", "latest", "exists", "days_since"]
Verdict = Literal["fires", "near", "clear", "unknown"]
Expression = Annotated[str, Field(min_length=1, max_length=2000)]
PlainName = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*)?$")]
Cell = str | StrictBool | Decimal | None

PLACEHOLDER: Final = re.compile(r"\{([a-z0-9_]*)\}")
_VALUED: Final = ("sum", "max", "min", "latest")
_DATED: Final = ("latest", "days_since")


class Need(Part):
    """One quantity per person or household: an aggregate over the facts of a source, or an attribute of the roster."""

    title: str = ""
    """Chinese, for what is missing."""
    unit: str = ""
    attribute: PlainName = ""
    source: PlainName = ""
    """A department's feed, or `roster` for the residents themselves."""
    aggregate: Aggregate | None = None
    """`count` counts rows, or with `column` its distinct values; `latest` is the value of the last row by date."""
    column: str = ""
    """A column of the source, or an expression over its columns."""
    where: str = ""
    date: PlainName = ""
    """The column that holds the day of the event."""
    window: Window | None = None
    """Without one: everything up to the night's date."""
    absent: Literal["zero", "unknown"] | None = None
    """What it means that there is no row in the window."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for why in self._problems():
            raise wrong(why)
        return self

    def _problems(self) -> Iterator[str]:
        if bool(self.attribute) == bool(self.source):
            yield "须写明 attribute 或 source 之一"
        elif self.attribute:
            yield from self._attribute_problems()
        elif self.aggregate is None or self.absent is None:
            yield "须写明 aggregate 与 absent（窗口内没有记录时：zero 或 unknown）"
        else:
            yield from self._aggregate_problems(self.aggregate)

    def _attribute_problems(self) -> Iterator[str]:
        if self.attribute not in ATTRIBUTES:
            yield f"attribute 只可为：{'、'.join(ATTRIBUTES)}"
        if self.aggregate or self.column or self.where or self.date or self.window or self.absent:
            yield "attribute 不可与 aggregate、column、where、date、window、absent 同写"

    def _aggregate_problems(self, aggregate: Aggregate) -> Iterator[str]:
        if (aggregate in _VALUED) != bool(self.column) and aggregate != "count":
            yield f"{aggregate} {'须' if aggregate in _VALUED else '不可'}写 column"
        if aggregate in _DATED and self.absent == "zero":
            yield f"{aggregate} 在没有记录时不可当作零，absent 须为 unknown"
        if self.source == ROSTER:
            if self.date or self.window or aggregate in _DATED:
                yield "花名册没有事件日期：不可写 date、window，不可用 latest、days_since"
        elif not self.date:
            yield "须写明 date（事件日期所在的列）"

    @property
    def is_event(self) -> bool:
        """Whether it counts dated facts, as opposed to the state of the roster."""
        return bool(self.source) and self.source != ROSTER


class Example(Part):
    """A little case that the rule must judge as expected: a resident, and facts by source (`roster`: other members).

    A fact row may name a `resident_id` of its own (another member); by default it is the resident's.
    """

    case: Literal["fires", "near", "not", "exactly_at", "missing", "old_date"]
    as_of: date
    resident: Mapping[str, Cell] = Field(default_factory=dict)
    facts: Mapping[str, tuple[Mapping[str, Cell], ...]] = Field(default_factory=dict)
    expect: Verdict
    note: str = ""

    @model_validator(mode="after")
    def _case_fits_verdict(self) -> Self:
        verdicts = {"fires": "fires", "near": "near", "not": "clear", "missing": "unknown"}
        if verdicts.get(self.case, self.expect) != self.expect:
            raise wrong(f"例子 {self.case} 的 expect 须为 {verdicts[self.case]}")
        return self


class Rule(Part):
    """One rule.  A visit may start from it; it never decides about help."""

    id: Name
    title: Annotated[str, Field(min_length=1, pattern=r"^[^\r\n]+$")]
    family: Family
    unit: Literal["person", "household"]
    population: Annotated[str, Field(max_length=2000)] = ""
    """A boolean expression over resident attributes; empty means everybody."""
    needs: Annotated[Mapping[Name, Need], Field(min_length=1)]
    thresholds: Mapping[Name, Threshold] = Field(default_factory=dict)
    condition: Expression
    """One boolean expression over needs, thresholds and attributes; NULL means unknown."""
    observed: Name
    """The need that is shown."""
    against: Name | None = None
    """The threshold it is shown against."""
    near: Annotated[Decimal | None, Field(gt=0, le=10, decimal_places=4)] = None
    """The condition with `against` times this is nearly met, e.g. 0.8, or 1.1 where being below it worries us."""
    repeat: Literal["first_crossing", "every_time"] = "first_crossing"
    """The signal's event: the day the observed need first met the condition in the window, or the latest fact behind it.

    After a visit a first crossing stays answered for the quiet time; with `every_time` every later fact asks again.
    """
    severity: Annotated[int, Field(ge=1, le=100)]
    min_probability: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.99")
    """Least link probability of a fact that counts."""
    reason: Text
    """Chinese, without names; placeholders: needs, thresholds, {threshold} (the one of `against`), {document}."""
    source: Text
    """Which document the thresholds come from, or that they are the office's own."""
    examples: tuple[Example, ...]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for why in self._problems():
            raise wrong(why)
        return self

    def _problems(self) -> Iterator[str]:
        names = [*self.needs, *self.thresholds]
        clashing = sorted({name for name in names if name in RESERVED or name in ATTRIBUTES or names.count(name) > 1})
        if clashing:
            yield f"名称已有他用，请改名：{'、'.join(clashing)}"
        if self.observed not in self.needs:
            yield "observed 须是 needs 中的一个名称"
        if self.against is not None and self.against not in self.thresholds:
            yield "against 须是 thresholds 中的一个名称"
        yield from self._band_problems()
        yield from self._reason_problems()
        yield from self._example_problems()

    def _band_problems(self) -> Iterator[str]:
        if self.near is not None and (self.against is None or self.near == 1):
            yield "near 是 against 的倍数：须写明 against，且不可为 1"
        if self.near is None and any(e.expect == "near" for e in self.examples):
            yield "没有 near 的规则，例子不可期望 near"
        unit = self.needs[self.observed].unit if self.observed in self.needs else ""
        threshold = self.thresholds.get(self.against or "")
        if threshold is not None and unit not in ("", threshold.unit):
            yield "observed 与 against 的 unit 须相同"

    def _reason_problems(self) -> Iterator[str]:
        known = {*self.needs, *self.thresholds, "document"} | ({"threshold"} if self.against else set())
        unknown = sorted(set(PLACEHOLDER.findall(self.reason)) - known)
        if unknown:
            yield f"reason 中的占位符无定义：{'、'.join(unknown)}"
        if "{" in PLACEHOLDER.sub("", self.reason) or "}" in PLACEHOLDER.sub("", self.reason):
            yield "reason 中的花括号不成对或不是名称"

    def _example_problems(self) -> Iterator[str]:
        wanted = ["fires", "not", "missing", "old_date"] + (["exactly_at"] if self.thresholds else [])
        lacking = [case for case in wanted if case not in {example.case for example in self.examples}]
        if lacking:
            yield f"examples 缺少：{'、'.join(lacking)}"

    @property
    def sources(self) -> tuple[str, ...]:
        """The departments' feeds it reads, sorted."""
        return tuple(sorted({need.source for need in self.needs.values() if need.is_event}))

    @property
    def shown_unit(self) -> str:
        """The unit of the observed need: its own, or that of the threshold it is shown against."""
        return self.needs[self.observed].unit or (self.thresholds[self.against].unit if self.against else "")

    def version(self, references: Mapping[str, Reference]) -> str:
        """16 hex digits over the rule and the reference values it uses."""
        parts = [self, *(references[name] for name in used_references(self.thresholds))]
        text = json.dumps([part.model_dump(mode="json", by_alias=True) for part in parts], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
