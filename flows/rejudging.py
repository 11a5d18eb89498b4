"""A night asked again: only the rules that changed are judged over its facts; then suppressed, ranked and referred as ever."""

from collections.abc import Mapping, Set
from pathlib import Path

import duckdb

from engine import sql_text
from flows.declared import ranking_of
from flows.past import Declared
from outputs.rank import rank
from outputs.refer import refer
from rules.evaluate import evaluate
from rules.model import Reference, Rule
from rules.suppress import suppress


def changed_rules(
    before: Mapping[str, Rule], after: Mapping[str, Rule], old: Mapping[str, Reference], new: Mapping[str, Reference]
) -> frozenset[str]:
    """The rules that are new, gone, or other than they were, their reference values included."""
    was = {name: rule.version(old) for name, rule in before.items()}
    now = {name: rule.version(new) for name, rule in after.items()}
    return frozenset(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))


def judge_again(connection: duckdb.DuckDBPyConnection, told: Declared, changed: Set[str], before: str) -> None:
    """Create `signal` and `verdict_count`: the rules of `changed` judged anew, all others taken from the schema `before`.

    Of the facts only those are read that a changed rule speaks of.
    """
    again = {name: rule for name, rule in told.rules.items() if name in changed}
    evaluate(connection, again, told.references, told.as_of, told.states)
    kept = ", ".join(sql_text(name) for name in told.rules if name not in changed) or "NULL"
    for table in ("signal", "verdict_count"):
        connection.execute(f"INSERT INTO {table} SELECT * FROM {before}.{table} WHERE rule IN ({kept})")


def order_again(connection: duckdb.DuckDBPyConnection, told: Declared, previous: Path | None) -> None:
    """Create `suppressed`, `open_signal`, `warning` and `referral` from `signal`."""
    office = told.office
    suppress(connection, told.as_of, office.quiet_days)
    ranking = ranking_of(told.weights, told.proposals, told.references)
    rank(connection, ranking, told.as_of, office.visit_within_days, previous)
    refer(connection, told.as_of, office)
