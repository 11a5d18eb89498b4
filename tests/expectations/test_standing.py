"""Every row received stands in exactly one place, and the current rows of a source can be read."""

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import connect
from errors import AccountingFault
from expectations.standing import settle
from settings import Home
from sources.contract import Contract
from tables import FACT_PREFIX, MONEY, QUARANTINE, STANDING, row_id
from tests.expectations.making import Row, Store, batches, contract, good

Rows = Sequence[Row]


def settled(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    of: Contract,
    put: Rows,
    held: Sequence[int] = (),
    quarantined: Sequence[tuple[int, int]] = (),
) -> list[list[str]]:
    """The standings of each batch's rows; `held` are positions of batches, `quarantined` positions and row numbers."""
    entries = [
        {"row_id": row_id(str(put[batch]["batch_id"]), number), "expectation": check, "column": "", "severity": "critical"}
        for batch, number in quarantined
        for check in ("converts", "in_range")
    ]
    connection.register("entries", pa.Table.from_pylist(entries, schema=QUARANTINE))
    connection.execute("CREATE OR REPLACE TABLE quarantine AS SELECT * FROM entries")
    settle(connection, store.home, {of.id: of}, batches(*put), {str(put[batch]["batch_id"]): "扣" for batch in held})
    found = "SELECT standing FROM standing WHERE batch_id = ? ORDER BY row_number"
    return [[place for (place,) in connection.execute(found, [batch["batch_id"]]).fetchall()] for batch in put]


def days(*numbers: int) -> list[date]:
    return [date(2025, 6, number) for number in numbers]


def three(store: Store, of: Contract, *contents: Rows) -> list[Row]:
    """Batches that came on following days."""
    return [
        store.put(of, f"{n}.csv", rows, received_on=day)
        for n, (rows, day) in enumerate(zip(contents, days(1, 2, 3), strict=False))
    ]


A, B, C = good("A1"), good("B1"), good("C1")
A_OTHER = good("A1", cost=7)


