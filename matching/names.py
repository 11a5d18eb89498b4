"""Chinese names: the form that is compared, how it sounds, and how far two forms agree."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import product
from operator import eq
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from matching.characters import Characters

Level = Literal[
    "sound",
    "spelled",
    "wildcard",
    "look_alike",
    "swapped",
    "dropped",
    "one_changed",
    "shortened",
    "surname_only",
    "given_only",
    "different",
]

ONE: Final = "?"
"""In a compared form: exactly one unreadable character."""
ONE_OR_TWO: Final = "*"
"""In a compared form: bytes no encoding explained, one or two characters."""

_LONGEST: Final = 30
_SHORTENED: Final = 3
"""The least that may be left of a shortened name."""
_HAN: Final = "\u2e80"
"""From here on: Chinese characters and the scripts around them.  Before: Latin letters, signs, digits."""
_GAP: Final = "一"
"""Put between names: one more Chinese character, so that an empty name has a first character, too."""
_LETTERS: Final = re.compile("[A-ZÀ-ɏ]")
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs", "Mn", "Mc", "Me"})
"""Unicode categories without a place in a name; unassigned ones stay, they may be characters newer than our Unicode."""
_GLYPHS: Final = re.compile("[?*□■○◯〓囗\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")
_BYTES: Final = re.compile(r"(?:\\x[0-9a-fA-F]{2}){1,4}")
_REMARK: Final = re.compile(r"[(\[{<【〔〖《〈「].*?[)\]}>】〕〗》〉」]|[(\[{<【〔〖《〈「].*$")
_MARKS: Final = frozenset("·•‧∙⋅・･.。｡˙'\"`´‘’“”,，、;；:：-－–—‐_=/\\|~!！")

_TERMS: Final = {
    "配偶": "配偶 妻 妻子 夫 丈夫 爱人 老婆 老公 媳妇",
    "子": "子 儿 儿子 男 男孩",
    "女": "女 女儿 女孩",
    "子女": "婴 婴儿 新生儿 孩 孩子 子女",
    "儿媳": "儿媳 儿媳妇 媳",
    "女婿": "女婿 婿",
    "孙子": "孙 孙子 孙儿",
    "孙女": "孙女",
    "外孙子": "外孙 外孙子",
    "外孙女": "外孙女",
    "曾孙子": "曾孙 曾孙子 重孙 重孙子",
    "曾孙女": "曾孙女 重孙女",
    "父": "父 父亲",
    "母": "母 母亲",
    "岳父": "岳父",
    "岳母": "岳母",
    "公公": "公公",
    "婆婆": "婆婆",
    "祖父": "祖父 爷爷",
    "祖母": "祖母 奶奶",
    "外祖父": "外祖父 外公 姥爷",
    "外祖母": "外祖母 外婆 姥姥",
    "兄弟姐妹": "兄 弟 姐 妹 哥哥 弟弟 姐姐 妹妹 兄弟 姐妹 兄弟姐妹",
    "侄儿": "侄 侄儿 侄子",
    "侄女": "侄女",
    "兄弟媳妇": "兄弟媳妇 弟媳 弟妹 嫂 嫂子",
    "叔伯": "叔伯 叔 叔叔 叔父 伯 伯父",
}
"""Relation in the roster's words, without 之 -> how it is written; 子女 is a child whose sex is not said."""
_TERM_OF: Final = {word: term for term, words in _TERMS.items() for word in words.split()}
_WORD: Final = f"(?:长|次|大|小|二|三|四|五|六|幼|独|养|继|前|亡)?(?:{'|'.join(_TERM_OF)})"
_BARE: Final = (
    "长子|长女|次子|次女|[大小二三四]?(?:儿子|女儿)|妻子|丈夫|配偶|父亲|母亲|孙子|孙女|外孙|外孙子|外孙女|儿媳|儿媳妇|女婿|婴儿"
)
"""Relations that are understood without 之 (张三长女): of two characters at least, and such as end no given name."""
_RELATION: Final = re.compile(rf"(?P<head>.{{2,}}?)(?:[之的](?P<said>{_WORD})|(?P<bare>{_BARE}))")
_SAID_BESIDE: Final = re.compile(rf"[(\[{{<【〔〖《〈「]([之的]{_WORD})[)\]}}>】〕〗》〉」]")
_NOBODY: Final = re.compile(
    r"无名氏?|无|不详|未知|未取名|未命名|暂无|待定|新生儿|婴儿|佚名|某+|测试|NULL|NONE|NAN|N/?A"
    rf"|(?:户主|本人)(?:{_WORD})?|(?:户主|本人|.)?[之的]{_WORD}"
)
SUSPECT: Final = frozenset("之的户本无不未暂待新婴佚某测囗子女夫偶亲外媳婿")
"""Characters that may make a name unusable: only names without them may skip `parse_name`."""


