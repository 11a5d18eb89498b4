"""What every rule says of a few households: also that it is clear, and with which values; also that it cannot say, and why.

A night lists what fires and counts the rest.  Who asks about one family wants to know the rest of that family too.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import duckdb
import pyarrow as pa

from engine import conform, empty_table, sql_text
from rules.combine import lost_needs, show_signals
from rules.compile import answer_sql
from rules.expression import parse_shape
from rules.logic import is_event_driven
from rules.model import Rule
from rules.reasons import said_sql
from rules.rendering import to_sql
from rules.units import household_sql, person_sql
from rules.values import Reference
from tables import NUMBER

MISSING: Final = "missing"

ANSWER: Final = pa.schema(
    [
        ("household_id", pa.string()),
        ("resident_id", pa.string()),  # null for household rules, and where nobody could be asked
        ("rule", pa.string()),
        ("title", pa.string()),
        ("family", pa.string()),
        ("verdict", pa.string()),  # fires | near | clear | unknown
        ("observed", NUMBER),
        ("threshold", NUMBER),
        ("unit", pa.string()),
        ("document", pa.string()),
        ("judged_on", pa.date32()),  # the day whose thresholds count: that of the latest event, else the night's
        ("said", pa.list_(pa.string())),  # Chinese, each need and threshold with its value; never null
        ("why", pa.string()),  # for unknown: Chinese, what is missing
        ("missing", pa.list_(pa.string())),  # sources that never came; never null
    ]
)
"""From ask: what every rule says of a few households that somebody asks about."""


def ask(
    connection: duckdb.DuckDBPyConnection,
    rules: Mapping[str, Rule],
    references: Mapping[str, Reference],
    as_of: date,
    states: Mapping[str, str],
) -> None:
    """Create `answer` (ANSWER) from `resident` and `fact_<source>`, which hold a few households, `signal` and `unjudged`.

    One row per rule and person or household looked at.  Whoever a rule did not look at has no row: outside its population,
    or without a record that it could look at.  A rule whose feed never came is unknown once per household; one that is off
    says nothing.
    """
    empty_table(connection, "answer", ANSWER)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE person AS {person_sql(as_of)}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE household AS {household_sql()}")
    on = [rule for rule in rules.values() if not rule.off]
    if any(rule.is_combination for rule in on):
        theirs = "SEMI JOIN resident USING (household_id)"
        show_signals(connection, f"signal {theirs}", f"unjudged {theirs}")
    missing = {rule.id: [one for one in rule.sources if states.get(one, MISSING) == MISSING] for rule in on}
    lost = {name for name, sources in missing.items() if sources}
    worth = _worth_asking(connection, [rule for rule in on if rule.id not in lost])
    answers = [_unasked(rule, missing[rule.id]) for rule in on if rule.id in lost]
    answers += [_asked(rule, references, as_of, lost_needs(rule, rules, lost)) for rule in worth]
    if answers:
        connection.execute("INSERT INTO answer " + "\nUNION ALL\n".join(answers))
    connection.execute("DROP VIEW IF EXISTS temp.fact_signals; DROP TABLE temp.person; DROP TABLE temp.household")
    conform(connection, "answer", ANSWER)


def _worth_asking(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> list[Rule]:
    """Without those that only facts can set off and that find none."""
    sources = sorted({source for rule in rules for source in rule.sources})
    each = (f"SELECT {sql_text(one)} WHERE EXISTS (FROM fact_{one})" for one in sources)
    filled = {row[0] for row in connection.execute(" UNION ALL ".join(each)).fetchall()} if sources else set()
    return [rule for rule in rules if rule.is_combination or not is_event_driven(rule) or filled & set(rule.sources)]


def _unasked(rule: Rule, missing: list[str]) -> str:
    belongs = f"({to_sql(parse_shape(rule.population))}) IS NOT FALSE" if rule.population else "TRUE"
    nothing = "NULL, NULL, NULL, NULL, NULL, [], NULL"
    return f"""
        SELECT DISTINCT household_id, NULL, {_named(rule)}, 'unknown', {nothing}, {_texts(missing)}
        FROM {rule.unit} WHERE {belongs}"""


def _asked(rule: Rule, references: Mapping[str, Reference], as_of: date, lost: set[str]) -> str:
    return f"""
        SELECT household_id, resident_id, {_named(rule)}, verdict, observed, threshold,
               {sql_text(rule.shown_unit)}, document, judged_on, {said_sql(rule, references)}, why, []
        FROM ({answer_sql(rule, references, as_of, lost)})"""


def _named(rule: Rule) -> str:
    return f"{sql_text(rule.id)}, {sql_text(rule.title)}, {sql_text(rule.family)}"


def _texts(values: list[str]) -> str:
    return f"[{', '.join(sql_text(value) for value in values)}]"
