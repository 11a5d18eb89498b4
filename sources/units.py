"""The units a number may be sent in: powers of ten of the unit it is kept in, so that to convert is to shift the point."""

from collections.abc import Mapping
from typing import Final

YUAN: Final = "元"
"""What money is kept in."""
SHARE: Final = "比例"
"""A share of one; what is written after a number is then a percent sign or nothing."""

_MONEY: Final = {
    "分": -2, "角": -1, YUAN: 0, "十元": 1, "百元": 2, "千元": 3, "万元": 4, "十万元": 5, "百万元": 6, "千万元": 7, "亿元": 8,
}  # fmt: skip
_OTHERS: Final[tuple[Mapping[str, int], ...]] = (
    {SHARE: 0, "%": -2, "‰": -3},
    {"克": -3, "公斤": 0, "千克": 0, "吨": 3},
    {"亩": 0, "万亩": 4},
    {"月": 0, "个月": 0},
    {"天": 0, "日": 0},
)
_YUAN_FORMS: Final = ("圆", "元整", "元正", "圆整")
_MAGNITUDES: Final = {"千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8}


def dimension(unit: str, is_money: bool) -> Mapping[str, int]:
    """Unit -> power of ten, of every unit that numbers in `unit` may be sent in: 分 are worth something in money only."""
    tables = (_MONEY,) if is_money or unit.endswith(YUAN) else _OTHERS
    return next((units for units in tables if unit in units), {unit: 0})


def shifts(unit: str, sent_in: str | None, is_money: bool) -> dict[str, int]:
    """What may follow a number in a cell -> by how many places its point then moves to the right, to count in `unit`.

    `unit` may be a rate (元/月).  A unit in the cell is taken at its word; a number without one is in `sent_in`, else `unit`.
    """
    whole, _, per = unit.partition("/")
    units = dimension(whole, is_money)
    column = sent_in or whole
    told = {name: power - units[whole] for name, power in units.items() if name not in ("", SHARE)}
    bare = units[column] - units[whole]
    if YUAN in units:
        told |= dict.fromkeys(_YUAN_FORMS, -units[whole])
    if SHARE not in units:
        told = {f"{name}{whole}": power for name, power in _MAGNITUDES.items() if whole} | told | _magnitudes(column, bare)
    rates = {f"{name}/{per}": power for name, power in told.items() if per}
    return {**told, **rates, "": bare}


def _magnitudes(column: str, bare: int) -> dict[str, int]:
    """What 12万 without a unit means: 12万元 in a column of 元 or of 万元; nothing where two readings are left."""
    if column[:1] not in ("十", "百", "千", "万", "亿"):
        return {name: bare + power for name, power in _MAGNITUDES.items()}
    return {name: bare for name in _MAGNITUDES if column in (f"{name}元", f"{name}亩")}
