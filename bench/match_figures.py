"""What a linkage got right, from arrays with one entry per row: pure functions, no file, no connection."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from matching.calibrate import calibration_error, reliability

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Json = dict[str, object]
NEAR_BITS: Final = 4
"""Two candidates are tied if their odds differ by no more."""


@dataclass(frozen=True)
class Outcome:
    """What became of each row.  A probability is 0 where there is no such candidate."""

    is_resident: Flags
    """The row speaks of somebody on the roster."""
    is_linked: Flags
    is_right: Flags
    """Linked to the resident it speaks of."""
    is_review: Flags
    is_shown: Flags
    """In review, and one of the two residents named is the one it speaks of."""
    is_reached: Flags
    """The resident it speaks of was among the candidates."""
    truth: Floats
    """The probability given to the resident it speaks of."""
    rival: Floats
    """The probability given to the likeliest other resident."""

    def where(self, chosen: Flags) -> "Outcome":
        """The rows that are chosen."""
        return Outcome(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass(frozen=True)
class Quality:
    """Shares between 0 and 1; a share of nothing counts as 1 (0 for `missed`, `in_review`)."""

    rows: int
    residents: int
    precision: float
    """Of the rows linked, those linked to the resident they speak of."""
    recall: float
    """Of the rows of residents, those linked to them."""
    recall_with_review: float
    """Of the rows of residents, those linked to them or shown to a person beside them."""
    in_review: float
    missed: float
    """1 - recall."""
    wrong: int
    """Rows linked to somebody they do not speak of."""
    errors: int
    """Wrong links, and rows of residents that are not linked."""


def quality(outcome: Outcome) -> Quality:
    """Precision and recall, automatic and with review."""
    rows, residents = len(outcome.is_resident), int(outcome.is_resident.sum())
    linked, right = int(outcome.is_linked.sum()), int(outcome.is_right.sum())
    shown = int((outcome.is_right | outcome.is_shown).sum())
    unlinked = int((outcome.is_resident & ~outcome.is_linked).sum())
    return Quality(
        rows=rows,
        residents=residents,
        precision=_share(right, linked),
        recall=_share(right, residents),
        recall_with_review=_share(shown, residents),
        in_review=1 - _share(rows - int(outcome.is_review.sum()), rows),
        missed=1 - _share(right, residents),
        wrong=linked - right,
        errors=linked - right + unlinked,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def losses(outcome: Outcome, threshold: float) -> dict[str, int]:
    """Why rows of residents were not linked to them, each row once.

    wrong: linked to somebody else; not_blocked: no candidate pair; held_back: probable enough to link, but a guard spoke;
    tied: another resident within NEAR_BITS; scored_low: the rest.
    """
    lost = outcome.is_resident & ~outcome.is_right
    near = np.minimum(outcome.truth, outcome.rival) * 2.0**NEAR_BITS >= np.maximum(outcome.truth, outcome.rival)
    reasons = {
        "wrong": outcome.is_linked,
        "not_blocked": ~outcome.is_reached,
        "held_back": outcome.truth >= threshold,
        "tied": near,
        "scored_low": np.ones(len(near), dtype=bool),
    }
    counts = {}
    for reason, holds in reasons.items():
        counts[reason] = int((lost & holds).sum())
        lost = lost & ~holds
    return counts


@dataclass(frozen=True)
class Calibration:
    """How far probabilities mean what they say, over the rows that have a candidate."""

    error: float
    deciles: list[dict[str, float]]
    """decile, pairs, probability (mean), share_right."""
    expected_wrong: float
    """Wrong links to be expected if the probabilities of the links were exact; beside `Quality.wrong`."""


def calibration(outcome: Outcome) -> Calibration:
    """Of each row's likeliest resident."""
    best = np.maximum(outcome.truth, outcome.rival)
    has, is_right = best > 0, outcome.truth >= outcome.rival
    deciles = reliability(best[has], is_right[has]).to_pylist()
    return Calibration(calibration_error(best[has], is_right[has]), deciles, float((1 - best)[outcome.is_linked].sum()))


def best_threshold(weight: Floats, is_right: Flags, residents: int) -> float:
    """The weight from which linking gives the highest F1; `weight` and `is_right` of every row's likeliest resident."""
    order, f1 = _f1(weight, is_right, residents)
    return float(weight[order[int(np.argmax(f1))]])


def _f1(weight: Floats, is_right: Flags, residents: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """F1 if everything down to each place in the order is linked; only the last of equal weights is a place to stop."""
    order = np.argsort(-weight, kind="stable")
    right, linked = np.cumsum(is_right[order]), np.arange(1, len(order) + 1)
    is_end = np.append(weight[order][1:] != weight[order][:-1], True)
    return order, np.where(is_end, 2 * right / (linked + residents), 0.0)


def recall_at_precision(weight: Floats, is_right: Flags, residents: int, precision: float) -> float:
    """The highest recall of any threshold that keeps the precision; 0 if none does."""
    order = np.argsort(-weight, kind="stable")
    right, linked = np.cumsum(is_right[order]), np.arange(1, len(order) + 1)
    is_end = np.append(weight[order][1:] != weight[order][:-1], True)
    keeps = is_end & (right >= precision * linked)
    return float(right[keeps].max(initial=0) / max(residents, 1))


def by_group(outcome: Outcome, groups: Mapping[str, npt.NDArray[np.object_]]) -> Iterator[tuple[str, str, Quality]]:
    """The quality of every value of every group: name of the group, value, quality."""
    for name, values in groups.items():
        for value in sorted(set(values.tolist()), key=str):
            yield name, str(value), quality(outcome.where(values == value))


def as_json(outcome: Outcome, threshold: float) -> Json:
    """Everything there is to say of the whole."""
    return {**asdict(quality(outcome)), "losses": losses(outcome, threshold), "calibration": asdict(calibration(outcome))}
