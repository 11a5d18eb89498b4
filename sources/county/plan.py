"""What to invent: how many people, from which seed, as of which day, and how dirty."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date

from errors import Fault


@dataclass(frozen=True)
class Dirt:
    """How often each thing goes wrong, as a share of the rows it could touch.

    The *kinds* are those of the field reports on cross-department matching: audit notes on hand-entered numbers, spreadsheet
    precision, disability and student numbers in the ID column, exporters without rare characters.  No source publishes
    *rates*: every figure here is our assumption, chosen so that 8 to 10 % of extract rows carry some identity dirt, most of
    it formatting.  At most one number channel and one name channel touch a row; records go wrong independently of each other,
    but a record that is sent again every month or quarter keeps its mistakes.
    """

    id_missing: float = 0.006
    """The number cell is empty."""
    id_wrong_digit: float = 0.003
    """One digit mistyped; the check digit no longer holds (10 times in 11)."""
    id_swapped: float = 0.0015
    """Two neighbouring digits exchanged."""
    id_dropped: float = 0.0015
    """One digit left out: 17 remain."""
    id_fifteen: float = 0.004
    """The old 15-digit number (born before October 1999 only)."""
    id_excel: float = 0.003
    """A spreadsheet kept 15 digits: 9.90101E+17, or the last three digits 000."""
    id_lower_x: float = 0.06
    """x for X, of numbers that end in X."""
    id_full_width: float = 0.003
    """Full-width digits."""
    id_spaces: float = 0.008
    """Spaces inside or after the number."""
    id_apostrophe: float = 0.07
    """A leading apostrophe before number and phone (employment feed only)."""
    id_formula: float = 0.07
    """="..." around number and phone (employment feed only)."""
    id_disability: float = 0.06
    """The 20- or 22-character disability number in another department's feed (certificate holders only)."""
    id_student_g: float = 0.02
    """Student number G + ID number (education feed only)."""
    id_student_j: float = 0.006
    """Student number J + 18 generated digits: no ID number (education feed only)."""
    id_student_l: float = 0.006
    """Student number L + area + birth date + 4 random digits: no ID number (education feed only)."""
    id_relative: float = 0.002
    """Another family member's number (households of two and more)."""
    name_homophone: float = 0.003
    """A character replaced by one that sounds the same."""
    name_look_alike: float = 0.0015
    """A character replaced by one that looks alike."""
    name_traditional: float = 0.002
    """A character in its traditional or variant form."""
    name_dot_missing: float = 0.15
    """The dot of a minority name left out, of names with a dot."""
    name_dot_other: float = 0.15
    """Another kind of dot, of names with a dot."""
    name_dropped: float = 0.001
    """A character left out."""
    name_rare: float = 0.5
    """? or □ for a character outside GBK, of names that hold one; always in a GBK file."""
    name_trailing: float = 0.010
    """Spaces after the name."""
    name_remark: float = 0.002
    """A remark in the name cell, such as (已故)."""
    name_relation: float = 0.004
    """A child under 16 written as its household head's name and the relation, such as 之女."""
    row_repeated: float = 0.002
    """The same row twice in one file."""
    row_corrected: float = 0.002
    """The same key again in the next file, with another amount (feeds with amounts that do not re-send everything)."""
    amount_missing: float = 0.004
    """An optional amount left empty."""
    date_future: float = 0.0002
    """A date a year after the delivery: to be quarantined."""
    code_unknown: float = 0.0002
    """A code nobody declared: to be quarantined."""
    amount_text: float = 0.0002
    """Words where an amount should be: to be quarantined."""
    roster_id_missing: float = 0.003
    """The roster itself lacks the number."""
    roster_id_wrong: float = 0.002
    """The roster itself has one wrong digit."""
    roster_id_long: float = 0.6
    """The roster writes the 20- or 22-character number, as the national export allows (certificate holders only)."""
    roster_blank: float = 0.01
    """The roster leaves labour or health empty."""
    line_damaged: float = 1.0
    """Chance that one medical file has one line cut short (a cell missing)."""
    line_undecodable: float = 1.0
    """Chance that one medical file has bytes no encoding explains."""
    non_resident: float = 0.04
    """Share of the people in the feeds who are no rural residents of the county.  Not a mistake of the row."""

    def __post_init__(self) -> None:
        bad = [item.name for item in fields(self) if not 0 <= getattr(self, item.name) <= 1]
        if bad or self.non_resident > 0.9:
            raise Fault(f"rates of dirt must lie between 0 and 1 (non_resident at most 0.9): {', '.join(bad)}")


@dataclass(frozen=True)
class ShockRates:
    """How many people or households something bad befalls in the eight months of the extracts; all are our assumptions,
    chosen so that 1 to 2 % of households deserve a visit (published yields of pushed warnings are 0.2 to 5 %)."""

    severe_illness: float = 0.0024
    """Of residents; age doubles or halves it."""
    accident: float = 0.0010
    """Of residents aged 6 and more."""
    dropout: float = 0.003
    """Of pupils aged 12 to 17."""
    job_loss: float = 0.006
    """Of residents who work away or for wages."""
    disability: float = 0.0004
    """Of residents without a certificate: a severe one, newly issued."""
    labour_loss: float = 0.0015
    """Of households with a working-age adult: the main earner can no longer work, left or died."""
    crop_failure: float = 0.004
    """Of households."""


@dataclass(frozen=True)
class Plan:
    """The whole of an invention: the same plan gives the same bytes."""

    residents: int = 20_000
    seed: int = 1
    as_of: date = date(2026, 10, 31)
    dirt: Dirt = field(default_factory=Dirt)
    shocks: ShockRates = field(default_factory=ShockRates)

    def __post_init__(self) -> None:
        if self.residents < 20 or self.seed < 0 or not 2020 <= self.as_of.year <= 2090:
            raise Fault("a plan needs at least 20 residents, a seed from 0 and an as_of between 2020 and 2090")


@dataclass(frozen=True)
class Invented:
    """What was written: people, households, rows per source and the files below inbox/."""

    residents: int
    households: int
    deserving: int
    """Households that an ideal officer would visit."""
    rows: Mapping[str, int]
    files: tuple[str, ...]
