"""What a contract says of who sends a row and of its versions: what orders them, and how a sender takes one back."""

from collections.abc import Mapping
from typing import Annotated, Protocol, Self

from pydantic import Field, model_validator

from catalogue import Part, wrong

Text = Annotated[str, Field(min_length=1)]


class Column(Protocol):
    """A fact, as far as is asked here."""

    @property
    def type(self) -> str: ...
    @property
    def required(self) -> bool: ...
    @property
    def values(self) -> Mapping[str, tuple[str, ...]] | None: ...


class Withdrawal(Part):
    """How a sender takes a row back: by a value in a column, or by a file whose every row names one that no longer holds."""

    column: str | None = None
    values: tuple[Text, ...] = ()
    """As the column stores them, e.g. 作废."""
    files: tuple[Text, ...] = ()
    """Patterns of file names, e.g. *撤销*; such a file has the feed's columns like any other."""

    @model_validator(mode="after")
    def _says_how(self) -> Self:
        if (self.column is None) != (not self.values):
            raise wrong("column 与 values 须同时给出")
        if self.column is None and not self.files:
            raise wrong("须有 column 与 values，或有 files")
        return self


def check_order(order_by: str | None, facts: Mapping[str, Column]) -> None:
    """Refuse an order that not every row has."""
    fact = facts.get(order_by or "")
    if order_by is not None and (fact is None or fact.type not in ("date", "integer") or not fact.required):
        raise wrong(f"order_by 的 {order_by} 须是 facts 中必填的日期或整数列")


def check_withdrawal(withdrawal: Withdrawal | None, facts: Mapping[str, Column]) -> None:
    """Refuse a column or values that no row can have."""
    if withdrawal is None or withdrawal.column is None:
        return
    fact = facts.get(withdrawal.column)
    if fact is None or fact.type not in ("code", "text"):
        raise wrong(f"withdrawal 的列 {withdrawal.column} 须是 facts 中的 code 或 text 列")
    if fact.values is not None and (unknown := sorted(set(withdrawal.values) - fact.values.keys())):
        raise wrong(f"withdrawal 的值不在该列的 values 中：{'、'.join(unknown)}")


def check_sending_unit(column: str | None, facts: Mapping[str, Column]) -> None:
    """The column that names the office that recorded a row must be one of words."""
    if column is not None and (column not in facts or facts[column].type not in ("text", "code")):
        raise wrong("sending_unit 须是 facts 中类型为 text 或 code 的一列，写明由哪个单位填报；不可是人名")
