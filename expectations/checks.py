"""A check, said twice: as our own SQL predicate and as a Great Expectations object.  The gate compares the two counts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Final, Literal

Severity = Literal["critical", "warning"]

WHOLE_ROW: Final = "damage IS NULL"
"""A damaged row's cells cannot be told apart, so it is asked nothing else."""
READABLE: Final = "unreadable IS NULL"
"""An unreadable file has no rows and no columns to ask about."""

Build = Callable[[ModuleType, dict[str, object]], object]
"""Makes a Great Expectations object, from the library and the arguments all have in common."""
_BATCH_HERE: Final = "\x00"


@dataclass(frozen=True)
class Check:
    """One expectation.  `bad` is an SQL predicate, true for a row (or batch) that does not meet it and never null.

    `means` says in Chinese, for the sender, what was expected.  `observed` is SQL for the number a batch check reports.
    """

    name: str
    column: str
    severity: Severity
    bad: str
    means: str
    build: Build = field(repr=False, compare=False)
    observed: str = "0"
    share: int | None = None
    """For a row check whose batch is held if more than so many of a hundred rows fail it."""

    @property
    def id(self) -> str:
        """Unique within a suite."""
        return f"{self.name}:{self.column}"

    def expectation(self) -> object:
        """The Great Expectations object.  Imports the library, which takes seconds: call it only to validate."""
        import great_expectations.expectations as library

        return self.build(library, {"severity": self.severity, "description": self.means, "meta": {"check": self.id}})


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def rows_query(bad: str) -> Build:
    """Builds the expectation that no row meets `bad`: for what Great Expectations has no expectation on DuckDB.

    It selects no column, so that its result holds no value.
    """
    return lines_of(lambda batch: f"SELECT 1 AS unexpected FROM {batch} WHERE {bad}")


def lines_of(query: Callable[[str], str]) -> Build:
    """Builds the expectation that a query over the batch gives no line; it may select no value.

    GX formats the query with str.format, then SQLAlchemy looks for `:name`; braces and colons are escaped for the two.
    """
    escaped = query(_BATCH_HERE).replace(":", "\\:").replace("{", "{{").replace("}", "}}").replace(_BATCH_HERE, "{batch}")
    return lambda library, common: library.UnexpectedRowsExpectation(unexpected_rows_query=escaped, **common)


def null_in(column: str) -> object:
    """Great Expectations' condition that restricts an expectation to rows where `column` is null."""
    from great_expectations.expectations.row_conditions import Column

    return Column(column).is_null()
