"""Ninety nights of rows handed out and what came back of them, as Parquet: for speed, not meaning.

One case in four is handed out twice, its row changed in between.  Three in five come back filled in, within twenty days; the
others come back as empty lines.  Of those filled in, one in fifty was changed in its printed part.  All shares are our own.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from bench.rules_world import AS_OF, invent
from case_tables import ISSUED
from engine import sql_text
from outcomes import IDENTIFIED, OUTCOMES
from rules.model import Rule
from settings import Home
from sources.contracts import load_contracts
from tables import ROSTER_IDENTITY, SIGNAL

NIGHTS: Final = 90
FIRST: Final = AS_OF - timedelta(days=NIGHTS)
PRINTED: Final = 15
"""Sealed cells of a row."""
ANSWERED: Final = 0.6
MONTHS: Final = 6
"""Of the registry."""
_SEALS: Final = "json_object({})".format(
    ", ".join(f"'栏{n}', left(md5(i || '/' || {n} || if({n} = 3, turn, '0')), 8)" for n in range(PRINTED))
)
_STEPS: Final = (("信息比对", 3, None), ("公示开始", 6, 11), ("县级审定", 16, None))
"""Step -> days after the visit, and of its notice the last."""


def invent_ledger(home: Home, rules: Sequence[Rule], residents: int, rows: int, signals: int) -> None:
    """Write the runs below `home` and the tables of a night beside them; the same arguments give the same files."""
    folder, cases = home.root, rows * 4 // 5
    folder.mkdir(parents=True, exist_ok=True)
    invent(folder, load_contracts(None), {"monitored": residents // 50 * MONTHS}, residents)
    with duckdb.connect(config={"threads": 2, "memory_limit": "4GiB"}) as db:
        db.execute("CREATE MACRO luck(n, salt) AS hash(n, salt) / 18446744073709551616.0")
        db.execute(f"CREATE TABLE handed AS {_handed_sql(folder, cases, residents // 3)}")
        _write_runs(db, home)
        made = {
            "answers": _answers_sql(), "case_steps": _steps_sql(), "registry": _registry_sql(folder, residents // 3),
            "signal": _signals_sql(rules, signals, residents // 3), "roster_identity": _identity_sql(folder),
        }  # fmt: skip
        for name, query in made.items():
            _copy(db, query, folder / f"{name}.parquet")


def _copy(db: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    db.execute(f"COPY ({query}) TO {sql_text(str(path))} (FORMAT parquet)")


def _handed_sql(folder: Path, cases: int, households: int) -> str:
    """Case i and what was handed out for it, with its place: of the household's first member."""
    lead = "r.county, r.township, r.village, r.county_name, r.township_name, r.village_name, r.household_id"
    drawn = f"SELECT range AS i, range * {households} // {cases} AS h, range * 7919 % {NIGHTS} AS night FROM range({cases})"
    return f"""
SELECT t.*, {lead}, printf('W%012X', i) AS warning_id, left(md5(i || '#' || turn), 12) AS row_hash, {_SEALS}::VARCHAR AS seals,
    DATE '{FIRST}' + night::INTEGER AS as_of
FROM (SELECT *, '0' AS turn FROM ({drawn}) UNION ALL
    SELECT i, h, least(night + 1 + i % 11, {NIGHTS - 1}), '1' FROM ({drawn}) WHERE i % 4 = 0) t
JOIN read_parquet({sql_text(str(folder / "resident.parquet"))}) r ON r.resident_id = 'R' || (h * 3)"""


def _write_runs(db: duckdb.DuckDBPyConnection, home: Home) -> None:
    made = {
        "list_id": "'L' || county", "position": "(i % 500)::INTEGER", "tier": "'橙'", "first_seen": "as_of",
        "due_on": "as_of + 15", "families": "[if(i % 3 = 0, '因学', '因病')]", "rules": "['medical_inpatient_year']",
        "sources": "['medical']", "channels": "['department']",
    }  # fmt: skip
    columns = ", ".join(f"{made[name]} AS {name}" if name in made else name for name in ISSUED.names)
    for night in range(NIGHTS):
        day = FIRST + timedelta(days=night)
        home.run(day).mkdir(parents=True)
        (home.run(day) / "manifest.json").write_text("{}", encoding="utf-8")
        query = f"SELECT {columns} FROM handed WHERE as_of = DATE '{day}' ORDER BY county, position, warning_id"
        _copy(db, query, home.run(day) / "issued.parquet")


