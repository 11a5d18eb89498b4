"""Units: what an expression counts in.  Yuan may be compared with yuan and added to yuan, and to nothing else.

A plain number written in a rule fits every unit.  What merely counts things (人、次、户) multiplies like a plain number, so
yuan per head times heads is yuan; 元/月 times 月 is 元; yuan times yuan is nothing.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlglot import exp

from rules.expression import ARITHMETIC, EQUALITY, ORDER, ExpressionProblem, Node, operands, parse_shape
from rules.names import ROSTER
from rules.quantity import Need

_SAME: Final[Mapping[str, str]] = {
    "比例": "", "倍": "", "日": "天", "个月": "月", "周岁": "岁", "名": "人", "公斤": "千克", "圆": "元",
}  # fmt: skip
_THINGS: Final = frozenset("人户次项件个份条笔起间本处头只辆套门张家位口种宗例部台栋株棵所")
_PER: Final = "/"


@dataclass(frozen=True)
class Unit:
    """A unit as a person writes it, and what it is made of: 元/月 is 元 over 月."""

    name: str
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether it is a number without a unit: a share, a multiple."""
        return not self.above and not self.below

    @property
    def counts_things(self) -> bool:
        """Whether it only says what was counted."""
        return bool(self.above) and not self.below and set(self.above) <= _THINGS

    def fits(self, other: "Unit") -> bool:
        """Whether the two may be compared and added."""
        return (self.above, self.below) == (other.above, other.below)

    @property
    def shown(self) -> str:
        return self.name or "没有单位的数"


Units = Mapping[str, Unit | None]
"""Name -> its unit; None fits every unit."""
PLAIN: Final = Unit("")


def unit(name: str) -> Unit:
    """The unit of that name: 元, 人, 元/月, or '' for none."""
    above, _, below = name.strip().partition(_PER)
    parts = [_SAME.get(part.strip(), part.strip()) for part in (above, below)]
    return Unit(name.strip(), *(tuple(filter(None, [part])) for part in parts))


def unit_of(node: Node, units: Units) -> Unit | None:
    """What the expression counts in; None if that is open (a plain number) or it is no number.  Raises ExpressionProblem."""
    for types, rule in _RULES:
        if isinstance(node, types):
            return rule(node, units)
    for part in operands(node):
        unit_of(part, units)
    return None


def _column(node: Node, units: Units) -> Unit | None:
    return units.get(node.name)


def _agree(node: Node, units: Units) -> Unit | None:
    """The unit that all parts share."""
    known = [(part, found) for part in operands(node) if (found := unit_of(part, units)) is not None]
    for part, found in known[1:]:
        if not found.fits(known[0][1]):
            one, other = (f"{_written(part)} 的单位是 {found.shown}" for part, found in (known[0], (part, found)))
            raise ExpressionProblem(f"单位不同，不可比较或相加减：{one}，{other}")
    return known[0][1] if known else None


def _compare(node: Node, units: Units) -> None:
    _agree(node, units)


def _multiply(node: Node, units: Units) -> Unit | None:
    return _combine(node, units, lambda left, right: ([*left.above, *right.above], [*left.below, *right.below]))


def _divide(node: Node, units: Units) -> Unit | None:
    return _combine(node, units, lambda left, right: ([*left.above, *right.below], [*left.below, *right.above]))


def _combine(node: Node, units: Units, join: Callable[[Unit, Unit], tuple[list[str], list[str]]]) -> Unit | None:
    left, right = unit_of(node.this, units), unit_of(node.expression, units)
    if right is None or right.is_plain:
        return left if left is not None or right is None else PLAIN
    if left is None or left.is_plain:
        if isinstance(node, exp.Mul):
            return right
        left = PLAIN
    above, below = map(Counter, join(left, right))
    tops, bottoms = (
        sorted(name for name in (one - other).elements() if name not in _THINGS)
        for one, other in ((above, below), (below, above))
    )
    if len(tops) > 1 or len(bottoms) > 1:
        how = "相乘" if isinstance(node, exp.Mul) else "相除"
        raise ExpressionProblem(
            f"{_written(node.this)}（{left.shown}）与 {_written(node.expression)}（{right.shown}）{how}没有意义"
        )
    name = "".join(tops) + (f"{_PER}{bottoms[0]}" if bottoms else "")
    return Unit(name, tuple(tops), tuple(bottoms))


def _written(node: Node) -> str:
    text = node.sql(dialect="duckdb")
    return text if len(text) <= 40 else f"{text[:37]}…"


_Rule = Callable[[Node, Units], Unit | None]
_RULES: Final[tuple[tuple[tuple[type[Node], ...], _Rule], ...]] = (
    ((exp.Column,), _column),
    ((exp.Mul,), _multiply),
    ((exp.Div,), _divide),
    ((exp.Paren, exp.Neg, exp.Abs, *ARITHMETIC), _agree),
    ((*EQUALITY, *ORDER, exp.Between, exp.In), _compare),
)


ATTRIBUTE_UNITS: Final[Mapping[str, str]] = {"age": "岁", "income_per_head": "元"}
_MONTHS: Final = "月"


def attribute_units() -> Units:
    """Resident attributes that are measured in something."""
    return {name: unit(written) for name, written in ATTRIBUTE_UNITS.items()}


def row_units(source: str, facts: Mapping[str, Mapping[str, str]], units: Mapping[str, Mapping[str, str]]) -> Units:
    """The units of what an expression over one row of a source may name; money is in yuan, whatever else is not said.

    The signals of other rules have none.
    """
    if source == ROSTER:
        return attribute_units()
    money = {column: unit("元") for column, kind in facts.get(source, {}).items() if kind == "money"}
    return {**money, **{column: unit(written) for column, written in units.get(source, {}).items()}}


def need_unit(need: Need, rows: Units) -> Unit | None:
    """What a need counts in: what its column gives, or what it says itself where that is open.  Raises ExpressionProblem."""
    found = _given(need, rows)
    if not need.unit:
        return found
    said = unit(need.unit)
    if need.aggregate == "exists":
        raise ExpressionProblem("exists 只说有或无，没有单位：删去 unit")
    if need.aggregate == "count" and not need.change and (said.is_plain or {"元", "岁", "%"} & {*said.above}):
        raise ExpressionProblem(f"count 数的是几条、几人，单位不会是 {need.unit}；要加总金额用 sum")
    if found is not None and not found.fits(said):
        raise ExpressionProblem(f"写的是 {need.unit}，算出来的是 {found.shown}")
    return said


def _given(need: Need, rows: Units) -> Unit | None:
    if need.attribute:
        return attribute_units().get(need.attribute)
    if need.aggregate == "days_since":
        return unit("天")
    if need.change == "percent":
        return unit("%")
    return unit_of(parse_shape(need.column), rows) if need.column and need.aggregate not in ("count", "exists") else None


def share_problem(threshold: Unit, factor: Decimal, reference: Unit) -> str:
    """Why a multiple of a reference value is not in the threshold's unit; '' if it is.

    So many months' worth of what is paid per month is in yuan: 12 times 元/月 is 元, 1 times is not.
    """
    if reference.fits(threshold):
        return ""
    if reference.below == (_MONTHS,) and (reference.above, ()) == (threshold.above, threshold.below):
        is_months = factor >= 2 and factor == factor.to_integral_value()
        return "" if is_months else f"参照值是 {reference.shown}，折成 {threshold.shown} 要乘月数（全年为 12）"
    return f"参照值的单位是 {reference.shown}，这里是 {threshold.shown}"
