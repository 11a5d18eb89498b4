"""Rows in are the sum of the bins, whatever came: corrections, withdrawals, repeats, holds; and a lost row is found."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import connect
from errors import AccountingFault
from expectations.returning import return_rows
from expectations.standing import settle
from feed_tables import QUARANTINE_STATUS, RETURNED_ROW
from outputs.account import account
from settings import Home
from sources.contract import Contract
from tables import BINS, LINK, QUARANTINE, row_id
from tests.expectations.making import SEED, Row, Store, batches, contract, good

AS_OF = date(2025, 7, 1)
FACTS = SEED["facts"]
assert isinstance(FACTS, dict)
STATUS = {"title": "状态", "headers": ["状态"], "type": "code", "values": {"有效": [], "作废": []}}
WITH_STATUS = FACTS | {"status": STATUS}
PARTS = {"patterns": ["*.csv"], "format": "csv", "parts": True}
POLICIES: list[dict[str, object]] = [
    {"mode": "append"},
    {"mode": "append", "order_by": "settled_on"},
    {"mode": "append", "withdrawal": {"column": "status", "values": ["作废"], "files": ["2*"]}},
    {"mode": "append", "correction": "first_wins"},
    {"mode": "snapshot"},
    {"mode": "snapshot", "files": PARTS, "withdrawal": {"column": "status", "values": ["作废"]}},
]
LINE = st.builds(
    lambda key, cost, status, day: good(key, cost=cost, status=status, settled_on=date(2025, 3, day)),
    st.sampled_from(["A1", "B1", "C1"]),
    st.integers(1, 2),
    st.sampled_from(["有效", "作废"]),
    st.integers(1, 2),
)
FILES = st.lists(st.lists(LINE, max_size=4), min_size=1, max_size=4)


@contextmanager
def scratch() -> Iterator[tuple[duckdb.DuckDBPyConnection, Store]]:
    with tempfile.TemporaryDirectory() as folder, connect(Path(folder) / "work", 1, "256MiB") as connection:
        yield connection, Store(Home(Path(folder)))


def reckoned(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    of: Contract,
    put: Sequence[Row],
    bad: Sequence[tuple[int, int]],
    held: Sequence[int],
) -> dict[str, dict[str, int]]:
    """Settle, return, link everybody and account: batch -> rows_in and bins."""
    entries = [
        {
            "row_id": row_id(str(put[batch]["batch_id"]), line),
            "expectation": "in_range",
            "column": "cost",
            "severity": "critical",
        }
        for batch, line in bad
        if batch not in held
    ]
    connection.register("entries", pa.Table.from_pylist(entries, schema=QUARANTINE))
    connection.execute("CREATE OR REPLACE TABLE quarantine AS FROM entries")
    waiting = {str(put[batch]["batch_id"]): "扣" for batch in held}
    table = batches(*put)
    settle(connection, store.home, {of.id: of}, table, waiting)
    return_rows(connection, store.home, {of.id: of}, table, waiting, AS_OF)
    connection.register("no_link", LINK.empty_table())
    connection.execute("CREATE OR REPLACE TEMP TABLE record_bin (row_id BIGINT, bin VARCHAR)")
    connection.execute("""
        CREATE OR REPLACE TABLE link AS FROM no_link UNION ALL BY NAME
        SELECT row_id, source, batch_id, row_number, 'linked' AS decision FROM standing WHERE standing = 'current'""")
    rows = account(connection, table, waiting, "roster", ["review_verdicts", "answers"]).to_pylist()
    return {row["batch_id"]: {name: row[name] for name in ("rows_in", *BINS)} for row in rows}


def delivered(store: Store, of: Contract, files: Sequence[Sequence[Row]], again: Sequence[int]) -> list[Row]:
    """One file a day, two on the last; those of `again` come once more at the end."""
    first = date(2025, 6, 1)
    put = [store.put(of, f"{n}.csv", rows, received_on=first + timedelta(days=min(n, 2))) for n, rows in enumerate(files)]
    for n in again:
        put[n] |= {"last_received_on": first + timedelta(days=9), "last_file": f"{n} 再.csv"}
    return put


def places(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    return dict(connection.execute("SELECT row_id, standing FROM standing").fetchall())


@given(data=st.data(), policy=st.sampled_from(POLICIES), files=FILES)
@settings(max_examples=30, deadline=None)
def test_rows_in_are_the_sum_of_the_bins_and_quarantine_empties_into_them(
    data: st.DataObject, policy: dict[str, object], files: list[list[Row]]
) -> None:
    of = contract(facts=WITH_STATUS, **policy)
    lines = [(batch, line) for batch, rows in enumerate(files) for line in range(1, len(rows) + 1)]
    some = st.lists(st.sampled_from(lines), unique=True) if lines else st.just([])
    which = st.lists(st.sampled_from(range(len(files))), unique=True, max_size=2)
    bad, held, again = data.draw(some), data.draw(which), data.draw(which)
    still = data.draw(st.lists(st.sampled_from(bad), unique=True)) if bad else []
    with scratch() as (connection, store):
        put = delivered(store, of, files, again)
        before = reckoned(connection, store, of, put, bad, held)
        stood = places(connection)
        assert connection.sql("FROM returned_row").to_arrow_table().schema == RETURNED_ROW
        assert connection.sql("FROM quarantine_status").to_arrow_table().schema == QUARANTINE_STATUS
        returned = connection.execute("SELECT row_id FROM returned_row").fetchall()
        assert sorted(row for (row,) in returned) == sorted(row for row, place in stood.items() if place == "quarantined")
        after = reckoned(connection, store, of, put, still, held)
        stands = places(connection)
    for bins in (before, after):
        assert {batch: sum(of_batch[name] for name in BINS) for batch, of_batch in bins.items()} == {
            str(one["batch_id"]): len(rows) for one, rows in zip(put, files, strict=True)
        }
    assert stood.keys() == stands.keys()
    left = [row for row, place in stood.items() if place == "quarantined" and stands[row] != "quarantined"]
    assert len(left) == sum(batch not in held for batch, _ in set(bad) - set(still))
    assert Counter(stands.values()).keys() <= {"current", "quarantined", "duplicate", "superseded", "withdrawn", "held"}


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        ("DELETE FROM link WHERE row_number = 1", "缺比对结果 1 行"),
        ("DELETE FROM standing WHERE row_number = 2", "withdrawn"),
        ("UPDATE standing SET standing = 'lost' WHERE row_number = 2", "相差 -1"),
    ],
)
def test_one_lost_row_fails_the_night_and_names_batch_and_bin(harm: str, named: str) -> None:
    of = contract(facts=WITH_STATUS, withdrawal={"column": "status", "values": ["作废"]})
    with scratch() as (connection, store):
        put = [store.put(of, "a.csv", [good("A1"), good("B1", status="作废"), good("C1", status="作废")])]
        bins = reckoned(connection, store, of, put, [], [])[str(put[0]["batch_id"])]
        assert {name: count for name, count in bins.items() if count} == {"rows_in": 3, "linked": 1, "withdrawn": 2}
        connection.execute(harm)
        with pytest.raises(AccountingFault) as lost:
            account(connection, batches(*put), {}, "roster", "review_verdicts")
    assert (str(put[0]["batch_id"]) in str(lost.value), named in str(lost.value)) == (True, True)


def test_a_quarantined_row_is_answered_by_its_key_or_by_a_newer_snapshot() -> None:
    for policy, later, answered in (
        ({"mode": "append"}, [good("A1", cost=5)], 1),
        ({"mode": "append"}, [good("Z1")], 0),
        ({"mode": "snapshot"}, [good("Z1")], 1),
    ):
        of = contract(**policy)
        with scratch() as (connection, store):
            put = [store.put(of, "1.csv", [good("A1")]), store.put(of, "2.csv", later, received_on=date(2025, 6, 2))]
            reckoned(connection, store, of, put, [(0, 1)], [])
            query = "SELECT rows, answered, title, reason, days FROM quarantine_status"
            days = None if answered else 30
            assert connection.execute(query).fetchall() == [(1, answered, "总额", "超出范围", days)]


@pytest.mark.parametrize("name", ["file", "reason", "title", "expected", "expectation", "column", "rows", "place"])
def test_a_fact_may_bear_any_name(name: str) -> None:
    named = {"title": "另", "headers": ["另"], "type": "text", "required": True}
    of = contract(facts={**WITH_STATUS, name: named}, key=[name])
    with scratch() as (connection, store):
        put = [store.put(of, f"{n}.csv", [good("A1") | {name: "K"}], received_on=date(2025, 6, n)) for n in (1, 2)]
        reckoned(connection, store, of, put, [(0, 1)], [])
        assert connection.execute("SELECT rows, answered, title FROM quarantine_status").fetchall() == [(1, 1, "总额")]
