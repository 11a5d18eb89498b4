"""The answer: rows of filled lists, each held against the ledger of what was handed out, and taken or sent back with a reason.

A row counts only if it is one of ours, unchanged in what was printed, and filled in so that it says when somebody visited and
what was found.  A bad row never costs a good one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from case_tables import ANSWER
from engine import conform, sql_text
from outcomes import ALL_FAMILIES, SETTLING, titles_sql
from seal import SEALS, digest


@dataclass(frozen=True)
class Refusal:
    """Why a row cannot be taken: SQL that tells it, what people read, and what they are asked to do."""

    test: str
    said: str
    cure: str


_AGAIN: Final = "从下发的名单里复制这一行，填好右边各栏后送回"
_FILL: Final = "补填后送回"
_UNMERGE: Final = "多半是合并了单元格：取消合并，照下发的名单补齐每一行，填好右边各栏后送回"

REFUSALS: Final[Mapping[str, Refusal]] = {
    "unknown": Refusal("warning.warning_id IS NULL", "没有下发过这个预警编号", "核对是否抄错，或是别处的名单；" + _AGAIN),
    "foreign": Refusal(
        "said_county IS NOT NULL AND NOT list_contains(warning.counties, said_county)",
        "这一行不是本县名单上的",
        "交给名单所属的县填报，本县的表里删去这一行",
    ),
    "no_code": Refusal("check_code IS NULL", "缺校验码，无法确认是下发的那一行", _AGAIN),
    "wrong_code": Refusal("handed.row_hash IS NULL", "校验码与预警编号对不上", "多半是排序或粘贴时串了行；" + _AGAIN),
    "unsealed": Refusal("len(sealed) = 0", "印好的各栏都不在，无法确认是下发的那一行", _AGAIN),
    "emptied": Refusal("len(changed) > 0 AND len(changed) = len(emptied)", "印好的内容空了", _UNMERGE),
    "changed": Refusal(
        "len(changed) > 0", "印好的内容被改动", "恢复原样后送回；认为印好的内容有错的，结论选 07 数据有误并在备注写明"
    ),
    "no_outcome": Refusal("outcome IS NULL", "没有填核实结论", "从下拉框选一个结论，" + _FILL),
    "no_date": Refusal("visited_on IS NULL", "没有填核实日期", "写实际上门那天，如 2026-11-03，" + _FILL),
    "no_family": Refusal(
        f"family IS NULL AND outcome IN ({titles_sql(SETTLING)})", "没有填核实风险类型", "从下拉框选一个类型，" + _FILL
    ),
    "future": Refusal("visited_on > received_on", "核实日期晚于收到名单的日期", "改为实际上门那天后送回"),
    "early": Refusal(
        "visited_on < warning.issued_on", "核实日期早于下发这条预警的日期", "改为下发以后实际上门那天；还没去的先去"
    ),
    "contradicting": Refusal(
        "findings > 1", "同一天收到的名单里，对这一户同一天的核实有不同的结论", "核对后只留一个结论，再送回一次"
    ),
}
"""Code -> refusal; the first that applies is told."""

_MAP: Final = "MAP(VARCHAR, VARCHAR)"
_OF_ROW: Final = [code for code in REFUSALS if code != "contradicting"]


def match_answers(connection: duckdb.DuckDBPyConnection, source: str, counties: Mapping[str, str]) -> None:
    """Create `answer` (ANSWER) from `accepted_<source>`, `issued_before` and `noted` (row_id of rows with a remark).

    `counties` is batch -> county (six digits), of files whose name says whose list they are.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE answer_said AS {_said_sql(source, counties)}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE answer_known AS {_known_sql(_titles(connection))}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE answer_weighed AS {_weighed_sql()}")
    connection.execute(f"CREATE OR REPLACE TABLE answer AS {_decided_sql()}")
    conform(connection, "answer", ANSWER)
    connection.execute("DROP TABLE answer_weighed; DROP TABLE answer_known; DROP TABLE answer_said")


def _said_sql(source: str, counties: Mapping[str, str]) -> str:
    """Every current row, its numbers without the marks that keep them text in a spreadsheet; several risks are all."""
    named = ", ".join(f"({sql_text(batch)}, {sql_text(county)})" for batch, county in sorted(counties.items()))
    return f"""
SELECT a.row_id, a.batch_id, line, received_on, ltrim(warning_id, '''') AS warning_id,
    nullif(regexp_replace(lower(trim(check_code)), '^''?(校-)?', ''), '') AS check_code, visited_on, outcome,
    if(contains(family, ','), {sql_text(ALL_FAMILIES)}, family) AS family, {SEALS}::JSON::{_MAP} AS seals,
    c.county::VARCHAR AS said_county,
    outcome IS NULL AND visited_on IS NULL AND family IS NULL AND n.row_id IS NULL AS is_empty
FROM accepted_{source} a LEFT JOIN (VALUES {named or "(NULL, NULL)"}) c(batch_id, county) ON c.batch_id = a.batch_id
LEFT JOIN noted n ON n.row_id = a.row_id"""


