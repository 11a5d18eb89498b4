"""What goes back to the sender: every quarantined row, where it stands, what is wrong and what is asked; never a value.

A quarantined row stays in its bin.  It is answered once a later row with its key was taken, or a newer snapshot was.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

import duckdb
import pyarrow as pa

from engine import conform, sql_text
from expectations.checks import quoted
from expectations.declared import Declared
from expectations.load import of_source
from expectations.reading import arrivals, create_table, facts_sql
from expectations.standing import Feed, feed_of
from expectations.suite import row_checks
from expectations.wording import title_of
from feed_tables import QUARANTINE_STATUS, RETURNED_ROW
from settings import Home
from sources.contract import Contract

REASONS: Final = {
    "row_is_whole": "断行或串列",
    "id_number_is_exact": "证件号码已被表格软件改坏",
    "is_data_row": "合计或备注，不是数据",
    "has_identity": "姓名和证件号码都没有",
    "converts": "写法读不出来",
    "key_is_filled": "空着没填",
    "not_null": "空着没填",
    "in_range": "超出范围",
    "not_after_receipt": "晚于收到文件的日期",
    "matches_pattern": "格式不符",
    "in_set": "不是约定的取值",
}
OTHER_REASON: Final = "不符合约定"


def return_rows(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    contracts: Mapping[str, Contract],
    batches: pa.Table,
    held: Mapping[str, str],
    as_of: date,
    declared: Mapping[str, Declared] = MappingProxyType({}),
) -> None:
    """Create `returned_row` (RETURNED_ROW) and, counted, `quarantine_status` (QUARANTINE_STATUS).

    Reads `quarantine` and `standing`.
    """
    arrived = arrivals(batches, contracts)
    create_table(connection, "told", _told(contracts, declared))
    create_table(connection, "returned_row", RETURNED_ROW.empty_table())
    found = connection.execute("SELECT DISTINCT source FROM standing WHERE standing = 'quarantined' ORDER BY 1").fetchall()
    for (source,) in found:
        of_source = [arrival for arrival in arrived if arrival.source == source]
        _return(connection, home, feed_of(contracts[source], of_source, held))
    conform(connection, "returned_row", RETURNED_ROW)
    connection.execute(f"""
        CREATE OR REPLACE TABLE quarantine_status AS
        WITH counted AS (
            SELECT source, expectation, "column", title, reason, expected, count(*) AS rows,
                count(*) FILTER (is_answered) AS answered, min(received_on) FILTER (NOT is_answered) AS oldest_on
            FROM returned_row GROUP BY ALL
        )
        SELECT *, date_diff('day', oldest_on, DATE '{as_of}') AS days FROM counted
        ORDER BY source, rows DESC, expectation, "column"
    """)
    conform(connection, "quarantine_status", QUARANTINE_STATUS)
    connection.execute("DROP TABLE told")


def _told(contracts: Mapping[str, Contract], declared: Mapping[str, Declared]) -> pa.Table:
    """Per source and check: the column as the sender knows it, what is wrong, what is asked."""
    rows = [
        {
            "source": contract.id,
            "expectation": check.name,
            "column": check.column,
            "title": title_of(contract, check.column) if check.column in named else "",
            "reason": REASONS.get(check.name, OTHER_REASON),
            "expected": check.means,
        }
        for contract in contracts.values()
        for named in [{*contract.facts, *(name for name, _ in contract.identity.columns())}]
        for check in row_checks(contract, of_source(declared, contract.id))
    ]
    return pa.Table.from_pylist(rows)


def _return(connection: duckdb.DuckDBPyConnection, home: Home, feed: Feed) -> None:
    accepted = [arrival for arrival in feed.arrived if arrival.batch_id not in feed.held]
    source = sql_text(feed.contract.id)
    connection.execute(f"""
        INSERT INTO returned_row
        WITH bad AS (SELECT row_id FROM standing WHERE standing = 'quarantined' AND source = {source}),
        line AS (
            SELECT row_id, batch_id, received_on, sheet, line, row_number, _position, {_keys(feed)},
                {_is_over(feed)} AS _is_over
            FROM ({facts_sql(home, feed.contract, accepted)}) SEMI JOIN bad USING (row_id) JOIN {feed.batches} USING (batch_id)
        ),
        answer AS ({_answers(home, feed)})
        SELECT row_id, {source}, batch_id, file, received_on, sheet, line.line, expectation, "column",
            coalesce(title, ''), coalesce(reason, '{OTHER_REASON}'), coalesce(expected, ''),
            _is_over OR coalesce(_place > (_position, row_number), false)
        FROM line JOIN quarantine USING (row_id)
        JOIN {_files(feed)} USING (batch_id)
        LEFT JOIN answer USING ({_key_names(feed)})
        LEFT JOIN (FROM told WHERE source = {source}) USING (expectation, "column")
        ORDER BY _position, row_number, expectation, "column"
    """)


def _is_over(feed: Feed) -> str:
    """SQL: the row's snapshot was replaced by a newer one, whether or not that one has the row."""
    return "_whole <> 'current'" if feed.contract.mode == "snapshot" else "false"


def _keys(feed: Feed) -> str:
    """SQL: the key under names that no fact has."""
    return ", ".join(f"{quoted(column)} AS _k{n}" for n, column in enumerate(feed.contract.subject))


def _key_names(feed: Feed) -> str:
    return ", ".join(f"_k{n}" for n, _ in enumerate(feed.contract.subject))


def _answers(home: Home, feed: Feed) -> str:
    """SQL: per key of a row in `line` the place of the last row with that key that was taken."""
    filled = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in feed.contract.succession)
    return f"""
        SELECT max((_position, row_number)) AS _place, {_key_names(feed)}
        FROM (SELECT _position, row_number, {_keys(feed)}
            FROM ({facts_sql(home, feed.contract, feed.counting)}) JOIN {feed.batches} USING (batch_id)
            ANTI JOIN bad USING (row_id) WHERE {filled})
        SEMI JOIN line USING ({_key_names(feed)}) GROUP BY {_key_names(feed)}"""


def _files(feed: Feed) -> str:
    rows = ", ".join(f"({sql_text(arrival.batch_id)}, {sql_text(arrival.file)})" for arrival in feed.arrived)
    return f"(VALUES {rows}) AS named(batch_id, file)"
