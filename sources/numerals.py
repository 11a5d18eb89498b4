"""Numbers in Chinese and Roman letters as digits: 肆级, 四级, Ⅳ级 and 4级 are one way of writing."""

import re
import unicodedata
from typing import Final

DIGITS: Final = "〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖貳叄陸"
VALUES: Final = "000123456789123456789236"
"""What each of DIGITS is worth."""
_TENS: Final = str.maketrans(DIGITS + "拾", VALUES + "十")
_ROMAN: Final = {
    letters: str(value)
    for value, letters in enumerate(("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"), 1)
}


def in_digits(text: str) -> str:
    """The text in half width and capitals, each number up to ninety-nine (Roman: up to twelve) in it written in digits."""
    plain = unicodedata.normalize("NFKC", text).strip().upper().translate(_TENS)
    roman = re.sub("(?<![A-Z])[IVX]+(?![A-Z])", lambda found: _ROMAN.get(found.group(), found.group()), plain)
    return re.sub(r"(?<!\d)(\d?)十(\d?)(?!\d)", lambda found: f"{found.group(1) or 1}{found.group(2) or 0}", roman)
