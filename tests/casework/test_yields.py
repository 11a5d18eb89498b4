"""Of the visited, how many were true; and the shrunk share is nearer to the truth than the raw one."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest

import case_tables
from casework.shrinking import shrink
from casework.yields import tell_yields
from shares import wilson
from tests.casework.learnt import answered, lay_cases

TITLES = {"self_paid": "自付偏高", "job": "失业", "medical": "医保结算"}


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def told(db: duckdb.DuckDBPyConnection, *cases: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    lay_cases(db, cases)
    tell_yields(db, TITLES)
    return {(row["level"], row["key"]): row for row in db.table("yield").to_arrow_table().to_pylist()}


def test_only_visits_that_said_whether_it_was_true_are_counted(db: duckdb.DuckDBPyConnection) -> None:
    outcomes = ("纳入识别", "属实可应对", "人不符", "人不符", "已死亡", "拒绝")
    found = told(db, *map(answered, outcomes), {}, {})
    rule = found["rule", "self_paid"]
    assert [rule[name] for name in ("title", "listed", "visited", "confirmed", "identified")] == ["自付偏高", 8, 5, 2, 1]
    assert (rule["share"], rule["low"], rule["high"]) == wilson(2, 5)
    assert json.loads(rule["wrong"]) == {"人不符": 2, "已死亡": 1}
    assert found["channel", "department"]["title"] == "部门筛查预警"
    assert found["county", "990101"]["title"] == "虚构县"


def test_a_case_counts_for_each_rule_that_set_it_off_and_once_for_all(db: duckdb.DuckDBPyConnection) -> None:
    found = told(db, answered("纳入识别", rules=["job", "self_paid"]), answered("人不符"))
    assert found["rule", "job"]["visited"] == 1
    assert found["rule", "self_paid"]["visited"] == 2
    assert found["all", ""]["visited"] == 2
    assert found["rule", "self_paid"]["share"] < found["rule", "self_paid"]["shrunk"] < 1


def test_without_a_visit_nothing_is_known_and_without_a_case_there_is_no_yield(db: duckdb.DuckDBPyConnection) -> None:
    row = told(db, {}, {})["rule", "self_paid"]
    assert [row[name] for name in ("listed", "visited", "share", "low", "high", "shrunk")] == [2, 0, None, None, None, None]
    assert told(db) == {}
    assert db.table("yield").to_arrow_table().schema == case_tables.YIELD


def test_a_few_visits_are_drawn_far_and_many_hardly() -> None:
    hits, trials = np.array([0, 0, 300, 30, 12]), np.array([2, 400, 3000, 300, 100])
    shares, mean = shrink(hits, trials)
    assert 0.05 < mean < 0.12
    assert shares[0] > shares[1] > 0
    assert abs(shares[2] - 0.1) < 0.002


@pytest.mark.parametrize(("hits", "trials"), [([0, 0, 0], [5, 50, 500]), ([4], [4]), ([0], [0]), ([3, 0], [3, 0])])
def test_extremes_end_between_none_and_all(hits: list[int], trials: list[int]) -> None:
    shares, mean = shrink(np.array(hits), np.array(trials))
    assert ((shares > 0) & (shares < 1)).all()
    assert 0 < mean < 1
    assert np.isfinite(shares).all()


def test_none_of_many_is_nearly_never() -> None:
    shares, _ = shrink(np.array([0, 0, 0]), np.array([5, 50, 500]))
    assert shares.max() < 0.01


def test_shrunk_shares_are_nearer_to_the_truth_than_raw_ones() -> None:
    """Forty counties of 5 to 60 visits, true shares from Beta(2, 18): less than two thirds of the squared error is left."""
    world = np.random.default_rng(7)
    raw = shrunk = 0.0
    for _ in range(100):
        truth, trials = world.beta(2, 18, 40), world.integers(5, 61, 40)
        hits = world.binomial(trials, truth)
        raw += float(((hits / trials - truth) ** 2).mean())
        shrunk += float(((shrink(hits, trials)[0] - truth) ** 2).mean())
    assert shrunk < raw * 0.67


def test_intervals_cover_the_truth() -> None:
    world = np.random.default_rng(8)
    truth, trials = world.beta(2, 18, 4000), world.integers(20, 400, 4000)
    within = [
        low <= share <= high
        for share, (_, low, high) in zip(truth, map(_interval, world.binomial(trials, truth), trials), strict=True)
    ]
    assert 0.94 < sum(within) / len(within) < 0.97


def _interval(hits: int, trials: int) -> tuple[float, float, float]:
    return wilson(int(hits), int(trials)) or (0.0, 0.0, 1.0)
