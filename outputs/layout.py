"""The columns of the lists and the codes of a visit, as declared in the YAML files beside this module."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import duckdb

from catalogue import Part, load_yaml
from errors import Fault
from outputs.text_safety import mask_id, safe_code, safe_phone, safe_text

HERE: Final = Path(__file__).parent
Cell = str | int | date | None
Row = tuple[Cell, ...]


def records(cursor: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """The rows of an executed query by column.  All are fetched first: the connection may be asked again in between."""
    keys = [column[0] for column in cursor.description or []]
    return (dict(zip(keys, row, strict=True)) for row in cursor.fetchall())


class Column(Part):
    """One column: where its value comes from, how it is made safe, what may be filled in."""

    key: str
    title: str
    kind: Literal["number", "date", "text", "code", "place", "id_number", "phone", "fill"]
    width: float
    prefix: str = ""
    accepts: Literal["", "anything", "code", "date", "outcome", "family", "conclusion", "step"] = ""
    only_with: Literal["", "weights"] = ""
    """The column is shown only where the office asks for such."""
    sealed: bool = True
    """Whether the cell stays the same from night to night as long as the household's matter does."""
    tells: Literal["", "person", "matter"] = ""
    """Whether the column names a person, or says what happened to one: diagnoses, amounts, proposals."""

    def cell(self, value: object) -> Cell:
        """The value as it is written: number and date as they are, everything else as safe text."""
        match value:
            case None | int() if self.kind == "number":
                return value
            case None | date() if self.kind == "date":
                return value
            case None | str() if self.kind not in ("number", "date"):
                return self._text(value)
        raise Fault(f"column {self.key}: {type(value).__name__} in a column of kind {self.kind}")

    def _text(self, value: str | None) -> str:
        if value is None:
            return ""
        match self.kind:
            case "id_number":
                return mask_id(value)
            case "phone":
                return safe_phone(value)
            case "code":
                return safe_code(value, self.prefix)
            case "place" if value.strip().isdecimal():
                return safe_code(value, self.prefix)
            case "fill":
                return ""
        return safe_text(value)


class Layout(Part):
    """The columns of one kind of list, in order."""

    columns: tuple[Column, ...]

    @property
    def titles(self) -> list[str]:
        return [column.title for column in self.columns]

    def of(self, key: str) -> Column:
        """The column with this key."""
        return next(column for column in self.columns if column.key == key)

    def cells(self, row: Mapping[str, object]) -> Row:
        """One row by column key as cells in the order of the columns; what a key lacks is left empty."""
        return tuple(column.cell(row.get(column.key)) for column in self.columns)


class Outcome(Part):
    """One way a visit can end."""

    code: str
    title: str
    means: str

    @property
    def label(self) -> str:
        return f"{self.code} {self.title}"


class Family(Part):
    """One kind of risk a visit can name."""

    title: str
    means: str
    look: str


class VisitCodes(Part):
    """Codes and guidance for the visitor."""

    outcomes: tuple[Outcome, ...]
    families: tuple[Family, ...]
    guidance: tuple[str, ...]
    """How to fill in."""
    forbidden: tuple[str, ...]
    """What may not be done with a list."""
    returning: tuple[str, ...]
    """Where a filled list goes."""


def visit_columns() -> Layout:
    """Every column a visiting list can have, in order."""
    return load_yaml(HERE / "columns.yaml", Layout)


def visit_codes() -> VisitCodes:
    """Outcomes, risk families and guidance."""
    return load_yaml(HERE / "visit_codes.yaml", VisitCodes)
