"""A need: one quantity per person or household that a condition may speak of."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from catalogue import Part, wrong
from rules.names import ATTRIBUTES, ROSTER, SIGNALS
from rules.values import Name
from rules.windows import Window

Aggregate = Literal["sum", "count", "max", "min", "latest", "exists", "days_since"]
PlainName = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*)?$", description="英文名称；来源与列的名称见 fangpin rule new")]

_VALUED: Final = ("sum", "max", "min", "latest")
_DATED: Final = ("latest", "days_since")
_WALKED: Final = ("sum", "count", "max", "min", "latest")


class Need(Part):
    """One quantity per person or household: an aggregate over the facts of a source, or an attribute of the roster."""

    title: str = ""
    """Chinese, for what is missing."""
    unit: str = ""
    attribute: PlainName = ""
    source: PlainName = ""
    """A department's feed, `roster` for the residents themselves, or `signals` for what other rules say tonight."""
    rules: tuple[Name, ...] = ()
    """Of `signals`: of which rules; empty means every rule that is no combination itself."""
    of: Literal["household"] | None = None
    """In a rule about persons: over the facts of the person's whole household."""
    aggregate: Aggregate | None = None
    """`count` counts rows, or with `column` its distinct values; `latest` is the value of the last row by date."""
    column: str = ""
    """A column of the source, or an expression over its columns."""
    where: str = ""
    date: PlainName = ""
    """The column that holds the day of the event."""
    window: Window | None = None
    """Without one: everything up to the night's date."""
    change: Literal["difference", "percent"] | None = None
    """The aggregate over the window less that over the equally long span before it; `percent` of the latter (-30: three
    tenths less).  A percentage of nothing is unknown, but for nothing twice: 0."""
    absent: Literal["zero", "unknown", "not_listed"] | None = None
    """What it means that there is no row in the window: nothing, that it is not known, or, for surely identified people and
    complete lists only, that they are not on the list."""

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
            yield "须写明 aggregate 与 absent（窗口内没有记录时：zero、unknown 或 not_listed）"
        else:
            yield from self._aggregate_problems(self.aggregate)
            yield from self._list_problems()
            yield from self._change_problems()

    def _attribute_problems(self) -> Iterator[str]:
        if self.attribute not in ATTRIBUTES:
            yield f"attribute 只可为：{'、'.join(ATTRIBUTES)}"
        others = ("aggregate", "column", "where", "date", "window", "absent", "rules", "of", "change")
        if any(getattr(self, name) for name in others):
            yield f"attribute 不可与 {'、'.join(others)} 同写"

    def _aggregate_problems(self, aggregate: Aggregate) -> Iterator[str]:
        if (aggregate in _VALUED) != bool(self.column) and aggregate != "count":
            yield f"{aggregate} {'须' if aggregate in _VALUED else '不可'}写 column"
        if aggregate in _DATED and self.absent == "zero":
            yield f"{aggregate} 在没有记录时不可当作零，absent 须为 unknown"
        if self.source == ROSTER:
            if self.date or self.window or aggregate in _DATED:
                yield "花名册没有事件日期：不可写 date、window，不可用 latest、days_since"
        elif not self.date and (self.source != SIGNALS or self.window):
            yield "须写明 date（事件日期所在的列）"
        if self.source == SIGNALS and (aggregate in _DATED or self.change):
            yield "signals 是当夜的判断：不可用 latest、days_since、change"
        if self.rules and self.source != SIGNALS:
            yield "rules 只用于 source: signals"

    def _list_problems(self) -> Iterator[str]:
        if self.absent == "not_listed" and (self.aggregate != "exists" or self.source in (ROSTER, SIGNALS)):
            yield "absent: not_listed（不在名单上）只用于部门来源的 exists"

    def _change_problems(self) -> Iterator[str]:
        if self.change and (self.aggregate not in _WALKED or self.window is None or not self.window.has_length):
            yield f"change 须写 window（有长度的一种），aggregate 须为 {'、'.join(_WALKED)} 之一"
        if self.change and self.window is not None and self.window.since_last_verdict:
            yield "change 与 since_last_verdict 不可同写：前一段时间的长短须相同"

    @property
    def is_event(self) -> bool:
        """Whether it looks at dated facts or signals, as opposed to the state of the roster."""
        return bool(self.source) and self.source != ROSTER

    @property
    def is_feed(self) -> bool:
        """Whether it looks at what a department sends."""
        return self.is_event and self.source != SIGNALS

    @property
    def is_walked(self) -> bool:
        """Whether it has a value on each day of the window that may rise and fall."""
        return self.is_event and self.aggregate in _WALKED

    @property
    def is_since_visit(self) -> bool:
        """Whether its window begins with the household's last visit."""
        return self.window is not None and bool(self.window.since_last_verdict)
