import numpy as np
import pytest

from matching.calibrate import LEAST_PAIRS, calibrate, calibration_error, reliability
from matching.parameters import Calibration

ASIS = Calibration()


def labelled(slope: float, shift: float, pairs: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs whose bits promise something else than what comes out, with rivals of their own."""
    random = np.random.default_rng(5)
    bits, against = random.uniform(-8, 8, pairs), random.uniform(0, 3, pairs)
    came = 1 / (1 + 2 ** -(slope * bits + shift - against))
    return bits, against, random.random(pairs) < came


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.6, -1.5), (1.4, 2.0)])
def test_slope_and_shift_are_found_again(slope: float, shift: float) -> None:
    found = calibrate(*labelled(slope, shift), ASIS)
    assert found.slope == pytest.approx(slope, abs=0.05)
    assert found.shift == pytest.approx(shift, abs=0.15)


def test_too_few_labels_change_nothing() -> None:
    bits, against, is_same = labelled(0.5, 3.0, LEAST_PAIRS - 1)
    before = Calibration(slope=1.1, shift=0.5)
    assert calibrate(bits, against, is_same, before) == before


def test_labels_of_one_kind_only_do_not_run_away() -> None:
    bits, against = np.full(60, 3.0), np.zeros(60)
    all_same, none_same = (calibrate(bits, against, np.full(60, answer), ASIS) for answer in (True, False))
    assert 0 < all_same.shift < 10
    assert -10 < none_same.shift < 0


def test_labels_against_all_odds_still_converge() -> None:
    found = calibrate(np.full(100, 40.0), np.zeros(100), np.zeros(100, np.bool_), ASIS)
    assert found.slope * 40 + found.shift < 5


def test_reliability_holds_what_was_promised_against_what_came() -> None:
    table = reliability(np.array([0.05, 0.91, 0.95, 1.0]), np.array([False, True, False, True]))
    assert table.to_pylist() == [
        {"decile": 0, "pairs": 1, "probability": 0.05, "share_right": 0.0},
        {"decile": 9, "pairs": 3, "probability": pytest.approx(0.9533, abs=1e-4), "share_right": pytest.approx(2 / 3)},
    ]


def test_calibration_error_weighs_each_decile_by_its_pairs() -> None:
    assert calibration_error(np.array([0.05, 0.95, 0.95, 0.95]), np.array([False, True, True, False])) == pytest.approx(
        0.25 * 0.05 + 0.75 * abs(0.95 - 2 / 3)
    )


def test_calibration_error_of_nothing_is_none() -> None:
    assert calibration_error(np.array([]), np.array([], np.bool_)) == 0