_HANDED: Final = f"""
SELECT warning_id, row_hash, first({SEALS} ORDER BY as_of)::JSON::{_MAP} AS seals FROM issued_before GROUP BY ALL"""


def _titles(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Of every column that was ever sealed."""
    found = connection.execute(
        f"SELECT DISTINCT unnest(map_keys({SEALS}::JSON::{_MAP})) FROM issued_before ORDER BY 1"
    ).fetchall()
    return [title for (title,) in found]


def _known_sql(titles: Sequence[str]) -> str:
    """Each row beside what was handed out: which of its cells are sealed, which of them differ, which of these are empty."""
    empty = ", ".join(f"{sql_text(title)}: {sql_text(digest(title, ''))}" for title in titles)
    return f"""
WITH warning AS (
    SELECT warning_id, arg_min(household_id, as_of) AS household_id, arg_min(county, as_of) AS county, min(as_of) AS issued_on,
        list(DISTINCT county) AS counties  -- a household may have moved from one county's list to another's
    FROM issued_before GROUP BY warning_id
),
handed AS ({_HANDED}),
compared AS (
    SELECT s.*, warning, handed,
        list_filter(coalesce(map_keys(s.seals), []), title -> handed.seals[title] IS NOT NULL) AS sealed
    FROM answer_said s LEFT JOIN warning USING (warning_id)
    LEFT JOIN handed ON handed.warning_id = s.warning_id AND handed.row_hash = s.check_code
),
held AS (SELECT *, list_filter(sealed, title -> handed.seals[title] <> seals[title]) AS changed FROM compared)
SELECT *, list_filter(changed, title -> seals[title] = (MAP {{{empty}}}::{_MAP})[title]) AS emptied FROM held"""


def _weighed_sql() -> str:
    """Why a row by itself cannot be taken, and how many different findings came in one day about one visit."""
    told = " ".join(f"WHEN {REFUSALS[code].test} THEN {sql_text(code)}" for code in _OF_ROW)
    return f"""
WITH told AS (
    SELECT * EXCLUDE (seals, handed, sealed), CASE WHEN is_empty THEN NULL {told} END AS own FROM answer_known
),
good AS (
    SELECT row_id, count(DISTINCT outcome || coalesce(family, '')) OVER (
        PARTITION BY warning_id, visited_on, received_on) AS findings
    FROM told WHERE own IS NULL AND NOT is_empty
)
SELECT told.*, coalesce(own, CASE WHEN {REFUSALS["contradicting"].test} THEN 'contradicting' END) AS reason
FROM told LEFT JOIN good USING (row_id)"""


def _decided_sql() -> str:
    """Of what can be taken, one row per visit and one settling row per warning decides: the one received last.

    That nobody was met on an earlier or later day is no other verdict: it stays.
    """
    settles = f"outcome IN ({titles_sql(SETTLING)})"
    reasons = " ".join(f"WHEN {sql_text(code)} THEN {sql_text(one.said)}" for code, one in REFUSALS.items())
    return f"""
WITH standing AS (
    SELECT row_id, warning_id, received_on,
        row_number() OVER (PARTITION BY warning_id, visited_on ORDER BY received_on DESC, row_id DESC) = 1 AS is_last_of_day,
        {settles} AS settles, visited_on
    FROM answer_weighed WHERE reason IS NULL AND NOT is_empty
),
ranked AS (
    SELECT *, is_last_of_day AND (NOT settles OR row_number() OVER (
            PARTITION BY warning_id, settles, is_last_of_day ORDER BY received_on DESC, visited_on DESC, row_id DESC
        ) = 1) AS decides
    FROM standing
),
deciding AS (
    SELECT warning_id, max(received_on) AS told_on, arg_max(visited_on, (settles, received_on, visited_on)) AS told_of
    FROM ranked WHERE decides GROUP BY warning_id
)
SELECT w.row_id, batch_id, line, w.received_on, w.warning_id, warning.household_id AS household_id, warning.county AS county,
    warning.issued_on AS issued_on, w.visited_on, outcome,
    if(w.reason IS NULL AND NOT is_empty, coalesce(family, '{ALL_FAMILIES}'), family) AS family,
    CASE WHEN is_empty THEN 'empty' WHEN reason IS NOT NULL THEN 'refused' WHEN decides THEN 'taken' ELSE 'overruled' END
        AS fate,
    reason,
    CASE WHEN reason IS NOT NULL THEN CASE reason {reasons} END || CASE WHEN reason IN ('changed', 'emptied')
            THEN '：' || array_to_string(changed, '、') ELSE '' END
        WHEN NOT decides THEN '同一条预警另有 ' || strftime(told_on, '%Y-%m-%d') || ' 收到的结论（' ||
            strftime(told_of, '%Y-%m-%d') || ' 核实），以后收到的为准' END AS why
FROM answer_weighed w LEFT JOIN ranked USING (row_id) LEFT JOIN deciding d ON d.warning_id = w.warning_id
ORDER BY w.row_id"""
