"""How large an invented matching world is, and how often its cells go wrong.

The rates are our own assumption and nobody else's: neither the matcher's parameters nor the invented county of
`fangpin demo` were looked at when they were chosen.  `Plan.dirt` scales all of the extract's, a third to threefold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

TODAY: Final = date(2026, 11, 1)
COLUMNS: Final = ("name", "id_number", "sex", "birth_date", "place_code", "phone")
SCENARIOS: Final[Mapping[str, tuple[str, ...]]] = {
    "full": COLUMNS,
    "no_birth_sex": ("name", "id_number", "place_code", "phone"),
    "no_place": ("name", "id_number", "sex", "birth_date", "phone"),
    "name_number": ("name", "id_number"),
    "no_number": ("name", "sex", "birth_date", "place_code", "phone"),
}
"""Which columns the extract has."""


@dataclass(frozen=True)
class Plan:
    """One world; two equal plans give the same files."""

    residents: int = 1_000_000
    rows: int = 600_000
    seed: int = 20261101
    dirt: float = 1.0
    strangers: float = 0.04
    """Share of rows that speak of somebody who is not on the roster."""
    scenario: str = "full"

    @property
    def columns(self) -> tuple[str, ...]:
        """The extract's columns, without row_id."""
        return SCENARIOS[self.scenario]


NUMBER_RATES: Final[Mapping[str, float]] = {
    "number_missing": 0.0120,
    "number_wrong_digit": 0.0080,
    "number_swapped": 0.0030,
    "number_dropped": 0.0030,
    "number_added": 0.0020,
    "number_15": 0.0040,
    "number_excel": 0.0030,
    "number_zeros": 0.0030,
    "number_20": 0.0040,
    "number_22": 0.0010,
    "student_g": 0.0025,
    "student_j": 0.0015,
    "student_l": 0.0015,
    "number_of_relative": 0.0035,
    "passport": 0.0010,
}
NAME_RATES: Final[Mapping[str, float]] = {
    "name_homophone": 0.0070,
    "name_look_alike": 0.0040,
    "name_traditional": 0.0040,
    "name_unreadable": 0.0015,
    "name_dropped": 0.0020,
    "name_added": 0.0015,
    "name_changed": 0.0030,
    "name_pinyin": 0.0020,
    "name_remark": 0.0040,
    "name_relation": 0.0020,
    "name_renamed": 0.0025,
    "name_swapped": 0.0010,
}
BIRTH_RATES: Final[Mapping[str, float]] = {"birth_digit": 0.0050, "birth_exchanged": 0.0025, "birth_default": 0.0045}
SPECIAL_RATES: Final[Mapping[str, float]] = {"name_dots": 0.30, "name_rare": 0.40}
"""Of the rows that can have it: names with a dot, names with a rare character."""

DIRTY: Final = (*NUMBER_RATES, *NAME_RATES, *BIRTH_RATES, *SPECIAL_RATES)
"""What makes a row dirty: who it speaks of is harder to read.  Together about a tenth of the rows."""

PLACE_RATES: Final[Mapping[str, float]] = {"place_moved": 0.06, "place_coarse": 0.03, "place_old": 0.30}
"""Of all rows; `place_old` of the rows in townships that once had another code."""
PHONE_CHANGED: Final = 0.08
NOISE: Final[Mapping[str, float]] = {"number_noise": 0.06, "name_noise": 0.03, "phone_noise": 0.05}
"""Spaces, full width, quotes, a lower-case x: how cells are written, not what they say; does not count as dirty."""
SECOND_ERROR: Final = 0.08
"""Of the dirty rows, in another field."""

ROSTER_RATES: Final[Mapping[str, float]] = {
    "number_missing": 0.0030,
    "number_wrong_digit": 0.0010,
    "number_20": 0.0040,
    "number_22": 0.0010,
    "birth_missing": 0.0040,
    "birth_other": 0.0020,
    "phone_old": 0.08,
    "listed_twice": 0.0003,
    "number_shared": 0.0002,
}
