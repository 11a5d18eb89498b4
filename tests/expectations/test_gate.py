"""The gate: what is held, what serves instead, what is said of it, and that no batch is validated twice."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from errors import Fault, RosterError
from expectations import gate as gate_module
from expectations import inspecting
from expectations.gate import Gate, gate, require_roster
from expectations.validating import unexpected_counts
from sources.contract import Contract
from tables import FINDING, QUARANTINE
from tests.expectations.making import SEED, Row, Store, batches, contract, good

DAMAGED: Row = {"damage": "断行"}


def goods(count: int) -> list[Row]:
    return [good(f"A{n}") for n in range(count)]


def verdicts(connection: duckdb.DuckDBPyConnection, verdict: str) -> list[tuple[str, int]]:
    """(expectation, observed) of the findings with that verdict."""
    query = "SELECT expectation, observed FROM finding WHERE verdict = ? ORDER BY ALL"
    return connection.execute(query, [verdict]).fetchall()


BATCHES: dict[str, tuple[list[Row], Row, list[tuple[str, int]], list[tuple[str, int]]]] = {
    "good": (goods(2), {}, [], []),
    "unreadable": ([], {"unreadable": "文件有密码"}, [("readable", 0)], []),
    "no rows": ([], {}, [("volume_floor", 0)], []),
    "missing column": (goods(1), {"missing_columns": ["cost", "name"]}, [("columns_present", 2)], []),
    "missing column that may be absent": (goods(1), {"missing_columns": ["days", "sex"]}, [], []),
    "wrong encoding": (goods(1), {"undecodable": 101}, [("decodable", 101)], []),
    "some undecodable": (goods(1), {"undecodable": 100}, [], [("fully_decodable", 100)]),
    "much damage": ([*goods(379), *[DAMAGED] * 20], {}, [("rows_are_whole", 20)], []),
    "a share of damage at the limit": ([*goods(380), *[DAMAGED] * 20], {}, [], [("no_damage", 20)]),
    "few damaged rows": ([*goods(1), *[DAMAGED] * 19], {}, [], [("no_damage", 19)]),
    "at the ceiling": (goods(1000), {}, [], []),
    "over the ceiling": (goods(1001), {}, [], [("volume_ceiling", 1001)]),
    "extra column": (goods(1), {"extra_columns": ["血型"]}, [], [("no_extra_columns", 1)]),
}
"""Rows, what ingest says of the batch; then what it is held for, and what is only told."""


def test_batches_are_held_or_warned_of(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    put = {name: store.put(clinic, name, rows, **said) for name, (rows, said, _, _) in BATCHES.items()}
    gated = gate(connection, store.home, {"clinic": clinic}, batches(*put.values()))
    for name, (_, _, hold, warn) in BATCHES.items():
        query = "SELECT expectation, observed FROM finding WHERE batch_id = ? AND verdict = ?"
        assert connection.execute(query, [put[name]["batch_id"], "hold"]).fetchall() == hold, name
        assert connection.execute(query, [put[name]["batch_id"], "warn"]).fetchall() == warn, name
        assert (put[name]["batch_id"] in gated.held) == bool(hold), name


def test_messages_name_source_file_column_and_numbers(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    held = store.put(clinic, "clinic/a.csv", goods(1), missing_columns=["cost", "name"])
    row = store.put(clinic, "clinic/b.csv", [good("A1", days=999)], unreadable=None)
    gated = gate(connection, store.home, {"clinic": clinic}, batches(held, row))
    assert gated.held == {
        held["batch_id"]: "医保结算，clinic/a.csv：约定的列应当齐全；实际缺少 总额、姓名；整批暂停，请改正后重报"
    }
    assert connection.execute("SELECT message FROM finding WHERE verdict = 'quarantine'").fetchall() == [
        ("医保结算，clinic/b.csv：“天数”应不小于 0、不大于 365；1 行不符，已隔离",)
    ]


def test_a_held_batch_is_not_taken_row_by_row(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    held = store.put(clinic, "a.csv", [good("A1", days=999)], missing_columns=["cost"])
    gate(connection, store.home, {"clinic": clinic}, batches(held))
    assert connection.execute("SELECT count(*) FROM quarantine").fetchall() == [(0,)]
    assert verdicts(connection, "quarantine") == []


def test_a_snapshot_that_is_mostly_unusable_is_held(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    bad = [good("B1", days=-1), good("B2", days=-1, kind="错")]
    snapshot = contract(mode="snapshot", volume=None)
    contracts = {"clinic": snapshot}
    half = store.put(snapshot, "half.csv", [*goods(2), *bad])
    most = store.put(snapshot, "most.csv", [*goods(1), *bad])
    empty = store.put(snapshot, "empty.csv", [])
    gated = gate(connection, store.home, contracts, batches(half, most, empty))
    assert gated.held.keys() == {most["batch_id"], empty["batch_id"]}
    assert verdicts(connection, "hold") == [("mostly_usable", 2), ("volume_floor", 0)]


def test_an_older_state_serves_for_a_held_one(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    names = ("fresh", "stale", "refused", "silent")
    contracts = {name: contract(id=name) for name in names}
    days = {"a": date(2025, 4, 1), "b": date(2025, 5, 1), "c": date(2025, 6, 1)}
    put = [store.put(contracts["fresh"], file, [good("A1")] if file != "b" else [], received_on=days[file]) for file in "abc"]
    put += [store.put(contracts["stale"], file, [good("A1")] if file != "c" else [], received_on=days[file]) for file in "abc"]
    put += [store.put(contracts["refused"], "a", [], received_on=days["a"])]
    gated = gate(connection, store.home, contracts, batches(*reversed(put)))
    assert gated.stale == {"stale": days["b"]}
    assert gated.missing == ("refused", "silent")
    assert gated.why_missing["silent"] == "没有收到过任何文件"
    assert "数据不应少于 1 行" in gated.why_missing["refused"]


@pytest.mark.parametrize("comes", [True, False])
def test_without_a_roster_the_night_stops(comes: bool) -> None:
    roster = Contract.model_validate(
        SEED
        | {"id": "people", "role": "roster", "key": ["resident_id"]}
        | {
            "facts": {
                name: {"title": name, "headers": [name], "type": "text", "required": True}
                for name in ("resident_id", "household_id")
            }
        }
    )
    contracts = {"people": roster, "clinic": contract()}
    why = {"clinic": "没有收到过任何文件"} | ({} if comes else {"people": "花名册缺列"})
    gated = Gate({}, {}, tuple(why), why)
    if comes:
        require_roster(gated, contracts)
        return
    with pytest.raises(RosterError, match="花名册缺列") as caught:
        require_roster(gated, contracts)
    assert caught.value.exit_code == 13


Refuse = Callable[..., object]


@pytest.fixture
def refuse() -> Refuse:
    def validate(*_: object) -> object:
        raise AssertionError("validated again")

    return validate


def test_a_batch_is_validated_once(
    store: Store, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, refuse: Refuse
) -> None:
    clinic = contract()
    received = batches(
        store.put(clinic, "a.csv", [good("A1"), good("A2", days=-1)]), store.put(clinic, "b.csv", []),
    )  # fmt: skip
    first = gate(connection, store.home, {"clinic": clinic}, received)
    saw = [connection.sql(f"SELECT * FROM {table}").to_arrow_table() for table in ("quarantine", "finding")]
    monkeypatch.setattr(gate_module, "inspect", refuse)
    assert gate(connection, store.home, {"clinic": clinic}, received) == first
    assert [connection.sql(f"SELECT * FROM {table}").to_arrow_table() for table in ("quarantine", "finding")] == saw
    assert [table.schema.names for table in saw] == [QUARANTINE.names, FINDING.names]


def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Collects which files each further validation is of."""
    asked: list[list[str]] = []
    inspect = inspecting.inspect

    def noted(home: object, deliveries: Sequence[inspecting.Delivery], limits: object) -> object:
        asked.append([arrival.file for delivery in deliveries for arrival in delivery.arrivals])
        return inspect(home, deliveries, limits)  # type: ignore[arg-type]

    monkeypatch.setattr(gate_module, "inspect", noted)
    return asked


