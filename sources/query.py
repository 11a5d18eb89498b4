"""The part of a contract that says what to ask a department's database: one SELECT, and how much it may cost."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from pydantic import Field, field_validator

from catalogue import Part, wrong
from tables import MAX_ROWS

ConnectionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Text = Annotated[str, Field(min_length=1)]

_QUOTED: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`""")
_WRITES: Final = frozenset(
    {"alter", "call", "copy", "create", "delete", "drop", "dumpfile", "execute", "grant", "insert"}
    | {"into", "lock", "merge", "outfile", "revoke", "truncate", "update"}
)
"""Words by which a statement that begins as a SELECT writes, locks or calls.  A column of such a name is written in quotes."""


class QueryFailed(Exception):
    """A database did not answer as agreed.  The message is Chinese and holds no value, no password and no server's text."""

    def __init__(self, why: str, *, may_recover: bool = False) -> None:
        super().__init__(why)
        self.may_recover = may_recover


class Recent(Part):
    """Fetch only what is recent: from the first day of the month that lies so many months before the night's."""

    column: Text
    """A column of the result that holds a date or a time."""
    months: Annotated[int, Field(ge=0, le=120)]

    def first_day(self, as_of: date) -> date:
        """The first day that is fetched: it moves once a month, so that unchanged data give unchanged bytes in between."""
        months = as_of.year * 12 + as_of.month - 1 - self.months
        return date(months // 12, months % 12 + 1, 1)


class Query(Part):
    """A feed that is asked for instead of sent.  Which server `connection` is stands in `HOME/connections.yaml`."""

    connection: ConnectionName
    select: Text
    """One SELECT in the server's dialect; its column names are the headers."""
    order_by: tuple[Text, ...] = ()
    """Columns of the result by which rows follow each other: of two rows with one key, the later one is the correction."""
    recent: Recent | None = None
    every_days: Annotated[int, Field(ge=1, le=366)] = 1
    """The database is asked again after so many days."""
    max_rows: Annotated[int, Field(ge=1, le=MAX_ROWS)] = 20_000_000
    """More rows than this are a mistake in the SELECT: nothing is taken."""
    timeout_minutes: Annotated[int, Field(ge=1, le=240)] = 30

    @field_validator("select")
    @classmethod
    def _only_reads(cls, select: str) -> str:
        for problem in _not_reading(select):
            raise wrong(problem)
        return select.strip()


@dataclass(frozen=True)
class Question:
    """What one server is asked once: the SELECT, the rows that are wanted of it, and what it may cost."""

    select: str
    max_rows: int
    seconds: float
    since: tuple[str, date] | None = None
    """A column of the result and the first day that is wanted."""


def _not_reading(select: str) -> Iterator[str]:
    """Why a text is not one plain SELECT.  The read-only transaction it runs in is the wall; this is the sign before it."""
    bare = _QUOTED.sub(" '' ", select).lower()
    words = re.findall(r"[a-z_][a-z0-9_$]*", bare)
    if "\\'" in select or "$$" in bare or bare.count("'") % 2 or '"' in bare or "`" in bare:
        yield "select 里的引号不成对，或用了 \\' 与 $$；文本用单引号，其中的单引号写两次"
    if any(mark in bare for mark in ("--", "/*", "#")):
        yield "select 里不可有 SQL 注释；说明请写成 YAML 注释"
    if ";" in bare:
        yield "select 只可有一条语句，不可有分号"
    if not words or words[0] not in ("select", "with"):
        yield "select 须以 SELECT 或 WITH 开头"
    if forbidden := sorted(_WRITES.intersection(words)):
        yield f"select 只可读取，不可有 {'、'.join(forbidden).upper()}；若是列名，请加引号"
