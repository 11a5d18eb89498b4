"""The mistakes themselves, one small function per channel, on one cell; `luck` is a whole number drawn for the row.

A function returns the cell unchanged where its mistake cannot happen to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sources.county.words import Confusions

Mistake = Callable[[str, int], str]
FULL_WIDTH = str.maketrans("0123456789Xx", "０１２３４５６７８９ＸＸ")
DOTS = "•．‧.・"
REMARKS = ("(已故)", "（外出）", "（户主）", "(小名)", "（曾用名）")
LOST = "?□"
SPACES = (" ", "  ", "\u3000", "\t")


def wrong_digit(number: str, luck: int) -> str:
    """Another digit at one of the places 3 to 17: the 99 that marks invented numbers stays."""
    at = 2 + luck % 15
    digit = str((int(number[at]) + 1 + luck // 15 % 9) % 10)
    return number[:at] + digit + number[at + 1 :]


def swapped(number: str, luck: int) -> str:
    """Two different neighbours exchanged."""
    places = [at for at in range(6, 16) if number[at] != number[at + 1]]
    at = places[luck % len(places)] if places else 0
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :] if places else number


def dropped(number: str, luck: int) -> str:
    """One digit left out, after the leading 99."""
    at = 2 + luck % 16
    return number[:at] + number[at + 1 :]


def fifteen(number: str, _: int) -> str:
    """The old number: two-digit year, no check character."""
    return number[:6] + number[8:17]


def excel(number: str, luck: int) -> str:
    """What a spreadsheet shows, or keeps, of a long number."""
    power = len(number) - 1
    shown = f"{number[0]}.{number[1:6]}E+{power}" if luck % 3 else f"{number[0]}.{number[1:3]}E+{power}"
    return shown if luck % 2 else number[:15] + "0" * (len(number) - 15)


def lower_x(number: str, _: int) -> str:
    return number.replace("X", "x")


def full_width(number: str, luck: int) -> str:
    """All, or only the first six, in full-width characters."""
    return number.translate(FULL_WIDTH) if luck % 2 else number[:6].translate(FULL_WIDTH) + number[6:]


def spaces(number: str, luck: int) -> str:
    """Grouped by spaces, or followed by one."""
    return f"{number[:6]} {number[6:14]} {number[14:]}" if luck % 2 else number + " "


def apostrophe(text: str, _: int) -> str:
    return "'" + text


def formula(text: str, _: int) -> str:
    return f'="{text}"'


def student_g(number: str, _: int) -> str:
    return "G" + number


def student_j(_: str, luck: int) -> str:
    """J and 18 generated digits."""
    return "J" + str(luck * 99_991 % 10**18).zfill(18)


def student_l(number: str, luck: int) -> str:
    """L, area, birth date and four random digits: looks like a number, is none."""
    return "L" + number[:14] + str(luck % 10_000).zfill(4)


def left_out(name: str, luck: int) -> str:
    """One character of the given name left out."""
    return name[:-1] if len(name) == 2 or luck % 2 else name[:-2] + name[-1]


def dot_missing(name: str, _: int) -> str:
    return name.replace("·", "")


def dot_other(name: str, luck: int) -> str:
    return name.replace("·", DOTS[luck % len(DOTS)])


def trailing(name: str, luck: int) -> str:
    return name + SPACES[luck % len(SPACES)]


def remark(name: str, luck: int) -> str:
    return name + REMARKS[luck % len(REMARKS)]


def in_gbk(text: str) -> bool:
    """Whether a GBK file can hold the text."""
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def lost_character(name: str, luck: int) -> str:
    """? or □ for what GBK cannot hold."""
    return "".join(character if in_gbk(character) else LOST[luck % len(LOST)] for character in name)


@dataclass(frozen=True)
class Swaps:
    """Which characters are written for which."""

    homophones: Mapping[str, str]
    look_alikes: Mapping[str, str]
    traditional: Mapping[str, str]


def _others(groups: str, both_ways: bool = True) -> dict[str, str]:
    """Character -> the others of its groups."""
    table: dict[str, str] = {}
    for group in groups.split():
        for character in group if both_ways else group[0]:
            table[character] = table.get(character, "") + group.replace(character, "")
    return table


def swaps(lists: Confusions) -> Swaps:
    """The tables from their lists; a traditional form is only ever written for the simplified one."""
    return Swaps(_others(lists.homophones), _others(lists.look_alikes), _others(lists.traditional, both_ways=False))


def swapper(table: Mapping[str, str]) -> Mistake:
    """The mistake of writing one character of a name for another of the table; given names go wrong before surnames."""

    def mistake(name: str, luck: int) -> str:
        places = [at for at in range(len(name)) if table.get(name[at])]
        given = [at for at in places if at > 0] or places
        if not given:
            return name
        at = given[luck % len(given)]
        choices = table[name[at]]
        return name[:at] + choices[luck // 7 % len(choices)] + name[at + 1 :]

    return mistake
