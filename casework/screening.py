"""Property looked into with the households' leave: who may be looked up, what was found, what was left unread at what cost.

A hit is a flag with a place for the explanation.  It reaches the county's people who visit and nobody else; ranking, referral
and the state of a case never read these tables.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import duckdb

from case_tables import PROPERTY_FLAG, SCREEN_COUNT
from casework.authorisations import ALL, IN_FORCE
from engine import conform, sql_text

ENOUGH: Final = 20
"""Persons who were looked up in a feed before their rate of flags says anything of others.  Our own figure: with none found
among 20 the true rate is below 14 % at 95 %."""


def choose_persons(connection: duckdb.DuckDBPyConnection, as_of: date, feeds: Mapping[str, str]) -> None:
    """Create `screen_person` (case_id, household_id, resident_id, source, auth_no): members of households with an open case.

    One row per member and feed of property (`feeds`: id -> title); `auth_no` is null where nothing in force covers it.  A case
    is open from the night after the one that handed it out, so that nobody is looked into before being asked.
    """
    rows = ", ".join(f"({sql_text(source)})" for source in sorted(feeds)) or "(NULL)"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE screen_person AS
        WITH feed AS (FROM (VALUES {rows}) f(source) WHERE source IS NOT NULL),
        member AS (
            SELECT case_id, r.household_id, r.resident_id
            FROM case_file c JOIN resident r USING (household_id) WHERE c.state <> 'closed' AND c.opened_on < DATE '{as_of}'
        )
        SELECT m.case_id, m.household_id, m.resident_id, f.source, min(a.auth_no) AS auth_no
        FROM member m CROSS JOIN feed f LEFT JOIN authorisation a ON a.resident_id = m.resident_id
            AND a.state = '{IN_FORCE}' AND (list_contains(a.queries, f.source) OR list_contains(a.queries, '{ALL}'))
        GROUP BY ALL ORDER BY f.source, m.resident_id""")


def count_screening(connection: duckdb.DuckDBPyConnection, feeds: Mapping[str, str]) -> None:
    """Create `property_flag` (PROPERTY_FLAG), `screen_count` (SCREEN_COUNT) and `screened_row` (source, batch_id, rows).

    Reads `screen_person`, `screen_current` (source, batch_id, rows: batches that count tonight), `screen_asked` (source,
    resident_id: who could be looked up) and `screen_hit` (source, resident_id, batch_id, row_id, is_repeat, title).

    flags_foregone = unasked × flags ÷ persons, of feeds in which at least `ENOUGH` persons were looked up.  That holds if those
    who signed are like those who have not, which nobody knows.
    """
    connection.execute("""
        CREATE OR REPLACE TABLE property_flag AS
        SELECT p.case_id, p.household_id, p.resident_id, h.source, h.title, p.auth_no, h.row_id
        FROM screen_hit h JOIN screen_person p USING (source, resident_id) WHERE NOT h.is_repeat AND p.auth_no IS NOT NULL
        ORDER BY p.case_id, p.resident_id, h.source, h.row_id""")
    conform(connection, "property_flag", PROPERTY_FLAG)
    connection.execute("""
        CREATE OR REPLACE TABLE screened_row AS
        SELECT source, batch_id, count(*) AS rows FROM screen_hit GROUP BY ALL ORDER BY ALL""")
    titles = ", ".join(f"({sql_text(source)}, {sql_text(title)})" for source, title in sorted(feeds.items())) or "(NULL, NULL)"
    connection.execute(f"""
        CREATE OR REPLACE TABLE screen_count AS
        WITH counted AS (
            SELECT source, title,
                coalesce((SELECT sum(rows) FROM screen_current c WHERE c.source = f.source), 0)::BIGINT AS rows,
                (SELECT count(*) FROM screen_hit h WHERE h.source = f.source) AS read,
                (SELECT count(*) FROM screen_asked a WHERE a.source = f.source) AS persons,
                (SELECT count(DISTINCT row_id) FROM property_flag p WHERE p.source = f.source) AS flags,
                (SELECT count(DISTINCT resident_id) FROM screen_person p WHERE p.source = f.source AND auth_no IS NULL)
                    AS unasked
            FROM (VALUES {titles}) f(source, title)
        )
        SELECT source, title, rows, read, rows - read AS barred, persons, flags, unasked,
            CASE WHEN persons >= {ENOUGH} THEN round(unasked * flags / persons, 1) END::DOUBLE AS flags_foregone
        FROM counted WHERE rows > 0 OR persons > 0 ORDER BY source""")
    conform(connection, "screen_count", SCREEN_COUNT)


def screening_told(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """What of the feeds of property was read tonight, what was not, and what that cost; counts only."""
    rows = connection.execute("""
        SELECT title, rows, read, barred, persons, flags, unasked, flags_foregone
        FROM screen_count ORDER BY source""").fetchall()
    return tuple(_told(*row) for row in rows)


def _told(title: str, rows: int, read: int, barred: int, persons: int, flags: int, unasked: int, foregone: float | None) -> str:
    was_read = f"其中已签署授权且未办结的 {persons:,} 人可查，读取 {read:,} 行，得提示 {flags:,} 条；" if persons else ""
    left = f"“{title}”只可查已签署授权的家庭：现行 {rows:,} 行，{was_read}{barred:,} 行仅计数，未读取、未比对"
    if not unasked:
        return left
    if foregone is None:
        cost = f"已授权的不足 {ENOUGH} 人，因此少了多少条提示说不准"
    else:
        cost = f"若与已授权的人相仿，因此约少 {foregone:,.0f} 条提示"
    return f"{left}；未办结各户中尚有 {unasked:,} 人没有有效授权，{cost}"
