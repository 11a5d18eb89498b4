"""What can be said of a condition before any row is read: where a partial sum is enough, and whether silence means clear."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from operator import eq, ge, gt, le, lt, ne
from typing import Final

from sqlglot import exp

from rules.expression import Node, parse_shape
from rules.model import Rule


class Mark(Enum):
    """A value that is not known: at all, or but for its sign."""

    UNKNOWN = "unknown"
    POSITIVE = "positive"


Value = bool | Decimal | str | Mark

_COMPARE: Final[Mapping[type[Node], Callable[[Decimal, Decimal], bool]]] = {
    exp.GT: gt,
    exp.GTE: ge,
    exp.LT: lt,
    exp.LTE: le,
    exp.EQ: eq,
    exp.NEQ: ne,
}


def rises(tree: Node, name: str) -> bool:
    """Whether the condition, once true, stays true when `name` grows: then what is known of a sum is enough to fire.

    Conservative: true only if every use is on the greater side of a comparison, reached through sums and brackets, and
    that comparison through AND, OR and brackets.
    """
    return all(_use_rises(column) for column in tree.find_all(exp.Column) if column.name == name)


def _use_rises(column: Node) -> bool:
    node: Node = column
    while isinstance(node.parent, exp.Paren | exp.Add) or (isinstance(node.parent, exp.Sub) and node.arg_key == "this"):
        node = node.parent
    test = node.parent
    greater = "this" if isinstance(test, exp.GT | exp.GTE) else "expression" if isinstance(test, exp.LT | exp.LTE) else ""
    if test is None or node.arg_key != greater:
        return False
    above = test.parent
    while above is not None and isinstance(above, exp.And | exp.Or | exp.Paren):
        above = above.parent
    return above is None


def is_event_driven(rule: Rule) -> bool:
    """Whether nobody without a fact in the windows can worry us, whatever roster and thresholds say.

    Then only persons or households with facts are looked at, and all others are clear.
    """
    events = {name: need for name, need in rule.needs.items() if need.is_event}
    absent: dict[str, Value] = {
        name: False if need.aggregate == "exists" else Decimal(0) for name, need in events.items() if need.absent == "zero"
    }
    lines: dict[str, Value] = {name: Mark.POSITIVE for name, line in rule.thresholds.items() if line.is_positive}
    lines |= dict.fromkeys(rule.direct, Mark.POSITIVE)
    return bool(events) and judge(parse_shape(rule.condition), {**absent, **lines}) is False


def judge(node: Node, given: Mapping[str, Value]) -> Value:
    """The value of an expression where only some names are known (Kleene's logic): True, False, a number, a text or a Mark."""
    match node:
        case exp.Column():
            return given.get(node.name, Mark.UNKNOWN)
        case exp.Boolean():
            return bool(node.this)
        case exp.Literal():
            return str(node.name) if node.args["is_string"] else Decimal(node.name)
        case exp.Paren():
            return judge(node.this, given)
        case exp.Not():
            inner = judge(node.this, given)
            return not inner if isinstance(inner, bool) else Mark.UNKNOWN
        case exp.And() | exp.Or():
            return _connect(node, judge(node.this, given), judge(node.expression, given))
    if isinstance(node, exp.In):
        return _among(judge(node.this, given), [judge(part, given) for part in node.expressions])
    if type(node) in _COMPARE:
        return _compare(node, judge(node.this, given), judge(node.expression, given))
    return Mark.UNKNOWN


def _connect(node: Node, left: Value, right: Value) -> Value:
    decisive = isinstance(node, exp.Or)
    if left is decisive or right is decisive:
        return decisive
    return not decisive if isinstance(left, bool) and isinstance(right, bool) else Mark.UNKNOWN


def _compare(node: Node, left: Value, right: Value) -> Value:
    # A positive value beside a number that is zero or less: which of them is greater is certain, so 1 stands for it.
    if left is Mark.POSITIVE and isinstance(right, Decimal) and right <= 0:
        left = Decimal(1)
    if right is Mark.POSITIVE and isinstance(left, Decimal) and left <= 0:
        right = Decimal(1)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return _COMPARE[type(node)](left, right)
    if isinstance(left, str) and isinstance(right, str):
        return (left == right) is isinstance(node, exp.EQ)
    return Mark.UNKNOWN


def _among(value: Value, listed: list[Value]) -> Value:
    return Mark.UNKNOWN if isinstance(value, Mark) else value in listed
