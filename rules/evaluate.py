"""The night's verdicts: every rule run over all residents, signals listed, the rest counted."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

import duckdb

from engine import conform, empty_table, number, sql_text
from rules.combine import close_signals, dependencies, in_order, keep_unjudged, lost_needs, open_signals, to_judge
from rules.compile import body_sql
from rules.expression import parse_shape
from rules.model import Rule
from rules.reasons import reason_sql
from rules.rendering import to_sql
from rules.units import household_sql, person_sql
from rules.values import Reference
from tables import SIGNAL, UNJUDGED, VERDICT_COUNT

Counts = list[tuple[str, int, str | None]]


@dataclass(frozen=True)
class Known:
    """Rules whose signals, counts and unjudged units lie in a schema already, as evaluate made them there."""

    schema: str
    rules: Set[str]


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    rules: Mapping[str, Rule],
    references: Mapping[str, Reference],
    as_of: date,
    states: Mapping[str, str],
    known: Known | None = None,
) -> None:
    """Create `signal` (fires and near), `verdict_count` and `unjudged` from `resident` and the `fact_<source>` tables.

    `states` says of each source whether it is `fresh`, `stale` (an older state serves) or `missing`; of a missing or
    unnamed source nothing is assumed: its rules are unknown for their whole population.  A rule that is off is not judged;
    its whole population is counted as `off`.  Combinations come after the rules whose signals they read.  What is `known`
    is taken over instead of judged, unless it combines something that is judged.
    """
    _open(connection, as_of)
    again = to_judge(rules, known.rules if known else frozenset())
    if known and (kept := [rule for rule in rules.values() if rule.id not in again]):
        _take_over(connection, known.schema, kept)
    sizes: dict[tuple[str, str], int] = {}
    lost: set[str] = set()
    read = {name for rule in rules.values() for name in dependencies(rule, rules)}
    for rule in in_order(rules):
        who = (rule.unit, rule.population)
        if rule.id in again and who not in sizes:
            sizes[who] = _population_size(connection, rule)
        counts = _unjudged(rule, states, sizes.get(who, 0))
        if counts is not None and not rule.off:
            lost.add(rule.id)
        if rule.id not in again:
            continue
        if counts is None:
            _run(connection, rule, references, as_of, lost_needs(rule, rules, lost))
            counts = _tally(connection, sizes[who], _stale(rule, states))
            if rule.id in read:
                keep_unjudged(connection, rule)
        _count(connection, rule, counts)
    _settle(connection)


def _take_over(connection: duckdb.DuckDBPyConnection, schema: str, rules: Sequence[Rule]) -> None:
    kept = ", ".join(sql_text(rule.id) for rule in rules) or "NULL"
    for table, name in (("every_signal", "signal"), ("every_count", "verdict_count"), ("unjudged", "unjudged")):
        connection.execute(f"INSERT INTO {table} SELECT * FROM {schema}.{name} WHERE rule IN ({kept})")


def _open(connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    empty_table(connection, "every_signal", SIGNAL, is_temporary=True)
    empty_table(connection, "every_count", VERDICT_COUNT, is_temporary=True)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW person AS {person_sql(as_of)}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE household AS {household_sql()}")
    open_signals(connection)


def _population_size(connection: duckdb.DuckDBPyConnection, rule: Rule) -> int:
    belongs = to_sql(parse_shape(rule.population)) if rule.population else "TRUE"
    return number(connection, f"SELECT count(*) FROM {rule.unit} WHERE ({belongs}) IS NOT FALSE")


def _unjudged(rule: Rule, states: Mapping[str, str], size: int) -> Counts | None:
    """The counts of a rule that nobody is judged by: it is off, or has no data.  Else nothing."""
    if rule.off:
        return [("off", size, rule.off)]
    missing = [source for source in rule.sources if states.get(source, "missing") == "missing"]
    return [("unknown", size, f"尚无数据：{'、'.join(missing)}")] if missing else None


def _stale(rule: Rule, states: Mapping[str, str]) -> str | None:
    stale = [source for source in rule.sources if states[source] == "stale"]
    return f"数据已过期，按最近一次合格数据判断：{'、'.join(stale)}" if stale else None


def _run(
    connection: duckdb.DuckDBPyConnection, rule: Rule, references: Mapping[str, Reference], as_of: date, lost: set[str]
) -> None:
    body = body_sql(rule, references, as_of, lost)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE judged AS SELECT * FROM ({body}) WHERE verdict <> 'clear'")
    said = [rule.id, rule.version(references), rule.family, rule.title, rule.shown_unit]
    identity, version, family, title, unit = (sql_text(text) for text in said)
    connection.execute(f"""
        INSERT INTO every_signal
        SELECT left(sha256(concat_ws(chr(10), {identity}, household_id, coalesce(resident_id, ''))), 16),
               household_id, resident_id, {identity}, {version}, {family}, {title}, verdict, observed, threshold,
               {unit}, document, {rule.severity}, {reason_sql(rule, references)}, event_on, known_on, DATE '{as_of}',
               evidence, combines
        FROM judged WHERE verdict <> 'unknown'
    """)


def _tally(connection: duckdb.DuckDBPyConnection, size: int, note: str | None) -> Counts:
    rows = connection.execute("SELECT verdict, why, count(*) FROM judged GROUP BY ALL ORDER BY ALL").fetchall()
    listed = {verdict: sum(row[2] for row in rows if row[0] == verdict) for verdict in ("fires", "near")}
    unknown = [("unknown", int(row[2]), _joined(row[1], note)) for row in rows if row[0] == "unknown"]
    clear = size - sum(row[2] for row in rows)
    return [*((verdict, count, note) for verdict, count in listed.items()), ("clear", clear, note), *unknown]


def _joined(*notes: str | None) -> str | None:
    return "；".join(note for note in notes if note) or None


def _count(connection: duckdb.DuckDBPyConnection, rule: Rule, counts: Sequence[tuple[str, int, str | None]]) -> None:
    rows = [(rule.id, rule.title, rule.family, verdict, units, why) for verdict, units, why in counts]
    connection.executemany("INSERT INTO every_count VALUES (?, ?, ?, ?, ?, ?)", rows)


def _settle(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        CREATE OR REPLACE TABLE signal AS
        SELECT * FROM every_signal ORDER BY rule, household_id, resident_id NULLS FIRST
    """)
    connection.execute("""
        CREATE OR REPLACE TABLE verdict_count AS
        SELECT * FROM every_count ORDER BY rule, verdict, why NULLS FIRST
    """)
    close_signals(connection)
    for table in ("every_signal", "every_count", "household"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("DROP TABLE IF EXISTS temp.judged")
    connection.execute("DROP VIEW person")
    conform(connection, "signal", SIGNAL)
    conform(connection, "verdict_count", VERDICT_COUNT)
    conform(connection, "unjudged", UNJUDGED)