def test_the_latest_row_of_a_key_is_current(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    put = three(store, clinic, [A, B, A_OTHER], [A, C, C], [B])
    assert settled(connection, store, clinic, put) == [
        ["duplicate", "duplicate", "superseded"],
        ["current", "duplicate", "current"],
        ["current"],
    ]


def test_a_row_is_a_duplicate_of_any_later_row_with_its_cells(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """The first A is repeated by the third row, though the fourth wins."""
    clinic = contract()
    put = three(store, clinic, [A, A_OTHER, A, good("A1", cost=8)])
    assert settled(connection, store, clinic, put) == [["duplicate", "superseded", "superseded", "current"]]


def test_the_first_row_stays_where_the_contract_says_so(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract(correction="first_wins")
    put = three(store, clinic, [A, B, A_OTHER], [A, C, C])
    assert settled(connection, store, clinic, put) == [
        ["current", "current", "superseded"],
        ["duplicate", "current", "duplicate"],
    ]


def test_a_key_of_several_columns(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract(key=["serial", "settled_on"])
    put = three(store, clinic, [A, good("A1", settled_on=date(2025, 3, 2))], [A_OTHER])
    assert settled(connection, store, clinic, put) == [["superseded", "current"], ["current"]]


@pytest.mark.parametrize("name", ["position", "whole", "standing", "narrow", "order", "filename"])
def test_a_column_may_have_any_name(store: Store, connection: duckdb.DuckDBPyConnection, name: str) -> None:
    fact = {"title": "列", "headers": ["列"], "type": "text", "required": True}
    clinic = contract(key=[name], facts={name: fact})
    put = three(store, clinic, [{name: "A"}, {name: "B"}], [{name: "A"}])
    assert settled(connection, store, clinic, put) == [["duplicate", "current"], ["current"]]


def test_a_snapshot_replaces_the_one_before(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract(mode="snapshot")
    put = three(store, clinic, [A, A, B], [C, A_OTHER, A])
    assert settled(connection, store, clinic, put) == [["superseded"] * 3, ["current", "superseded", "current"]]
    assert settled(connection, store, clinic, put, held=[1]) == [["duplicate", "current", "current"], ["held"] * 3]


def test_held_comes_before_quarantined_before_duplicate(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    put = three(store, clinic, [A, B, C], [A, B, C], [A, B])
    assert settled(connection, store, clinic, put, held=[2], quarantined=[(0, 1), (1, 2), (2, 1)]) == [
        ["quarantined", "current", "duplicate"],
        ["current", "quarantined", "current"],
        ["held", "held"],
    ]


def test_a_quarantined_row_of_an_older_snapshot_stays_quarantined(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract(mode="snapshot")
    put = three(store, clinic, [A, B], [A])
    assert settled(connection, store, clinic, put, quarantined=[(0, 2)]) == [["superseded", "quarantined"], ["current"]]


def test_ties_of_a_day_are_broken_by_file_then_batch(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    put = [store.put(clinic, file, [good("A1", cost=n)]) for n, file in enumerate(("b.csv", "c.csv", "a.csv"))]
    assert settled(connection, store, clinic, put) == [["superseded"], ["current"], ["superseded"]]


def test_rows_without_a_key_do_not_replace_each_other(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    keyless = A | {"serial": None}
    assert settled(connection, store, clinic, three(store, clinic, [keyless, keyless, B])) == [["current"] * 3]


def test_accepted_rows_can_be_read(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    settled(connection, store, clinic, three(store, clinic, [A, B, C], [A_OTHER]), quarantined=[(0, 3)])
    found = connection.execute("SELECT received_on, row_number, serial, cost FROM accepted_clinic ORDER BY serial").fetchall()
    assert [(day, number, serial, int(cost)) for day, number, serial, cost in found] == [
        (days(2)[0], 1, "A1", 7),
        (days(1)[0], 2, "B1", 100),
    ]


@pytest.mark.parametrize("comes", [True, False])
def test_accepted_has_its_columns_and_types_even_when_nothing_came(
    store: Store, connection: duckdb.DuckDBPyConnection, comes: bool
) -> None:
    clinic = contract()
    assert settled(connection, store, clinic, three(store, clinic, [A]) if comes else []) == ([["current"]] if comes else [])
    schema = connection.sql("SELECT * FROM accepted_clinic").to_arrow_table().schema
    assert schema.names == ["received_on", "batch_id", *FACT_PREFIX.names, *clinic.facts]
    assert [schema.field(name).type for name in ("received_on", "serial", "settled_on", "cost", "days")] == [
        pa.date32(), pa.string(), pa.date32(), MONEY, pa.int64(),
    ]  # fmt: skip


def test_rows_that_do_not_add_up_are_a_fault(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    batch = store.put(clinic, "a.csv", [A, B]) | {"rows": 3}
    with pytest.raises(AccountingFault, match="has 3 rows, 2 of them stand"):
        settled(connection, store, clinic, [batch])


def test_an_unreadable_batch_has_no_rows(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    unreadable = store.put(clinic, "a.csv", []) | {"unreadable": "文件有密码"}
    store.home.facts("clinic", str(unreadable["batch_id"])).unlink()
    assert settled(connection, store, clinic, [unreadable], held=[0]) == [[]]


def expected(of: Contract, contents: Sequence[Rows], held: Sequence[int], barred: Sequence[tuple[int, int]]) -> list[list[str]]:
    """The rules of `docs/architecture.md`, row by row; batches are given oldest first."""
    accepted = [batch for batch in range(len(contents)) if batch not in held]
    counting = accepted[-1:] if of.mode == "snapshot" else accepted
    places = [["superseded"] * len(rows) for rows in contents]
    beating: dict[object, list[Row]] = {}
    order = [(batch, number) for batch in counting for number in range(len(contents[batch]))]
    for batch, number in order if of.correction == "first_wins" else reversed(order):
        if (batch, number + 1) not in barred:
            row = contents[batch][number]
            ahead = beating.setdefault(row["serial"], [])
            places[batch][number] = "current" if not ahead else "duplicate" if row in ahead else "superseded"
            ahead.append(row)
    for batch, number in barred:
        places[batch][number - 1] = "quarantined"
    return [["held"] * len(rows) if batch in held else places[batch] for batch, rows in enumerate(contents)]


ROWS = st.lists(
    st.builds(lambda key, cost: good(key, cost=cost), st.sampled_from(["A1", "B1", "C1"]), st.integers(1, 2)), max_size=5
)
POLICIES: list[Mapping[str, object]] = [
    {"mode": mode, "correction": wins} for mode in ("append", "snapshot") for wins in ("latest_wins", "first_wins")
]


@given(data=st.data(), policy=st.sampled_from(POLICIES), contents=st.lists(ROWS, max_size=4))
@settings(max_examples=60, deadline=None)
def test_every_row_stands_exactly_once_where_the_rules_put_it(
    data: st.DataObject, policy: Mapping[str, object], contents: list[list[Row]]
) -> None:
    clinic = contract(**policy)
    held = data.draw(st.lists(st.sampled_from(range(len(contents))), unique=True)) if contents else []
    rows = [(batch, number) for batch, some in enumerate(contents) for number in range(1, len(some) + 1)]
    barred = data.draw(st.lists(st.sampled_from(rows), unique=True)) if rows else []
    with tempfile.TemporaryDirectory() as folder, connect(Path(folder) / "work", 2, "256MiB") as connection:
        store = Store(Home(Path(folder)))
        put = [store.put(clinic, f"{n}.csv", some, received_on=date(2025, 6, 1 + n)) for n, some in enumerate(contents)]
        assert settled(connection, store, clinic, put, held, barred) == expected(clinic, contents, held, barred)
        stands = connection.sql("SELECT * FROM standing").to_arrow_table()
        accepted = connection.execute("SELECT row_id FROM accepted_clinic").fetchall()
    assert stands.schema == STANDING
    assert Counter(stands["row_id"].to_pylist()) == Counter(
        row_id(str(batch["batch_id"]), number)
        for batch, some in zip(put, contents, strict=True)
        for number in range(1, len(some) + 1)
    )
    current = [row["row_id"] for row in stands.to_pylist() if row["standing"] == "current"]
    assert sorted(row for (row,) in accepted) == sorted(current)
