"""A warning judged again from the rows it names, and from nothing else; then without each of them.

Every signal gets small worlds of its own: one with the rows it names, one without its facts, one without each single row.  In
a world nobody exists but the person or household judged, whoever is named as a row of the roster, and whoever a named row is
linked to.  All worlds are judged at once, by the rules of that night.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb
from pydantic import TypeAdapter

from engine import number, sql_text
from flows.declared import ranking_of
from flows.explaining import Explained, explained_few
from flows.few import planned_plainly
from flows.past import SCHEMA, Declared, Past, open_night
from outputs.evidence import Without
from outputs.explain import household_of
from outputs.rank import rank
from rules.evaluate import Known, evaluate
from rules.visits import VISITS
from settings import Home

_PROOF: Final = "proof"
_NAMED_ONLY: Final = "named"
_NOTHING: Final = 0
"""In place of a dropped row: the world with all rows."""
_EVERYTHING: Final = -1
"""The world without any of them."""

_COMPARED: Final = (
    "verdict",
    "observed",
    "threshold",
    "unit",
    "document",
    "severity",
    "reason",
    "event_on",
    "known_on",
    "version",
)
_RANKED: Final = (
    "warning_id, household_id, score, parts, tier, families, reasons, signals, event_on, first_seen, status, due_on, "
    "proposed_risks, proposed_class, proposed_why"
)

_WORLDS: Final = f"""
CREATE TABLE main.world AS
WITH asked AS (
    SELECT s.* FROM signal s WHERE signal_id IN (SELECT unnest(signals) FROM warning WHERE {{wanted}})
),
head AS (
    SELECT household_id, first(resident_id ORDER BY relation IS DISTINCT FROM '户主', resident_id) AS resident_id
    FROM resident SEMI JOIN asked USING (household_id) GROUP BY household_id
),
judged AS (
    SELECT signal_id, r.resident_id AS judged, r.row_id AS own, evidence
    FROM asked JOIN head USING (household_id) JOIN resident r ON r.resident_id = coalesce(asked.resident_id, head.resident_id)
)
SELECT '#' || row_number() OVER (ORDER BY signal_id, dropped) AS world, *
FROM (SELECT *, unnest(list_concat([{_NOTHING}, {_EVERYTHING}], evidence)) AS dropped FROM judged)
"""

_KEPT: Final = f"""
CREATE TABLE main.kept AS
SELECT world, row_id FROM (SELECT world, dropped, unnest(evidence) AS row_id FROM world)
WHERE dropped NOT IN (row_id, {_EVERYTHING})
"""

_PRESENT: Final = f"""
CREATE TABLE {_PROOF}.resident AS
WITH present AS (
    SELECT world, judged AS resident_id FROM world
    UNION
    SELECT world, resident_id FROM kept JOIN resident USING (row_id)
    UNION
    SELECT world, resident_id FROM kept JOIN link USING (row_id) WHERE decision = 'linked'
),
gone AS (SELECT world, unnest(if(dropped = {_EVERYTHING}, evidence, [dropped])) AS row_id FROM world)
SELECT r.* REPLACE (r.resident_id || world AS resident_id, r.household_id || world AS household_id)
FROM present JOIN resident r USING (resident_id) ANTI JOIN gone USING (world, row_id)
"""
"""A row of the roster that was dropped takes its person along."""

_FACTS: Final = f"""
CREATE TABLE {_PROOF}.fact_{{source}} AS
SELECT f.* REPLACE (f.resident_id || world AS resident_id, f.household_id || world AS household_id)
FROM fact_{{source}} f JOIN kept USING (row_id)
SEMI JOIN (
    SELECT 'person' AS whose, resident_id AS id FROM {_PROOF}.resident
    UNION SELECT 'household', household_id FROM {_PROOF}.resident
) AS known ON whose = if(f.resident_id IS NULL, 'household', 'person') AND id = coalesce(f.resident_id, f.household_id) || world
"""
"""What a visitor wrote into a list is the household's, and so has no resident."""

