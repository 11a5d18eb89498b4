"""What an agreement is worth: the frozen parameters of the matcher, read from one readable file."""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import Field, model_validator

from catalogue import Part, load_yaml, wrong

FIELDS: Final = ("number", "name", "birth", "sex", "place", "phone")
Probability = Annotated[float, Field(gt=0, le=1)]
Error = Annotated[float, Field(ge=0, lt=1)]


class PerRoster(Part):
    """A chance of agreeing with one given resident that shrinks as the roster grows."""

    per_roster: Annotated[float, Field(gt=0)]
    """Coincidences to be expected per row, over all residents."""


class Level(Part):
    """One way two values can compare."""

    m: Probability
    u: Probability | Literal["frequency"] | PerRoster
    u_kin: Probability | None = None
    """Where the number already points at the resident; `u` serves if it is not given."""


class Prior(Part):
    resident_share: Annotated[float, Field(gt=0, lt=1)]
    least_population: Annotated[int, Field(ge=1)]

    @property
    def odds(self) -> float:
        """That a row speaks of somebody on the roster rather than of nobody there."""
        return self.resident_share / (1 - self.resident_share)


class Decision(Part):
    link: Annotated[float, Field(gt=0.5, lt=1)]
    review: Annotated[float, Field(gt=0, lt=0.5)]


class Same(Part):
    """Added to a value's count in the roster, per field."""

    name: Annotated[float, Field(gt=0)]
    sound: Annotated[float, Field(gt=0)]
    birth: Annotated[float, Field(gt=0)]
    place: Annotated[float, Field(gt=0)]
    phone: Annotated[float, Field(gt=0)]


class Smoothing(Part):
    weight: Annotated[float, Field(gt=0)]
    same: Same


class FieldErrors(Part):
    """How often a field of a true pair differs or is wanting on one side, so that it cannot lead there."""

    number: Error
    valid_number: Error
    name: Error
    birth: Error
    place: Error
    phone: Error


class Provenance(Part):
    made_on: str
    how: str
    persons: int | None = None
    """Of an estimate: distinct identities of the rows it rests on."""
    residents: int | None = None
    ruled: int | None = None
    """Pairs that people had ruled on."""
    seed: int | None = None
    iterations: int | None = None
    replaced: str | None = None
    """Hash of the parameters it started from."""


class Calibration(Part):
    """What reviews taught: log-odds of a pair are stretched by `slope` and moved by `shift` (bits)."""

    slope: Annotated[float, Field(gt=0, le=2)] = 1.0
    shift: Annotated[float, Field(ge=-20, le=20)] = 0.0


class Parameters(Part):
    """`parameters.yaml` as a whole."""

    provenance: Provenance
    prior: Prior
    decision: Decision
    smoothing: Smoothing
    field_errors: FieldErrors
    calibration: Calibration = Calibration()
    fields: Mapping[str, Mapping[str, Level]]

    @model_validator(mode="after")
    def _complete(self) -> "Parameters":
        """Every level that the comparison can give has its weights, and no other is named."""
        for field, levels in LEVELS.items():
            given = set(self.fields.get(field, {}))
            if given != set(levels):
                raise wrong(f"fields.{field} 缺少或多出的一致程度：{'、'.join(sorted(given.symmetric_difference(levels)))}")
        if set(self.fields) != set(LEVELS):
            raise wrong(f"fields 应恰为：{'、'.join(LEVELS)}")
        return self

    @property
    def hash(self) -> str:
        """16 hex digits that change with any parameter."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def prior_bits(self, residents: int) -> float:
        """log2 of the odds that a row speaks of one given resident rather than of nobody on the roster."""
        return math.log2(self.prior.odds / self.population(residents))

    def population(self, residents: int) -> int:
        return max(residents, self.prior.least_population)


LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": (
        "equal", "equal_invalid", "permit", "wrong_digit", "swapped", "length", "stem", "kin", "different_valid", "different",
        "missing",
    ),
    "name": (
        "equal", "sound", "spelled", "look_alike", "wildcard", "dropped", "shortened", "swapped", "one_changed", "surname_only",
        "given_only", "kin", "relation", "different", "missing",
    ),
    "birth": ("equal", "exchanged", "one_digit", "lunar", "year", "different", "missing"),
    "sex": ("equal", "different", "missing"),
    "place": ("village", "township", "county", "different", "missing"),
    "phone": ("equal", "different", "missing"),
}  # fmt: skip
"""The agreement levels of each field, from `compare`."""


_SHIPPED: Final = Path(__file__).with_name("parameters.yaml")
_LINE: Final = re.compile(r"(?P<indent> *)(?P<key>\w+):[^#]*(?P<comment>#.*)?")


def read_parameters(own: Path | None = None) -> Parameters:
    """The office's own parameters where it has them, else those shipped beside this module.

    Raises CatalogueError naming file, place and cure.
    """
    return load_yaml(own if own is not None and own.exists() else _SHIPPED, Parameters)


def written(parameters: Parameters) -> str:
    """A parameters file with these values and the comments of the shipped one; `read_parameters` gives the same back."""
    shipped = _SHIPPED.read_text(encoding="utf-8").splitlines()
    header = list(takewhile(lambda line: line.startswith("#"), shipped))
    values = parameters.model_dump(exclude_none=True, exclude_defaults=True)
    return "\n".join([*header, *_lines(values, (), _comments(shipped))]) + "\n"


def _comments(lines: Iterable[str]) -> dict[tuple[str, ...], str]:
    """Where a key stands -> what is said behind it."""
    comments: dict[tuple[str, ...], str] = {}
    place: tuple[str, ...] = ()
    for found in filter(None, map(_LINE.fullmatch, lines)):
        place = (*place[: len(found["indent"]) // 2], found["key"])
        comments[place] = f"  {found['comment']}" if found["comment"] else ""
    return comments


def _lines(values: Mapping[str, Any], place: tuple[str, ...], comments: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    """One line per section, field and level."""
    for key, value in values.items():
        here = (*place, key)
        is_block = isinstance(value, Mapping) and place in ((), ("fields",))
        yield f"{'  ' * len(place)}{key}:{'' if is_block else ' ' + _inline(value)}{comments.get(here, '')}"
        if is_block:
            yield from _lines(value, here, comments)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_inline(part)}" for key, part in value.items()) + "}"
    if isinstance(value, float):
        return np.format_float_positional(value, trim="0")
    return value if value == "frequency" else json.dumps(value, ensure_ascii=False)