def _answers_sql() -> str:
    """The last form of every row, received by tonight."""
    titles = ", ".join(sql_text(one.title) for one in OUTCOMES)
    filled = f"luck(i, 'filled') < {ANSWERED}"
    return f"""
WITH back AS (
    SELECT * FROM handed QUALIFY row_number() OVER (PARTITION BY i ORDER BY turn DESC) = 1
)
SELECT 900000000 + i AS row_id, 'b' || county || '_' || night // 7 AS batch_id, (i % 500)::INTEGER AS line,
    as_of + 20 AS received_on, warning_id, '校-' || row_hash AS check_code,
    if({filled}, as_of + (1 + luck(i, 'day') * 18)::INTEGER, NULL) AS visited_on,
    if({filled}, ([{titles}])[1 + floor(luck(i, 'outcome') * {len(OUTCOMES)})::INTEGER], NULL) AS outcome,
    if({filled}, if(i % 3 = 0, '因学', '因病'), NULL) AS family,
    if(i % 50 = 7, replace(seals, '"栏3":"', '"栏3":"x'), seals) AS seals
FROM back WHERE as_of + 20 <= DATE '{AS_OF}'"""


def _steps_sql() -> str:
    each = " UNION ALL ".join(
        f"SELECT {n}, {sql_text(step)}, {days}, {until or 'NULL'}" for n, (step, days, until) in enumerate(_STEPS)
    )
    return f"""
SELECT 950000000 + a.row_id * 4 + n AS row_id, received_on + days AS received_on, warning_id AS case_id, step,
    received_on + days AS happened_on, received_on + until AS until
FROM ({_answers_sql()}) a CROSS JOIN ({each}) s(n, step, days, until)
WHERE outcome = {sql_text(IDENTIFIED)} AND received_on + days <= DATE '{AS_OF}'"""


def _registry_sql(folder: Path, households: int) -> str:
    """The drawn rows of the registry as so many households of `MONTHS` months each."""
    people = households * 3 // 50
    drawn = sql_text(str(folder / "monitored.parquet"))
    last = date(AS_OF.year, AS_OF.month, 1)
    removed = f"n // {people} >= {MONTHS - 2} AND n % 10 = 0"
    return f"""
SELECT * EXCLUDE (n) REPLACE (
    'H' || (n % {people} * {households} // {people}) AS household_id, 'R' || (n % {people} * {households} // {people} * 3)
        AS resident_id,
    printf('%09d', n % {people}) AS registry_no,
    strftime(DATE '{last}' - to_months(({MONTHS - 1} - n // {people})::INTEGER), '%Y%m') AS month,
    {removed} AS is_removed, if({removed}, DATE '{last}' - 40, NULL) AS removed_on)
FROM (SELECT *, row_number() OVER (ORDER BY row_id) - 1 AS n FROM read_parquet({drawn}))"""


def _signals_sql(rules: Sequence[Rule], count: int, households: int) -> str:
    """Signals of the rules in turn; the households of cases are among the others."""
    named = ", ".join(f"{{'rule': {sql_text(rule.id)}, 'family': {sql_text(rule.family)}}}" for rule in rules)
    made = {
        "signal_id": "'S' || n", "household_id": "'H' || h", "resident_id": "'R' || (h * 3)", "rule": "named.rule",
        "family": "named.family", "version": "'v1'", "title": "named.rule", "verdict": "'fires'", "observed": "8000",
        "threshold": "5000", "unit": "'元'", "document": "'虚构'", "severity": "20 + n % 60", "reason": "'自付 8,000 元'",
        "event_on": f"DATE '{AS_OF}' - (luck(n, 'event') * 300)::INTEGER", "known_on": f"DATE '{AS_OF}' - 5",
        "as_of": f"DATE '{AS_OF}'", "evidence": "[n]",
    }  # fmt: skip
    columns = ", ".join(f"({made.get(name, 'NULL')})::{_type(SIGNAL, name)} AS {name}" for name in SIGNAL.names)
    return f"""
SELECT {columns} FROM (
    SELECT range AS n, (luck(range, 'home') * {households - 1})::BIGINT AS h, ([{named}])[1 + range % {len(rules)}] AS named
    FROM range({count}))"""


def _type(schema: pa.Schema, name: str) -> str:
    field = str(schema.field(name).type)
    known = {"string": "VARCHAR", "int32": "INTEGER", "date32[day]": "DATE", "decimal128(18, 4)": "DECIMAL(18, 4)"}
    return known.get(field, "BIGINT[]" if "int64" in field else "VARCHAR[]")


def _identity_sql(folder: Path) -> str:
    own = {"resident_id": "resident_id", "household_id": "household_id", "name": "'演示' || row_id"}
    columns = ", ".join(
        f"({own.get(name, 'NULL')})::{_type(ROSTER_IDENTITY, name)} AS {name}" for name in ROSTER_IDENTITY.names
    )
    return f"SELECT {columns} FROM read_parquet({sql_text(str(folder / 'resident.parquet'))})"
