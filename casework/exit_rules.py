"""The office's rule for leaving: when a household's risk may be proposed as gone, dated, each with its document."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from catalogue import Part, load_yaml, wrong

BUILT_IN: Final = Path(__file__).with_name("exit_rules.yaml")

Months = Annotated[int, Field(ge=1, le=36)]
Titles = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
Document = Annotated[str, Field(min_length=4)]


class ExitRule(Part):
    """All that must hold for a proposal, while the document is in force."""

    since: Annotated[date, Field(alias="from")]
    until: Annotated[date | None, Field(alias="to")] = None
    document: Document
    identified_months: Months
    """Since identification."""
    income_months: Months
    """Months in a row whose income is known and above the line of their own day."""
    newest_within_months: Annotated[int, Field(ge=0, le=12)]
    """How old the newest state of the registry may be."""
    spending_share: Annotated[Decimal, Field(gt=0, le=1)]
    """Own spending on medicine and school, of the household's income of a year, up to which it counts as settled."""
    spending_families: Titles
    students: Titles
    """Words in the roster's schooling that tell a pupil beyond compulsory school, whose cost must be known."""
    labour: Titles
    labour_from_age: Annotated[int, Field(ge=14, le=18)]
    signal_severity: Annotated[int, Field(ge=0, le=100)]
    """Signals lighter than this are lists and hints, no risk."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise wrong(f"to（{self.until}）早于 from（{self.since}）")
        return self

    def holds(self, day: date) -> bool:
        """Whether it is in force."""
        return self.since <= day and (self.until is None or day <= self.until)


class Reentry(Part):
    """When a removal counts as one that did not last."""

    months: Months
    why: Document


class ExitRules(Part):
    """`exit_rules.yaml`."""

    line: Annotated[str, Field(min_length=1)]
    """The reference that holds the monitoring line."""
    rules: Annotated[tuple[ExitRule, ...], Field(min_length=1)]
    reentry: Reentry

    @model_validator(mode="after")
    def _holds_one_at_a_time(self) -> Self:
        for one, other in combinations(self.rules, 2):
            if one.holds(max(one.since, other.since)) and other.holds(max(one.since, other.since)):
                raise wrong(f"rules 中有两条自 {max(one.since, other.since)} 起同时生效，请改 from 或 to")
        return self

    def on(self, day: date) -> ExitRule | None:
        """The rule in force, None if there is none."""
        return next((rule for rule in self.rules if rule.holds(day)), None)


@dataclass(frozen=True)
class Line:
    """A monitoring line: yuan per head and year, in an area (code prefix, '' everywhere) and a span of days."""

    area: str
    since: date
    until: date | None
    value: Decimal
    document: str


@dataclass(frozen=True)
class Exits:
    """What the watch goes by: the rules and the lines they name."""

    rules: ExitRules
    lines: Sequence[Line]


def load_exit_rules(office_file: Path | None) -> ExitRules:
    """The office's own rules if the file exists, which replace the built-in ones as a whole.  Raises CatalogueError."""
    return load_yaml(office_file if office_file is not None and office_file.exists() else BUILT_IN, ExitRules)


def line_rows(lines: Iterable[Line]) -> list[tuple[str, date, date, Decimal, str]]:
    """The lines as rows of a table (area, since, until, line, document), both days included."""
    return [(one.area, one.since, one.until or date.max, one.value, one.document) for one in lines]
