"""The suite of a contract: what every row and every batch of its feed is asked.  Nothing is declared twice."""

from collections.abc import Sequence
from typing import Final

from expectations import of_batches, of_declared, of_rows
from expectations.checks import Check
from expectations.declared import Declared
from sources.contract import Contract

SUITE_VERSION: Final = "3"
"""Raise it whenever a check changes its meaning: batches gated under another version are gated again."""


def row_checks(contract: Contract, declared: Sequence[Declared] = ()) -> tuple[Check, ...]:
    """What every row of the feed is asked: first what follows from its contract, then what is declared beside it.

    A row that fails a critical check is quarantined; a warning is told and the row stays.  The predicates are over the columns
    of `reading.facts_sql` and the tables of `of_declared.collected`; a damaged row fails `row_is_whole` and nothing else.
    """
    return (*of_rows.checks(contract), *of_declared.checks(contract, declared))


def batch_checks(contract: Contract) -> tuple[Check, ...]:
    """What every batch of the feed is asked: a critical failure holds the whole batch, a warning only tells.

    The predicates are the same for every contract, over the columns of `of_batches.ASKED`, which bring the contract's
    numbers; only `means` names them.
    """
    return tuple(of_batches.checks(contract))
