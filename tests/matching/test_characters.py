import unicodedata
from itertools import chain

import pytest
from pypinyin.pinyin_dict import pinyin_dict

from matching.characters import read_characters

CHARACTERS = read_characters()
RADICALS = range(0x2E80, 0x2F00)
PRIVATE = range(0xE000, 0xF900)


def readings(character: str) -> set[str]:
    listed = pinyin_dict[ord(character)].split(",")
    return {"".join(part for part in unicodedata.normalize("NFD", one) if not unicodedata.combining(part)) for one in listed}


def test_variants_lead_straight_to_the_simplified_form() -> None:
    assert len(CHARACTERS.variants) > 1700
    for written, compared in CHARACTERS.variants.items():
        assert compared not in CHARACTERS.variants
        assert unicodedata.normalize("NFKC", written) == written
        assert len(written) == len(compared) == 1


def test_a_variant_sounds_like_what_it_is_compared_as() -> None:
    signs = {*RADICALS, *PRIVATE}
    assert [a for a, b in CHARACTERS.variants.items() if ord(a) not in signs and readings(a).isdisjoint(readings(b))] == []


@pytest.mark.parametrize(("written", "compared"), [("⻩", "黄"), ("張", "张"), ("\ue863", "䶮"), ("\ue844", "䜣")])
def test_what_old_systems_and_copies_write(written: str, compared: str) -> None:
    assert CHARACTERS.variants[written] == compared


def test_the_look_alikes_are_many_and_go_both_ways() -> None:
    assert len(CHARACTERS.look_alikes) > 1500
    assert {pair[::-1] for pair in CHARACTERS.look_alikes} == CHARACTERS.look_alikes


def test_look_alikes_are_compared_forms_that_sound_different() -> None:
    assert CHARACTERS.variants.keys().isdisjoint(chain.from_iterable(CHARACTERS.look_alikes))
    first = {character: CHARACTERS.readings(character)[0] for character in chain.from_iterable(CHARACTERS.look_alikes)}
    assert [pair for pair in CHARACTERS.look_alikes if first[pair[0]] & first[pair[1]]] == []


@pytest.mark.parametrize(
    "pair", ["未末", "己已", "戊戌", "戌戍", "晴睛", "妹姝", "芬芳", "荣萦", "桂挂", "海梅", "彬杉", "兰三", "椒淑"]
)
def test_well_known_look_alikes(pair: str) -> None:
    assert pair in CHARACTERS.look_alikes


def test_surnames_have_a_reading_for_each_character() -> None:
    for surname, options in CHARACTERS.surnames.items():
        assert len(surname) == len(options)
        assert all(one.isascii() and one.isalpha() and one.isupper() for option in options for one in option)


@pytest.mark.parametrize(
    ("character", "sound"),
    [
        ("张", "ZHANG"),
        ("吕", "LV"),
        ("䶮", "YAN"),
        ("𫖯", "FU"),
        ("Ü", "V"),
        ("Ā", "A"),
        ("A", "A"),
        ("\U000312a1", "\U000312a1"),
    ],
)
def test_spoken(character: str, sound: str) -> None:
    assert character.translate(CHARACTERS.spoken) == sound


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("单于明", [{"DAN", "CHAN"}, {"YU"}, {"MING"}]),
        ("单明", [{"DAN", "SHAN"}, {"MING"}]),
        ("明单", [{"MING"}, {"DAN"}]),
        ("", []),
    ],
)
def test_readings(name: str, expected: list[set[str]]) -> None:
    assert CHARACTERS.readings(name) == expected


@pytest.mark.parametrize(
    ("character", "sound"),
    [
        ("单", "SHAN"),
        ("仇", "QIU"),
        ("曾", "ZENG"),
        ("解", "XIE"),
        ("查", "ZHA"),
        ("盖", "GE"),
        ("朴", "PIAO"),
        ("区", "OU"),
        ("任", "REN"),
        ("乐", "YUE"),
        ("翟", "ZHAI"),
        ("缪", "MIAO"),
        ("黑", "HE"),
        ("覃", "QIN"),
        ("冼", "XIAN"),
        ("员", "YUN"),
        ("种", "CHONG"),
        ("繁", "PO"),
        ("燕", "YAN"),
        ("华", "HUA"),
        ("纪", "JI"),
    ],
)
def test_the_usual_reading_of_a_surname(character: str, sound: str) -> None:
    assert CHARACTERS.surnames[character][0][0] == sound


@pytest.mark.parametrize(("name", "length"), [("欧阳修", 2), ("张三", 1), ("单于", 2), ("龙", 1), ("", 1)])
def test_surname_length(name: str, length: int) -> None:
    assert CHARACTERS.surname_length(name) == length
