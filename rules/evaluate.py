"""The night's verdicts: every rule run over all residents, signals listed, the rest counted."""

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb

from engine import conform, number, sql_text
from rules.compile import body_sql
from rules.expression import parse_shape
from rules.model import Rule
from rules.reasons import reason_sql
from rules.rendering import to_sql
from rules.units import household_sql, person_sql
from rules.values import Reference
from tables import SIGNAL, VERDICT_COUNT

Counts = list[tuple[str, int, str | None]]


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    rules: Mapping[str, Rule],
    references: Mapping[str, Reference],
    as_of: date,
    states: Mapping[str, str],
) -> None:
    """Create `signal` (fires and near) and `verdict_count` from `resident` and the `fact_<source>` tables.

    `states` says of each source whether it is `fresh`, `stale` (an older state serves) or `missing`; of a missing or
    unnamed source nothing is assumed: its rules are unknown for their whole population.  A rule that is off is not judged;
    its whole population is counted as `off`.
    """
    connection.register("no_signal", SIGNAL.empty_table())
    connection.register("no_count", VERDICT_COUNT.empty_table())
    connection.execute("CREATE OR REPLACE TEMP TABLE every_signal AS SELECT * FROM no_signal")
    connection.execute("CREATE OR REPLACE TEMP TABLE every_count AS SELECT * FROM no_count")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW person AS {person_sql(as_of)}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE household AS {household_sql()}")
    sizes: dict[tuple[str, str], int] = {}
    for rule in rules.values():
        who = (rule.unit, rule.population)
        if who not in sizes:
            sizes[who] = _population_size(connection, rule)
        _count(connection, rule, _judge(connection, rule, references, as_of, states, sizes[who]))
    _settle(connection)


def _population_size(connection: duckdb.DuckDBPyConnection, rule: Rule) -> int:
    belongs = to_sql(parse_shape(rule.population)) if rule.population else "TRUE"
    return number(connection, f"SELECT count(*) FROM {rule.unit} WHERE ({belongs}) IS NOT FALSE")


def _judge(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    references: Mapping[str, Reference],
    as_of: date,
    states: Mapping[str, str],
    size: int,
) -> Counts:
    if rule.off:
        return [("off", size, rule.off)]
    missing = [source for source in rule.sources if states.get(source, "missing") == "missing"]
    if missing:
        return [("unknown", size, f"尚无数据：{'、'.join(missing)}")]
    _run(connection, rule, references, as_of)
    stale = [source for source in rule.sources if states[source] == "stale"]
    note = f"数据已过期，按最近一次合格数据判断：{'、'.join(stale)}" if stale else None
    return _tally(connection, size, note)


def _run(connection: duckdb.DuckDBPyConnection, rule: Rule, references: Mapping[str, Reference], as_of: date) -> None:
    body = body_sql(rule, references, as_of)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE judged AS SELECT * FROM ({body}) WHERE verdict <> 'clear'")
    said = [rule.id, rule.version(references), rule.family, rule.title, rule.shown_unit]
    identity, version, family, title, unit = (sql_text(text) for text in said)
    connection.execute(f"""
        INSERT INTO every_signal
        SELECT left(sha256(concat_ws(chr(10), {identity}, household_id, coalesce(resident_id, ''))), 16),
               household_id, resident_id, {identity}, {version}, {family}, {title}, verdict, observed, threshold,
               {unit}, document, {rule.severity}, {reason_sql(rule, references)}, event_on, known_on, DATE '{as_of}',
               evidence, NULL
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
    for table in ("every_signal", "every_count", "household"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("DROP TABLE IF EXISTS temp.judged")
    connection.execute("DROP VIEW person")
    connection.unregister("no_signal").unregister("no_count")
    conform(connection, "signal", SIGNAL)
    conform(connection, "verdict_count", VERDICT_COUNT)
