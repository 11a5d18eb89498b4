import unicodedata

import pytest
from pypinyin.pinyin_dict import pinyin_dict

from matching.characters import read_characters, reading

CHARACTERS = read_characters()


def readings(character: str) -> set[str]:
    listed = pinyin_dict[ord(character)].split(",")
    return {"".join(part for part in unicodedata.normalize("NFD", one) if not unicodedata.combining(part)) for one in listed}


def test_variants_lead_straight_to_the_simplified_form() -> None:
    assert len(CHARACTERS.variants) > 1000
    for written, compared in CHARACTERS.variants.items():
        assert compared not in CHARACTERS.variants
        assert unicodedata.normalize("NFKC", written) == written
        assert len(written) == len(compared) == 1


def test_a_variant_sounds_like_what_it_is_compared_as() -> None:
    assert [a for a, b in CHARACTERS.variants.items() if readings(a).isdisjoint(readings(b))] == []


def test_look_alikes_are_pairs() -> None:
    assert {len(pair) for pair in CHARACTERS.look_alikes} == {2}
    assert not {c for pair in CHARACTERS.look_alikes for c in pair} & CHARACTERS.variants.keys()


def test_surnames_have_a_reading_for_each_character() -> None:
    for surname, options in CHARACTERS.surnames.items():
        assert len(surname) == len(options)
        assert all(one.isalpha() and one.islower() for option in options for one in option)


@pytest.mark.parametrize(("character", "sound"), [("张", "zhang"), ("吕", "lv"), ("A", "a"), ("\U000312a1", "\U000312a1")])
def test_reading(character: str, sound: str) -> None:
    assert reading(character) == sound


@pytest.mark.parametrize(("name", "length"), [("欧阳修", 2), ("张三", 1), ("单于", 2), ("龙", 1), ("", 1)])
def test_surname_length(name: str, length: int) -> None:
    assert CHARACTERS.surname_length(name) == length
