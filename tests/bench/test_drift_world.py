"""The invented feeds of `make bench-drift`: months follow from the seed, faults spoil them, and figures come out."""

import numpy as np
import pytest

from bench import drift
from bench.drift_world.faults import FAULTS
from bench.drift_world.feeds import CODES, Feed, feed, month
from expectations.drift import LOOKS


@pytest.fixture
def one() -> Feed:
    return feed("feed", np.random.default_rng(5))


def test_a_feed_and_its_months_follow_from_the_seed(one: Feed) -> None:
    assert feed("feed", np.random.default_rng(5)) == one
    first, again = (month(one, 3, np.random.default_rng(1)) for _ in range(2))
    assert all((first[column] == again[column]).all() for column in first if column != "amount")
    assert CODES[-1] not in first["kind"], "the last code is for faults"


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_spoils_a_month_and_leaves_it_a_table(one: Feed, name: str) -> None:
    clean = month(one, 3, np.random.default_rng(1))
    spoilt = FAULTS[name].spoil(clean, np.random.default_rng(2))
    assert spoilt.keys() == clean.keys()
    assert len({len(values) for values in spoilt.values()}) == 1
    assert [column for column in clean if spoilt[column].tolist() != clean[column].tolist()]
    assert FAULTS[name].look in LOOKS


def test_the_figures_are_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["bench.drift", "--feeds", "2", "--months", "7"])
    drift.main()
    told = capsys.readouterr().out
    assert told.startswith("14 clean months")
    assert [name for name in (*LOOKS, *(name for name in FAULTS if "(" not in name)) if name not in told] == []
