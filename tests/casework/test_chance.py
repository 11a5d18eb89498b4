"""The tests behind the alarms: of a feed, of counties and of verdicts, when nothing is wrong and when something is."""

import numpy as np
import pytest

from casework.chance import alike, crowd_p, gap_p, holm, repeats_p, still

RATE = 0.01
ANSWERS = np.array([0.03, 0.10, 0.07, 0.45, 0.06, 0.05, 0.08, 0.08, 0.03, 0.05])


def test_a_feed_that_never_repeated_itself_is_soon_called_and_one_that_does_so_is_not() -> None:
    assert repeats_p(1, 0, 24) == pytest.approx(0.05 / 25)
    assert repeats_p(2, 0, 24) < 1e-4
    assert repeats_p(3, 20, 24) > 0.4
    assert repeats_p(1, 0, 0) == pytest.approx(0.05)


def test_the_probability_of_repeats_holds_in_a_world_of_such_feeds() -> None:
    """Feeds that repeat themselves with probabilities from Beta(0.05, 0.95): of runs with p under 1 %, at most 1 % begin."""
    world = np.random.default_rng(3)
    called = 0
    for share in world.beta(0.05, 0.95, 4000):
        same = int(world.binomial(24, share))
        run = int(world.geometric(1 - share)) - 1 if share < 1 else 50
        called += any(repeats_p(n, same, 24) <= RATE for n in range(1, min(run, 50) + 1))
    assert called / 4000 < 0.013


def test_a_regular_feed_is_missed_sooner_than_an_irregular_one() -> None:
    monthly = np.array([30.0, 31, 30, 31, 29, 31, 30, 30])
    wild = np.array([3.0, 60, 11, 45, 90, 7, 25, 30])
    assert gap_p(75, monthly, 30.4) < 0.001
    assert gap_p(75, wild, None) > 0.1
    assert gap_p(35, monthly, 30.4) > 0.05
    assert gap_p(400, np.array([]), None) == 1.0
    assert gap_p(400, np.array([]), 7) < 0.001


def county_counts(world: np.random.Generator, units: int, days: int, monthly: float) -> tuple[np.ndarray, np.ndarray]:
    """Cases per county and day: sizes and rates differ, seasons are shared, four fifths come in four days of a month."""
    size, own = world.lognormal(0, 0.6, units), world.gamma(6, 1 / 6, units)
    day = np.arange(days)
    season = 1 + 0.5 * np.sin(2 * np.pi * day / 365)
    rhythm = np.where((day + world.integers(0, 11, units)[:, None]) % 28 < 4, 5.8, 0.2)
    return world.poisson(monthly / 28 * (size * own)[:, None] * season * rhythm), size


def test_a_night_with_nothing_wrong_calls_a_county_no_oftener_than_stated() -> None:
    world = np.random.default_rng(5)
    nights = 0
    for _ in range(4):
        counts, size = county_counts(world, 20, 700, 20)
        nights += sum(bool(holm(still(counts[:, night - 300 : night], size).p, RATE).any()) for night in range(400, 700, 2))
    assert nights / 600 <= 0.02


def test_a_frozen_county_is_called_and_its_peers_are_not() -> None:
    counts, size = county_counts(np.random.default_rng(6), 20, 460, 30)
    frozen = int(np.argsort(size)[10])
    counts[frozen, 400:] = 0
    seen = still(counts, size)
    assert seen.days[frozen] >= 59
    assert seen.expected[frozen] > 10
    assert np.flatnonzero(holm(seen.p, RATE)).tolist() == [frozen]


def test_a_quiet_time_for_all_calls_nobody() -> None:
    counts, size = county_counts(np.random.default_rng(6), 20, 460, 30)
    counts[:, 400:] = 0
    assert not holm(still(counts, size).p, RATE).any()


def verdicts(world: np.random.Generator, strength: float, sizes: np.ndarray) -> np.ndarray:
    """Per county the answers of as many visits, each county with habits of its own."""
    habits = world.dirichlet(ANSWERS * strength, len(sizes))
    return np.array([world.multinomial(size, habit) for size, habit in zip(sizes, habits, strict=True)])


def test_counties_with_habits_of_their_own_are_not_called_too_often() -> None:
    world = np.random.default_rng(9)
    called = sum(bool(holm(alike(verdicts(world, 10, world.poisson(40, 20)), 10).p, RATE).any()) for _ in range(500))
    assert called / 500 <= 0.02


def test_verdicts_all_alike_are_called_where_others_differ() -> None:
    counts = verdicts(np.random.default_rng(10), 20, np.full(20, 60))
    counts[3] = 0
    counts[3, 3] = 40
    seen = alike(counts, 10)
    assert np.flatnonzero(holm(seen.p, RATE)).tolist() == [3]
    assert (seen.answer[3], seen.observed[3]) == (3, 40)
    assert 10 < seen.expected[3] < 25


def test_few_verdicts_or_no_peers_say_nothing() -> None:
    alone = np.zeros((1, 3), dtype=np.int64)
    alone[0, 0] = 100
    assert alike(alone, 10).p.tolist() == [1.0]
    assert (alike(np.array([[9, 0, 0], [20, 20, 20], [20, 20, 20]]), 10).p == 1).all()


def test_a_crowd_is_less_surprising_where_counts_scatter() -> None:
    seen, expected = np.array([8.0, 8.0]), np.array([2.0, 2.0])
    poisson, wide = crowd_p(seen, expected, np.array([2.0, 6.0])).tolist()
    assert poisson == pytest.approx(0.001097, rel=1e-3)
    assert wide > 5 * poisson


def test_holm_calls_the_smallest_first_and_stops() -> None:
    assert holm(np.array([0.004, 0.5, 0.0001]), 0.01).tolist() == [True, False, True]
    assert holm(np.array([0.006, 0.5, 0.006]), 0.01).tolist() == [False, False, False]
    assert holm(np.array([0.004]), 0.01, 100).tolist() == [False]
