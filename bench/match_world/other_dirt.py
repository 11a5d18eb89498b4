"""How birth dates and phones come out wrong."""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Final

from bench.match_world.number_dirt import Spoil
from bench.match_world.plan import TODAY


def _is_date(text: str) -> bool:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])) <= TODAY
    except ValueError:
        return False


def digit(born: str, dice: Random) -> str | None:
    """One digit of YYYYMMDD wrong, and still a date."""
    at = dice.choice((2, 3, 3, 4, 5, 5, 6, 7, 7))
    ways = [born[:at] + other + born[at + 1 :] for other in "0123456789" if other != born[at]]
    dates = [way for way in ways if _is_date(way)]
    return dice.choice(dates) if dates else None


def exchanged(born: str, _: Random) -> str | None:
    """Month and day exchanged."""
    other = born[:4] + born[6:] + born[4:6]
    return other if other != born and _is_date(other) else None


def default(born: str, _: Random) -> str | None:
    """The first of January, because only the year was known."""
    return born[:4] + "0101" if born[4:] != "0101" else None


SPOILS: Final[Mapping[str, Spoil]] = {"birth_digit": digit, "birth_exchanged": exchanged, "birth_default": default}


def phone_noise(phone: str, dice: Random) -> str:
    """The same phone, written carelessly."""
    return dice.choice(
        (
            f"+86{phone}",
            f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
            f"{phone[:3]} {phone[3:7]} {phone[7:]}",
            f" {phone}",
            f"86{phone}",
        )
    )
