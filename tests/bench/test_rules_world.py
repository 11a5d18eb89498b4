"""The tables the rules are timed on are what the rules read, and the copies of rules are other rules."""

from decimal import Decimal
from pathlib import Path

import duckdb

from bench.rules import hold, rows_for, some_rules
from bench.rules_world import AS_OF, invent
from rules.evaluate import evaluate
from rules.load import load_references, load_rules
from sources.contracts import load_contracts


def test_every_rule_can_be_judged_on_the_invented_tables(tmp_path: Path) -> None:
    contracts, rules = load_contracts(None), some_rules(len(load_rules(None)) + 3)
    rows = rows_for(len(rules), 600, 6_000)
    invent(tmp_path, contracts, rows, 600)
    with duckdb.connect() as connection:
        hold(connection, tmp_path, contracts)
        for source in rows:
            assert connection.execute(f"SELECT count(*) FROM fact_{source}").fetchone() == (rows[source],)
        evaluate(connection, rules, load_references(None), AS_OF, dict.fromkeys(rows, "fresh"))
        judged = connection.execute("SELECT DISTINCT rule FROM verdict_count").fetchall()
    assert {rule for (rule,) in judged} == set(rules)


def test_copies_have_other_ids_and_higher_lines() -> None:
    rules = some_rules(2 * len(load_rules(None)))
    assert len(rules) == 2 * len(load_rules(None))
    first, second = rules["medical_outpatient_month"].thresholds, rules["medical_outpatient_month_1"].thresholds
    values = [line.values[0].value for line in (*first.values(), *second.values())]
    assert values == [Decimal(500), Decimal(550)]
