"""One township with everything that is true in it: what the departments then report, in part and with mistakes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sources.county.columns import Flags, Ints, Texts, day_number, number_text, words
from sources.county.layout import File
from sources.county.people import People
from sources.county.places import Township
from sources.county.plan import Plan
from sources.county.shocks import Bills, Moves, Shocks
from sources.county.standing import Standing


@dataclass(frozen=True)
class Verdicts:
    """Earlier visits: household, day, family and outcome (codes of `extracts.visits`)."""

    household: Ints
    day: Ints
    family: Ints
    outcome: Ints


@dataclass(frozen=True)
class World:
    """The latent truth of one township."""

    plan: Plan
    place: Township
    people: People
    standing: Standing
    shocks: Shocks
    moves: Moves
    bills: Bills
    verdicts: Verdicts

    @property
    def phone(self) -> Texts:
        """Invented phone numbers (199999 and five digits): the household's, or an adult's own."""
        people = self.people
        has_own = (people.key % 5 == 0) & (people.age(day_number(self.plan.as_of)) >= 16)
        source = np.where(has_own, people.key, people.key[people.head])
        return np.asarray("199999" + number_text(source // 7 % 100_000, 5), dtype=np.object_)

    def place_text(self, form: str) -> Texts:
        """Where everyone is registered, in the words of a feed; `form` holds {county}, {township}, {village} or {code}."""
        place, people = self.place, self.people
        names = [
            form.format(county=place.county_name, township=place.name, village=village.name, code=village.code)
            for village in place.villages
        ]
        elsewhere = "990000000000" if form == "{code}" else "虚构省虚构市城区"
        return words([*names, elsewhere], np.where(people.is_resident, people.village, len(names)))


@dataclass(frozen=True)
class Rows:
    """One source's records of one township: whose, in which files (first and last, both included) and on which sheet, and the
    cells under the contract's names."""

    person: Ints
    file: Ints
    until: Ints
    sheet: Ints
    cells: Mapping[str, Texts]

    def take(self, rows: Ints | Flags) -> "Rows":
        """These records only, in the order given."""
        cells = {key: cell[rows] for key, cell in self.cells.items()}
        return Rows(self.person[rows], self.file[rows], self.until[rows], self.sheet[rows], cells)

    def change(self, **cells: Texts) -> "Rows":
        """The same records with other cells."""
        return replace(self, cells={**self.cells, **cells})


def once(person: Ints, file: Ints, cells: Mapping[str, Texts]) -> Rows:
    """Records that appear in one file each, on its only sheet."""
    return Rows(person, file, file, np.zeros(len(person), dtype=np.int64), cells)


def stack(parts: Sequence[Rows]) -> Rows:
    """All records of the parts, one part after the other."""
    return Rows(
        person=np.concatenate([part.person for part in parts]),
        file=np.concatenate([part.file for part in parts]),
        until=np.concatenate([part.until for part in parts]),
        sheet=np.concatenate([part.sheet for part in parts]),
        cells={key: np.concatenate([part.cells[key] for part in parts]) for key in parts[0].cells},
    )


@dataclass(frozen=True)
class Habits:
    """What a feed's exporter does, and which cells the row-wise mistakes strike."""

    amounts: tuple[str, ...] = ()
    """Optional amounts."""
    date: str = ""
    code: str = ""
    corrects: str = ""
    """The amount that a correction in the next file changes; empty where every file repeats everything."""
    is_wrapped: bool = False
    is_school: bool = False
    has_certificate_numbers: bool = False
    is_gbk: bool = False


@dataclass(frozen=True)
class Feed:
    """A department: its files, what it writes into them, its habits."""

    source: str
    files: tuple[File, ...]
    rows: Callable[[World, np.random.Generator], Rows]
    habits: Habits = field(default_factory=Habits)
    is_roster: bool = False
