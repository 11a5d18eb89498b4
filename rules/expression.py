"""Expressions of rules: parsed with sqlglot, held against a white-list and typed.

Only what is listed here gets through: literals, known columns, comparisons, boolean logic, arithmetic, IN, BETWEEN,
IS NULL and a handful of harmless functions.  Nothing that reads a file, a table or a setting can be written.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import add, mul, neg, pos, sub, truediv
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from misfits import did_you_mean
from rules.names import Kind
from rules.wording import ALLOWED, KIND_TITLES, kinds, odd_characters, refused

MAX_LENGTH: Final = 2000
MAX_DEPTH: Final = 80
_TOO_DEEP: Final = "嵌套过深；分成几个 needs 或几条规则"
_EXTRA: Final[Mapping[str, str]] = {
    "table": "名称里不可有点（不可写 表.列）",
    "query": "不可使用子查询；要看的记录由 needs 说明",
    "field": "IN 之后须在括号里列出文字或数字",
}
_PLAIN_NUMBER: Final = re.compile(r"\d{1,14}(\.\d{1,4})?")

Node = exp.Expr

BOOLEAN_INFIX: Final[Mapping[type[Node], str]] = {exp.And: "AND", exp.Or: "OR"}
EQUALITY: Final[Mapping[type[Node], str]] = {exp.EQ: "=", exp.NEQ: "<>"}
ORDER: Final[Mapping[type[Node], str]] = {exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
ARITHMETIC: Final[Mapping[type[Node], str]] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_TEXT_TESTS: Final[Mapping[type[Node], str]] = {exp.Contains: "contains", exp.StartsWith: "starts_with"}
_DATE_PARTS: Final[Mapping[type[Node], str]] = {exp.Year: "year", exp.Month: "month"}
_UNARY: Final = (exp.Paren, exp.Not, exp.Neg, exp.Abs, exp.Year, exp.Month)
_BINARY: Final = (
    *BOOLEAN_INFIX,
    *EQUALITY,
    *ORDER,
    *ARITHMETIC,
    exp.Is,
    exp.Contains,
    exp.StartsWith,
    exp.ArrayContains,
)

_REDUCE: Final[Mapping[type[Node], Callable[..., Decimal]]] = {
    exp.Add: add, exp.Sub: sub, exp.Mul: mul, exp.Div: truediv, exp.Neg: neg, exp.Abs: abs, exp.Paren: pos,
}  # fmt: skip

_ARGUMENTS: Final[Mapping[type[Node], frozenset[str]]] = {
    exp.Column: frozenset({"this"}),
    exp.Identifier: frozenset({"this"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Boolean: frozenset({"this"}),
    exp.Null: frozenset(),
    exp.In: frozenset({"this", "expressions"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Cast: frozenset({"this", "to"}),
    exp.DataType: frozenset({"this"}),
    **dict.fromkeys(_UNARY, frozenset({"this"})),
    **dict.fromkeys(_BINARY, frozenset({"this", "expression"})),
}
"""The white-list: node types and the arguments they may have."""


class ExpressionProblem(Exception):
    """What is wrong with an expression, in Chinese; the loader adds file and place."""


def parse(text: str, names: Mapping[str, Kind], wanted: Kind | None = "boolean") -> Node:
    """The expression as a tree, all of it on the white-list, its names known and its kinds fitting.

    Raises ExpressionProblem.
    """
    node = parse_shape(text)
    kind = kind_of(node, names)
    if wanted is not None and kind != wanted:
        raise ExpressionProblem(f"须得出{KIND_TITLES[wanted]}，实为{KIND_TITLES[kind]}")
    return node


@lru_cache(maxsize=4096)
def parse_shape(text: str) -> Node:
    """The expression as a tree of white-listed nodes, names not yet known; nobody changes it.  Raises ExpressionProblem."""
    if len(text) > MAX_LENGTH:
        raise ExpressionProblem(f"过长（超过 {MAX_LENGTH} 字）；分成几个 needs 或几条规则")
    if problem := odd_characters(text):
        raise ExpressionProblem(problem)
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
        if len(trees) != 1 or trees[0] is None:
            raise ExpressionProblem("还没有写表达式")
        _refuse_unlisted(trees[0])
    except SqlglotError:
        raise ExpressionProblem(f"看不懂这个表达式（括号不成对、少了运算符或名称是 SQL 保留字）。{ALLOWED}") from None
    except RecursionError:
        raise ExpressionProblem(_TOO_DEEP) from None
    return trees[0]


def _refuse_unlisted(tree: Node) -> None:
    depths = {id(tree.parent): 0}
    for node in tree.walk():
        allowed = _ARGUMENTS.get(type(node))
        if allowed is None:
            raise ExpressionProblem(refused(node))
        if extra := next((key for key, value in node.args.items() if value and key not in allowed), None):
            raise ExpressionProblem(_EXTRA.get(extra, f"不可使用这种写法（{type(node).__name__} 带 {extra}）。{ALLOWED}"))
        depths[id(node)] = depths[id(node.parent)] + 1
        if depths[id(node)] > MAX_DEPTH:
            raise ExpressionProblem(_TOO_DEEP)


def columns(tree: Node) -> frozenset[str]:
    """The names an expression uses."""
    return frozenset(column.name for column in tree.find_all(exp.Column))


def kind_of(node: Node, names: Mapping[str, Kind]) -> Kind:
    """The kind of value an expression gives.  Raises ExpressionProblem for unknown names and for kinds that do not fit."""
    for types, rule in _KIND_RULES:
        if isinstance(node, types):
            return rule(node, names)
    raise ExpressionProblem(refused(node))


def _column(node: Node, names: Mapping[str, Kind]) -> Kind:
    if node.name not in names:
        meant = did_you_mean(node.name, names)
        raise ExpressionProblem(f"没有名为 {node.name} 的列或量{meant}；可用：{'、'.join(sorted(names))}")
    return names[node.name]


def _literal(node: Node, _: Mapping[str, Kind]) -> Kind:
    if node.args["is_string"]:
        return "text"
    if not _PLAIN_NUMBER.fullmatch(node.name):
        raise ExpressionProblem("数字只可写作最多 14 位整数与 4 位小数（如 5000 或 0.25，不可写 1e5）")
    return "number"


def _date_literal(node: Node, _: Mapping[str, Kind]) -> Kind:
    if node.args["to"].this != exp.DType.DATE or not isinstance(node.this, exp.Literal):
        raise ExpressionProblem("只可写 DATE '年-月-日'，不可转换类型")
    try:
        date.fromisoformat(node.this.name)
    except ValueError:
        raise ExpressionProblem("日期须写作 DATE '年-月-日'") from None
    return "date"


def _same(nodes: list[Node], names: Mapping[str, Kind], allowed: tuple[Kind, ...]) -> Kind:
    found = [kind_of(node, names) for node in nodes]
    if len(set(found)) != 1 or found[0] not in allowed:
        raise ExpressionProblem(f"类型不符：此处须为同一种{kinds([*allowed])}，实为{kinds(found)}")
    return found[0]


def _expect(*allowed: Kind, gives: Kind | None = None) -> Callable[[Node, Mapping[str, Kind]], Kind]:
    def rule(node: Node, names: Mapping[str, Kind]) -> Kind:
        found = _same(operands(node), names, allowed)
        return gives or found

    return rule


def operands(node: Node) -> list[Node]:
    """The parts of a node that are expressions themselves, in the order written."""
    parts = [node.this, node.args.get("expression"), node.args.get("low"), node.args.get("high")]
    return [part for part in parts if isinstance(part, Node)] + list(node.expressions)


def _paren(node: Node, names: Mapping[str, Kind]) -> Kind:
    return kind_of(node.this, names)


def _is(node: Node, names: Mapping[str, Kind]) -> Kind:
    kind = kind_of(node.this, names)
    if not isinstance(node.expression, exp.Null) and not (isinstance(node.expression, exp.Boolean) and kind == "boolean"):
        raise ExpressionProblem("IS 之后只可写 NULL（有无之量也可写 TRUE、FALSE）")
    return "boolean"


def _divide(node: Node, names: Mapping[str, Kind]) -> Kind:
    if constant(node.expression) == 0:
        raise ExpressionProblem("除以零；会为零的分母请写成列或量，为零时得到未知")
    return _same(operands(node), names, ("number",))


def _between(node: Node, names: Mapping[str, Kind]) -> Kind:
    low, high = constant(node.args["low"]), constant(node.args["high"])
    if low is not None and high is not None and low > high:
        raise ExpressionProblem("BETWEEN 的下限大于上限")
    return _expect("number", "date", gives="boolean")(node, names)


def constant(node: Node) -> Decimal | None:
    """The number an expression without names gives; None if it has names, divides by zero or is no number."""
    if isinstance(node, exp.Literal) and not node.args["is_string"]:
        return Decimal(node.name) if _PLAIN_NUMBER.fullmatch(node.name) else None
    parts = [constant(part) for part in operands(node)]
    known = [part for part in parts if part is not None]
    if len(known) != len(parts) or type(node) not in _REDUCE or (isinstance(node, exp.Div) and known[1] == 0):
        return None
    return _REDUCE[type(node)](*known)


def _in(node: Node, names: Mapping[str, Kind]) -> Kind:
    if not node.expressions or not all(isinstance(part, exp.Literal) for part in node.expressions):
        raise ExpressionProblem("IN 之后须列出文字或数字")
    return _expect("text", "number", gives="boolean")(node, names)


def _has_term(node: Node, names: Mapping[str, Kind]) -> Kind:
    if kind_of(node.this, names) != "terms" or not _is_text_literal(node.expression):
        raise ExpressionProblem("list_contains 须写作 list_contains(多值列, '文字')")
    return "boolean"


def _text_test(node: Node, names: Mapping[str, Kind]) -> Kind:
    if kind_of(node.this, names) not in ("text", "terms") or not _is_text_literal(node.expression):
        raise ExpressionProblem(f"{_TEXT_TESTS[type(node)]} 须写作 {_TEXT_TESTS[type(node)]}(文字列, '文字')")
    return "boolean"


def _is_text_literal(node: Node) -> bool:
    return isinstance(node, exp.Literal) and bool(node.args["is_string"])


_KIND_RULES: Final[tuple[tuple[tuple[type[Node], ...], Callable[[Node, Mapping[str, Kind]], Kind]], ...]] = (
    ((exp.Column,), _column),
    ((exp.Literal,), _literal),
    ((exp.Boolean,), lambda _node, _names: "boolean"),
    ((exp.Cast,), _date_literal),
    ((exp.Paren,), _paren),
    ((exp.And, exp.Or, exp.Not), _expect("boolean")),
    (tuple(EQUALITY), _expect("number", "text", "date", "boolean", gives="boolean")),
    (tuple(ORDER), _expect("number", "date", gives="boolean")),
    ((exp.Between,), _between),
    ((exp.Div,), _divide),
    ((*ARITHMETIC, exp.Neg, exp.Abs), _expect("number")),
    ((exp.Is,), _is),
    ((exp.In,), _in),
    ((exp.ArrayContains,), _has_term),
    (tuple(_TEXT_TESTS), _text_test),
    (tuple(_DATE_PARTS), _expect("date", gives="number")),
)
