"""How names go wrong: each function turns the name into what is in the cell, None where it cannot be."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from pypinyin import Style, lazy_pinyin

from bench.match_world.confusions import OTHER_FORM, SAME_SHAPE, SAME_SOUND
from bench.match_world.names import DOT
from bench.match_world.stock import CHARACTERS, RARE, TAIL

Spoil = Callable[[str, Random], str | None]
_ANY: Final = sorted({character for characters in (*CHARACTERS.values(), TAIL) for character in characters})
_REMARKS: Final = (
    "（已故）",
    "(已故)",
    "（死亡）",
    "(户主)",
    "（重残）",
    "（外出）",
    "已故",
    "(低保)",
    "（迁出）",
    "（注销）",
    "(本人)",
    "（五保）",
)
_OTHER_DOTS: Final = (".", "．", "•", "‧", "。", "・", " ", "-", "", "", "")
_PRIVATE: Final = range(0xE000, 0xE200)


def _one_of(name: str, others: Mapping[str, str], dice: Random) -> str | None:
    """One character that `others` knows, replaced."""
    places = [at for at, character in enumerate(name) if character in others]
    if not places:
        return None
    at = dice.choice(places)
    return name[:at] + dice.choice(others[name[at]]) + name[at + 1 :]


def _surname(name: str) -> int:
    """Characters of the surname, as far as length tells."""
    return 2 if len(name) == 4 else 1


def homophone(name: str, dice: Random) -> str | None:
    """A character that sounds the same."""
    return _one_of(name, SAME_SOUND, dice)


def look_alike(name: str, dice: Random) -> str | None:
    """A character that looks the same."""
    return _one_of(name, SAME_SHAPE, dice)


def traditional(name: str, dice: Random) -> str | None:
    """One character, or all, in the other form."""
    if dice.random() < 0.5:
        return _one_of(name, OTHER_FORM, dice)
    other = "".join(OTHER_FORM.get(character, character) for character in name)
    return other if other != name else None


def unreadable(name: str, dice: Random) -> str:
    """A character the other system does not have."""
    return _lost(name, dice.randrange(1, len(name)), dice)


def _lost(name: str, at: int, dice: Random) -> str:
    sign = dice.choice(("?", "？", "□", "*", chr(dice.choice(_PRIVATE))))
    return name[:at] + sign + name[at + 1 :]


def rare(name: str, dice: Random) -> str | None:
    """The rare character lost: a sign, its sound, or a common character of the same sound in its place."""
    at = next((at for at, character in enumerate(name) if character in RARE), None)
    if at is None:
        return None
    if dice.random() < 0.7:
        return _lost(name, at, dice)
    return name[:at] + lazy_pinyin(name[at], style=Style.NORMAL)[0].upper() + name[at + 1 :]


def dropped(name: str, dice: Random) -> str | None:
    """A given character left out; of a name with a dot, all behind it."""
    if DOT in name:
        return name.split(DOT)[0]
    if len(name) < 3:
        return None
    at = dice.randrange(_surname(name), len(name))
    return name[:at] + name[at + 1 :]


def added(name: str, dice: Random) -> str | None:
    """A given character too many."""
    if DOT in name:
        return None
    at = dice.randint(_surname(name), len(name))
    return name[:at] + dice.choice(_ANY) + name[at:]


def changed(name: str, dice: Random) -> str:
    """Some other character."""
    at = dice.randrange(1, len(name)) if dice.random() < 0.8 else 0
    return name[:at] + dice.choice(_ANY) + name[at + 1 :]


def pinyin(name: str, dice: Random) -> str | None:
    """The name in Latin letters, or its last character."""
    if DOT in name:
        return None
    parts = lazy_pinyin(name, style=Style.NORMAL)
    ways = (
        " ".join(parts),
        "".join(parts).upper(),
        f"{parts[0]} {''.join(parts[1:])}".upper(),
        name[:-1] + parts[-1],
        name[:-1] + parts[-1].upper(),
    )
    return dice.choice(ways)


def remark(name: str, dice: Random) -> str:
    """A note beside the name."""
    return name + dice.choice(_REMARKS)


def renamed(name: str, dice: Random) -> str | None:
    """The surname kept, the given name another."""
    if DOT in name:
        return None
    return name[: _surname(name)] + "".join(dice.sample(_ANY, dice.choice((1, 2, 2, 2))))


def swapped(name: str, _: Random) -> str | None:
    """The two last characters exchanged."""
    return name[:-2] + name[-1] + name[-2] if len(name) >= 3 and DOT not in name and name[-1] != name[-2] else None


def dots(name: str, dice: Random) -> str | None:
    """The dot in another form, or none."""
    return name.replace(DOT, dice.choice(_OTHER_DOTS)) if DOT in name else None


SPOILS: Final[Mapping[str, Spoil]] = {
    "name_dots": dots,
    "name_rare": rare,
    "name_homophone": homophone,
    "name_look_alike": look_alike,
    "name_traditional": traditional,
    "name_unreadable": unreadable,
    "name_dropped": dropped,
    "name_added": added,
    "name_changed": changed,
    "name_pinyin": pinyin,
    "name_remark": remark,
    "name_renamed": renamed,
    "name_swapped": swapped,
}


def noise(name: str, dice: Random) -> str:
    """The same name, written carelessly."""
    gap = dice.choice((" ", "　", "  "))
    return dice.choice((f" {name}", f"{name} ", f"{name}　", f"{name[0]}{gap}{name[1:]}", gap.join(name)))
