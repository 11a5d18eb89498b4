"""Cells that survive a spreadsheet: nothing becomes a formula, nothing loses digits, no ID number is whole.

A double click on a CSV makes every spreadsheet guess types again, so what protects a cell has to be in its text.
"""

import re
import unicodedata
from typing import Final

ABSENT: Final = "无"
DAMAGED: Final = "号码已损坏"
CELL_LIMIT: Final = 32_000
"""Spreadsheets refuse cells over 32,767 characters."""

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROL = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}]")
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_FORMULA = tuple("=+-@＝＋－＠\t\r")
_PLAIN = re.compile(
    r"(?!-0$)-?(?:0|[1-9][0-9]{0,10})(?:\.[0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}|0[0-9]{2,3}-[0-9]{7,8}|1[0-9]{10}/1[0-9]{10}"
)
"""What every spreadsheet writes back as the same number, day or telephone number."""
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_REREAD = re.compile(
    rf"(?=.*[0-9])[-+0-9 .,:/%()¥$€£e年月日时分秒]+|true|false|[0-9 ,-]*(?:{_MONTH})[a-z]*[0-9 ,.-]*", re.IGNORECASE
)
"""What a spreadsheet takes for a number, a date, a time or a truth and writes back differently: 007, long codes, 12E5, 3-1,
1,234, 50%, 8:05, TRUE, 5-Jan; compared after NFKC, since full-width digits are digits to it."""

_LONE_MOBILE = re.compile(r"(?:\+?86)?(1[0-9]{2})([0-9]{4})([0-9]{4})")
_EXPONENT = re.compile(r"[0-9]\.?[0-9]*E\+?[0-9]+")
_CERTIFICATE = re.compile(r"([0-9]{17}[0-9X])[1-7][1-4](?:B[0-9])?")
_FORBIDDEN_IN_NAMES = re.compile(r'[\\/:*?"<>|\s\x00-\x1f\x7f]+')


def one_line(text: str) -> str:
    """Line breaks, control and direction-changing characters as spaces; what XML cannot hold as U+FFFD."""
    return _UNWRITABLE.sub("\ufffd", _CONTROL.sub(" ", text))


def safe_text(text: str | None) -> str:
    """Free text as a cell: one line, and a leading apostrophe if a spreadsheet would calculate or re-type it.

    A plain number, negative too, stays as it is.
    """
    if not text:
        return ""
    line = one_line(text)[:CELL_LIMIT]
    bare = line.strip(" \u3000\u00a0" + _INVISIBLE)
    dangerous = text.startswith(_FORMULA) or bare.startswith(_FORMULA)
    is_guessed = _REREAD.fullmatch(unicodedata.normalize("NFKC", bare)) is not None
    return "'" + line if (dangerous or is_guessed) and not _PLAIN.fullmatch(bare) else line


def safe_code(code: str | None, prefix: str) -> str:
    """A code of digits as text: always `prefix` and the code, so that taking the prefix off gives the code back.

    The prefix is a Chinese character and a hyphen; codes hold neither.  No code, no prefix.
    """
    return prefix + one_line(code).strip() if code and code.strip() else ""


def mask_id(number: str | None) -> str:
    """An ID number as its first six characters, asterisks, and its last four: enough to tell namesakes apart.

    A disability certificate (20 or 22 characters) is masked as the ID number it begins with, for its last characters
    tell kind and grade of the disability.  Shorter numbers keep a quarter at each end.
    """
    plain = re.sub(r"[^0-9A-Z.+]", "", unicodedata.normalize("NFKC", number or "").upper())
    if not plain.strip(".+"):
        return ABSENT
    if _EXPONENT.fullmatch(plain):
        return DAMAGED
    certificate = _CERTIFICATE.fullmatch(plain)
    return _masked(certificate[1] if certificate else plain.replace(".", "").replace("+", ""))


def _masked(plain: str) -> str:
    head = 6 if len(plain) >= 15 else len(plain) // 4
    tail = min(head, 4)
    return plain[:head] + "*" * min(len(plain) - head - tail, 12) + plain[len(plain) - tail :]


def safe_phone(phone: str | None) -> str:
    """A phone number to dial: mobile numbers in groups of 3, 4 and 4, which no spreadsheet takes for a number.

    Other numbers of digits alone would lose a leading zero and get a mark before them.
    """
    written = one_line(unicodedata.normalize("NFKC", phone or "")).strip().lstrip("'=\"").rstrip('"').strip()
    mobile = _LONE_MOBILE.fullmatch(re.sub(r"[\s-]", "", written))
    if mobile:
        return " ".join(mobile.groups())
    return f"电-{written}" if written.isdecimal() else safe_text(written)


def file_part(text: str) -> str:
    """A text as part of a file name on any system, '' if nothing of it can stand there; long ones are cut."""
    return _FORBIDDEN_IN_NAMES.sub("_", one_line(text)).strip("._ ")[:40]


def file_name(code: str, name: str) -> str:
    """`<code>_<name>` as a file name; a missing code or name is said."""
    return f"{file_part(code) or '无代码'}_{file_part(name) or '无名称'}"