_DOUBTFUL: Final = f"""
CREATE TABLE {_PROOF}.doubtful AS
SELECT source, r.resident_id, r.household_id, why
FROM doubtful d JOIN {_PROOF}.resident r ON starts_with(r.resident_id, d.resident_id || '#')
"""

_NAMED: Final = f"""
CREATE TABLE {_NAMED_ONLY}.signal AS
WITH RECURSIVE part AS (
    SELECT signal_id AS whole, unnest(combines) AS signal_id FROM signal
    UNION
    SELECT whole, unnest(combines) FROM part JOIN signal USING (signal_id)
)
SELECT found.*
FROM world w JOIN part ON part.whole = w.signal_id JOIN signal s ON s.signal_id = part.signal_id
JOIN plain_signal found ON found.rule = s.rule AND found.household_id = s.household_id || w.world
    AND found.resident_id IS NOT DISTINCT FROM s.resident_id || w.world
"""
"""Of the signals judged again those that a combination names: others would not have been found with all rows."""

_AGAIN: Final = f"""
world w JOIN signal s USING (signal_id)
LEFT JOIN {_PROOF}.signal again ON again.rule = s.rule AND again.household_id = s.household_id || w.world
    AND again.resident_id IS NOT DISTINCT FROM s.resident_id || w.world
"""

_OUTCOME: Final = f"""
CREATE TABLE main.outcome AS
SELECT s.signal_id, w.dropped, w.dropped = w.own AS is_own, again.signal_id IS NULL AS is_gone,
    coalesce({" AND ".join(f"again.{name} IS NOT DISTINCT FROM s.{name}" for name in _COMPARED)}, false) AS is_same,
    again.verdict, again.observed
FROM {_AGAIN}
"""

_SIGNALS: Final = f"""
CREATE TABLE {_PROOF}.open_signal AS
SELECT again.* REPLACE (s.household_id AS household_id, s.resident_id AS resident_id, s.signal_id AS signal_id)
FROM {_AGAIN} WHERE w.dropped = {_NOTHING} AND again.signal_id IS NOT NULL
"""


@dataclass(frozen=True)
class Proof:
    """How many warnings and signals came again, and what became of the signals without their rows."""

    warnings: int
    warnings_same: int
    signals: int
    signals_same: int
    signals_gone: int
    """Without all of their rows."""
    rows: int
    """Named rows besides the own ones of the roster, without which there is nobody to judge."""
    rows_gone: int
    """Without which alone the signal is gone."""
    rows_changing: int
    """Without which it says something else.  Of the others another named row says the same."""

    @property
    def holds(self) -> bool:
        """Whether everything came again as it was, and nothing stands without the rows it rests on."""
        return self.warnings == self.warnings_same and self.signals == self.signals_same == self.signals_gone


def prove_night(home: Home, as_of: date | None) -> Proof:
    """All warnings of a night."""
    with open_night(home, as_of) as past:
        past.hold(read_by(past.declared))
        return prove(past)


def prove_warning(home: Home, warning_id: str, as_of: date | None) -> tuple[Explained, Proof, tuple[Without, ...]]:
    """One warning with everything behind it, whether it came again, and each of its rows with what becomes of it without."""
    with open_night(home, as_of, with_facts=False) as past:
        explained = explained_few(past, [household_of(past.db, warning_id)])
        with planned_plainly(past):
            proof = prove(past, [warning_id])
        rows = past.db.sql(f"FROM outcome WHERE dropped <> {_EVERYTHING} ORDER BY signal_id, dropped").to_arrow_table()
        return explained, proof, TypeAdapter(tuple[Without, ...]).validate_python(rows.to_pylist())


def read_by(told: Declared) -> list[str]:
    """The sources that a night's rules read and that ever came, what the visitors found among them."""
    read = {VISITS, *(source for rule in told.rules.values() for source in rule.sources)}
    return sorted(source for source in read if told.states[source] != "missing")


