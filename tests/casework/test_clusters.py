"""Crowds of newly warned households: called where a place stands out, not where a feed is new or late."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import tables
from casework.alarming import Alarm, call
from casework.clusters import apart, clusters
from casework.large_scale import load_large_scale
from errors import CatalogueError
from rules.load import load_rules
from tests.casework.filed import lay

AS_OF = date(2026, 11, 30)
ASKED = load_large_scale(Path("none"), ())
READ = pa.schema([(name, pa.string()) for name in ("rule", "source", "channel")])
OF = {"disaster_hit": ("因灾", "disasters"), "job_lost": ("务工不稳", "employment"), "project_failed": ("产业失败", "projects")}
HOUSEHOLDS = 100


def village(number: int) -> str:
    """Two counties of four townships of five villages."""
    return f"9901{number // 20 + 1:02d}{number % 20 // 5 + 1:03d}{number % 5 + 1:03d}"


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        people = [
            {"household_id": f"H{v}-{h}", "resident_id": f"R{v}-{h}", "relation": "户主", "county": village(v)[:6],
             "township": village(v)[:9], "village": village(v)}
            for v in range(40) for h in range(HOUSEHOLDS)
        ]  # fmt: skip
        lay(connection, "resident", people, tables.RESIDENT)
        lay(connection, "rule_source", [{"rule": rule, "source": source} for rule, (_, source) in OF.items()], READ)
        yield connection


Event = tuple[int, int, str, int]
"""village, household, rule, days ago"""


def usual(seed: int, *rules: str) -> list[Event]:
    """A year in which every household is hit once in fifty years by each rule."""
    world = np.random.default_rng(seed)
    return [
        (number, int(world.integers(HOUSEHOLDS)), rule, int(world.integers(364)))
        for rule in rules or OF
        for number in range(40)
        for _ in range(world.poisson(HOUSEHOLDS / 50))
    ]


def called(db: duckdb.DuckDBPyConnection, events: list[Event], **other: Any) -> list[Alarm]:
    rows = [
        {"signal_id": f"S{at}", "household_id": f"H{v}-{h}", "rule": rule, "family": OF[rule][0], "verdict": "fires",
         "event_on": AS_OF - timedelta(days=ago), "known_on": AS_OF, **other}
        for at, (v, h, rule, ago) in enumerate(events)
    ]  # fmt: skip
    lay(db, "signal", rows, tables.SIGNAL)
    found, tests = clusters(db, ASKED, AS_OF, "9901")
    return apart(call(found, 0.01, tests))


def test_a_flooded_village_is_called_once_with_its_kind_and_weeks(db: duckdb.DuckDBPyConnection) -> None:
    (alarm,) = called(db, usual(1) + [(7, h, "disaster_hit", 3) for h in range(20)])
    assert (alarm.place, alarm.county, alarm.family) == (village(7), "990101", "重大突发公共事件")
    assert alarm.observed >= 20
    assert alarm.expected < 2
    assert alarm.since == AS_OF - timedelta(days=6)
    assert "请核实：是否发生灾害" in alarm.message


def test_an_ordinary_year_and_a_bad_month_for_all_call_nothing(db: duckdb.DuckDBPyConnection) -> None:
    for seed in range(5):
        assert called(db, usual(seed)) == []
    world = np.random.default_rng(5)
    everywhere = [
        (int(world.integers(40)), int(world.integers(HOUSEHOLDS)), "job_lost", int(world.integers(20))) for _ in range(200)
    ]
    assert called(db, usual(6) + everywhere) == []


def test_a_new_feed_calls_nothing_though_all_of_it_came_at_once(db: duckdb.DuckDBPyConnection) -> None:
    world = np.random.default_rng(7)
    new = [
        (number, h, "project_failed", int(world.integers(14)))
        for number in range(40)
        for h in world.choice(100, 4, replace=False)
    ]
    assert called(db, usual(8, "disaster_hit", "job_lost") + [(v, int(h), rule, ago) for v, h, rule, ago in new]) == []


def test_a_feed_that_only_one_county_has_begun_to_send_does_not_call_that_county(db: duckdb.DuckDBPyConnection) -> None:
    world = np.random.default_rng(9)
    new = [
        (number, int(world.integers(HOUSEHOLDS)), "project_failed", int(world.integers(30)))
        for number in range(20)
        for _ in range(3)
    ]
    assert called(db, usual(10, "disaster_hit", "job_lost") + new) == []


def test_a_backlog_falls_into_the_weeks_it_belongs_to(db: duckdb.DuckDBPyConnection) -> None:
    backlog = [(7, h, "disaster_hit", 90) for h in range(20)]
    assert called(db, usual(1) + backlog) == []


def test_what_only_came_near_or_has_no_day_is_no_event(db: duckdb.DuckDBPyConnection) -> None:
    flood: list[Event] = [(7, h, "disaster_hit", 3) for h in range(20)]
    assert called(db, flood, verdict="near") == []
    assert called(db, flood, event_on=None) == []
    assert called(db, []) == []


def test_the_kinds_name_rules_there_are_and_an_office_is_told_of_others(tmp_path: Path) -> None:
    rules = load_rules(tmp_path)
    assert {rule for kind in ASKED.kinds for rule in kind.rules} <= rules.keys()
    assert {family for kind in ASKED.kinds for family in kind.families} <= {rule.family for rule in rules.values()}
    assert len(ASKED.kinds) == 6
    own = tmp_path / "large_scale.yaml"
    shipped = Path(load_large_scale.__code__.co_filename).with_name("large_scale.yaml").read_text(encoding="utf-8")
    own.write_text(shipped.replace("farm_loss_price", "farm_loss_prize"), encoding="utf-8")
    with pytest.raises(CatalogueError, match="farm_loss_prize"):
        load_large_scale(own, rules)
