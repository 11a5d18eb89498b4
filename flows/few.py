"""A few households of a night that is over: their residents, their rows and whose these were, read without the rest."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import duckdb

from engine import sql_text
from expectations.reading import stored_sql
from flows import joints
from flows.answered_facts import add_answers, tie_answers
from flows.past import SCHEMA, Past
from outputs.explain import lost_batch
from rules.visits import VISITS
from settings import Home


def narrow(past: Past, households: Sequence[str]) -> None:
    """Make `resident`, `link` (linked or likeliest theirs) and `fact_<source>` tables of these households alone.

    Sources that never came have none.  The tables stand before the night's own, which stay under their names in its schema.
    Raises HomeError if a batch that they rest on is gone.
    """
    db, told = past.db, past.declared
    sources = {source: facts for source, facts in told.facts.items() if told.states[source] != "missing"}
    wanted = ", ".join(sql_text(household) for household in households) or "NULL"
    db.execute(f"CREATE TABLE main.resident AS FROM {SCHEMA}.resident WHERE household_id IN ({wanted})")
    db.execute(f"CREATE TABLE main.link AS FROM {SCHEMA}.link WHERE resident_id IN (SELECT resident_id FROM main.resident)")
    came = _came(db)
    for source, facts in sources.items():
        stored = stored_sql(past.home, source, facts, _kept(past.home, source, came))
        db.execute(f"CREATE VIEW accepted_{source} AS {stored}")
    joints.join_facts(db, sources)
    answers = f"(SELECT * FROM {SCHEMA}.answer WHERE household_id IN ({wanted}))"
    tie_answers(db, answers)
    if VISITS in sources:
        add_answers(db, answers)


@contextmanager
def planned_plainly(past: Past) -> Iterator[None]:
    """Within the block queries run as they are written, by one thread: over few rows anything more costs more than it saves."""
    past.db.execute("PRAGMA disable_optimizer; SET threads = 1")
    try:
        yield
    finally:
        past.db.execute(f"PRAGMA enable_optimizer; SET threads = {past.declared.office.threads}")


def _came(db: duckdb.DuckDBPyConnection) -> dict[str, dict[str, date]]:
    """Source -> batch -> day of receipt, of the batches that hold a row of these households."""
    rows = db.execute("""
        SELECT DISTINCT source, batch_id, received_on FROM batch SEMI JOIN main.link USING (source, batch_id) ORDER BY ALL
    """).fetchall()
    return joints.by_source(rows)


def _kept(home: Home, source: str, came: dict[str, dict[str, date]]) -> dict[str, date]:
    batches = came.get(source, {})
    for batch in batches:
        if not home.facts(source, batch).exists():
            raise lost_batch(home.facts(source, batch))
    return batches
