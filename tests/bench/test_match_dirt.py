"""How single cells go wrong."""

from random import Random

import pytest

from bench.match_world import name_dirt, number_dirt, other_dirt
from bench.match_world.numbers import complete

NUMBER = complete("99012119850301123")
PUPIL = complete("99012120120301123")


def differing(left: str, right: str) -> list[int]:
    return [place for place, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]


@pytest.mark.parametrize("seed", range(20))
def test_slips_of_the_hand_change_one_place_of_a_number(seed: int) -> None:
    dice = Random(seed)
    assert len(differing(number_dirt.wrong_digit(NUMBER, dice), NUMBER)) == 1
    swapped = number_dirt.swapped(NUMBER, dice) or ""
    first, second = differing(swapped, NUMBER)
    assert second == first + 1
    assert sorted(swapped) == sorted(NUMBER)
    dropped, added = number_dirt.dropped(NUMBER, dice), number_dirt.added(NUMBER, dice)
    assert any(dropped == NUMBER[:at] + NUMBER[at + 1 :] for at in range(18))
    assert any(added[:at] + added[at + 1 :] == NUMBER for at in range(19))


def test_what_systems_make_of_a_number() -> None:
    dice = Random(1)
    assert number_dirt.fifteen(NUMBER, dice) == "990121850301123"
    assert number_dirt.fifteen(PUPIL, dice) is None, "nobody born in 2012 has an old card"
    assert (number_dirt.excel("990121198503011230", dice) or "").endswith("E+17")
    assert number_dirt.excel("99012119850301123X", dice) is None, "a spreadsheet takes it for text"
    assert number_dirt.zeros("990121198503011230", dice) == "990121198503011000"
    assert len(number_dirt.twenty(NUMBER, dice)) == 20
    assert len(number_dirt.twenty_two(NUMBER, dice)) == 22


def test_school_numbers_are_for_pupils_and_only_g_holds_the_real_one() -> None:
    dice = Random(1)
    assert number_dirt.student_g(PUPIL, dice) == f"G{PUPIL}"
    assert number_dirt.student_g(NUMBER, dice) is None
    for make in (number_dirt.student_j, number_dirt.student_l):
        made = make(PUPIL, dice) or ""
        assert len(made) == 19
        assert made[1:] != PUPIL


def test_names_go_wrong_one_character_at_a_time() -> None:
    dice = Random(1)
    assert len(differing(name_dirt.homophone("李建国", dice) or "", "李建国")) == 1
    assert len(differing(name_dirt.look_alike("李建未", dice) or "", "李建未")) == 1
    assert name_dirt.dropped("李建国", dice) in {"李建", "李国"}
    assert name_dirt.dropped("李强", dice) is None
    assert len(name_dirt.added("李建国", dice) or "") == 4
    assert name_dirt.swapped("李建国", dice) == "李国建"
    assert (name_dirt.renamed("李建国", dice) or "").startswith("李")
    assert (name_dirt.renamed("欧阳建国", dice) or "").startswith("欧阳")


def test_long_names_lose_their_dot_or_all_behind_it() -> None:
    dice = Random(3)
    assert name_dirt.dropped("买买提·艾力", dice) == "买买提"
    assert "·" not in (name_dirt.dots("买买提·艾力", dice) or "·")
    assert name_dirt.dots("李建国", dice) is None


@pytest.mark.parametrize("seed", range(20))
def test_wrong_birth_dates_are_dates_still(seed: int) -> None:
    wrong = other_dirt.digit("19850112", Random(seed)) or ""
    assert len(differing(wrong, "19850112")) == 1
    assert other_dirt.exchanged("19850301", Random(seed)) == "19850103"
    assert other_dirt.exchanged("19850331", Random(seed)) is None
    assert other_dirt.default("19850301", Random(seed)) == "19850101"
