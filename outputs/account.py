"""Where every row received has ended: rows in are the sum of the bins, to the row, or the night fails."""

from collections.abc import Iterable, Mapping
from typing import Final

import duckdb
import pyarrow as pa

import tables
from engine import conform, sql_text
from errors import AccountingFault

SUM: Final = " + ".join(tables.BINS)

COUNTED: Final = """
stood AS (
    SELECT source, batch_id,
        count(*) FILTER (standing = 'current' AND source = {roster}) AS registered,
        count(*) FILTER (standing = 'current' AND source IN ({records}) AND bin = 'verdict') AS verdict,
        count(*) FILTER (standing = 'current' AND source IN ({records}) AND bin IS NULL) AS unanswered,
        count(*) FILTER (standing = 'current' AND source IN ({records}) AND bin = 'refused') AS refused,
        count(*) FILTER (standing = 'current' AND source NOT IN ({roster}, {records})) AS to_link,
        count(*) FILTER (standing = 'quarantined') AS quarantined,
        count(*) FILTER (standing = 'barred') AS barred,
        count(*) FILTER (standing = 'duplicate') AS duplicate,
        count(*) FILTER (standing = 'superseded') AS superseded,
        count(*) FILTER (standing = 'withdrawn') AS withdrawn,
        count(*) FILTER (standing = 'held') AS held
    FROM standing LEFT JOIN record_bin USING (row_id)
    GROUP BY source, batch_id
),
expected AS (SELECT row_id, source, batch_id FROM standing WHERE standing = 'current' AND source NOT IN ({roster}, {records})),
decided AS (
    SELECT coalesce(e.source, l.source) AS source, coalesce(e.batch_id, l.batch_id) AS batch_id,
        count(*) FILTER (l.decision = 'linked') AS linked,
        count(*) FILTER (l.decision = 'review') AS review,
        count(*) FILTER (l.decision = 'no_resident') AS no_resident,
        count(*) FILTER (l.row_id IS NULL) AS without_link,
        count(*) FILTER (e.row_id IS NULL OR l.source <> e.source OR l.batch_id <> e.batch_id) AS stray_links,
        count(e.row_id) AS pairs
    FROM expected e FULL JOIN link l ON l.row_id = e.row_id GROUP BY ALL
),
failed AS (
    SELECT s.batch_id, q.expectation, count(DISTINCT q.row_id) AS rows
    FROM quarantine q JOIN standing s USING (row_id) WHERE s.standing = 'quarantined' GROUP BY ALL
),
reasons AS (
    SELECT batch_id,
        to_json(MAP(list(expectation ORDER BY expectation), list(rows ORDER BY expectation)))::VARCHAR AS quarantined_by
    FROM failed GROUP BY batch_id
)"""

_BINNED: Final = {"barred": "coalesce(barred, 0) - coalesce(screened, 0)", "purged": "0::BIGINT"}
"""Bins that are not counted as they stand: of barred rows those were read whose household has signed for it; batches that were
purged are no part of the night, and follow."""

BALANCE: Final = f"""
balance AS (
    SELECT coalesce(b.source, s.source, d.source) AS source, coalesce(b.batch_id, s.batch_id, d.batch_id) AS batch_id,
        b.file, b.received_on, b.batch_id IS NULL AS is_unknown,
        CASE WHEN b.unreadable IS NOT NULL OR h.batch_id IS NOT NULL THEN 'held' ELSE 'accepted' END AS state,
        coalesce(b.rows, 0) AS rows_in,
        {", ".join(f"{_BINNED.get(name, f'coalesce({name}, 0)')} AS {name}" for name in tables.BINS)},
        coalesce(r.quarantined_by, '{{}}') AS quarantined_by,
        coalesce(without_link, 0) AS without_link, coalesce(stray_links, 0) AS stray_links,
        coalesce(pairs, 0) - coalesce(to_link, 0) AS repeated_links
    FROM batch_in b FULL JOIN stood s ON s.batch_id = b.batch_id AND s.source = b.source
    FULL JOIN decided d ON d.batch_id = coalesce(b.batch_id, s.batch_id) AND d.source = coalesce(b.source, s.source)
    LEFT JOIN held_in h ON h.batch_id = b.batch_id LEFT JOIN reasons r ON r.batch_id = b.batch_id
    LEFT JOIN (SELECT batch_id, sum(rows)::BIGINT AS screened FROM screened_row GROUP BY batch_id) c ON c.batch_id = b.batch_id
)
SELECT *, {SUM} AS binned, is_unknown OR {SUM} <> rows_in OR barred < 0
    OR held <> CASE state WHEN 'held' THEN rows_in ELSE 0 END OR without_link + stray_links + repeated_links <> 0 AS is_wrong
FROM balance"""

