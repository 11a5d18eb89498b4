"""Combination rules: whose facts are what other rules say tonight.  What depends on what, and in which order to judge.

`fact_signals` is what they read: one row per signal of tonight, and one without verdict per unit that a rule could not judge.
"""

from collections.abc import Collection, Iterator, Mapping, Set
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from typing import Final

import duckdb

from engine import empty_table, sql_text
from misfits import did_you_mean
from rules.expression import parse_shape
from rules.logic import Value, judge
from rules.model import Rule
from rules.names import SIGNALS
from rules.quantity import Need
from tables import UNJUDGED

SIGNAL_FACTS: Final = """
    signal_id VARCHAR, household_id VARCHAR, resident_id VARCHAR, received_on DATE, rule VARCHAR, family VARCHAR,
    severity INTEGER, verdict VARCHAR, event_on DATE, evidence BIGINT[], is_combination BOOLEAN
"""
"""The columns of `fact_signals`."""


def dependencies(rule: Rule, rules: Mapping[str, Rule]) -> set[str]:
    """The rules whose signals a rule reads."""
    return {name for need in rule.needs.values() if need.source == SIGNALS for name in _read(need, rules)}


def _read(need: Need, rules: Mapping[str, Rule]) -> Collection[str]:
    return need.rules or [name for name, rule in rules.items() if not rule.is_combination]


def in_order(rules: Mapping[str, Rule]) -> list[Rule]:
    """The rules, each after those it reads, else by id.  Raises graphlib.CycleError where there is a circle."""
    sorter = TopologicalSorter({name: dependencies(rule, rules) & rules.keys() for name, rule in rules.items()})
    sorter.prepare()
    ordered: list[Rule] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += [rules[name] for name in ready]
        sorter.done(*ready)
    return ordered


def to_judge(rules: Mapping[str, Rule], known: Set[str]) -> set[str]:
    """The rules that are not known, and those that combine any of them, directly or not."""
    again = set(rules) - known
    for rule in in_order(rules):
        if dependencies(rule, rules) & again:
            again.add(rule.id)
    return again


def problems(rules: Mapping[str, Rule]) -> Iterator[tuple[Rule, str, str, str]]:
    """What is wrong with the combinations: rule, place, what is expected, what was found."""
    for rule in rules.values():
        for name, need in rule.needs.items():
            for unknown in sorted(set(need.rules) - rules.keys()):
                yield rule, f"needs.{name}.rules", "已有的规则", f"没有规则 {unknown}{did_you_mean(unknown, rules)}"
    try:
        in_order(rules)
    except CycleError as circle:
        path = list(reversed(circle.args[1]))
        yield (
            rules[path[0]],
            "needs",
            "组合规则不绕圈（从 rules 中去掉其中一环）",
            f"{' → '.join(path)}（箭头指向所依据的规则）",
        )


def lost_needs(rule: Rule, rules: Mapping[str, Rule], lost: Collection[str]) -> set[str]:
    """The needs that look at a rule of `lost`, which could not be judged tonight, and might have found a signal of it."""
    return {
        name
        for name, need in rule.needs.items()
        if need.source == SIGNALS and any(_might_show(need, rules[one]) for one in set(_read(need, rules)) & set(lost))
    }


def _might_show(need: Need, rule: Rule) -> bool:
    known: dict[str, Value] = {"rule": rule.id, "family": rule.family, "severity": Decimal(rule.severity)}
    return not need.where or judge(parse_shape(need.where), known) is not False


def open_signals(connection: duckdb.DuckDBPyConnection) -> None:
    """`fact_signals` over `every_signal` as it grows, and `unjudged` (UNJUDGED)."""
    empty_table(connection, "unjudged", UNJUDGED)
    show_signals(connection, "every_signal", "unjudged")


def show_signals(connection: duckdb.DuckDBPyConnection, found: str, unjudged: str) -> None:
    """The view `fact_signals` over signals found (SIGNAL) and those whom a rule could not judge (UNJUDGED)."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW fact_signals AS
        SELECT signal_id, household_id, resident_id, known_on AS received_on, rule, family, severity, verdict, event_on,
               evidence, combines IS NOT NULL AS is_combination
        FROM {found}
        UNION ALL
        SELECT NULL, household_id, resident_id, NULL, rule, family, severity, NULL, NULL, NULL, is_combination
        FROM {unjudged}
    """)


def keep_unjudged(connection: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """Whom a rule could not judge, from `judged`: for those that combine it."""
    connection.execute(f"""
        INSERT INTO unjudged
        SELECT household_id, resident_id, {sql_text(rule.id)}, {sql_text(rule.family)}, {rule.severity}, {rule.is_combination}
        FROM judged WHERE verdict = 'unknown'
    """)


def close_signals(connection: duckdb.DuckDBPyConnection) -> None:
    """The view goes; whom no rule could judge stays, for those who judge some of the rules again."""
    connection.execute("DROP VIEW fact_signals")