class Name(NamedTuple):
    """What a name cell says: a person (`form`), or a relation to another person (`term` and `head`), or nobody (all None)."""

    form: str | None
    head: str | None = None
    term: str | None = None


def parse_name(written: str, variants: dict[str, str]) -> Name:
    """Read a name cell: width, case, dots, spaces, remarks and character variants evened out.

    张三之次女 is Name(None, "张三", "女").  Nobody is named by an empty cell, by only unreadable signs or digits, by 户主 or
    之女, nor by 王之女, which may be a name or a relation.  Takes any text.
    """
    form = _even(written, variants)
    if SUSPECT.isdisjoint(form) and not form.isascii():
        return Name(form if _is_readable(form) else None)
    if _NOBODY.fullmatch(form):
        return Name(None)
    return _relation(form.removeprefix("户主"))


def _relation(form: str) -> Name:
    relation = _RELATION.fullmatch(form)
    if relation is None:
        return Name(form if _is_readable(form) else None)
    head = relation["head"]
    if not _is_readable(head) or _NOBODY.fullmatch(head) or _RELATION.fullmatch(head):
        return Name(None)
    return Name(None, head, _term(relation["said"] or relation["bare"]))


def _even(written: str, variants: dict[str, str]) -> str:
    text = _GLYPHS.sub(ONE, "".join([variants.get(c, c) for c in unicodedata.normalize("NFKC", written)]))
    if text.isalpha():
        return text.upper()
    text = _BYTES.sub(ONE_OR_TWO, text)
    text = _REMARK.sub("", _SAID_BESIDE.sub(r"\1", text))
    return "".join(c for c in text if c not in _MARKS and unicodedata.category(c) not in _DROPPED).upper()


def _is_readable(form: str) -> bool:
    return any(c.isalpha() for c in form)


def _term(word: str) -> str:
    """次女 is 女: which child it is, is not in the roster."""
    return _TERM_OF.get(word) or _TERM_OF[word[1:]]


def is_exact(form: str) -> bool:
    """Whether no sign in the form stands for something unreadable."""
    return ONE not in form and ONE_OR_TWO not in form


def exact_sql(column: str) -> str:
    """SQL for `is_exact` of the compared form in `column`."""
    return f"NOT contains({column}, '{ONE}') AND NOT contains({column}, '{ONE_OR_TWO}')"


def sounds(forms: Sequence[str], characters: Characters) -> list[str]:
    """The reading of each compared form: toneless pinyin without gaps, upper case, ü as V; letters and signs as they are.

    A surname is read as a surname (单雄 is SHANXIONG), in its usual reading.
    """
    spoken = characters.spoken
    surnames = {surname: "".join(reading[0] for reading in readings) for surname, readings in characters.surnames.items()}
    starts = {surname[:1] for surname, said in surnames.items() if said != surname.translate(spoken)}
    return [_sound(form, surnames, spoken) if form[:1] in starts else form.translate(spoken) for form in forms]


def _sound(form: str, surnames: dict[str, str], spoken: dict[int, str]) -> str:
    length = 2 if form[:2] in surnames else 1
    surname = form[:length]
    return surnames.get(surname, surname.translate(spoken)) + form[length:].translate(spoken)


