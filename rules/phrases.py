"""Expressions in Chinese words, for people who read a rule and not its YAML."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sqlglot import exp

from errors import Fault
from rules.expression import Node

_COMPARED: Final[Mapping[type[Node], str]] = {exp.GT: "超过", exp.GTE: "达到", exp.LT: "低于", exp.LTE: "不超过"}
_CALCULATED: Final[Mapping[type[Node], str]] = {exp.Add: "＋", exp.Sub: "－", exp.Mul: "×", exp.Div: "÷"}
_DATE_PARTS: Final[Mapping[type[Node], str]] = {exp.Year: "年份", exp.Month: "月份"}


@dataclass(frozen=True)
class Names:
    """What the names in an expression are called; `existing`: those that say whether there is something."""

    titles: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)
    existing: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)
    """Texts of ours that stand in an expression -> what people call them."""

    def title(self, name: str) -> str:
        return self.titles.get(name, name)


def phrase(node: Node, names: Names) -> str:
    """The expression as a Chinese phrase."""
    for types, say in _PHRASES:
        if isinstance(node, types):
            return say(node, names)
    raise Fault(f"expression node {type(node).__name__} passed the white-list but has no words")


def plain(number: Decimal) -> str:
    """A number with thousands separators and no idle zeros."""
    return f"{number.normalize():,f}"


def _and(node: Node, names: Names) -> str:
    return _joined("，且", [_part(part, names, exp.Or) for part in _flat(node, exp.And)])


def _or(node: Node, names: Names) -> str:
    return _joined("，或", [_part(part, names, exp.And) for part in _flat(node, exp.Or)])


def _joined(word: str, parts: list[str]) -> str:
    first, *rest = parts
    return first + "".join(_beside(word, part) for part in rest)


def _beside(word: str, text: str) -> str:
    """The word and what follows it, apart where that begins with a figure."""
    return f"{word} {text}" if text[:1].isdigit() else f"{word}{text}"


def _flat(node: Node, kind: type[Node]) -> list[Node]:
    if not isinstance(node, kind):
        return [node]
    return _flat(node.this, kind) + _flat(node.expression, kind)


def _part(node: Node, names: Names, other: type[Node]) -> str:
    inner = _bare(node)
    return f"（{phrase(inner, names)}）" if isinstance(inner, other) else phrase(inner, names)


def _bare(node: Node) -> Node:
    return _bare(node.this) if isinstance(node, exp.Paren) else node


def _not(node: Node, names: Names) -> str:
    inner = _bare(node.this)
    match inner:
        case exp.Is() if isinstance(inner.expression, exp.Null):
            return f"写明了{phrase(inner.this, names)}"
        case exp.In():
            return f"{phrase(inner.this, names)}不为{_listed(inner, names)}"
        case exp.Column():
            return f"没有{names.title(inner.name)}" if inner.name in names.existing else f"{names.title(inner.name)}：否"
    return f"不是（{phrase(inner, names)}）"


def _column(node: Node, names: Names) -> str:
    """A name by itself: said to be there, or true, where a test is expected; else just called."""
    above = node.parent
    while isinstance(above, exp.Paren):
        above = above.parent
    if above is not None and not isinstance(above, exp.And | exp.Or):
        return names.title(node.name)
    return f"有{names.title(node.name)}" if node.name in names.existing else f"{names.title(node.name)}：是"


def _is(node: Node, names: Names) -> str:
    if isinstance(node.expression, exp.Null):
        return f"没有写{phrase(node.this, names)}"
    return f"{phrase(node.this, names)}：{'是' if node.expression.this else '否'}"


def _equal(node: Node, names: Names) -> str:
    verb = "不为" if isinstance(node, exp.NEQ) else "等于" if isinstance(_bare(node.expression), exp.Column) else "为"
    return phrase(node.this, names) + verb + _measured(node.this, node.expression, names)


def _compared(node: Node, names: Names) -> str:
    return phrase(node.this, names) + _COMPARED[type(node)] + _measured(node.this, node.expression, names)


def _measured(measure: Node, value: Node, names: Names) -> str:
    """A value with the unit of what is measured by it."""
    text, bare = phrase(value, names), _bare(measure)
    is_number = isinstance(value, exp.Literal) and not value.args["is_string"]
    unit = names.units.get(bare.name, "") if is_number and isinstance(bare, exp.Column) else ""
    return f" {text}{' ' if unit else ''}{unit}" if is_number else _beside("", text)


def _between(node: Node, names: Names) -> str:
    low, high = (phrase(node.args[bound], names) for bound in ("low", "high"))
    return f"{phrase(node.this, names)}在 {low} 至 {high} 之间"


def _in(node: Node, names: Names) -> str:
    return f"{phrase(node.this, names)}为{_listed(node, names)}"


def _listed(node: Node, names: Names) -> str:
    *first, last = (phrase(part, names) for part in node.expressions)
    return f"{'、'.join(first)}或{last}" if first else last


def _holds(node: Node, names: Names) -> str:
    return f"{phrase(node.this, names)}含“{node.expression.name}”"


def _begins(node: Node, names: Names) -> str:
    return f"{phrase(node.this, names)}以“{node.expression.name}”开头"


def _calculated(node: Node, names: Names) -> str:
    return _CALCULATED[type(node)].join(_factor(part, names) for part in (node.this, node.expression))


def _factor(node: Node, names: Names) -> str:
    inner = _bare(node)
    return f"（{phrase(inner, names)}）" if isinstance(node, exp.Paren) and type(inner) in _CALCULATED else phrase(inner, names)


def _literal(node: Node, names: Names) -> str:
    return names.values.get(node.name, node.name) if node.args["is_string"] else plain(Decimal(node.name))


_PHRASES: Final[tuple[tuple[tuple[type[Node], ...], Callable[[Node, Names], str]], ...]] = (
    ((exp.And,), _and),
    ((exp.Or,), _or),
    ((exp.Not,), _not),
    ((exp.Paren,), lambda node, names: phrase(_bare(node), names)),
    ((exp.Column,), _column),
    ((exp.Literal,), _literal),
    ((exp.Boolean,), lambda node, _: "是" if node.this else "否"),
    ((exp.Cast,), lambda node, _: str(node.this.name)),
    ((exp.Is,), _is),
    ((exp.EQ, exp.NEQ), _equal),
    (tuple(_COMPARED), _compared),
    ((exp.Between,), _between),
    ((exp.In,), _in),
    ((exp.Contains, exp.ArrayContains), _holds),
    ((exp.StartsWith,), _begins),
    (tuple(_CALCULATED), _calculated),
    ((exp.Neg,), lambda node, names: f"负的{_factor(node.this, names)}"),
    ((exp.Abs,), lambda node, names: f"{phrase(node.this, names)}的绝对值"),
    (tuple(_DATE_PARTS), lambda node, names: f"{phrase(node.this, names)}的{_DATE_PARTS[type(node)]}"),
)
