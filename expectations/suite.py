"""The suite of a contract: what every row and every batch of its feed is asked.  Nothing is declared twice."""

from typing import Final

from expectations import of_batches, of_rows
from expectations.checks import Check
from sources.contract import Contract

SUITE_VERSION: Final = "2"
"""Raise it whenever a check changes its meaning: batches gated under another version are gated again."""


def row_checks(contract: Contract) -> tuple[Check, ...]:
    """What every row of the feed is asked; all are critical, so a row that fails one is quarantined.

    The predicates are over the columns of `reading.facts_sql`; a damaged row fails `row_is_whole` and nothing else.
    """
    return tuple(of_rows.checks(contract))


def batch_checks(contract: Contract) -> tuple[Check, ...]:
    """What every batch of the feed is asked: a critical failure holds the whole batch, a warning only tells.

    The predicates are the same for every contract, over the columns of `of_batches.ASKED`, which bring the contract's
    numbers; only `means` names them.
    """
    return tuple(of_batches.checks(contract))
