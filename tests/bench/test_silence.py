"""The invented offices on which alarms are measured: what is planted is found, and figures are told as a table."""

import duckdb
import numpy as np

from bench import clusters, silence


def test_days_are_told_by_their_quantiles() -> None:
    assert silence.told([10.0, 20, 30, 40, np.inf]) == "20 / 30 / over a year"


def test_an_office_has_cases_as_stated_and_counties_in_order_of_size() -> None:
    counts, size = silence.Office(20, 30).year_on_year(np.random.default_rng(1), 728)
    assert counts.shape == (20, 728)
    assert (np.diff(size) >= 0).all()
    assert 0.6 < counts.sum() / (20 * 26 * 30) < 1.5


def test_feeds_are_told_for_every_stated_rate() -> None:
    assert [line.split(" | ")[0] for line in silence.feeds_table()][2:] == ["| 1/100", "| 1/365"]


def test_a_planted_crowd_is_called_in_its_village() -> None:
    with duckdb.connect(config={"threads": 2}) as connection:
        clusters.live(connection)
        clusters.happen(connection, clusters.World(0.01, 1.5), np.random.default_rng(2), (30, 1))
        (alarm,) = clusters.night(connection)
    assert alarm.place == "990101008008"
