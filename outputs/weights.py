"""How many points each part of a warning's score is worth: data, not code, so that an office can change it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from catalogue import Part, load_yaml

Points = Annotated[int, Field(ge=0, le=1000)]
Age = Annotated[int, Field(ge=0, le=150)]
Terms = Annotated[frozenset[str], Field(min_length=1)]
Why = Annotated[str, Field(min_length=4)]


class Severity(Part):
    """The strongest signal of each risk family; families after the first count for a share, in percent."""

    further_percent: Annotated[int, Field(ge=0, le=100)]
    event_from: Annotated[int, Field(ge=1, le=100)]
    """A signal lighter than this tells of a state, such as being on a list, and not of something that happened."""
    why: Why


class ExcessStep(Part):
    """From this ratio between observed and threshold on: so many points."""

    ratio: Annotated[Decimal, Field(gt=1, max_digits=8, decimal_places=2)]
    points: Points


class Excess(Part):
    """How far beyond its threshold a signal lies, in rising steps."""

    steps: tuple[ExcessStep, ...]
    ignored_units: frozenset[str]
    why: Why

    @model_validator(mode="after")
    def _rising(self) -> Self:
        _require_order([(step.ratio, step.points) for step in self.steps], "ratio 与 points 都应逐级增大")
        return self


class Capped(Part):
    """Points for each of something, up to a cap."""

    each: Points
    cap: Points


class Echo(Part):
    """A family that, soon before or after another and about the same person, tells of the same event."""

    family: str
    of: str


class SameEvent(Part):
    """What several departments report of one event counts as one event."""

    within_days: Annotated[int, Field(ge=0, le=366)]
    echoes: tuple[Echo, ...]
    why: Why

    @model_validator(mode="after")
    def _is_one_step(self) -> Self:
        told = [echo.family for echo in self.echoes]
        if len(set(told)) < len(told) or set(told) & {echo.of for echo in self.echoes}:
            raise ValueError("一个 family 只可写一次，也不可同时写在 of 中")
        return self


class Families(Capped):
    """For each independent risk after the first."""

    same_event: SameEvent
    why: Why


class DoubtStep(Part):
    """Of a fact whose link is less probable than this: so many points less."""

    below: Annotated[Decimal, Field(gt=0, le=1, max_digits=8, decimal_places=6)]
    points: Points


class LateStep(Part):
    """Of a source that is at least so many days late: so many points less."""

    days_late: Annotated[int, Field(ge=1)]
    points: Points


class Confidence(Part):
    """What a doubtful link and a late source take off a signal, in rising steps, and how much at most."""

    link: tuple[DoubtStep, ...]
    late: tuple[LateStep, ...]
    at_most_percent: Annotated[int, Field(ge=0, le=100)]
    """Of the signal's own severity."""
    why: Why

    @model_validator(mode="after")
    def _rising(self) -> Self:
        _require_order([(1 - step.below, step.points) for step in self.link], "below 应逐级减小、points 应逐级增大")
        _require_order([(step.days_late, step.points) for step in self.late], "days_late 与 points 都应逐级增大")
        return self


class Near(Capped):
    """For each risk family that is only near its threshold."""

    why: Why


class RecencyStep(Part):
    """Events of at most this many days ago: so many points."""

    within_days: Annotated[int, Field(ge=0)]
    points: Points


class Recency(Part):
    """How recently the newest event happened, in falling steps."""

    steps: tuple[RecencyStep, ...]
    why: Why

    @model_validator(mode="after")
    def _falling(self) -> Self:
        rising = [(step.within_days, -step.points) for step in self.steps]
        _require_order(rising, "within_days 应逐级增大、points 应逐级减小")
        return self


class NoLabour(Part):
    """Nobody in the household can work; a child's missing entry counts as no labour, an adult's as unknown."""

    points: Points
    terms: Terms
    assumed_under_age: Age


class Ill(Capped):
    """For each member with one of these health terms."""

    terms: Terms


class Minor(Capped):
    """For each member under this age."""

    under_age: Age


class Elderly(Capped):
    """For each member of this age or older."""

    from_age: Age


class MarginStep(Part):
    """An income per head of at most this multiple of the monitoring line: so many points."""

    up_to: Annotated[Decimal, Field(gt=0, max_digits=8, decimal_places=2)]
    points: Points


class Margin(Part):
    """How little income the roster leaves above the monitoring line, in falling steps; an unknown income earns nothing."""

    steps: tuple[MarginStep, ...]

    @model_validator(mode="after")
    def _falling(self) -> Self:
        _require_order([(step.up_to, -step.points) for step in self.steps], "up_to 应逐级增大、points 应逐级减小")
        return self


class Household(Part):
    """What the roster says of a household's ability to bear a shock."""

    no_labour: NoLabour
    ill: Ill
    minor: Minor
    elderly: Elderly
    types: Mapping[str, Points]
    margin: Margin
    why: Why


class Visited(Part):
    """What an earlier visit that found the household coping or helped takes off, the more if nothing has happened since."""

    within_days: Annotated[int, Field(ge=1, le=3660)]
    outcomes: Terms
    nothing_new: Points
    something_new: Points
    why: Why


class Yields(Part):
    """What visits found of a household's rules so far, if the office wants it to count."""

    on: bool = False
    most: Points = 10
    """Points at most, for and against."""
    full_ratio: Annotated[Decimal, Field(gt=1, max_digits=8, decimal_places=2)] = Decimal("2")
    """So many times the mean of all rules earns the most, so small a fraction of it costs the most."""
    why: Why = "缺省不用"


class Tiers(Part):
    """Lowest scores of the red and the orange tier; everything below is yellow."""

    red: Points
    orange: Points
    why: Why

    @model_validator(mode="after")
    def _descending(self) -> Self:
        if self.red <= self.orange:
            raise ValueError("red 应大于 orange")
        return self


class Weights(Part):
    """All points of the ranking; `weights.yaml` says why each number is what it is."""

    severity: Severity
    excess: Excess
    families: Families
    recency: Recency
    household: Household
    near: Near
    confidence: Confidence
    visited: Visited
    yields: Yields = Yields()
    tiers: Tiers

    @property
    def hash(self) -> str:
        """16 hex digits that change when any number or reason changes."""
        return hashlib.sha256(_canonical(self).encode()).hexdigest()[:16]


def load_weights(office_file: Path | None) -> Weights:
    """The office's own weights if the file exists, which replace the built-in ones as a whole.  Raises CatalogueError."""
    if office_file is not None and office_file.exists():
        return load_yaml(office_file, Weights)
    return load_yaml(Path(__file__).with_name("weights.yaml"), Weights)


def _canonical(weights: Weights) -> str:
    """JSON whose sets are sorted, so that equal weights have equal text."""

    def plain(value: object) -> object:
        return sorted(value) if isinstance(value, frozenset) else str(value)

    return json.dumps(weights.model_dump(), default=plain, sort_keys=True, ensure_ascii=False)


def _require_order(steps: Sequence[tuple[Decimal | int, int]], message: str) -> None:
    if any(before[0] >= after[0] or before[1] >= after[1] for before, after in pairwise(steps)):
        raise ValueError(message)
