"""Which lists are complete tonight, and who may be on one unseen: what a rule must know to say that somebody is not listed."""

from collections.abc import Mapping
from typing import Final

import duckdb
import pyarrow as pa

from engine import conform, sql_text
from feed_tables import DOUBTFUL, LIST_STATE

LEAST_EXPLAINED: Final = 95
"""Per cent of a list's rows that must be tied to a resident or known to be no resident's; fewer: the list does not tell who is
missing.  The office's own figure; no document gives one."""

_UNSURE: Final = (
    "name_missing",
    "nearly_empty",
    "number_missing",
    "number_unusable",
    "number_invalid",
    "number_permit",
    "number_shared",
    "person_twice",
    "two_numbers",
    "birth_differs",
)
"""Issues of the roster that leave open who the resident is."""

_STATES: Final[Mapping[str, str]] = {"missing": "尚无数据", "stale": "数据已过期"}
_SILENT: Final[Mapping[str, str]] = {"missing": "尚无数据", "late": "应到未到", "nearly_empty": "行数骤减"}
_STATED: Final = pa.schema([("source", pa.string()), ("state", pa.string())])


def tell_lists(connection: duckdb.DuckDBPyConnection, states: Mapping[str, str]) -> None:
    """Create `list_state` (LIST_STATE) and `doubtful` (DOUBTFUL); `states` is source -> fresh, stale or missing.

    Reads `source_status`, `held_file`, `link`, `quarantine`, `standing`, `candidate`, `roster_issue` and `resident`.
    """
    stated = pa.table({"source": list(states), "state": list(states.values())}, schema=_STATED)
    connection.register("stated", stated)
    connection.execute(f"CREATE OR REPLACE TABLE list_state AS {_LISTS}")
    connection.unregister("stated")
    connection.execute(f"CREATE OR REPLACE TABLE doubtful AS {_DOUBTS}")
    conform(connection, "list_state", LIST_STATE)
    conform(connection, "doubtful", DOUBTFUL)


def _case(column: str, titles: Mapping[str, str]) -> str:
    return f"CASE {column} " + " ".join(f"WHEN '{code}' THEN {sql_text(title)}" for code, title in titles.items()) + " END"


_LISTS: Final = f"""
WITH tied AS (
    SELECT source, count(*) AS rows, count(*) FILTER (decision = 'review') AS open FROM link GROUP BY source
), taken AS (
    SELECT source, count(DISTINCT row_id) AS rows FROM quarantine JOIN standing USING (row_id)
    WHERE standing = 'quarantined' AND batch_id IN (SELECT DISTINCT batch_id FROM standing WHERE standing = 'current')
    GROUP BY source
), told AS (
    SELECT stated.source, coalesce(
        {_case("stated.state", _STATES)},
        {_case("source_status.state", _SILENT)},
        CASE WHEN stated.source IN (SELECT source FROM held_file WHERE answered_by IS NULL) THEN '有整批暂停的数据' END,
        CASE WHEN coalesce(tied.rows, 0) = 0 THEN '没有可用的行' END,
        CASE WHEN 100 * (tied.rows - tied.open) < {LEAST_EXPLAINED} * (tied.rows + coalesce(taken.rows, 0))
             THEN '未对上、未查清的行超过 {100 - LEAST_EXPLAINED}%' END
    ) AS why
    FROM stated LEFT JOIN source_status USING (source) LEFT JOIN tied USING (source) LEFT JOIN taken USING (source)
)
SELECT source, why IS NULL AS is_complete, why FROM told ORDER BY source
"""

_DOUBTS: Final = f"""
WITH asked AS (
    SELECT source, identity_key, resident_id, runner_up FROM link WHERE decision = 'review'
), meant AS (
    SELECT source, resident_id FROM asked UNION ALL SELECT source, runner_up FROM asked
    UNION ALL SELECT source, c.resident_id FROM asked JOIN candidate c USING (identity_key)
), doubted AS (
    SELECT source, resident_id, '有待人工比对的行可能是本人' AS why FROM meant
    UNION ALL
    SELECT '', resident_id, '花名册中的身份有疑问：' || min(title) FROM roster_issue
    WHERE issue IN ({", ".join(map(sql_text, _UNSURE))}) GROUP BY resident_id
)
SELECT DISTINCT source, resident_id, household_id, why FROM doubted JOIN resident USING (resident_id)
ORDER BY source, resident_id
"""