def name_levels(
    left: Sequence[str], right: Sequence[str], left_sounds: Sequence[str], right_sounds: Sequence[str], characters: Characters
) -> list[Level]:
    """How far the names of each pair agree: the first level that holds, the same from either side.

    Pairs are of compared forms that differ, or are equal but not exact; `sounds` gives the readings.  Takes any text; names of
    over 30 characters are `different`.  The levels:
    `sound`: read alike, character by character; `spelled`: read alike, and one of them has Latin letters;
    `wildcard`: the unreadable signs fit;
    `look_alike`: one character differs, from its look-alike; `swapped`: two neighbours behind the surname exchanged;
    `dropped`: one character more or less; `one_changed`: another character in a given name of two or more;
    `shortened`: only the first part, of three characters or more;
    `surname_only`; `given_only`: also where the surname is left out; `different`.
    """
    if not left:
        return []
    edits = process.cpdist(left, right, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    mine, theirs = _Traits.of(left, characters), _Traits.of(right, characters)
    levels: list[Level] = ["surname_only" if is_same else "different" for is_same in (mine.first == theirs.first).tolist()]
    is_alike = np.fromiter(map(eq, left_sounds, right_sounds), np.bool_, len(left)) | mine.is_odd | theirs.is_odd
    is_near = is_alike | (edits <= 1) | mine.may_shorten(theirs)
    places = np.flatnonzero(is_near).tolist()
    for place, edit, alike in zip(places, edits[is_near].tolist(), is_alike[is_near].tolist(), strict=True):
        levels[place] = _level(left[place], right[place], edit, alike, characters)
    return levels


class _Traits(NamedTuple):
    """What arrays can say of names: their length, their first character, and whether they need a closer look."""

    length: NDArray[np.int64]
    first: NDArray[np.uint32]
    is_odd: NDArray[np.bool_]

    @classmethod
    def of(cls, names: Sequence[str], characters: Characters) -> "_Traits":
        length = np.fromiter(map(len, names), np.int64, len(names))
        starts = np.cumsum(length + 1) - length - 1
        codes = np.frombuffer((_GAP.join(names) + _GAP).encode("utf-32-le", "surrogatepass"), np.uint32)
        first = codes[starts]
        is_odd = (length == 0) | (length > _LONGEST) | np.isin(first, _read_in_two_ways(characters))
        is_odd[np.searchsorted(starts, np.flatnonzero(codes < ord(_HAN)), side="right") - 1] = True
        two_characters = [ord(surname[0]) for surname in characters.surnames if len(surname) > 1]
        for place in np.flatnonzero(np.isin(first, two_characters)).tolist():
            is_odd[place] |= characters.surname_length(names[place]) > 1
        return cls(length, first, is_odd)

    def may_shorten(self, other: "_Traits") -> NDArray[np.bool_]:
        """Where one may be the first part of the other, and not only without its last character."""
        shorter: NDArray[np.int64] = np.minimum(self.length, other.length)
        longer: NDArray[np.int64] = np.maximum(self.length, other.length)
        return (shorter >= _SHORTENED) & (longer > shorter + 1)


def _read_in_two_ways(characters: Characters) -> list[int]:
    return [ord(surname[0]) for surname in characters.surnames if len(characters.readings(surname[:1])[0]) > 1]


def _level(a: str, b: str, edits: int, may_read_alike: bool, characters: Characters) -> Level:
    level = _as_read(a, b, characters) if may_read_alike else None
    if level is None and edits == 1:
        level = _one_edit(a, b, characters)
    return level or _by_parts(a, b, characters)


def _as_read(a: str, b: str, characters: Characters) -> Level | None:
    """The level of names that are unreadable, spelled in Latin letters, or sound alike."""
    if max(len(a), len(b)) > _LONGEST:
        return "different"
    if not (is_exact(a) and is_exact(b)):
        return "wildcard" if _fits(a, b) or _fits(b, a) else _by_parts(a, b, characters)
    if _LETTERS.search(a) or _LETTERS.search(b):
        return "spelled" if _is_spelled(a, b, characters) else None
    return "sound" if _sounds_alike(a, b, characters) else None


_SHORT_NAME: Final = 4
"""Names without a dot have at most this many characters."""


def _fits(pattern: str, name: str) -> bool:
    """Whether the readable characters of `pattern` stand in `name` where they should; at least one must be readable.

    In a long name a ? may be what a file without its dot made of 买买提·艾力, so it may also stand for nothing.
    """
    ends = {0}
    for sign in pattern:
        skipped = ends if sign == ONE and len(pattern) > _SHORT_NAME else set()
        ends = {end for start in ends for end in _steps(sign, start, name)} | skipped
    return len(name) in ends and _is_readable(pattern)


def _steps(sign: str, start: int, name: str) -> Iterator[int]:
    if start < len(name) and sign in (ONE, ONE_OR_TWO, name[start]):
        yield start + 1
    if sign == ONE_OR_TWO and start + 1 < len(name):
        yield start + 2


def _sounds_alike(a: str, b: str, characters: Characters) -> bool:
    """Same readings character by character."""
    surname = _surname_length(a, b, characters)
    if len(a) != len(b) or any(_reading(x, characters) != _reading(y, characters) for x, y in _differing(a, b, surname)):
        return False
    return all(x & y for x, y in zip(characters.readings(a[:surname]), characters.readings(b[:surname]), strict=True))


def _differing(a: str, b: str, start: int) -> Iterator[tuple[str, str]]:
    return ((x, y) for x, y in zip(a[start:], b[start:], strict=True) if x != y)


def _reading(character: str, characters: Characters) -> str:
    return characters.spoken.get(ord(character), character)


def _surname_length(a: str, b: str, characters: Characters) -> int:
    return max(characters.surname_length(a), characters.surname_length(b))


def _is_spelled(a: str, b: str, characters: Characters) -> bool:
    """A rare character is often sent as Latin letters (张WEI)."""
    return not _spellings(a, characters).isdisjoint(_spellings(b, characters))


def _spellings(name: str, characters: Characters) -> set[str]:
    """Every way to spell the name; only a surname has more than one reading."""
    return {"".join(chosen) for chosen in product(*characters.readings(name))}


def _one_edit(a: str, b: str, characters: Characters) -> Level | None:
    """`a` and `b` are one edit apart: which one, if the surname is kept or the characters look alike."""
    if len(a) != len(b):
        return "dropped" if _is_dropped(a, b, characters) else None
    first = _first_difference(a, b)
    surname = _surname_length(a, b, characters)
    if a[first + 1 :] != b[first + 1 :]:
        return "swapped" if first >= surname else None
    if a[first] + b[first] in characters.look_alikes:
        return "look_alike"
    return "one_changed" if first >= surname and len(a) > surname + 1 else None


def _first_difference(a: str, b: str) -> int:
    place = 0
    while a[place] == b[place]:
        place += 1
    return place


def _is_dropped(a: str, b: str, characters: Characters) -> bool:
    shorter, longer = sorted((a, b), key=len)
    surname = characters.surname_length(longer)
    return shorter[:surname] == longer[:surname] and len(shorter) > surname and len(longer) >= 3


def _by_parts(a: str, b: str, characters: Characters) -> Level:
    """No slip of the pen explains the difference: what is still the same?"""
    if min(a[:1], b[:1]) < _HAN:
        return "different"
    (surname, given), (other_surname, other_given) = _parts(a, characters), _parts(b, characters)
    if _is_shortened(a, b, characters):
        return "shortened"
    if surname == other_surname:
        return "surname_only"
    is_left_out = (given == b or other_given == a) and min(len(a), len(b)) > 1
    return "given_only" if is_left_out or (given == other_given != "" and is_exact(given)) else "different"


def _parts(name: str, characters: Characters) -> tuple[str, str]:
    length = characters.surname_length(name)
    return name[:length], name[length:]


def _is_shortened(a: str, b: str, characters: Characters) -> bool:
    """The dot of a minority name is gone from both; only what stood before it was written."""
    shorter, longer = sorted((a, b), key=len)
    return len(longer) > len(shorter) + 1 > _SHORTENED and _sounds_alike(shorter, longer[: len(shorter)], characters)
