"""A night asked again: only the rules that changed are judged over its facts; then suppressed, ranked and referred as ever."""

from collections.abc import Mapping, Set
from pathlib import Path

import duckdb

from casework.suppress import suppress
from flows.declared import again_of, ranking_of
from flows.past import Declared
from outputs.rank import rank
from outputs.refer import refer
from rules.combine import dependencies
from rules.evaluate import Known, evaluate
from rules.model import Reference, Rule


def changed_rules(
    before: Mapping[str, Rule], after: Mapping[str, Rule], old: Mapping[str, Reference], new: Mapping[str, Reference]
) -> frozenset[str]:
    """The rules that are new, gone, or other than they were, their reference values included."""
    was = {name: rule.version(old) for name, rule in before.items()}
    now = {name: rule.version(new) for name, rule in after.items()}
    return frozenset(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))


def judge_again(
    connection: duckdb.DuckDBPyConnection, told: Declared, changed: Set[str], before: str, then: Mapping[str, Rule]
) -> None:
    """Create `signal`, `verdict_count` and `unjudged`: the rules of `changed` and those that combine them judged anew, all
    others taken from the schema `before`, which was made by the rules `then`.

    Of the facts only those are read that such a rule speaks of.
    """
    known = set(told.rules) - changed
    if changed - told.rules.keys():  # a rule is gone: what combined it says something else
        known = {name for name in known if not told.rules[name].is_combination}
    newly_read = _read(told.rules) - _read(then)
    evaluate(connection, told.rules, told.references, told.as_of, told.states, Known(before, known - newly_read))


def _read(rules: Mapping[str, Rule]) -> set[str]:
    """The rules that others combine: of these it is kept whom they could not judge."""
    return {name for rule in rules.values() for name in dependencies(rule, rules)}


def order_again(connection: duckdb.DuckDBPyConnection, told: Declared, previous: Path | None) -> None:
    """Create `suppressed`, `open_signal`, `warning` and `referral` from `signal`."""
    office = told.office
    suppress(connection, told.as_of, office.quiet_days, again_of(told.rules, told.channels))
    ranking = ranking_of(told.weights, told.proposals, told.references)
    rank(connection, ranking, told.as_of, previous)
    refer(connection, told.as_of, office)