_PURGED: Final = f"""
SELECT source, batch_id, file, received_on, 'accepted' AS state, rows AS rows_in,
    {", ".join(f"{'rows' if name == 'purged' else '0::BIGINT'} AS {name}" for name in tables.BINS)}, '{{}}' AS quarantined_by
FROM purged_batch"""

TOTAL_ORDER: Final = "source, received_on, file, batch_id"
SHOWN: Final = 5
"""How many wrong batches a message names; the rest are counted."""


def account(
    connection: duckdb.DuckDBPyConnection, batches: pa.Table, held: Mapping[str, str], roster: str, records: Iterable[str]
) -> pa.Table:
    """Create `accounting` (ACCOUNTING) from `standing`, `link`, `record_bin`, `quarantine`, `screened_row` (source, batch_id,
    rows) and `purged_batch` (PURGED), and return it; the last two may be absent: then there are none.

    One row per batch.  `batches` is BATCH, `held` batch id -> why, `roster` the source whose current rows are `registered`,
    `records` those whose current rows are in `record_bin` (row_id, bin: verdict or refused), or `unanswered`.  Raises
    AccountingFault unless every batch's rows in are the sum of its bins, every current row of another source has exactly one
    link, and every link belongs to such a row.
    """
    named = ", ".join(map(sql_text, records)) or "''"
    counted = COUNTED.format(roster=sql_text(roster), records=named)
    connection.execute("CREATE TABLE IF NOT EXISTS screened_row (source VARCHAR, batch_id VARCHAR, rows BIGINT)")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS purged_batch"
        " (source VARCHAR, batch_id VARCHAR, file VARCHAR, received_on DATE, rows BIGINT, purged_on DATE, classes VARCHAR[])"
    )
    connection.register("batch_in", batches)
    connection.register("held_in", pa.table({"batch_id": pa.array(sorted(held), pa.string())}))
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE balanced AS WITH {counted},{BALANCE}")
    finally:
        connection.unregister("batch_in")
        connection.unregister("held_in")
    _verify(connection)
    columns = ", ".join(tables.ACCOUNTING.names)
    connection.execute(f"""
        CREATE OR REPLACE TABLE accounting AS
        SELECT {columns} FROM (SELECT {columns} FROM balanced UNION ALL BY NAME {_PURGED}) ORDER BY {TOTAL_ORDER}""")
    connection.execute("DROP TABLE balanced")
    conform(connection, "accounting", tables.ACCOUNTING)
    return connection.sql(f"SELECT * FROM accounting ORDER BY {TOTAL_ORDER}").to_arrow_table()


def _verify(connection: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "source",
        "batch_id",
        "is_unknown",
        "rows_in",
        "binned",
        *tables.BINS,
        "without_link",
        "stray_links",
        "repeated_links",
    )
    query = f"SELECT {', '.join(columns)} FROM balanced WHERE is_wrong ORDER BY source, batch_id"
    wrong = [dict(zip(columns, row, strict=True)) for row in connection.execute(query).fetchall()]
    if wrong:
        more = f"\n（另有 {len(wrong) - SHOWN} 个批次）" if len(wrong) > SHOWN else ""
        raise AccountingFault("数据去向不平，本夜作废：\n" + "\n".join(_tell(batch) for batch in wrong[:SHOWN]) + more)


def _tell(batch: Mapping[str, str | int]) -> str:
    """One wrong batch: by how much, and every bin, so that the stage at fault shows."""
    bins = "、".join(f"{name} {batch[name]}" for name in tables.BINS if batch[name])
    links = "；".join(
        f"{title} {batch[name]} 行"
        for name, title in (("without_link", "缺比对结果"), ("stray_links", "多余比对结果"), ("repeated_links", "重复比对结果"))
        if batch[name]
    )
    difference = int(batch["binned"]) - int(batch["rows_in"])
    unknown = "（收到的批次中没有它）" if batch["is_unknown"] else ""
    told = (
        f"来源 {batch['source']} 批次 {batch['batch_id']}{unknown}：收到 {batch['rows_in']} 行，各去向合计 {batch['binned']} 行"
    )
    return f"{told}，相差 {difference:+d}；{bins or '各去向均为 0'}" + (f"；{links}" if links else "")
