"""Feeds and counties that stand still, verdicts too alike: what is called, and what is said of it."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import case_tables
import feed_tables
import tables
from casework.alarms import call_alarms
from casework.large_scale import load_large_scale
from tests.casework.filed import lay
from tests.casework.learnt import AS_OF, answered, lay_cases

ASKED = load_large_scale(Path("none"), ())
READ = pa.schema([(name, pa.string()) for name in ("rule", "source", "channel")])
COUNTIES = [f"9901{number:02d}" for number in range(1, 9)]
OUTCOMES = ("属实可应对", "属实可应对", "已有帮扶", "人不符", "数据有误", "已迁出", "纳入识别", "户不符")


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def place(number: int, town: int = 1) -> dict[str, str]:
    county = COUNTIES[number]
    return {"county": county, "county_name": f"{county}县", "township": f"{county}{town:03d}", "township_name": f"第{town}乡"}


def called(
    db: duckdb.DuckDBPyConnection, cases: list[dict[str, Any]], status: tuple[dict[str, Any], ...] = (), came: Any = ()
) -> list[dict[str, Any]]:
    """The alarms of a night over eight counties of 300 households, unless cases are all of one."""
    counties = sorted({int(one.get("county", COUNTIES[0])[-2:]) - 1 for one in cases}) or [0]
    towns = range(1, 9) if len(counties) == 1 else range(1, 2)
    people = [{"household_id": f"{n}-{t}-{i}", **place(n, t)} for n in counties for t in towns for i in range(300)]
    lay(db, "resident", people, tables.RESIDENT)
    lay(db, "signal", (), tables.SIGNAL)
    lay(db, "rule_source", (), READ)
    lay_cases(db, cases)
    lay(db, "source_status", status, feed_tables.SOURCE_STATUS)
    lay(db, "delivery", came, feed_tables.DELIVERY)
    call_alarms(db, ASKED, AS_OF, "9901", 0.01)
    found = db.table("alarm").to_arrow_table()
    assert found.schema == case_tables.ALARM
    told: list[dict[str, Any]] = found.to_pylist()
    return told


def opened(where: dict[str, str], every: int, until: int = 0, **other: Any) -> list[dict[str, Any]]:
    """A case every so many days of the last year, none in the last `until` days."""
    return [where | {"opened_on": AS_OF - timedelta(days=ago), **other} for ago in range(360, until - 1, -every)]


def test_a_night_without_cases_and_deliveries_calls_nothing(db: duckdb.DuckDBPyConnection) -> None:
    assert called(db, []) == []


def test_a_county_without_new_cases_is_called_while_its_peers_have_some(db: duckdb.DuckDBPyConnection) -> None:
    cases = [case for number in range(8) for case in opened(place(number), 4, until=80 if number == 2 else number % 4)]
    (alarm,) = called(db, cases)
    assert (alarm["kind"], alarm["county"], alarm["place"]) == ("county_still", "990103", None)
    assert alarm["since"] == AS_OF - timedelta(days=80)
    assert alarm["observed"] == 0
    assert 15 < alarm["expected"] < 25
    assert alarm["p_value"] < 0.01 / 8
    assert "80 天没有新增预警户" in alarm["message"]
    assert "分之一" in alarm["message"]
    assert alarm["threshold"] == 0.01


def test_with_one_county_its_townships_are_compared(db: duckdb.DuckDBPyConnection) -> None:
    cases = [case for town in range(1, 9) for case in opened(place(0, town), 4, until=80 if town == 5 else 0)]
    (alarm,) = called(db, cases)
    assert (alarm["county"], alarm["place"]) == ("990101", "990101005")
    assert alarm["title"].startswith("990101县第5乡：")


def test_a_county_that_reports_no_visit_is_called_only_while_it_owes_some(db: duckdb.DuckDBPyConnection) -> None:
    def world(owing: bool) -> list[dict[str, Any]]:
        cases = [case for number in range(8) for case in opened(place(number), 4)]
        for case in cases:
            day = case["opened_on"] + timedelta(days=9)
            still = case["county"] == "990104" and day > AS_OF - timedelta(days=90)
            case |= {} if day > AS_OF or (still and owing) else answered("属实可应对", visited_on=min(day, AS_OF))
        return cases

    kinds = {(alarm["kind"], alarm["county"]) for alarm in called(db, world(owing=True))}
    assert ("county_still", "990104") in kinds
    assert not called(db, world(owing=False))


def test_verdicts_all_alike_and_all_on_one_day_are_called(db: duckdb.DuckDBPyConnection) -> None:
    cases = []
    for number in range(8):
        for at, case in enumerate(opened(place(number), 9)):
            day = min(AS_OF, case["opened_on"] + timedelta(days=5 + at % 3))
            cases.append(case | answered(OUTCOMES[(at + number) % 8], visited_on=day))
    same = [place(1) | answered("属实可应对", opened_on=AS_OF - timedelta(days=40), visited_on=date(2026, 11, 11))] * 40
    found = {alarm["kind"]: alarm for alarm in called(db, cases + same)}
    assert found.keys() == {"verdicts_alike", "verdicts_one_day"}
    assert {alarm["county"] for alarm in found.values()} == {"990102"}
    assert "的结论都是“属实可应对”" in found["verdicts_alike"]["message"]
    assert "都是 2026-11-11" in found["verdicts_one_day"]["message"]


def delivered(source: str, *ago: int, same: int = 0) -> list[dict[str, Any]]:
    """Deliveries so many days ago; the newest `same` bring the bytes of the one before."""
    days = [AS_OF - timedelta(days=days) for days in sorted(ago, reverse=True)]
    last = len(days) - same
    return [
        {"source": source, "position": at + 1, "received_on": day, "batch_id": f"{source}{min(at + 1, last)}"}
        for at, day in enumerate(days)
    ]


def test_feeds_that_repeat_themselves_or_fall_quiet_are_called(db: duckdb.DuckDBPyConnection) -> None:
    usual = {"owner": "某局", "cadence": "month", "repeats_in_a_row": 0}
    status = (
        usual | {"source": "fine", "title": "甲"},
        usual | {"source": "gone", "title": "乙"},
        usual | {"source": "same", "title": "丙", "repeats_in_a_row": 3},
        usual | {"source": "never", "title": "丁"},
    )
    monthly = [30 * back for back in range(12)]
    came = (
        delivered("fine", *monthly) + delivered("gone", *[day + 120 for day in monthly]) + delivered("same", *monthly, same=3)
    )
    found = {alarm["source"]: alarm for alarm in called(db, [], status, came)}
    assert {source: alarm["kind"] for source, alarm in found.items()} == {"gone": "feed_quiet", "same": "feed_unchanged"}
    assert "请问某局" in found["gone"]["message"]
    assert found["same"]["observed"] == 3
    assert "此前 8 次中有 0 次相同" in found["same"]["message"]


def test_a_county_where_far_more_cases_are_overdue_is_called(db: duckdb.DuckDBPyConnection) -> None:
    cases: list[dict[str, Any]] = []
    for number in range(8):
        late = 30 if number == 3 else 4
        cases += [
            place(number) | {"clock": "visit", "timeliness": "overdue" if at < late else "in_time", "opened_on": AS_OF}
            for at in range(40)
        ]
    (alarm,) = called(db, cases)
    assert (alarm["kind"], alarm["county"], alarm["family"]) == ("cluster", "990104", "工作、责任和政策落实不到位")
    assert (alarm["observed"], round(alarm["expected"])) == (30, 4)
    assert "40 户中有 30 户超期" in alarm["message"]
