"""Expressions as DuckDB SQL, written by ourselves so that nothing reaches the engine that we do not know."""

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from engine import sql_text
from errors import Fault
from rules.expression import Node, operands

_LOGIC: Final = (exp.And, exp.Or, exp.Not, exp.Paren)

_TESTS: Final[Mapping[type[Node], str]] = {
    exp.And: "{0} AND {1}",
    exp.Or: "{0} OR {1}",
    exp.Not: "NOT {0}",
    exp.EQ: "{0} = {1}",
    exp.NEQ: "{0} <> {1}",
    exp.GT: "{0} > {1}",
    exp.GTE: "{0} >= {1}",
    exp.LT: "{0} < {1}",
    exp.LTE: "{0} <= {1}",
    exp.Is: "{0} IS {1}",
    exp.Between: "{0} BETWEEN {1} AND {2}",
}

_TEMPLATES: Final[Mapping[type[Node], str]] = {
    **_TESTS,
    exp.Paren: "({0})",
    exp.Null: "NULL",
    exp.Neg: "-({0})",
    exp.Abs: "abs({0})",
    exp.Year: "year({0})",
    exp.Month: "month({0})",
    exp.Add: "{0} + {1}",
    exp.Sub: "{0} - {1}",
    exp.Mul: "TRY_CAST(CAST({0} AS DECIMAL(38, 4)) * {1} AS DECIMAL(18, 4))",
    exp.Div: "TRY_CAST({0} / nullif({1}, 0) AS DECIMAL(18, 4))",
    exp.Contains: "contains({0}, {1})",
    exp.StartsWith: "starts_with({0}, {1})",
    exp.ArrayContains: "list_contains(string_split({0}, ','), {1})",
}


def to_sql(node: Node, names: Mapping[str, str] | None = None) -> str:
    """The expression as DuckDB SQL; `names` replaces columns by other SQL, which must be atomic or in brackets.

    Products and quotients are rounded to four decimals, so that no float ever decides; division by zero gives NULL.
    """
    match node:
        case exp.Column():
            return (names or {}).get(node.name, node.name)
        case exp.Literal():
            return sql_text(node.name) if node.args["is_string"] else str(node.name)
        case exp.Boolean():
            return "TRUE" if node.this else "FALSE"
        case exp.Cast():
            return f"DATE {sql_text(node.this.name)}"
        case exp.In():
            return f"{_operand(node, node.this, names)} IN ({', '.join(to_sql(part) for part in node.expressions)})"
    if type(node) not in _TEMPLATES:
        raise Fault(f"expression node {type(node).__name__} passed the white-list but has no SQL")
    return _TEMPLATES[type(node)].format(*(_operand(node, part, names) for part in operands(node)))


def _operand(parent: Node, part: Node, names: Mapping[str, str] | None) -> str:
    # A test inside another test or a sum is put in brackets: engines differ in what binds closer.
    text = to_sql(part, names)
    return f"({text})" if type(part) in {*_TESTS, exp.In} and not isinstance(parent, _LOGIC) else text
