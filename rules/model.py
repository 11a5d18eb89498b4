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
from rules.expression import ExpressionProblem, columns, parse_shape
from rules.names import ATTRIBUTES, RESERVED, SIGNALS
from rules.quantity import Need
from rules.values import Name, Reference, Text, Threshold, used_references
from rules.windows import Window

__all__ = ["Example", "Need", "Reference", "Rule", "Verdict", "Window"]

Family = Literal[
    "因病", "因学", "因残", "因灾", "因意外", "缺劳动力", "务工不稳", "产业失败", "住房", "饮水", "收入", "保障变化", "综合"
]
Verdict = Literal["fires", "near", "clear", "unknown"]
Multiple = Annotated[Decimal | None, Field(gt=0, le=10, decimal_places=4)]
Expression = Annotated[str, Field(min_length=1, max_length=2000)]
Cell = str | StrictBool | Decimal | None

_LIKE_THIS: Final = "一例写作 {case: fires, as_of: 2026-06-30, facts: {来源: [{列: 值}]}, expect: fires}"
PLACEHOLDER: Final = re.compile(r"\{([a-z0-9_]*)\}")


class Example(Part):
    """A little case that the rule must judge as expected: a resident, and facts by source (`roster`: other members).

    A fact row may name a `resident_id` of its own (another member); by default it is the resident's.  `facts.signals` holds
    what other rules say: rule, family, severity, verdict (null: could not be judged), event_on.
    """

    case: Literal["fires", "near", "not", "exactly_at", "missing", "old_date"]
    as_of: date
    resident: Mapping[str, Cell] = Field(default_factory=dict)
    facts: Mapping[str, tuple[Mapping[str, Cell], ...]] = Field(default_factory=dict)
    is_doubtful: StrictBool = False
    """Whether the resident is not surely identified, or the lists of that night are not complete."""
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
    title: Annotated[str, Field(min_length=1, pattern=r"^[^\r\n]+$", description="一行中文标题")]
    family: Family
    off: Annotated[str, Field(pattern=r"^[^\r\n]*$")] = ""
    """Chinese, why it is not judged at night: its examples run, it gives no signal and is counted as not in use."""
    unit: Literal["person", "household"]
    population: Annotated[str, Field(max_length=2000)] = ""
    """A boolean expression over resident attributes; empty means everybody."""
    needs: Annotated[Mapping[Name, Need], Field(min_length=1)]
    thresholds: Mapping[Name, Threshold] = Field(default_factory=dict)
    condition: Expression
    """One boolean expression over needs, thresholds, reference values and attributes; NULL means unknown."""
    observed: Name
    """The need that is shown."""
    against: Name | None = None
    """The threshold, or the reference value named in the condition, it is shown against."""
    near: Multiple = None
    """The condition with `against` times this is nearly met, e.g. 0.8, or 1.1 where being below it worries us."""
    clearing: Multiple = None
    """Once met, the condition stays met until the observed need has fallen under `against` times this, e.g. 0.9; or has
    risen over it, 1.1, where being below it worries us."""
    repeat: Literal["first_crossing", "every_time", "when_worse"] = "first_crossing"
    """The signal's event: the day the observed need first met the condition in the window, or the latest fact behind it.

    After a visit a first crossing stays answered for the quiet time; with `every_time` every later fact asks again; with
    `when_worse` the day counts on which the observed need met the condition and reached `worse` times its value at the
    household's last settling visit.
    """
    worse: Multiple = None
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
            yield f"needs 或 thresholds 中的名称已有他用，请改名：{'、'.join(clashing)}"
        if self.observed not in self.needs:
            yield "observed 须是 needs 中的一个名称"
            return
        if self.against is not None and self.against not in {*self.thresholds, *self.direct}:
            yield "against 须是 thresholds 中的一个名称，或 condition 中的参照值"
        if self.unit == "household" and any(need.of for need in self.needs.values()):
            yield "of: household 只用于 unit: person 的规则（按户判断的规则本来就看全户）"
        if self.family == "综合" and not self.is_combination:
            yield "family 综合 只用于组合规则（needs 中有 source: signals）"
        yield from self._off_problems()
        yield from self._band_problems()
        yield from self._walk_problems(self.needs[self.observed])
        yield from self._reason_problems()
        yield from self._example_problems()

    def _off_problems(self) -> Iterator[str]:
        unset = sorted(name for name, threshold in self.thresholds.items() if threshold.unset)
        if unset and not self.off:
            yield f"thresholds 中的 {'、'.join(unset)} 没有数额（unset），规则须写明 off：为何未启用"

    def _band_problems(self) -> Iterator[str]:
        for name, band in (("near", self.near), ("clearing", self.clearing)):
            if band is not None and (self.against is None or band == 1):
                yield f"{name} 是 against 的倍数：须写明 against，且不可为 1"
        if self.near is not None and self.clearing is not None and (self.near < 1) != (self.clearing < 1):
            yield "near 与 clearing 须在 1 的同一边"
        if self.near is None and any(e.expect == "near" for e in self.examples):
            yield "没有 near 的规则，例子不可期望 near"

    def _walk_problems(self, observed: Need) -> Iterator[str]:
        if (self.repeat == "when_worse") != (self.worse is not None) or self.worse == 1:
            yield "when_worse 与 worse（最近一次核实时的倍数，不可为 1）须同写"
        if (self.worse or self.clearing) and (not observed.is_walked or observed.change):
            yield "clearing 与 worse 只用于 observed 为部门数据的 sum、count、max、min、latest（不带 change）"

    def _reason_problems(self) -> Iterator[str]:
        known = {*self.needs, *self.thresholds, *self.direct, "document"} | ({"threshold"} if self.against else set())
        unknown = sorted(set(PLACEHOLDER.findall(self.reason)) - known)
        if unknown:
            yield f"reason 中的占位符无定义：{'、'.join(unknown)}；可用：{'、'.join(f'{{{name}}}' for name in sorted(known))}"
        if "{" in PLACEHOLDER.sub("", self.reason) or "}" in PLACEHOLDER.sub("", self.reason):
            yield f"reason 中的花括号不成对，或里面不是名称；可用：{'、'.join(f'{{{name}}}' for name in sorted(known))}"

    def _example_problems(self) -> Iterator[str]:
        wanted = ["fires", "not", "missing", "old_date"] + (["exactly_at"] if self.thresholds else [])
        lacking = [case for case in wanted if case not in {example.case for example in self.examples}]
        if lacking:
            yield f"examples 缺少：{'、'.join(lacking)}；{_LIKE_THIS}"

    @property
    def sources(self) -> tuple[str, ...]:
        """The departments' feeds it reads, sorted."""
        return tuple(sorted({need.source for need in self.needs.values() if need.is_feed}))

    @property
    def is_combination(self) -> bool:
        """Whether it looks at what other rules say."""
        return any(need.source == SIGNALS for need in self.needs.values())

    @property
    def asks_visits(self) -> bool:
        """Whether what it says depends on the household's last settling visit."""
        return self.worse is not None or any(need.is_since_visit for need in self.needs.values())

    @property
    def direct(self) -> tuple[str, ...]:
        """What the condition names and the rule does not declare: reference values, sorted."""
        return tuple(sorted(_names(self.condition) - {*self.needs, *self.thresholds, *ATTRIBUTES}))

    @property
    def references(self) -> tuple[str, ...]:
        """Ids of the reference values it uses, by name or through its thresholds, sorted."""
        return tuple(sorted({*self.direct, *used_references(self.thresholds)}))

    @property
    def shown_unit(self) -> str:
        """The unit of the observed need: its own, or that of the threshold it is shown against."""
        threshold = self.thresholds.get(self.against or "")
        return self.needs[self.observed].unit or (threshold.unit if threshold else "")

    def version(self, references: Mapping[str, Reference]) -> str:
        """16 hex digits over the rule and the reference values it uses."""
        parts = [self, *(references[name] for name in self.references)]
        dumped = [part.model_dump(mode="json", by_alias=True, exclude_defaults=True) for part in parts]
        text = json.dumps(dumped, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _names(condition: str) -> frozenset[str]:
    """The names in a condition; none where it is no expression, which the loader says."""
    try:
        return columns(parse_shape(condition))
    except ExpressionProblem:
        return frozenset()
