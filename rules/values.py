"""Values in force: dated, by area, each with the document it comes from.  Thresholds and reference values are made of them."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import Field, model_validator

from catalogue import Part, wrong

_NAMED: Final = "名称：小写英文字母开头，只含小写字母、数字与单个下划线，至多 48 字"
Name = Annotated[str, Field(pattern=r"^[a-z](_?[a-z0-9]){0,47}$", description=_NAMED)]
Text = Annotated[str, Field(min_length=1)]
Document = Annotated[str, Field(min_length=4, description="这个数出自哪份文件；办公室自定的数照实写明“办公室自定”")]
Amount = Annotated[Decimal, Field(max_digits=18, decimal_places=4)]
HouseholdType = Literal["一般农户", "脱贫户", "监测对象"]

FOREVER: Final = date.max


class InForce(Part):
    """Where and when a value holds: an area by code prefix, a first day and perhaps a last day, both included."""

    area: Annotated[str, Field(pattern=r"^[0-9]{0,12}$", description='区划代码的前几位，加引号，如 "4310"；全国不写')] = ""
    """GB/T 2260 prefix; empty holds everywhere, a longer prefix wins over a shorter one."""
    since: Annotated[date, Field(alias="from")]
    until: Annotated[date | None, Field(alias="to")] = None
    document: Document

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise wrong(f"to（{self.until}）早于 from（{self.since}）")
        return self

    @property
    def last(self) -> date:
        """The last day in force."""
        return self.until or FOREVER

    def overlaps(self, other: "InForce") -> bool:
        """Whether both hold for one area prefix on one day."""
        return self.area == other.area and self.since <= other.last and other.since <= self.last


Value = TypeVar("Value", bound=InForce)


def _refuse_overlap(pairs: Iterable[tuple[InForce, InForce]]) -> None:
    for one, other in pairs:
        if one.overlaps(other):
            area = one.area or "全部"
            raise wrong(f"地区 {area} 自 {max(one.since, other.since)} 起有两个值同时生效，请改 from 或 to")


class ReferenceValue(InForce):
    """One value of a reference, e.g. a county's monitoring line of one year."""

    value: Annotated[Amount, Field(gt=0)]


class Reference(Part):
    """A dated figure that rules refer to (`rules/reference/<id>.yaml`), such as the monitoring line."""

    id: Name
    title: Text
    unit: Text
    source: str = ""
    """Notes: where the values were found, what is left out and why."""
    values: Annotated[tuple[ReferenceValue, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _holds_one_value_at_a_time(self) -> Self:
        _refuse_overlap(combinations(self.values, 2))
        return self


class Share(Part):
    """A multiple of a reference value."""

    factor: Annotated[Amount, Field(gt=0)]
    of: Name


class ThresholdValue(InForce):
    """One value of a threshold: a constant or a multiple of a reference, for all or for some household types."""

    population: tuple[HouseholdType, ...] = ()
    value: Amount | Share

    def overlaps(self, other: InForce) -> bool:
        """Whether both hold for one household type, area prefix and day; named types win over none, so those do not clash."""
        mine, theirs = self.population, other.population if isinstance(other, ThresholdValue) else ()
        return super().overlaps(other) and (bool(set(mine) & set(theirs)) or (not mine and not theirs))


class Threshold(Part):
    """What a need is compared with; every value names the document it comes from.

    Where no document gives a number, `unset` says so and the rule is off; `trial` is the number its examples are tried with.
    """

    unit: Text
    values: tuple[ThresholdValue, ...] = ()
    unset: str = ""
    trial: Amount | None = None

    @model_validator(mode="after")
    def _has_values_or_says_why_not(self) -> Self:
        if bool(self.values) == bool(self.unset) or bool(self.unset) != (self.trial is not None):
            raise wrong("须写 values；没有文件规定数额的，写 unset（说明）与 trial（例子试算用的数），不写 values")
        _refuse_overlap(combinations(self.values, 2))
        return self

    @property
    def references(self) -> tuple[str, ...]:
        """Ids of the references its values are multiples of, sorted."""
        return tuple(sorted({v.value.of for v in self.values if isinstance(v.value, Share)}))

    @property
    def is_positive(self) -> bool:
        """Whether no value is zero or below: then nothing at all can never reach it.  References are always positive."""
        return (self.trial is None or self.trial > 0) and all(isinstance(v.value, Share) or v.value > 0 for v in self.values)


def by_precedence(values: Iterable[Value]) -> list[Value]:
    """Values in the order in which the first that holds is the one in force: longest area, named types, earliest day."""

    def key(value: Value) -> tuple[int, str, bool, date, tuple[str, ...]]:
        population = value.population if isinstance(value, ThresholdValue) else ()
        return (-len(value.area), value.area, not population, value.since, population)

    return sorted(values, key=key)


def used_references(thresholds: Mapping[str, Threshold]) -> tuple[str, ...]:
    """Ids of all references a rule's thresholds use, sorted."""
    return tuple(sorted({reference for threshold in thresholds.values() for reference in threshold.references}))
