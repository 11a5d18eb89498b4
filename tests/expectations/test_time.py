"""Withdrawals, versions that name their own order, snapshots in parts, files that come again, and what answers a hold."""

from datetime import date

import duckdb
import pytest

from expectations.answering import answers, with_companions
from expectations.reading import arrivals
from tests.expectations.making import SEED, Store, batches, contract, good
from tests.expectations.test_standing import days, settled, three

FACTS = SEED["facts"]
STATUS = {"title": "状态", "headers": ["状态"], "type": "code", "values": {"有效": [], "作废": ["撤销"]}}
UPDATED = {"title": "更新日期", "headers": ["更新日期"], "type": "date", "required": True}
assert isinstance(FACTS, dict)
WITHDRAWING = contract(facts=FACTS | {"status": STATUS}, withdrawal={"column": "status", "values": ["作废"]})
ORDERED = contract(facts=FACTS | {"updated_on": UPDATED}, order_by="updated_on")
PARTS = contract(mode="snapshot", files={"patterns": ["*.csv"], "format": "csv", "parts": True})
A, B = good("A1", status="有效"), good("B1", status=None)
VOID = good("A1", status="作废")


def test_a_withdrawal_supersedes_the_row_and_is_counted_itself(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    put = three(store, WITHDRAWING, [A, B], [VOID])
    assert settled(connection, store, WITHDRAWING, put) == [["superseded", "current"], ["withdrawn"]]
    assert connection.execute("SELECT serial FROM accepted_clinic").fetchall() == [("B1",)]


def test_what_was_withdrawn_may_come_again(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    put = three(store, WITHDRAWING, [A], [VOID], [good("A1", status="有效", cost=3)])
    assert settled(connection, store, WITHDRAWING, put) == [["superseded"], ["superseded"], ["current"]]


def test_a_withdrawal_twice_and_one_of_nothing(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    put = three(store, WITHDRAWING, [VOID], [VOID], [good("Z9", status="作废")])
    assert settled(connection, store, WITHDRAWING, put) == [["duplicate"], ["withdrawn"], ["withdrawn"]]


def test_a_withdrawal_in_quarantine_or_on_hold_withdraws_nothing(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    put = three(store, WITHDRAWING, [A], [VOID], [VOID])
    stands = settled(connection, store, WITHDRAWING, put, held=[1], quarantined=[(2, 1)])
    assert stands == [["current"], ["held"], ["quarantined"]]


def test_a_file_may_withdraw_all_it_names(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract(withdrawal={"files": ["*撤销*"]})
    put = [store.put(clinic, f"{day}.csv", [good("A1")], received_on=day) for day in days(1, 3)]
    put.insert(1, store.put(clinic, "六月撤销.csv", [good("A1", cost=1), good("C1")], received_on=days(2)[0]))
    assert settled(connection, store, clinic, put[:2]) == [["superseded"], ["withdrawn", "withdrawn"]]
    assert settled(connection, store, clinic, put) == [["duplicate"], ["superseded", "withdrawn"], ["current"]]


def test_an_older_version_that_arrives_late_overrules_nothing(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    newer, older = good("A1", updated_on=date(2025, 5, 9)), good("A1", updated_on=date(2025, 5, 1), cost=1)
    put = three(store, ORDERED, [newer], [older], [newer | {"cost": 2}])
    assert settled(connection, store, ORDERED, put[:2]) == [["current"], ["superseded"]]
    assert settled(connection, store, ORDERED, put) == [["superseded"], ["superseded"], ["current"]]


@pytest.mark.parametrize("mode", ["append", "snapshot"])
def test_bytes_that_come_again_are_current_again(store: Store, connection: duckdb.DuckDBPyConnection, mode: str) -> None:
    clinic = contract(mode=mode)
    put = three(store, clinic, [good("A1")], [good("A1", cost=5)])
    put[0] |= {"last_received_on": date(2025, 6, 5), "last_file": "9.csv"}
    assert settled(connection, store, clinic, put) == [["current"], ["superseded"]]


def test_where_the_first_wins_coming_again_changes_nothing(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract(correction="first_wins")
    put = three(store, clinic, [good("A1")], [good("A1", cost=5)])
    put[0] |= {"last_received_on": date(2025, 6, 5)}
    assert settled(connection, store, clinic, put) == [["current"], ["superseded"]]


def test_all_files_of_a_day_are_the_snapshot(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    first, second = days(1, 2)
    put = [
        store.put(PARTS, f"{day}/{name}.csv", [good(f"{name}{n}")], received_on=day)
        for n, day in enumerate((first, second))
        for name in ("东乡", "西乡")
    ]
    assert settled(connection, store, PARTS, put) == [["superseded"], ["superseded"], ["current"], ["current"]]
    corrected = store.put(PARTS, f"{second}/补/东乡.csv", [good("A9")], received_on=second)
    assert settled(connection, store, PARTS, [*put, corrected])[2:] == [["superseded"], ["current"], ["current"]]


def test_half_a_snapshot_is_held_as_a_whole(store: Store) -> None:
    names = ("东乡.csv", "西乡.csv", "补/东乡.csv")
    put = [store.put(PARTS, name, [good("A1")]) for name in names[:2]]
    contracts = {"clinic": PARTS}
    held = {str(put[0]["batch_id"]): "缺列"}
    both = with_companions(contracts, arrivals(batches(*put), contracts), held)
    assert set(both) == {str(one["batch_id"]) for one in put}
    assert "与“东乡.csv”同为一套" in both[str(put[1]["batch_id"])]
    put.append(store.put(PARTS, names[2], [good("A1")]))
    assert with_companions(contracts, arrivals(batches(*put), contracts), held) == held


@pytest.mark.parametrize(
    ("mode", "later", "is_answered"),
    [("append", "一月.csv", True), ("append", "二月.csv", False), ("snapshot", "二月.csv", True)],
)
def test_a_hold_is_answered_by_its_name_or_by_the_next_snapshot(store: Store, mode: str, later: str, is_answered: bool) -> None:
    clinic = contract(mode=mode)
    put = [
        store.put(clinic, f"2025-06-0{day}/{name}", [good("A1")], received_on=date(2025, 6, day))
        for day, name in ((1, "一月.csv"), (2, later))
    ]
    first, second = (str(one["batch_id"]) for one in put)
    arrived = arrivals(batches(*put), {"clinic": clinic})
    assert answers({"clinic": clinic}, arrived, {first: "空"}, {first}) == ({first: second} if is_answered else {})
    assert answers({"clinic": clinic}, arrived, {first: "空", second: "空"}, {first, second}) == {}


REFUSED = [
    ({"withdrawal": {"column": "status"}}, "同时给出"),
    ({"withdrawal": {}}, "须有 column"),
    ({"withdrawal": {"column": "nothing", "values": ["作废"]}}, "须是 facts 中的"),
    ({"withdrawal": {"column": "kind", "values": ["作废"]}}, "不在该列的 values 中"),
    ({"withdrawal": {"files": ["*撤销*"]}, "correction": "first_wins"}, "first_wins"),
    ({"order_by": "days"}, "必填的日期或整数"),
    ({"order_by": "nothing"}, "必填的日期或整数"),
    ({"files": {"patterns": ["*"], "format": "csv", "parts": True}}, "只用于 mode: snapshot"),
]


@pytest.mark.parametrize(("changes", "why"), REFUSED)
def test_a_contract_that_contradicts_itself_is_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        contract(**changes)