def test_only_what_is_new_or_has_changed_is_validated(
    store: Store, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, stricter = contract(), contract(volume={"floor": 2, "ceiling": 3, "why": "试验"})
    first, second = store.put(clinic, "a.csv", goods(1)), store.put(clinic, "b.csv", goods(2))
    asked = asked_for(monkeypatch)
    gate(connection, store.home, {"clinic": clinic}, batches(first))
    gate(connection, store.home, {"clinic": clinic}, batches(first, second))
    assert gate(connection, store.home, {"clinic": stricter}, batches(first, second)).held.keys() == {first["batch_id"]}
    (store.home.store / "gate" / "clinic" / f"{second['batch_id']}.json").write_text("{")
    gate(connection, store.home, {"clinic": stricter}, batches(first, second))
    store.home.quarantine("clinic", str(first["batch_id"])).unlink()
    gate(connection, store.home, {"clinic": stricter}, batches(first, second))
    assert asked == [["a.csv"], ["b.csv"], ["a.csv", "b.csv"], ["b.csv"], ["a.csv"]]


def test_all_new_batches_of_a_source_are_one_validation(
    store: Store, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts = {name: contract(id=name) for name in ("clinic", "school")}
    put = [store.put(of, f"{n}.csv", [good("A1", days=-n)]) for of in contracts.values() for n in range(4)]
    tables: list[str] = []

    def noted(database: Path, suites: Mapping[str, Sequence[object]], limits: object) -> object:
        tables.extend(suites)
        return unexpected_counts(database, suites, limits)  # type: ignore[arg-type]

    monkeypatch.setattr(inspecting, "unexpected_counts", noted)
    gate(connection, store.home, contracts, batches(*put))
    assert tables == ["rows_clinic", "rows_school", "batch"]
    query = "SELECT source, count(*) FROM finding WHERE expectation = 'in_range' AND \"column\" = 'days' AND observed = 1"
    assert connection.execute(f"{query} GROUP BY ALL ORDER BY ALL").fetchall() == [("clinic", 3), ("school", 3)]


@pytest.mark.parametrize("table", ["rows_clinic", "batch"])
def test_a_count_that_differs_is_a_fault_and_nothing_is_kept(
    store: Store, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    def otherwise(database: Path, suites: Mapping[str, Sequence[object]], limits: object) -> dict[str, dict[str, int]]:
        counts = unexpected_counts(database, suites, limits)  # type: ignore[arg-type]
        return counts | {table: dict.fromkeys(counts[table], 7)}

    clinic = contract()
    monkeypatch.setattr(inspecting, "unexpected_counts", otherwise)
    with pytest.raises(Fault, match=f"on {table} is counted differently"):
        gate(connection, store.home, {"clinic": clinic}, batches(store.put(clinic, "a.csv", goods(1))))
    assert not (store.home.store / "gate").exists()
    assert list(store.home.work.glob("gate-*")) == []


def test_nothing_written_holds_a_value(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    rows = [
        good("哨兵单号", name="哨兵姓名", id_number="哨兵证件", kind="哨兵类别", cost=77_777_777, settled_on=date(1977, 7, 7))
    ]
    gate(connection, store.home, {"clinic": clinic}, batches(store.put(clinic, "a.csv", rows)))
    assert verdicts(connection, "quarantine") == [
        ("in_range", 1), ("in_range", 1), ("in_set", 1), ("matches_pattern", 1),
    ]  # fmt: skip
    written = [path.read_text() for path in store.home.store.glob("gate/**/*.json")]
    written += [json.dumps(pq.read_table(p).to_pylist()) for p in store.home.store.glob("quarantine/**/*.parquet")]
    written += [str(connection.execute("SELECT * FROM finding").fetchall())]
    assert len(written) == 3
    assert not [text for text in written for value in ("哨兵", "77777777", "1977-07-07") if value in text]


def test_an_unknown_source_is_a_fault(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(Fault, match="without a contract: clinic"):
        gate(connection, store.home, {}, batches(store.put(contract(), "a.csv", goods(1))))


def test_nothing_received_is_nothing_found(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    assert gate(connection, store.home, {"clinic": contract()}, batches()).missing == ("clinic",)
    assert connection.execute("SELECT count(*) FROM quarantine, finding").fetchall() == [(0,)]


def test_a_delivery_without_a_good_row_is_no_data(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """Its rows are quarantined, not held; but rules must not take its silence for health."""
    contracts = {name: contract(id=name) for name in ("spoilt", "stale")}
    days = {"a": date(2025, 4, 1), "b": date(2025, 5, 1)}
    put = [
        store.put(contracts["spoilt"], "a", [good("A1", kind="错"), good("A2", days=-1)], received_on=days["a"]),
        store.put(contracts["stale"], "a", [good("A1")], received_on=days["a"]),
        store.put(contracts["stale"], "b", [good("B1", kind="错")], received_on=days["b"]),
    ]
    gated = gate(connection, store.home, contracts, batches(*put))
    assert gated.held == {}
    assert gated.missing == ("spoilt",)
    assert gated.why_missing == {"spoilt": "整批各行均被隔离，没有可用的行"}
    assert gated.stale == {"stale": days["a"]}
