import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.characters import read_characters
from matching.names import SUSPECT, Level, Name, is_exact, name_levels, parse_name, sounds

CHARACTERS = read_characters()
NAMES = st.text(alphabet="王李小明晓名未末?*欧阳单之A张ZHG", max_size=8)


def parse(written: str) -> Name:
    return parse_name(written, CHARACTERS.variants)


def level(one: str, other: str) -> Level:
    """The level of one pair, which must be the same from both sides and among others."""
    left, right = [one, other, "李明"], [other, one, "王刚"]
    first, second, third = name_levels(left, right, sounds(left, CHARACTERS), sounds(right, CHARACTERS), CHARACTERS)
    assert (first, third) == (second, "different")
    return first


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("王 小　明\u200b", "王小明"),
        ("張國華", "张国华"),
        ("劉峯", "刘峰"),
        ("⻩⻢", "黄马"),
        ("丁\ue863", "丁䶮"),
        ("丁\ue123", "丁?"),
        ("Ａbc", "ABC"),
        ("阿卜杜拉·买买提", "阿卜杜拉买买提"),
        ("阿卜杜拉.买买提", "阿卜杜拉买买提"),
        ("王明（户主）", "王明"),
        ("[五保]王明", "王明"),
        ("王明（户", "王明"),
        ("王明【代】华", "王明华"),
        ("王明(之前外出)", "王明"),
        ("户主王明", "王明"),
        ("户主：王明", "王明"),
        ("王\ufe00明", "王明"),
        ("李＊", "李?"),
        ("李\ufffd明", "李?明"),
        ("李\\x81\\x30明", "李*明"),
        ("李\\x81\\x30\\x81\\x30\\xff", "李**"),
        ("王之明", "王之明"),
        ("李子", "李子"),
        ("孙女", "孙女"),
        ("王女儿", "王女儿"),
        ("王淑女", "王淑女"),
        ("李三女", "李三女"),
        ("王小子", "王小子"),
        ("龙", "龙"),
        ("〇明", "〇明"),
        ("王\U000312a1", "王\U000312a1"),
        ("王" * 200, "王" * 200),
    ],
)
def test_a_person_is_named(written: str, compared: str) -> None:
    assert parse(written) == Name(compared)


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
        "户主之妻",
        "户主女儿",
        "本人",
        "之女",
        "王之女",
        "张之子",
        "的长女",
        "之女之女",
        "李之女之子",
        "某某之子",
        "??之女",
        "不详",
        "null",
        "N/A",
        "某某",
        "\x07",
    ],
)
def test_nobody_is_named(written: str) -> None:
    assert parse(written) == Name(None)


@pytest.mark.parametrize(
    ("written", "head", "term"),
    [
        ("张三之女", "张三", "女"),
        ("张三的儿子", "张三", "子"),
        ("张三长女", "张三", "女"),
        ("张三二儿子", "张三", "子"),
        ("张三之次子", "张三", "子"),
        ("户主张三之妻", "张三", "配偶"),
        ("张三(之女)", "张三", "女"),
        ("张三（的前妻）", "张三", "配偶"),
        ("张三-之女(小红)", "张三", "女"),
        ("張三 之 女", "张三", "女"),
        ("欧阳修之孙女", "欧阳修", "孙女"),
        ("张三之外孙", "张三", "外孙子"),
        ("张三之长孙", "张三", "孙子"),
        ("张三之儿媳妇", "张三", "儿媳"),
        ("张三之父亲", "张三", "父"),
        ("张三婴儿", "张三", "子女"),
        ("阿卜杜拉·买买提之子", "阿卜杜拉买买提", "子"),
        ("王之明之女", "王之明", "女"),
        ("张?之女", "张?", "女"),
    ],
)
def test_a_relation_is_named(written: str, head: str, term: str) -> None:
    assert parse(written) == Name(None, head, term)


@given(written=st.text(max_size=60))
def test_a_compared_form_is_its_own_compared_form(written: str) -> None:
    compared = parse(written).form
    if compared is not None and is_exact(compared):
        assert parse(compared).form in (compared, None)


@given(written=st.text(alphabet="王明户主之的长次子女儿孙婴配偶本人无某", max_size=6))
def test_only_suspect_names_need_parsing(written: str) -> None:
    if written and SUSPECT.isdisjoint(written):
        assert parse(written) == Name(written)


@pytest.mark.parametrize(
    ("form", "sound"),
    [
        ("张伟", "ZHANGWEI"),
        ("张WEI", "ZHANGWEI"),
        ("单雄单", "SHANXIONGDAN"),
        ("翟明", "ZHAIMING"),
        ("尉迟恭", "YUCHIGONG"),
        ("单于", "CHANYU"),
        ("吕绿", "LVLV"),
        ("曾", "ZENG"),
        ("李?\U000312a1", "LI?\U000312a1"),
        ("", ""),
    ],
)
def test_sounds(form: str, sound: str) -> None:
    assert sounds([form, "王"], CHARACTERS) == [sound, "WANG"]


