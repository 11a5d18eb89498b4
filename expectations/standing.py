"""Where every data row received stands, and the current rows of each source."""

from collections.abc import Container, Mapping, Sequence, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase

import duckdb
import pyarrow as pa

from engine import conform, sql_text
from errors import AccountingFault
from expectations.checks import quoted
from expectations.reading import Arrival, arrivals, facts_sql
from settings import Home
from sources.contract import Contract
from tables import STANDING


def settle(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    contracts: Mapping[str, Contract],
    batches: pa.Table,
    held: Mapping[str, str],
) -> None:
    """Create `standing` (STANDING): every row of every batch once; and a view `accepted_<source>` of the current rows.

    Reads `quarantine`.  A view has received_on, batch_id, the columns of FACT_PREFIX and the contract's facts.  Raises
    AccountingFault if the rows that stand are not the rows received.
    """
    arrived = arrivals(batches, contracts)
    connection.execute(
        "CREATE OR REPLACE TABLE standing"
        " (row_id BIGINT, source VARCHAR, batch_id VARCHAR, row_number INTEGER, standing VARCHAR)"
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE quarantined AS SELECT DISTINCT row_id FROM quarantine")
    for source, contract in contracts.items():
        feed = feed_of(contract, [arrival for arrival in arrived if arrival.source == source], held)
        _find_beaten(connection, home, feed)
        _stand(connection, home, feed)
        _show_current(connection, home, feed)
    connection.execute("DROP TABLE IF EXISTS quarantined; DROP TABLE IF EXISTS beaten")
    _count(connection, arrived)
    conform(connection, "standing", STANDING)


@dataclass(frozen=True)
class Feed:
    """The batches of one source, oldest first, and those of them that still count."""

    contract: Contract
    arrived: Sequence[Arrival]
    counting: Sequence[Arrival]
    held: Set[str]

    @property
    def batches(self) -> str:
        """An SQL relation: batch_id, its `_position` in time, what its rows are as a `_whole` unless they are less, and
        whether its rows are `_taken_back`.

        No fact's name begins with an underscore.
        """
        rows = ["(NULL, NULL, NULL, false)"]
        for position, arrival in enumerate(self.arrived):
            batch_id = arrival.batch_id
            whole = self._whole(batch_id)
            rows.append(f"({sql_text(batch_id)}, {position}, '{whole}', {_takes_back(self.contract, arrival)})")
        return f"(VALUES {', '.join(rows)}) AS batch(batch_id, _position, _whole, _taken_back)"

    @property
    def withdraws(self) -> str:
        """An SQL predicate over facts and `batches`: the row takes back what was said of its key."""
        told = self.contract.withdrawal
        if told is None or told.column is None:
            return "_taken_back"
        return f"(_taken_back OR coalesce({quoted(told.column)} IN ({', '.join(map(sql_text, told.values))}), false))"

    def _whole(self, batch_id: str) -> str:
        if batch_id in self.held:
            return "held"
        if self.contract.is_barred:
            return "barred"
        return "current" if any(arrival.batch_id == batch_id for arrival in self.counting) else "superseded"


def _takes_back(contract: Contract, arrival: Arrival) -> bool:
    patterns = contract.withdrawal.files if contract.withdrawal else ()
    return any(fnmatchcase(arrival.name.lower(), pattern.lower()) for pattern in patterns)


def feed_of(contract: Contract, arrived: Sequence[Arrival], held: Mapping[str, str]) -> Feed:
    """A snapshot replaces the one before; an appended batch adds to it.  Where the first wins, so does its first coming.

    Of a barred feed nothing counts.
    """
    if contract.mode == "append" and contract.correction == "first_wins":
        arrived = sorted(arrived, key=lambda a: (a.received_on, a.file))
    return Feed(contract, arrived, () if contract.is_barred else counting(contract, arrived, held), held.keys())


def counting(contract: Contract, arrived: Sequence[Arrival], held: Container[str]) -> Sequence[Arrival]:
    """The batches of one source, given oldest first, that count tonight: those accepted, of snapshots the newest."""
    accepted = [arrival for arrival in arrived if arrival.batch_id not in held]
    return _newest(contract, accepted) if contract.mode == "snapshot" else accepted


def _newest(contract: Contract, accepted: Sequence[Arrival]) -> Sequence[Arrival]:
    """The snapshot that counts: the last file, or where files are parts, of every name the last one of the last day."""
    if not contract.files.parts:
        return accepted[-1:]
    of_day = [arrival for arrival in accepted if arrival.last[0] == accepted[-1].last[0]]
    return list({arrival.name: arrival for arrival in of_day}.values())


def _find_beaten(connection: duckdb.DuckDBPyConnection, home: Home, feed: Feed) -> None:
    """Table `beaten`: rows that lose to another with their key, as `duplicate` if one that beats them has the same cells, and
    those that win only to take their key back, as `withdrawn`.

    Few keys occur twice, so only rows whose key's hash does are sorted; the hash merely narrows, the keys decide.
    """
    key = ", ".join(quoted(column) for column in feed.contract.key)
    has_key = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in feed.contract.succession)
    same = key if feed.contract.key_says_all else f"{key}, row_hash"
    last_wins = "DESC" if feed.contract.correction == "latest_wins" else "ASC"
    version = "NULL::BIGINT" if feed.contract.order_by is None else quoted(feed.contract.order_by)
    order = f"ORDER BY _version {last_wins}, _position {last_wins}, row_number {last_wins}"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE beaten AS
        WITH taken AS (
            SELECT row_id, row_number, row_hash, _position, {version} AS _version, {feed.withdraws} AS _withdraws,
                hash({key}) AS _narrow, {key}
            FROM ({facts_sql(home, feed.contract, feed.counting)}) JOIN {feed.batches} USING (batch_id)
            ANTI JOIN quarantined USING (row_id) WHERE {has_key}
        )
        SELECT row_id, CASE
            WHEN row_number() OVER (PARTITION BY {key} {order}) = 1 THEN 'withdrawn'
            WHEN row_number() OVER (PARTITION BY {same} {order}) > 1 THEN 'duplicate' ELSE 'superseded' END AS standing
        FROM taken SEMI JOIN
            (SELECT _narrow FROM taken GROUP BY _narrow HAVING count(*) > 1 OR bool_or(_withdraws)) USING (_narrow)
        QUALIFY row_number() OVER (PARTITION BY {key} {order}) > 1 OR _withdraws""")


def _stand(connection: duckdb.DuckDBPyConnection, home: Home, feed: Feed) -> None:
    """Precedence: held, barred, quarantined, duplicate, superseded or withdrawn, current.  Joins keep no order: it is made."""
    connection.execute(f"""
        INSERT INTO standing
        SELECT row_id, {sql_text(feed.contract.id)}, batch_id, row_number, CASE
            WHEN _whole IN ('held', 'barred') THEN _whole
            WHEN quarantined.row_id IS NOT NULL THEN 'quarantined'
            ELSE coalesce(beaten.standing, _whole) END
        FROM ({facts_sql(home, feed.contract, feed.arrived)}) JOIN {feed.batches} USING (batch_id)
        LEFT JOIN quarantined USING (row_id) LEFT JOIN beaten USING (row_id)
        ORDER BY row_id""")


def _show_current(connection: duckdb.DuckDBPyConnection, home: Home, feed: Feed) -> None:
    """A view, so that a feed larger than memory is read from its files whenever a rule asks."""
    counting = ", ".join(sql_text(arrival.batch_id) for arrival in feed.counting) or "NULL"
    connection.execute(f"""
        CREATE OR REPLACE VIEW {quoted(f"accepted_{feed.contract.id}")} AS
        SELECT * FROM ({facts_sql(home, feed.contract, feed.counting)}) ANTI JOIN
        (SELECT row_id FROM standing WHERE standing <> 'current' AND batch_id IN ({counting})) USING (row_id)""")


def _count(connection: duckdb.DuckDBPyConnection, arrived: Sequence[Arrival]) -> None:
    counts = connection.execute("SELECT batch_id, count(*) FROM standing GROUP BY batch_id").fetchall()
    standing = dict(counts)
    for arrival in arrived:
        if (found := standing.get(arrival.batch_id, 0)) != arrival.rows:
            raise AccountingFault(f"batch {arrival.batch_id} has {arrival.rows} rows, {found} of them stand")
