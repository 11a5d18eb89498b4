"""Great Expectations over tables of a DuckDB file.  Only counts come out of it, never a value."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from errors import Fault
from expectations.checks import Check
from expectations.duckdb_patch import duckdb_connections_kept

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.datasource.fluent import SQLDatasource

COUNTS_ONLY: Final = {"result_format": "BASIC", "exclude_unexpected_values": True, "partial_unexpected_count": 0}
"""Great Expectations then asks the database for at most 0 unexpected values."""


@dataclass(frozen=True)
class Limits:
    """What a DuckDB connection may use."""

    threads: int
    memory_limit: str


def unexpected_counts(database: Path, suites: Mapping[str, Sequence[Check]], limits: Limits) -> dict[str, dict[str, int]]:
    """Table -> check id -> how many rows do not meet it, one validation per table; opens `database` read-only.

    Raises Fault, naming the expectation, if one of its metrics could not be computed.
    """
    # Read when the library is imported; it would otherwise report its use over the network and draw progress bars.
    os.environ.update(GX_ANALYTICS_ENABLED="false", TQDM_DISABLE="1")
    with duckdb_connections_kept(), _source(database, limits) as source:
        return {table: _validate(source, table, checks) for table, checks in suites.items()}


@contextmanager
def _source(database: Path, limits: Limits) -> Iterator["SQLDatasource"]:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)  # names temporary folders
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    config = {
        "threads": limits.threads,
        "memory_limit": limits.memory_limit,
        "temp_directory": str(database.with_suffix(".spill")),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    arguments = {"connect_args": {"read_only": True, "config": config}}
    source = context.data_sources.add_sql("gate", connection_string=f"duckdb:///{database}", kwargs=arguments)
    try:
        yield source
    finally:
        source.get_execution_engine().close()


def _validate(source: "SQLDatasource", table: str, checks: Sequence[Check]) -> dict[str, int]:
    import great_expectations as gx

    batch = source.add_table_asset(table, table_name=table).add_batch_definition_whole_table(table).get_batch()
    suite = gx.ExpectationSuite(table, expectations=[check.expectation() for check in checks])
    results = batch.validate(suite, result_format=COUNTS_ONLY).results
    counts = {result.expectation_config.meta["check"]: _count(table, result) for result in results}
    if missing := [check.id for check in checks if check.id not in counts]:
        raise Fault(f"Great Expectations gave no result for {missing[0]} on {table}")
    return counts


def _count(table: str, result: "ExpectationValidationResult") -> int:
    """The unexpected rows of one result.  A metric that raised comes as an unmet expectation; it is our defect, not the data's.

    The library's own message is left out: it may quote a value.
    """
    check = result.expectation_config.meta["check"]
    if _raised(result.exception_info):
        raise Fault(f"Great Expectations could not compute {check} on {table}")
    return int(result.result.get("unexpected_count", result.result.get("observed_value")) or 0)


def _raised(info: Mapping[str, object]) -> bool:
    """The library gives one account of an exception, or one per metric."""
    return bool(info.get("raised_exception")) or any(_raised(part) for part in info.values() if isinstance(part, Mapping))
