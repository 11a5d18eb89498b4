"""A declared check: what a list of columns cannot say.  `expectations/catalogue/*.yaml` is its format, one file per check.

The language is structural: tests of single columns under `if` and `then`, one comparison of sums or dates, one count within a
group of rows, one look into another feed.  What it cannot say belongs into a contract (one column) or into a rule (worries).
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from catalogue import Part, wrong

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Column = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]
Columns = Annotated[tuple[Column, ...], Field(min_length=1)]
Severity = Literal["quarantine", "warning", "hold", "off"]

_ASKS: Final = ("then", "at_most", "group", "exists_in")


class ColumnTest(Part):
    """What is said of one column; all that is written must hold.  An empty cell answers only `filled`."""

    filled: bool | None = None
    any_of: Texts | None = None
    """A code or text is one of these."""
    none_of: Texts | None = None
    has: Text | None = None
    """A list of terms holds this one."""
    from_: Text | None = Field(default=None, alias="from")
    """Not less than: a number, or a date."""
    to: Text | None = None
    """Not more than."""
    age: tuple[int, int] | None = None
    """Full years from this date to the day of receipt, both ends allowed."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise wrong("至少写一项：filled、any_of、none_of、has、from、to、age")
        if self.age is not None and not 0 <= self.age[0] <= self.age[1]:
            raise wrong("age 须为 [最小周岁, 最大周岁]")
        return self


Tests = Annotated[Mapping[Column, ColumnTest], Field(min_length=1)]


class AtMost(Part):
    """The sum of `left` is not more than the sum of `right` and the tolerance; dates stand one against one.

    On the left an empty amount counts as nothing unless all are empty; with an empty one on the right nothing is known.
    """

    left: Columns
    right: Columns
    tolerance: Annotated[str, Field(pattern=r"^\d+(\.\d+)?$")] = "0"


class Group(Part):
    """Rows of one file that agree in `by`: how many of them meet `where` (without it: how many there are)."""

    by: Columns
    where: Tests | None = None
    at_least: Annotated[int, Field(ge=1)] | None = None
    """Else every row of the group that meets `if` fails."""
    at_most: Annotated[int, Field(ge=1)] | None = None
    """Else every row of the group that meets `if` and `where` fails."""

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise wrong("at_least 与 at_most 须且只能写一项")
        return self


class ExistsIn(Part):
    """The value occurs in a column of another feed: in the newest accepted delivery received by the day of this one."""

    source: Name
    here: Column
    there: Column
    without: Text | None = None
    """A mark taken off the value before it is looked up."""


class Example(Part):
    """A small file and which of its rows fail, counted from 1."""

    says: Text
    rows: Annotated[tuple[Mapping[Column, Text], ...], Field(min_length=1)]
    known: tuple[Mapping[Column, Text], ...] = ()
    """Rows of the feed that `exists_in` looks into."""
    received_on: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = "2026-10-31"
    failing: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _names_its_rows(self) -> Self:
        if any(not 1 <= number <= len(self.rows) for number in self.failing):
            raise wrong("failing 中的行号须在 1 与行数之间")
        return self


class Declared(Part):
    """One check of one feed."""

    id: Name
    title: Annotated[str, Field(min_length=1, max_length=30)]
    """What is wrong with a row that fails, as lists name it."""
    source: Name
    severity: Severity
    """`quarantine` takes the row out; `warning` tells and leaves it; `hold` tells, and holds the file if more than `share` of
    its rows fail; `off` switches a check of the built-in catalogue off."""
    share: Annotated[int, Field(ge=1, le=99)] | None = None
    means: Text
    """What is expected, in Chinese, for the sender."""
    why: Text
    """Which document or practice says so, or that we do; and why this severity."""
    if_: Tests | None = Field(default=None, alias="if")
    then: Tests | None = None
    at_most: AtMost | None = None
    group: Group | None = None
    exists_in: ExistsIn | None = None
    examples: Annotated[tuple[Example, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if sum(getattr(self, name) is not None for name in _ASKS) != 1:
            raise wrong(f"须且只能写一项：{'、'.join(_ASKS)}")
        if (self.severity == "hold") != (self.share is not None):
            raise wrong("share 须且只能用于 severity: hold")
        if self.exists_in is not None and self.exists_in.source == self.source:
            raise wrong("exists_in 须指另一个来源")
        return self

    @model_validator(mode="after")
    def _shows_both(self) -> Self:
        if len({bool(example.failing) for example in self.examples}) != 2:
            raise wrong("examples 至少要有一个全部合格、一个有行不合格")
        return self

    @property
    def is_on(self) -> bool:
        return self.severity != "off"

    @property
    def hash(self) -> str:
        """16 hex digits over everything the check says; examples and reasons are not what it asks."""
        said = self.model_dump_json(by_alias=True, exclude={"examples", "why"})
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def tests(self) -> Iterator[tuple[str, str, ColumnTest]]:
        """Place, column and test of everything asked of single columns."""
        where = self.group.where if self.group else None
        for place, tests in (("if", self.if_), ("then", self.then), ("group.where", where)):
            for column, test in (tests or {}).items():
                yield place, column, test
