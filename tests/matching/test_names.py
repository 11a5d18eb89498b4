import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.characters import read_characters
from matching.names import Reason, compared_form, is_exact, near_reasons

CHARACTERS = read_characters()
NAMES = st.text(alphabet="王李小明?*欧阳单·A", min_size=1, max_size=8)


def form(written: str) -> str | None:
    return compared_form(written, CHARACTERS.variants)


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("王 小　明\u200b", "王小明"),
        ("張國華", "张国华"),
        ("劉峯", "刘峰"),
        ("Ａbc", "ABC"),
        ("阿卜杜拉·买买提", "阿卜杜拉买买提"),
        ("阿卜杜拉.买买提", "阿卜杜拉买买提"),
        ("王明（户主）", "王明"),
        ("[五保]王明", "王明"),
        ("王明（户", "王明"),
        ("王明【代】华", "王明华"),
        ("王\ufe00明", "王明"),
        ("李＊", "李?"),
        ("李\ufffd明", "李?明"),
        ("李\\x81\\x30明", "李*明"),
        ("李\\x81\\x30\\x81\\x30\\xff", "李**"),
        ("王之明", "王之明"),
        ("李子", "李子"),
        ("〇明", "〇明"),
        ("王\U000312a1", "王\U000312a1"),
    ],
)
def test_compared_form(written: str, compared: str) -> None:
    assert form(written) == compared


@pytest.mark.parametrize(
    "written",
    [
        "",
        "　",
        "?",
        "□□",
        "123",
        "...",
        "（已故）",
        "😀",
        "户主",
        "王明之子",
        "王明的长女",
        "之女",
        "不详",
        "null",
        "某某",
        "\x07",
    ],
)
def test_nobody_is_named(written: str) -> None:
    assert form(written) is None


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("李秀英", "李秀瑛", "sound"),
        ("张伟", "章伟", "sound"),
        ("单雄", "善雄", "sound"),
        ("曾国", "增国", "sound"),
        ("尉迟恭", "玉池恭", "sound"),
        ("吕明", "旅明", "sound"),
        ("张韡", "张WEI", "sound"),
        ("曾小明", "ZENG小明", "sound"),
        ("李?", "李明", "wildcard"),
        ("?明", "李明", "wildcard"),
        ("李?", "李?", "wildcard"),
        ("李*", "李小明", "wildcard"),
        ("李*明", "李小明", "wildcard"),
        ("李小明", "李明", "dropped"),
        ("欧阳修文", "欧阳修", "dropped"),
        ("李小二", "李二小", "swapped"),
        ("戴未", "戴末", "look_alike"),
        ("李明", "李刚", None),
        ("李建国", "李建党", None),
        ("吕明", "卢明", None),
        ("李明", "李", None),
        ("欧阳修", "欧阳", None),
        ("李小明", "小明", None),
        ("李明", "明李", None),
        ("欧阳修", "阳欧修", None),
        ("李*", "李小明明", None),
        ("李?", "李小明", None),
        ("?*", "李明", None),
        ("王?", "李明", None),
        ("李", "王", None),
        ("甲" * 40, "甲" * 39, None),
    ],
)
def test_near(one: str, other: str, reason: Reason | None) -> None:
    assert near_reasons([(one, other), (other, one)], CHARACTERS) == [reason, reason]


def test_no_pairs() -> None:
    assert near_reasons([], CHARACTERS) == []


@given(one=NAMES, other=NAMES)
def test_agreement_does_not_depend_on_the_side(one: str, other: str) -> None:
    assert near_reasons([(one, other)], CHARACTERS) == near_reasons([(other, one)], CHARACTERS)


@given(written=st.text(max_size=60))
def test_a_compared_form_is_its_own_compared_form(written: str) -> None:
    compared = form(written)
    if compared is not None and is_exact(compared):
        assert form(compared) in (compared, None)


@given(one=st.text(alphabet="?*李", min_size=28, max_size=30), other=st.text(alphabet="李明", min_size=28, max_size=30))
def test_long_runs_of_signs_end(one: str, other: str) -> None:
    assert near_reasons([(one, other)], CHARACTERS)[0] in ("wildcard", None)