LEVELS = [
    ("李秀英", "李秀瑛", "sound"),
    ("张伟", "章伟", "sound"),
    ("单雄", "善雄", "sound"),
    ("单雄", "丹雄", "sound"),
    ("翟明", "狄明", "sound"),
    ("曾国", "增国", "sound"),
    ("尉迟恭", "玉池恭", "sound"),
    ("吕明", "旅明", "sound"),
    ("方安", "反感", "different"),
    ("李先", "李西安", "surname_only"),
    ("张韡", "张WEI", "spelled"),
    ("张WEI", "章伟", "spelled"),
    ("曾小明", "ZENG小明", "spelled"),
    ("翟明", "DIMING", "spelled"),
    ("阿明", "A明", "spelled"),
    ("张伟", "ZHANGMING", "different"),
    ("李?", "李明", "wildcard"),
    ("?明", "李明", "wildcard"),
    ("李?", "李?", "wildcard"),
    ("李*", "李小明", "wildcard"),
    ("李*明", "李小明", "wildcard"),
    ("李?", "李小明", "surname_only"),
    ("李*", "李小明明", "surname_only"),
    ("李?明", "王?明", "different"),
    ("?明", "?华", "different"),
    ("?*", "李明", "different"),
    ("王?", "李明", "different"),
    ("戴未", "戴末", "look_alike"),
    ("宋明", "宗明", "look_alike"),
    ("李秀芬", "李秀芳", "look_alike"),
    ("李小二", "李二小", "swapped"),
    ("欧阳修文", "欧阳文修", "swapped"),
    ("欧明阳", "欧阳明", "different"),
    ("李小明", "李明", "dropped"),
    ("欧阳修文", "欧阳修", "dropped"),
    ("李小明", "李小明华", "dropped"),
    ("李建国", "李建党", "one_changed"),
    ("李大明", "李小明", "one_changed"),
    ("欧阳修文", "欧阳建文", "one_changed"),
    ("阿卜杜拉买买提", "阿卜杜拉买买江", "one_changed"),
    ("阿卜杜拉", "阿卜杜拉买买提", "shortened"),
    ("阿布都拉", "阿卜杜拉买买提", "shortened"),
    ("李小明", "李小明之女儿", "shortened"),
    ("李小", "李小明之女", "surname_only"),
    ("李明", "李刚", "surname_only"),
    ("李明", "李建国", "surname_only"),
    ("欧阳修", "欧阳明", "surname_only"),
    ("欧阳修", "欧阳", "surname_only"),
    ("李明", "李", "surname_only"),
    ("吕明", "卢明", "given_only"),
    ("王建国", "李建国", "given_only"),
    ("欧阳明", "李明", "given_only"),
    ("李小明", "小明", "given_only"),
    ("李明", "明", "different"),
    ("李明", "明李", "different"),
    ("欧阳修", "阳欧修", "different"),
    ("李", "王", "different"),
    ("李明", "", "different"),
    ("JOHN", "JOAN", "one_changed"),
    ("JOHNSMITH", "JACKBROWN", "different"),
    ("甲" * 40, "甲" * 39, "different"),
]


@pytest.mark.parametrize(("one", "other", "expected"), LEVELS)
def test_levels(one: str, other: str, expected: Level) -> None:
    assert level(one, other) == expected


def test_no_pairs() -> None:
    assert name_levels([], [], [], [], CHARACTERS) == []


@given(pairs=st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=5))
def test_a_level_depends_neither_on_the_side_nor_on_other_pairs(pairs: list[tuple[str, str]]) -> None:
    left, right = [one for one, _ in pairs], [other for _, other in pairs]
    left_sounds, right_sounds = sounds(left, CHARACTERS), sounds(right, CHARACTERS)
    together = name_levels(left, right, left_sounds, right_sounds, CHARACTERS)
    assert name_levels(right, left, right_sounds, left_sounds, CHARACTERS) == together
    alone = [
        name_levels([a], [b], [x], [y], CHARACTERS)[0]
        for a, b, x, y in zip(left, right, left_sounds, right_sounds, strict=True)
    ]
    assert alone == together


@given(one=st.text(max_size=35), other=st.text(max_size=35))
def test_any_text_has_a_level(one: str, other: str) -> None:
    assert level(one, other)


@given(one=st.text(alphabet="?*李", min_size=28, max_size=30), other=st.text(alphabet="李明", min_size=28, max_size=30))
def test_long_runs_of_signs_end(one: str, other: str) -> None:
    assert level(one, other) in ("wildcard", "surname_only", "different", "sound")
