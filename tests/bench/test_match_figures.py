"""The figures of a linkage, on outcomes small enough to count by hand."""

import numpy as np
import pytest

from bench.match_figures import Outcome, best_threshold, by_group, calibration, losses, quality, recall_at_precision

ROWS = {
    # is_resident, is_linked, is_right, is_review, is_shown, is_reached, truth, rival
    "right": (True, True, True, False, False, True, 0.999, 0.001),
    "right again": (True, True, True, False, False, True, 0.999, 0.0),
    "to another": (True, True, False, False, False, True, 0.004, 0.995),
    "stranger linked": (False, True, False, False, False, False, 0.0, 0.991),
    "stranger left": (False, False, False, False, False, False, 0.0, 0.01),
    "held back": (True, False, False, True, True, True, 0.995, 0.004),
    "tied": (True, False, False, True, True, True, 0.5, 0.5),
    "low": (True, False, False, False, False, True, 0.02, 0.0),
    "never met": (True, False, False, True, False, False, 0.0, 0.6),
}


def outcome(*names: str) -> Outcome:
    columns = list(zip(*(ROWS[name] for name in names), strict=True))
    flags = [np.array(column, dtype=bool) for column in columns[:6]]
    return Outcome(*flags, *(np.array(column, dtype=float) for column in columns[6:]))


def test_precision_counts_links_and_recall_counts_rows_of_residents() -> None:
    found = quality(outcome(*ROWS))
    assert (found.rows, found.residents, found.wrong) == (9, 7, 2)
    assert found.precision == pytest.approx(2 / 4)
    assert found.recall == pytest.approx(2 / 7)
    assert found.recall_with_review == pytest.approx(4 / 7), "whoever is in review but not named there is not found"
    assert found.in_review == pytest.approx(3 / 9)
    assert found.missed == pytest.approx(5 / 7)
    assert found.errors == 2 + 4, "two wrong links, four rows of residents without a link"


def test_shares_of_nothing() -> None:
    nothing = quality(outcome("stranger left"))
    assert (nothing.precision, nothing.recall, nothing.missed, nothing.in_review) == (1.0, 1.0, 0.0, 0.0)


def test_every_lost_row_has_one_reason() -> None:
    found = losses(outcome(*ROWS), threshold=0.99)
    assert found == {"wrong": 1, "not_blocked": 1, "held_back": 1, "tied": 1, "scored_low": 1}


def test_calibration_compares_promise_and_outcome_over_rows_with_a_candidate() -> None:
    found = calibration(outcome("right", "right again", "stranger linked", "stranger left"))
    assert [(line["decile"], line["pairs"]) for line in found.deciles] == [(0, 1), (9, 3)]
    top = abs((0.999 + 0.999 + 0.991) / 3 - 2 / 3)
    assert found.error == pytest.approx(top * 3 / 4 + 0.01 / 4)
    assert found.expected_wrong == pytest.approx(0.001 + 0.001 + 0.009)


def test_the_best_threshold_never_parts_equal_weights() -> None:
    weight = np.array([9.0, 9.0, 7.0, 7.0, 1.0])
    is_right = np.array([True, True, False, True, False])
    assert best_threshold(weight, is_right, residents=3) == 7.0
    assert best_threshold(weight, is_right, residents=2) == 9.0


def test_recall_at_a_precision_takes_the_lowest_threshold_that_keeps_it() -> None:
    weight = np.array([9.0, 8.0, 7.0, 6.0, 5.0])
    is_right = np.array([True, True, False, True, False])
    assert recall_at_precision(weight, is_right, 4, precision=1.0) == pytest.approx(2 / 4)
    assert recall_at_precision(weight, is_right, 4, precision=0.75) == pytest.approx(3 / 4)
    assert recall_at_precision(weight, ~is_right, 4, precision=1.0) == 0.0


def test_groups_part_the_rows() -> None:
    sex = np.array(["女", "男", "女"], dtype=object)
    found = list(by_group(outcome("right", "to another", "low"), {"sex": sex}))
    assert [(value, one.rows, one.recall) for _, value, one in found] == [("女", 2, 0.5), ("男", 1, 0.0)]