def prove(past: Past, warnings: Sequence[str] = ()) -> Proof:
    """Judge the named warnings of a night again, or all of them, each signal from the rows it names alone.

    Leaves `outcome` behind: per signal and dropped row whether the signal is gone or the same, and what it says then.
    """
    db, told = past.db, past.declared
    wanted = f"warning_id IN ({', '.join(sql_text(one) for one in warnings)})" if warnings else "TRUE"
    db.execute(_WORLDS.format(wanted=wanted))
    db.execute(_KEPT)
    db.execute(f"CREATE SCHEMA {_PROOF}")
    db.execute(_PRESENT)
    for source in read_by(told):
        db.execute(_FACTS.format(source=source))
    db.execute(_DOUBTFUL)
    with _first(db, _PROOF, "main", SCHEMA):
        _judge(db, told)
    db.execute(_OUTCOME)
    return _counted(db, *_ranked(past, wanted))


def _judge(db: duckdb.DuckDBPyConnection, told: Declared) -> None:
    """All worlds by the rules of that night; a combination by those signals alone that it names."""
    plain = {name: rule for name, rule in told.rules.items() if not rule.is_combination}
    evaluate(db, plain, told.references, told.as_of, told.states)
    if len(plain) == len(told.rules):
        return
    db.execute(f"ALTER TABLE {_PROOF}.signal RENAME TO plain_signal; CREATE SCHEMA {_NAMED_ONLY}")
    db.execute(_NAMED)
    for table in ("verdict_count", "unjudged"):
        db.execute(f"CREATE TABLE {_NAMED_ONLY}.{table} AS FROM {_PROOF}.{table}")
    evaluate(db, told.rules, told.references, told.as_of, told.states, Known(_NAMED_ONLY, plain.keys()))
    db.execute(f"INSERT INTO {_PROOF}.signal FROM plain_signal ANTI JOIN {_NAMED_ONLY}.signal USING (signal_id)")


@contextmanager
def _first(db: duckdb.DuckDBPyConnection, *schemas: str) -> Iterator[None]:
    """Within the block unqualified names are looked up in these schemas, and tables are made in the first."""
    db.execute(f"SET search_path = '{','.join(schemas)}'")
    try:
        yield
    finally:
        db.execute(f"SET search_path = 'main,{SCHEMA}'")


def _ranked(past: Past, wanted: str) -> tuple[int, int]:
    """Warnings asked about, and those that come out the same when their signals, judged again, are ranked again."""
    db, told = past.db, past.declared
    db.execute(f"DROP TABLE {_PROOF}.resident")
    db.execute(f"CREATE OR REPLACE TABLE {_PROOF}.fact_{VISITS} AS FROM main.fact_{VISITS}")
    db.execute(_SIGNALS)
    ranking = ranking_of(told.weights, told.proposals, told.references)
    with _first(db, _PROOF, "main", SCHEMA):
        rank(db, ranking, told.as_of, past.previous_warnings)
    asked = f"SELECT {_RANKED} FROM warning WHERE {wanted}"
    again = f"{asked} INTERSECT SELECT {_RANKED} FROM {_PROOF}.warning"
    return number(db, f"SELECT count(*) FROM ({asked})"), number(db, f"SELECT count(*) FROM ({again})")


def _counted(db: duckdb.DuckDBPyConnection, warnings: int, same: int) -> Proof:
    counts = db.execute(f"""
        SELECT count(*) FILTER (dropped = {_NOTHING}), count(*) FILTER (dropped = {_NOTHING} AND is_same),
               count(*) FILTER (dropped = {_EVERYTHING} AND is_gone),
               count(*) FILTER (is_other), count(*) FILTER (is_other AND is_gone),
               count(*) FILTER (is_other AND NOT is_gone AND NOT is_same)
        FROM (SELECT *, dropped > 0 AND NOT is_own AS is_other FROM outcome)""").fetchone()
    return Proof(warnings, same, *(counts or (0, 0, 0, 0, 0, 0)))
