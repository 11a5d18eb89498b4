"""How numbers go wrong: each function turns the number on the card into what is in the cell, None where it cannot be."""

import string
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

Spoil = Callable[[str, Random], str | None]


def wrong_digit(number: str, dice: Random) -> str:
    """Another digit somewhere."""
    at = dice.randrange(18)
    return number[:at] + dice.choice([digit for digit in string.digits if digit != number[at]]) + number[at + 1 :]


def swapped(number: str, dice: Random) -> str | None:
    """Two neighbours exchanged."""
    places = [at for at in range(16) if number[at] != number[at + 1]]
    if not places:
        return None
    at = dice.choice(places)
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


def dropped(number: str, dice: Random) -> str:
    """One character left out."""
    at = dice.randrange(18)
    return number[:at] + number[at + 1 :]


def added(number: str, dice: Random) -> str:
    """One digit typed twice, or a stray one."""
    at = dice.randrange(18)
    digit = number[at] if number[at] != "X" and dice.random() < 0.6 else dice.choice(string.digits)
    return number[:at] + digit + number[at:]


def fifteen(number: str, _: Random) -> str | None:
    """As cards had it until 1999: no century, no check character."""
    return number[:6] + number[8:17] if number[6:10] < "1999" else None


def excel(number: str, dice: Random) -> str | None:
    """What a spreadsheet shows of a long number."""
    if number.endswith("X"):
        return None
    digits = dice.choice((2, 6, 6, 6, 12))
    return f"{number[0]}.{number[1:digits]}E+17"


def zeros(number: str, _: Random) -> str | None:
    """What a spreadsheet keeps of a long number."""
    return None if number.endswith(("X", "000")) else number[:15] + "000"


def twenty(number: str, dice: Random) -> str:
    """A disability certificate: type and grade behind the number."""
    return f"{number}{dice.randint(1, 7)}{dice.randint(1, 4)}"


def twenty_two(number: str, dice: Random) -> str:
    """The same, issued again."""
    return f"{twenty(number, dice)}B{dice.randint(1, 2)}"


def student_g(number: str, _: Random) -> str | None:
    """A school's number made of the real one."""
    return f"G{number}" if _is_pupil(number) else None


def student_j(number: str, dice: Random) -> str | None:
    """A school's number that was generated: looks real, is nobody's."""
    return f"J{number[:6]}{number[6:10]}{dice.randrange(10**8):08d}" if _is_pupil(number) else None


def student_l(number: str, dice: Random) -> str | None:
    """A temporary number: area, birth date and four digits drawn by lot."""
    return f"L{number[:14]}{dice.randrange(10_000):04d}" if _is_pupil(number) else None


def _is_pupil(number: str) -> bool:
    return "2002" < number[6:10] < "2023"


def missing(_: str, dice: Random) -> str:
    """Nothing, or what clerks write for nothing."""
    return dice.choice(("", "", "", "无", "不详", "0", "-"))


def passport(_: str, dice: Random) -> str:
    """A travel document."""
    return dice.choice("EG") + f"{dice.randrange(10**8):08d}"


SPOILS: Final[Mapping[str, Spoil]] = {
    "number_missing": missing,
    "number_wrong_digit": wrong_digit,
    "number_swapped": swapped,
    "number_dropped": dropped,
    "number_added": added,
    "number_15": fifteen,
    "number_excel": excel,
    "number_zeros": zeros,
    "number_20": twenty,
    "number_22": twenty_two,
    "student_g": student_g,
    "student_j": student_j,
    "student_l": student_l,
    "passport": passport,
}


def noise(number: str, dice: Random) -> str:
    """The same number, written carelessly."""
    ways = (
        lambda: f" {number}",
        lambda: f"{number} ",
        lambda: f"'{number}",
        lambda: f'="{number}"',
        lambda: number.lower(),
        lambda: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in number),
        lambda: f"{number[:6]} {number[6:14]} {number[14:]}",
        lambda: f"{number}\t",
    )
    return dice.choice(ways)()
