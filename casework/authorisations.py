"""Who let the office look at what: each signed authorisation, and whether it may be relied on tonight.

Looking at property needs a signature that holds on the day (承诺授权), so every doubt counts against it: an authorisation
without a last day, or whose signer is not of the household it names, is no ground to read anything.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import duckdb

from case_tables import AUTHORISATION
from engine import conform

IN_FORCE: Final = "in_force"
ALL: Final = "all"
"""The query that stands for every feed of property."""

STATES: Final[Mapping[str, tuple[str, str]]] = {
    IN_FORCE: ("有效", ""),
    "withdrawn": ("已撤回", "不得再查；如仍需比对，请重新签署"),
    "ended": ("已到期", "不得再查；如仍需比对，请重新签署"),
    "not_yet": ("签署日期在后", "请核对签署日期，更正后重新报送"),
    "no_term": ("缺有效期", "请按授权书补填有效期至，重新报送"),
    "not_member": ("签署人不在所写的户", "请核对户编号与签署人，更正后重新报送"),
}
"""State of an authorisation -> what people call it, and what is to be done."""


def read_authorisations(connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Create `authorisation` (AUTHORISATION) from `fact_authorisations`, `withdrawal` and `roster_identity`.

    `withdrawal` (auth_no, signer_no, withdrawn_on) holds every withdrawal received: a later row of the same number corrects an
    earlier one, but takes no withdrawal back.  In force are those signed by `as_of` whose last day is `as_of` or later, and
    that nobody has withdrawn by then.  `queries` of `all` are the one word `all`.
    """
    connection.execute(f"""
        CREATE OR REPLACE TABLE authorisation AS
        WITH said AS (SELECT auth_no, signer_no, min(withdrawn_on) AS withdrawn_on FROM withdrawal GROUP BY ALL),
        known AS (
            SELECT f.*, {_bare("f.household_no")} AS named, least(f.withdrawn_on, s.withdrawn_on) AS ends_on
            FROM fact_authorisations f LEFT JOIN said s USING (auth_no, signer_no)
        ),
        home AS (
            SELECT resident_id, [{_bare("household_id")}] AS codes FROM roster_identity
        )
        SELECT k.row_id, k.auth_no, k.household_id, k.resident_id, list_sort(string_split(k.queries, ',')) AS queries,
            k.signed_on, k.until, k.ends_on AS withdrawn_on, CASE
                WHEN k.ends_on <= DATE '{as_of}' THEN 'withdrawn'
                WHEN k.named IS NOT NULL AND k.named <> {_bare("k.household_id")}
                    AND NOT list_contains(coalesce(h.codes, []), k.named) THEN 'not_member'
                WHEN k.signed_on > DATE '{as_of}' THEN 'not_yet'
                WHEN k.until IS NULL THEN 'no_term'
                WHEN k.until < DATE '{as_of}' THEN 'ended'
                ELSE 'in_force' END AS state
        FROM known k LEFT JOIN home h USING (resident_id) ORDER BY k.row_id""")
    conform(connection, "authorisation", AUTHORISATION)


def _bare(code: str) -> str:
    """SQL: a household's code without the mark our lists put before it, or null."""
    return f"nullif(upper(trim(regexp_replace({code}, '^户-', ''))), '')"


def authorisations_told(connection: duckdb.DuckDBPyConnection, as_of: date) -> tuple[str, ...]:
    """What is wrong with authorisations of households whose case is open: how many of each kind and what to do, no number.

    An authorisation that another one of the same person replaces is nothing to tell.
    """
    rows = connection.execute(f"""
        SELECT state, count(*), count(*) FILTER (until = DATE '{as_of}' - 1)
        FROM authorisation a SEMI JOIN (FROM case_file WHERE state <> 'closed') c USING (household_id)
        ANTI JOIN (FROM authorisation WHERE state = '{IN_FORCE}') b ON b.resident_id = a.resident_id
        WHERE state <> '{IN_FORCE}' GROUP BY state ORDER BY state""").fetchall()
    return tuple(_told(state, count, yesterday) for state, count, yesterday in rows)


def _told(state: str, count: int, yesterday: int) -> str:
    title, cure = STATES[state]
    of_these = f"（其中 {yesterday:,} 份昨日到期）" if state == "ended" and yesterday else ""
    return f"信息比对授权书：未办结各户中有 {count:,} 份{title}{of_these}，不作为查询依据；{cure}"
