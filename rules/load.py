"""Rules and reference values from YAML, layered by id, and everything about them that can be checked before a night."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from catalogue import load_layers
from rules.checking import Checking, ColumnUnits, Facts, Titles, reserved_words
from rules.combine import problems
from rules.model import Rule
from rules.sandbox import sandbox
from rules.values import Reference

BUILT_IN: Final = Path(__file__).parent
"""Where the files that come with the program lie: `catalogue` and `reference`."""


def load_rules(office_layer: Path | None) -> dict[str, Rule]:
    """The built-in rules by id, an office's own layered over them.  Raises CatalogueError."""
    return load_layers([BUILT_IN / "catalogue", *([office_layer] if office_layer else [])], Rule)


def load_references(office_layer: Path | None) -> dict[str, Reference]:
    """The built-in reference values by id, an office's own layered over them.  Raises CatalogueError."""
    return load_layers([BUILT_IN / "reference", *([office_layer] if office_layer else [])], Reference)


def check(
    rules: Mapping[str, Rule],
    references: Mapping[str, Reference],
    facts: Facts,
    units: ColumnUnits | None = None,
    folders: Iterable[Path] = (),
    only: str | None = None,
    titles: Titles | None = None,
) -> None:
    """Every expression is on the white-list, every column, reference and area exists, units agree, every rule becomes SQL.

    `folders` are where an office's own files lie, to name them in full; `only` is the one rule to check among the others.
    Raises CatalogueError with file, place and cure.
    """
    with sandbox(facts) as connection:
        where = (*folders, BUILT_IN / "catalogue", BUILT_IN / "reference")
        checked = Checking(connection, references, facts, units or {}, titles or {}, where, reserved_words(connection))
        for rule, place, expected, found in problems(rules):
            raise checked.refusal(rule.id, place, expected, found)
        for reference in references.values():
            checked.areas(reference.id, "values", reference.values)
        for rule in [rules[only]] if only else rules.values():
            checked.visits(rule)
            checked.thresholds(rule)
            checked.logic(rule, {name: checked.need(rule, name, need) for name, need in rule.needs.items()})
            checked.binding(rule)
