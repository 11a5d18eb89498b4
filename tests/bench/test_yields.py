"""The bench of shrunk shares tells what is known: pooling wins where all are equal, and loses where they are not."""

import numpy as np

from bench import yields


def test_where_units_differ_much_pooling_is_far_off_and_where_they_do_not_raw_shares_are() -> None:
    level = yields.Level(40, 5, 60)
    raw, shrunk, pooled = yields.errors(level, yields.WORLDS["two kinds"], np.random.default_rng(1), 20)
    assert shrunk < raw < pooled
    raw, shrunk, pooled = yields.errors(level, yields.WORLDS["alike (1,000)"], np.random.default_rng(1), 20)
    assert pooled < shrunk < raw


def test_the_table_has_every_level_and_world_and_repeats() -> None:
    lines = list(yields.table(seed=1, tries=1))
    assert len(lines) == 1 + len(yields.LEVELS) * len(yields.WORLDS)
    assert lines == list(yields.table(seed=1, tries=1))


def test_intervals_hold_nearly_always() -> None:
    assert 0.9 < yields.coverage(np.random.default_rng(1), 300) < 1
