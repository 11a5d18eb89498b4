"""Sections of the night's report: each topic has a module of its own that makes one, the page only strings them together.

A topic's module offers `section(connection) -> Section | None`: it reads the night's tables and fills its own template, with
`fill`.  None: nothing is to be said tonight, and nothing is shown.  A module is known once it is in `night_sections.SECTIONS`.

Templates may `{% from "parts.html.j2" import count, share, head, group, small %}`, and use the report's classes: `wide` around
a table (it scrolls on a phone), `n` for a cell of figures, `zero`, `soft`, `text`, `day`, `tag`, `red`, `orange`, `good`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import duckdb

from outputs.pages import page_template

FEW: Final = 20
"""Below so many a share is marked as resting on few.  Our own figure."""


@dataclass(frozen=True)
class Lead:
    """A sentence for the first screen: what a leader has to know tonight.  Chinese, no person's value."""

    text: str
    is_urgent: bool = False


@dataclass(frozen=True)
class Section:
    """One topic of the report."""

    key: str
    """ASCII, of one's own: the section's anchor."""
    title: str
    html: str
    """What stands below the title, escaped already; without `<section>` and without the title."""
    leads: tuple[Lead, ...] = ()


class Maker(Protocol):
    """Makes a section from the tables of the night; `getvariable('as_of')` is the night's day in SQL."""

    def __call__(self, connection: duckdb.DuckDBPyConnection) -> Section | None: ...


def fill(template: str, **context: object) -> str:
    """A template of this folder filled, every text in it escaped."""
    return page_template(template).render(**context).strip()


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query by column, for a template; of few rows only."""
    rows: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return rows


def named(names: Sequence[str], shown: int = 6) -> str:
    """Names in a sentence, the first of them if they are many."""
    return "、".join(names[:shown]) + (f"等 {len(names):,} 个" if len(names) > shown else "")
