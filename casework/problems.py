"""The ledger of problems (问题台账): opened by what the night sees, kept from night to night, struck off one by one.

One problem per kind and subject.  Seen again it keeps its number; no longer seen it is `gone`; a person strikes it off with
a row of the source `problem_marks`.  What is still seen after it was struck off, and after the time of grace, is a new problem
that names the old one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from case_tables import PROBLEM
from casework.problem_kinds import KINDS
from casework.problems_seen import see_problems
from engine import conform, empty_table, sql_text

UNUSABLE: Final = {
    "unknown": "问题编号不在台账中",
    "early": "销号日期早于立项日期",
    "later": "销号日期晚于本夜",
}
"""Why a mark strikes nothing off."""
MARK_CURE: Final = "请按最新的问题台账改正后重报"

UNUSABLE_MARK: Final = pa.schema([("row_id", pa.int64()), ("why", pa.string())])
"""From problems: marks that strike nothing off; `why` is a key of UNUSABLE."""

_KIND: Final = pa.schema([("kind", pa.string()), ("days", pa.int32())])
_NUMBER: Final = "'P' || upper(substr(sha256(kind || chr(10) || subject || chr(10) || opened_on), 1, 10))"


@dataclass(frozen=True)
class Noted:
    """A problem of the office's own that no table tells of.  Chinese, no person's value."""

    kind: str
    subject: str
    title: str
    detail: str


@dataclass(frozen=True)
class Terms:
    """What the office says of its ledger."""

    office: str
    """Who owns what no county and no sender does."""
    area: str
    days: Mapping[str, int] = field(default_factory=dict)
    """Kind -> days, in place of those of `KINDS`."""
    unanswered_after: int = 30
    again_after: int = 14


def list_problems(
    connection: duckdb.DuckDBPyConnection, as_of: date, terms: Terms, noted: Iterable[Noted] = (), previous: Path | None = None
) -> None:
    """Create `problem` (PROBLEM) and `problem_unusable` (row_id, why: a key of UNUSABLE).

    From `problem_mark` (row_id, problem_no, struck_on), the tables `see_problems` reads, and `previous`: the earlier night's
    problems.parquet.  Neither a mark nor a problem seen again depends on the order in which rows came.
    """
    see_problems(connection, as_of, terms.office, terms.area, terms.unanswered_after)
    rows = [(one.kind, one.subject, one.title, one.detail, terms.office) for one in noted]
    if rows:
        connection.executemany("INSERT INTO problem_seen VALUES (?, ?, NULL, ?, ?, ?)", rows)
    _remember(connection, previous)
    _tell_days(connection, terms.days)
    today = f"DATE {sql_text(as_of.isoformat())}"
    connection.execute(_CONTINUED.format(today=today, again=terms.again_after, number=_NUMBER))
    connection.execute(_JUDGED.format(today=today))
    connection.execute(_LEDGER.format(today=today))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE problem_unusable AS SELECT row_id, why FROM judged_mark WHERE why IS NOT NULL ORDER BY 1"
    )
    for done in ("problem_seen", "problem_before", "problem_days", "continued_problem", "judged_mark"):
        connection.execute(f"DROP TABLE {done}")
    conform(connection, "problem", PROBLEM)


def _remember(connection: duckdb.DuckDBPyConnection, previous: Path | None) -> None:
    """What stood in the ledger; a problem whose mark was taken back is open again."""
    empty_table(connection, "problem_before", PROBLEM, is_temporary=True)
    if previous is None or not previous.exists():
        return
    connection.execute(f"""
        INSERT INTO problem_before
        SELECT * EXCLUDE (is_back) REPLACE (
            if(is_back, 'open', state) AS state,
            if(is_back, NULL, closed_on) AS closed_on,
            if(is_back, NULL, mark_row) AS mark_row
        )
        FROM (
            SELECT *, state = 'struck_off' AND mark_row NOT IN (SELECT row_id FROM problem_mark) AS is_back
            FROM read_parquet({sql_text(str(previous))})
        )
    """)


def _tell_days(connection: duckdb.DuckDBPyConnection, own: Mapping[str, int]) -> None:
    days = {name: own.get(name, kind.days) for name, kind in KINDS.items()}
    table = pa.table({"kind": list(days), "days": list(days.values())}, schema=_KIND)
    connection.register("told_days", table)
    connection.execute("CREATE OR REPLACE TEMP TABLE problem_days AS SELECT * FROM told_days")
    connection.unregister("told_days")


_CONTINUED: Final = """
CREATE OR REPLACE TEMP TABLE continued_problem AS
WITH latest AS (
    SELECT DISTINCT ON (kind, subject) problem_id AS old_id, kind, subject, state AS old_state, closed_on AS old_closed,
        opened_on AS old_opened, due_on AS old_due
    FROM problem_before ORDER BY kind, subject, opened_on DESC, problem_id
),
seen AS (
    SELECT s.*, l.* EXCLUDE (kind, subject),
        old_state IN ('open', 'overdue') AS goes_on,
        old_state = 'struck_off' AND {today} <= old_closed + {again} AS is_settling
    FROM problem_seen s LEFT JOIN latest l USING (kind, subject)
),
tonight AS (
    SELECT kind, subject, county, title, owner, if(goes_on, old_opened, {today}) AS opened_on,
        if(goes_on, old_due, {today} + coalesce(days, 15)) AS due_on,
        CASE old_state WHEN 'struck_off' THEN detail || '；' || old_id || ' 于 ' || old_closed || ' 销号后再次出现'
            WHEN 'gone' THEN detail || '；' || old_id || ' 于 ' || old_closed || ' 消除后再次出现' ELSE detail END AS detail
    FROM seen LEFT JOIN problem_days USING (kind) WHERE NOT coalesce(is_settling, false)
),
numbered AS (
    SELECT {number} AS problem_id, kind, subject, county, title, detail, owner, opened_on, due_on, {today} AS last_seen_on,
        'open' AS state, NULL::DATE AS closed_on, NULL::BIGINT AS mark_row
    FROM tonight
)
SELECT * FROM numbered
UNION ALL BY NAME
SELECT b.* REPLACE (
    if(b.problem_id IN (SELECT old_id FROM seen WHERE is_settling), {today}, last_seen_on) AS last_seen_on,
    if(state = 'overdue', 'open', state) AS state,
)
FROM problem_before b WHERE problem_id NOT IN (SELECT problem_id FROM numbered)
"""

_JUDGED: Final = """
CREATE OR REPLACE TEMP TABLE judged_mark AS
SELECT m.row_id, p.problem_id, m.struck_on,
    CASE WHEN p.problem_id IS NULL THEN 'unknown' WHEN m.struck_on < p.opened_on THEN 'early'
        WHEN m.struck_on > {today} THEN 'later' END AS why
FROM problem_mark m LEFT JOIN continued_problem p ON p.problem_id = upper(trim(m.problem_no))
"""

_LEDGER: Final = """
CREATE OR REPLACE TABLE problem AS
WITH mark AS (
    SELECT problem_id, min(struck_on) AS struck_on, arg_min(row_id, (struck_on, row_id)) AS row_id
    FROM judged_mark WHERE why IS NULL GROUP BY problem_id
)
SELECT problem_id, kind, subject, county, title, detail, owner, opened_on, due_on::DATE AS due_on, last_seen_on,
    CASE WHEN mark.row_id IS NOT NULL THEN 'struck_off' WHEN state = 'gone' OR last_seen_on < {today} THEN 'gone'
        WHEN due_on < {today} THEN 'overdue' ELSE 'open' END AS state,
    CASE WHEN mark.row_id IS NOT NULL THEN mark.struck_on WHEN state = 'gone' THEN closed_on
        WHEN last_seen_on < {today} THEN {today} END::DATE AS closed_on,
    mark.row_id AS mark_row
FROM continued_problem LEFT JOIN mark USING (problem_id)
ORDER BY problem_id
"""
