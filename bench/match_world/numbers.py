"""Identity numbers of 18 characters: area, birth date, sequence (odd for men) and the check character of GB 11643."""

from typing import Final

import numpy as np

from bench.match_world.draw import Generator, Ints, Texts

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = np.array(list("10X98765432"))
STATIONS: Final = 20


def check_characters(stems: Ints) -> Texts:
    """The 18th character for stems of 17 digits."""
    total = sum(stems // 10 ** (16 - place) % 10 * weight for place, weight in enumerate(_WEIGHTS))
    return np.asarray(_CHECKS[total % 11])


def complete(stem: str) -> str:
    """A stem of 17 digits with its check character."""
    return stem + str(_CHECKS[sum(int(digit) * weight for digit, weight in zip(stem, _WEIGHTS, strict=True)) % 11])


def sequences(rng: Generator, village: Ints, is_male: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Ints:
    """Three digits; each police station hands out its own range, so neighbours' numbers resemble each other."""
    pair = village % STATIONS * 24 + rng.integers(0, 24, len(village))
    return np.asarray(pair * 2 + np.where(is_male, 1, 2))


def unique_stems(rng: Generator, area: Ints, birth: Ints, sequence: Ints) -> Ints:
    """Stems of 17 digits, `birth` as YYYYMMDD; whoever would have another's number gets the next free one of the same sex."""
    sequence = sequence.copy()
    while True:
        stems = (area * 10**8 + birth) * 1000 + sequence
        _, first = np.unique(stems, return_index=True)
        taken = np.ones(len(stems), dtype=bool)
        taken[first] = False
        if not taken.any():
            return np.asarray(stems)
        moved = sequence[taken] + 2 * rng.integers(1, 400, int(taken.sum()))
        sequence[taken] = (moved - 1) % 998 + 1


def written(stems: Ints) -> Texts:
    """Stems as the 18 characters on the card."""
    return np.strings.add(stems.astype("U17"), check_characters(stems))
