"""Chinese names: the form that is compared, and how far two forms agree.

Two names are `near` only for reasons that turn one person's name into another spelling of it.  One character replaced
by any other is `different`: brothers and sisters share surname and generation character.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import product
from typing import Final, Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from matching.characters import Characters

Reason = Literal["sound", "wildcard", "dropped", "swapped", "look_alike"]

ONE: Final = "?"
"""In a compared form: exactly one unreadable character."""
ONE_OR_TWO: Final = "*"
"""In a compared form: bytes no encoding explained, one or two characters."""

_LONGEST: Final = 30
_LETTERS: Final = re.compile("[A-Z]")
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs", "Mn", "Mc", "Me"})
"""Unicode categories without a place in a name; unassigned ones stay, they may be characters newer than our Unicode."""
_GLYPHS: Final = re.compile("[?*□■○◯〓囗\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")
_BYTES: Final = re.compile(r"(?:\\x[0-9a-fA-F]{2}){1,4}")
_REMARK: Final = re.compile(r"[(\[{<【〔〖《〈「].*?[)\]}>】〕〗》〉」]|[(\[{<【〔〖《〈「].*$")
_MARKS: Final = frozenset("·•‧∙⋅・･.。｡˙'\"`´‘’“”,，、;；:：-－–—‐_=/\\|~!！")
_NOBODY: Final = re.compile(
    r"(?:户主|本人|无名氏?|无|不详|未知|未取名|未命名|暂无|待定|新生儿|婴儿|佚名|某+|测试|NULL|NONE|NAN|N/?A)"
    r"|.*[之的](?:长|次|三|四|大|小|二|幼|养|继|亡)?"
    r"(?:子|女|儿|儿子|女儿|妻|妻子|夫|丈夫|父|母|父亲|母亲|孙|孙子|孙女|外孙|外孙女|儿媳|媳|女婿|婿|兄|弟|姐|妹|婴|配偶)"
)
SUSPECT: Final = frozenset("之的户本无不未暂待新婴佚某测囗")
"""Characters that may make a name unusable: only names without them may skip `compared_form`."""


def compared_form(written: str, variants: dict[str, str]) -> str | None:
    """A name as it is compared: width, case, dots, spaces, remarks and character variants evened out.

    None if no person is named: empty, only unreadable signs or digits, or a word for a relation (张三之女, 户主).
    """
    text = _GLYPHS.sub(ONE, unicodedata.normalize("NFKC", written))
    text = _REMARK.sub("", _BYTES.sub(ONE_OR_TWO, text))
    kept = (variants.get(c, c) for c in text if c not in _MARKS and unicodedata.category(c) not in _DROPPED)
    form = "".join(kept).upper()
    return form if any(c.isalpha() for c in form) and not _NOBODY.fullmatch(form) else None


def is_exact(form: str) -> bool:
    """Whether no sign in the form stands for something unreadable."""
    return ONE not in form and ONE_OR_TWO not in form


def near_reasons(pairs: Sequence[tuple[str, str]], characters: Characters) -> list[Reason | None]:
    """For pairs of differing compared forms: why the two may be one name, or None where they are different."""
    if not pairs:
        return []
    left, right = zip(*pairs, strict=True)
    distances = process.cpdist(left, right, scorer=OSA.distance, score_cutoff=1)
    return [_near(a, b, int(d), characters) for (a, b), d in zip(pairs, distances, strict=True)]


def _near(a: str, b: str, distance: int, characters: Characters) -> Reason | None:
    if max(len(a), len(b)) > _LONGEST:
        return None
    if not (is_exact(a) and is_exact(b)):
        return "wildcard" if _fits(a, b) or _fits(b, a) else None
    if _sounds_alike(a, b, characters):
        return "sound"
    return _one_edit(a, b, characters) if distance == 1 else None


def _fits(pattern: str, name: str) -> bool:
    """Whether the readable characters of `pattern` stand in `name` where they should; at least one must be readable."""
    if not any(c.isalpha() for c in pattern):
        return False
    runs = re.findall(r"[?*]+|[^?*]+", pattern)
    return re.fullmatch("".join(_run(run) for run in runs), name) is not None


def _run(run: str) -> str:
    """One expression for a whole run of signs, so that long runs cannot backtrack."""
    if run[0] not in "?*":
        return re.escape(run)
    return f".{{{len(run)},{len(run) + run.count(ONE_OR_TWO)}}}"


def _sounds_alike(a: str, b: str, characters: Characters) -> bool:
    """Same readings character by character, or spelled out: a rare character is often sent as Latin letters (张WEI)."""
    left, right = characters.readings(a), characters.readings(b)
    if len(left) == len(right):
        return all(x & y for x, y in zip(left, right, strict=True))
    has_letters = _LETTERS.search(a) or _LETTERS.search(b)
    return bool(has_letters) and not _spellings(left).isdisjoint(_spellings(right))


def _spellings(readings: Sequence[frozenset[str]]) -> set[str]:
    """Every way to spell the name; only a surname has more than one reading."""
    return {"".join(chosen) for chosen in product(*readings)}


def _one_edit(a: str, b: str, characters: Characters) -> Reason | None:
    """`a` and `b` are one edit apart: which one, and is it one that keeps the person?"""
    if len(a) != len(b):
        return _dropped(a, b, characters)
    first = next(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)
    if a[first + 1 :] == b[first + 1 :]:
        return "look_alike" if frozenset((a[first], b[first])) in characters.look_alikes else None
    return "swapped" if first >= characters.surname_length(a) else None


def _dropped(a: str, b: str, characters: Characters) -> Reason | None:
    shorter, longer = (a, b) if len(a) < len(b) else (b, a)
    surname = characters.surname_length(longer)
    kept = shorter[:surname] == longer[:surname] and len(shorter) > surname
    return "dropped" if kept and len(longer) >= 3 else None
