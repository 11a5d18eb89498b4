"""Comparison with the past: what is told, what holds, what needs no telling; and that a verdict never depends on the future."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations import gate as gate_module
from expectations.doubting import decide
from expectations.drift import PAST_NEEDED, Compared, doubts
from expectations.gate import Gate, gate
from expectations.profiling import Numbers, Profile, of_json, profiles
from expectations.reading import Arrival, arrivals
from expectations.released import Release, load_releases
from expectations.verdict import Verdict
from sources.contract import Contract
from tests.expectations.making import Row, Store, batches, contract, good

CLINIC: Final = contract()
SNAPSHOT: Final = contract(mode="snapshot")


def profile(
    rows: int = 1000, cost: int = 30, kind: float = 0.5, filled: float = 1.0, number: float = 0.95, keys: float = 1.0
) -> Profile:
    """A month: sizes in tenths of a power of ten, shares of rows."""
    return Profile(
        rows=rows,
        filled={"serial": rows, "settled_on": rows, "kind": rows, "cost": rows, "days": int(rows * filled)},
        present={"id_number": int(rows * number), "name": rows, "sex": 0},
        numbers={
            "cost": Numbers(rows, tuple(cost + step for step in (-8, -4, 0, 4, 8))),
            "days": Numbers(int(rows * filled), (0, 2, 4, 6, 9) if filled else ()),
        },
        codes={"kind": {"住院": int(rows * kind), "门诊": rows - int(rows * kind)}},
        areas={"990101001": rows // 2, "990101002": rows - rows // 2},
        keys=int(rows * keys),
    )  # fmt: skip


PAST: Final = [profile(rows, cost) for rows, cost in ((900, 29), (1000, 30), (1100, 30), (1050, 31))]


def told(now: Profile, past: Sequence[Profile] = PAST, of: Contract = CLINIC) -> dict[tuple[str, str], bool]:
    """(comparison, column) -> whether it holds the batch."""
    found = doubts(Compared(of, now, past))
    return {(doubt.expectation, doubt.column): doubt.is_gross for some in found.values() for doubt in some}


UNUSUAL: Final[dict[str, tuple[Profile, Contract, dict[tuple[str, str], bool]]]] = {
    "as ever": (profile(), CLINIC, {}),
    "half again as many rows": (profile(1600), CLINIC, {}),
    "ten times the rows": (profile(10_000), CLINIC, {("drift_volume", ""): False}),
    "a twentieth of the rows, appended": (profile(50), CLINIC, {("drift_volume", ""): False}),
    "a twentieth of the rows, replacing": (profile(50), SNAPSHOT, {("drift_volume", ""): True}),
    "万元": (profile(cost=-10), CLINIC, {("drift_scale", "cost"): True}),
    "分": (profile(cost=50), CLINIC, {("drift_scale", "cost"): True}),
    "tenfold": (profile(cost=40), CLINIC, {("drift_scale", "cost"): False}),
    "twofold": (profile(cost=33), CLINIC, {}),
    "numbers gone": (profile(number=0.1), CLINIC, {("drift_present", "id_number"): True}),
    "half of the numbers gone": (profile(number=0.5), CLINIC, {("drift_present", "id_number"): False}),
    "a column emptied": (profile(filled=0), CLINIC, {("drift_filled", "days"): False}),
    "one kind only": (profile(kind=1), CLINIC, {("drift_codes", "kind"): False}),
    "keys repeated": (profile(keys=0.8), CLINIC, {("drift_repeats", ""): False}),
    "a township missing": (replace(profile(), areas={"990101001": 1000}), SNAPSHOT, {("drift_areas", ""): False}),
    "a township missing of what is appended": (replace(profile(), areas={"990101001": 1000}), CLINIC, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", UNUSUAL)
def test_what_is_told_and_what_holds(case: str) -> None:
    now, of, expected = UNUSUAL[case]
    assert told(now, of=of) == expected


def test_a_short_past_says_nothing() -> None:
    assert doubts(Compared(CLINIC, profile(cost=-10), PAST[: PAST_NEEDED - 1])) == {}
    assert told(profile(cost=-10), PAST[:PAST_NEEDED]) == {("drift_scale", "cost"): True}


def test_after_a_year_a_season_is_compared_with_itself() -> None:
    year = [profile(1000 if month != 8 else 6000) for month in range(12)]
    assert told(profile(6000), year[:8]) == {("drift_volume", ""): False}
    assert told(profile(6000), year) == {}


def test_a_dozen_rows_may_vary() -> None:
    dozen = [profile(rows, cost, kind) for rows, cost, kind in ((12, 28, 0.5), (9, 33, 0.7), (15, 30, 0.3), (11, 31, 0.6))]
    assert told(profile(8, 36, 0.2), dozen, SNAPSHOT) == {}
    assert told(profile(1, 30), dozen, SNAPSHOT).get(("drift_volume", "")) is False
    assert told(profile(12, -10), dozen) == {("drift_scale", "cost"): True}


@given(st.integers(1, 10**7), st.integers(-20, 60), st.floats(0, 1), st.integers(3, 30))
def test_what_is_like_the_past_is_never_unusual(rows: int, cost: int, share: float, months: int) -> None:
    same = profile(rows, cost, share, share, share)
    assert told(same, [same] * months, SNAPSHOT) == {}


def test_a_profile_holds_counts_and_sizes(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    rows = [good(f"A{n}", cost=10 ** (n % 4), days=0) for n in range(20)]
    rows += [good("A0", kind=None, name=" \u3000", days=None), {"damage": "断行", "cost": 5}]
    (arrival,) = arrivals(batches(store.put(CLINIC, "a.csv", rows)), [CLINIC.id])
    (found,) = profiles(connection, store.home, CLINIC, [arrival]).values()
    assert (found.rows, found.keys) == (21, 20)
    assert found.filled == {"serial": 21, "settled_on": 21, "kind": 20, "cost": 21, "days": 20}
    assert found.present == {"id_number": 21, "name": 20, "sex": 0}
    assert found.numbers == {"cost": Numbers(21, (0, 10, 20, 20, 30)), "days": Numbers(0, ())}
    assert (found.codes, found.areas) == ({"kind": {"住院": 20}}, {})


def test_sizes_of_profiles_do_not_depend_on_order(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    rows = [good(f"A{n}", cost=n * 37 % 1000 + 1) for n in range(300)]
    put = [store.put(CLINIC, file, some) for file, some in (("a", rows), ("b", rows[::-1]))]
    one, other = profiles(connection, store.home, CLINIC, arrivals(batches(*put), [CLINIC.id])).values()
    assert one == other


def months(store: Store, of: Contract, count: int) -> list[Row]:
    """Deliveries of thirty like rows on the first of each month of 2025."""
    rows = [good(f"A{n}", cost=500 + 40 * n, settled_on=date(2025, 1, 1)) for n in range(30)]
    return [store.put(of, f"{n + 1:02d}.csv", rows, received_on=date(2025, n + 1, 1)) for n in range(count)]


def wan(store: Store, of: Contract, month: int) -> Row:
    """The same in 万元."""
    rows = [good(f"B{n}", cost=Decimal(5 + n // 3) / 100, settled_on=date(2025, 1, 1)) for n in range(30)]
    return store.put(of, "wan.csv", rows, received_on=date(2025, month, 1))


def drifting(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    query = "SELECT batch_id, expectation, verdict FROM finding WHERE starts_with(expectation, 'drift') AND verdict <> 'pass'"
    return sorted(connection.execute(query).fetchall())


def run(connection: duckdb.DuckDBPyConnection, store: Store, *some: Row, released: Sequence[Release] = ()) -> Gate:
    return gate(
        connection, store.home, {"clinic": CLINIC}, batches(*some), {}, {release.batch: release for release in released}
    )


def test_a_month_in_the_wrong_unit_is_held_until_somebody_lets_it_pass(
    store: Store, connection: duckdb.DuckDBPyConnection
) -> None:
    clean, wrong = months(store, CLINIC, 4), wan(store, CLINIC, 5)
    batch = str(wrong["batch_id"])
    held = run(connection, store, *clean, wrong)
    assert held.held.keys() == {batch}
    assert all(said in held.held[batch] for said in ("疑似“元”与“万元”混用", f"批次 {batch}", "released.yaml"))
    assert drifting(connection) == [(batch, "drift_scale", "hold")]
    assert held.stale == {"clinic": date(2025, 4, 1)}
    release = Release(batch=batch, by="甲", on=date(2025, 6, 1), why="核实无误")
    assert run(connection, store, *clean, wrong, released=[release]).held == {}
    assert drifting(connection) == [(batch, "drift_scale", "warn")]


def held(*months: tuple[int, int]) -> list[int]:
    """Of deliveries (day, size of the amounts) those that are held, by position."""
    arrived = [
        Arrival(str(n), "clinic", date(2025, 1, day), f"{n:02d}", "", 1, 0, 1000, 0, [], [], None)
        for n, (day, _) in enumerate(months)
    ]
    verdicts = {str(n): Verdict(None, (), 0, profile(cost=cost)) for n, (_, cost) in enumerate(months)}
    decided = decide(CLINIC, (), arrived, verdicts, {})
    return [n for n, arrival in enumerate(arrived) if decided[arrival.batch_id].held is not None]


def test_the_past_is_what_was_accepted_on_earlier_days() -> None:
    clean, wrong = [(day, 30) for day in range(1, 9)], -10
    assert held(*clean[:3], (4, wrong)) == [3]
    assert held(*clean[:2], (4, wrong)) == [], "two are no past"
    assert held(*clean[:2], (3, 30), (3, wrong)) == [], "a file of the same day is no past"
    assert held(*clean[:2], (3, wrong), *clean[3:]) == [], "what came later changes nothing"
    assert held(*clean[:3], *((day, wrong) for day in range(4, 9)), (9, 30)) == [3, 4, 5, 6, 7], "a held batch is no past"


def test_a_file_that_turns_up_late_changes_the_verdict_without_another_look(
    store: Store, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean, wrong = months(store, CLINIC, 3), wan(store, CLINIC, 5)
    assert run(connection, store, *clean[1:], wrong).held == {}
    assert run(connection, store, *clean, wrong).held.keys() == {wrong["batch_id"]}

    def refuse(*_: object) -> object:
        raise AssertionError("validated again")

    monkeypatch.setattr(gate_module, "inspect", refuse)
    assert run(connection, store, *clean[1:], wrong).held == {}
    assert run(connection, store, *clean, wrong).held.keys() == {wrong["batch_id"]}


def test_a_held_batch_has_no_row_in_quarantine(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clean = months(store, CLINIC, 3)
    rows = [good(f"B{n}", cost=Decimal("0.05"), days=999 if n else 1) for n in range(30)]
    run(connection, store, *clean, store.put(CLINIC, "x.csv", rows, received_on=date(2025, 1, 1) + timedelta(days=90)))
    assert connection.execute("SELECT count(*) FROM quarantine").fetchall() == [(0,)]


def test_releases_are_read_strictly(store: Store) -> None:
    path = store.home.released
    assert load_releases(path) == {}
    path.write_text("released:\n  - {batch: 0123456789abcdef, by: 甲, on: 2026-03-01, why: 已核实}\n", encoding="utf-8")
    assert load_releases(path)["0123456789abcdef"].on == date(2026, 3, 1)


def test_a_kept_profile_is_the_profile() -> None:
    assert of_json(json.loads(json.dumps(asdict(PAST[0])))) == PAST[0]
