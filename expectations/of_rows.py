"""What every row of a feed is asked, derived from its contract."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Final

from engine import sql_text
from expectations.checks import WHOLE_ROW, Check, null_in, quoted, rows_query
from expectations.reading import state_column, with_rounded_number, without_identity
from sources.contract import Contract
from sources.fact import RECEIVED_ON, Fact, FactType
from tables import FACT_TYPES, NOT_DATA

_FORMS: Final[dict[FactType, str]] = {
    "date": "可识别的日期（如 2025-03-01）",
    "integer": "整数",
    "money": "金额（数字，至多两位小数）",
    "decimal": "数字",
    "boolean": "是或否",
}
_EXACT: Final[dict[FactType, str]] = {"money": "DECIMAL(38,10)", "decimal": "DECIMAL(38,10)"}
"""A range's end may have more decimals than the column."""

_NOT_DATA: Final = ", ".join(map(sql_text, NOT_DATA))

_LISTED: Final = 12
"""So many allowed values are named in a message; a longer list is only counted."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks in a fixed order.  All are critical: a row that fails one is quarantined."""
    yield _row_is_whole()
    yield _is_data_row()
    yield from _of_identity(contract)
    for column, fact in contract.facts.items():
        if fact.type != "text":
            yield _converts(column, fact)
        if fact.required and column in contract.key:
            yield _is_filled("key_is_filled", column, "靠它认出是哪一行，不可为空")
        elif fact.required:
            yield _is_filled("not_null", column, "为必填，不可为空")
        if fact.range is not None:
            yield _in_range(column, fact, *fact.range)
            if fact.range[1] == RECEIVED_ON:
                yield _not_after_receipt(column)
        if fact.pattern is not None:
            yield _matches_pattern(column, fact.pattern, fact.pattern_says)
        if fact.type == "code" and fact.values is not None:
            yield _in_set(column, tuple(fact.values))


def _of_identity(contract: Contract) -> Iterator[Check]:
    if contract.identity.says_who:
        yield _has_identity(contract.id)
    if contract.identity.id_number is not None and contract.role == "extract":
        yield _number_is_exact(contract.id)


def _row_is_whole() -> Check:
    def build(library: ModuleType, common: dict[str, object]) -> object:
        return library.ExpectColumnValuesToBeInSet(column="damage", value_set=list(NOT_DATA), **common)

    bad = f"coalesce(damage NOT IN ({_NOT_DATA}), false)"
    return Check("row_is_whole", "", "critical", bad, "各单元格应与表头一一对应，不断行、不串列", build)


def _is_data_row() -> Check:
    """Totals and notes are rows that came, so they are counted; they are about nobody, so no more is asked of them."""

    def build(library: ModuleType, common: dict[str, object]) -> object:
        return library.ExpectColumnValuesToNotBeInSet(column="damage", value_set=list(NOT_DATA), **common)

    bad = f"coalesce(damage IN ({_NOT_DATA}), false)"
    return Check("is_data_row", "", "critical", bad, "应为数据行，不是合计、小计或填表人等附注", build)


def _has_identity(source: str) -> Check:
    bad = f"{WHOLE_ROW} AND row_id IN (SELECT row_id FROM {without_identity(source)})"
    return Check("has_identity", "", "critical", bad, "姓名与证件号码至少应填一项", rows_query(bad))


def _number_is_exact(source: str) -> Check:
    """What a spreadsheet dropped cannot be guessed.  A roster's rows stay: its numbers are listed for the office to mend."""
    bad = f"{WHOLE_ROW} AND row_id IN (SELECT row_id FROM {with_rounded_number(source)})"
    means = "证件号码应完整，不应被 Excel 改成科学计数或末尾补零；请把该列设为文本后重新录入"
    return Check("id_number_is_exact", "", "critical", bad, means, rows_query(bad))


def _converts(column: str, fact: Fact) -> Check:
    def build(library: ModuleType, common: dict[str, object]) -> object:
        return library.ExpectColumnValuesToNotBeInSet(
            column=state_column(column), value_set=["unconverted"], row_condition=null_in("damage"), **common
        )

    bad = f"{WHOLE_ROW} AND {_unconverted(column)}"
    return Check("converts", column, "critical", bad, f"应为{_form(fact)}", build)


def _is_filled(name: str, column: str, means: str) -> Check:
    """A value that was written but could not be converted is not empty: it fails `converts` alone."""

    def build(library: ModuleType, common: dict[str, object]) -> object:
        return library.ExpectColumnValuesToNotBeNull(column=state_column(column), row_condition=null_in("damage"), **common)

    bad = f"{WHOLE_ROW} AND {quoted(column)} IS NULL AND NOT {_unconverted(column)}"
    return Check(name, column, "critical", bad, means, build)


def _in_range(column: str, fact: Fact, low: str, high: str) -> Check:
    bounds = [low] if high == RECEIVED_ON else [low, high]

    def build(library: ModuleType, common: dict[str, object]) -> object:
        named = dict(zip(("min_value", "max_value"), (_bound(fact.type, bound) for bound in bounds), strict=False))
        return library.ExpectColumnValuesToBeBetween(column=column, row_condition=null_in("damage"), **named, **common)

    outside = [f"{quoted(column)} {op} {_literal(fact.type, bound)}" for op, bound in zip("<>", bounds, strict=False)]
    unit = fact.unit or ""
    means = "、".join(f"{word} {bound}{unit}" for word, bound in zip(("不小于", "不大于"), bounds, strict=False))
    bad = f"{WHOLE_ROW} AND coalesce({' OR '.join(outside)}, false)"
    return Check("in_range", column, "critical", bad, f"应{means}", build)


def _not_after_receipt(column: str) -> Check:
    def build(library: ModuleType, common: dict[str, object]) -> object:
        return library.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="received_on",
            column_B=column,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            row_condition=null_in("damage"),
            **common,
        )

    bad = f"{WHOLE_ROW} AND coalesce({quoted(column)} > received_on, false)"
    return Check("not_after_receipt", column, "critical", bad, "不应晚于收到文件的日期", build)


def _matches_pattern(column: str, pattern: str, says: str | None) -> Check:
    bad = f"{WHOLE_ROW} AND NOT coalesce(regexp_full_match({quoted(column)}, {sql_text(pattern)}), true)"
    return Check("matches_pattern", column, "critical", bad, f"应{says or f'符合格式 {pattern}'}", rows_query(bad))


def _in_set(column: str, values: tuple[str, ...]) -> Check:
    """Ingest maps codes to these values; the check says so again, independently, before a rule relies on it."""

    def build(library: ModuleType, common: dict[str, object]) -> object:
        return library.ExpectColumnValuesToBeInSet(
            column=column, value_set=list(values), row_condition=null_in("damage"), **common
        )

    listed = ", ".join(sql_text(value) for value in values)
    bad = f"{WHOLE_ROW} AND coalesce({quoted(column)} NOT IN ({listed}), false)"
    return Check("in_set", column, "critical", bad, f"应为{_among(values)}", build)


def _unconverted(column: str) -> str:
    return f"coalesce(list_contains(unconverted, {sql_text(column)}), false)"


def _form(fact: Fact) -> str:
    return _FORMS[fact.type] if fact.type in _FORMS else _among(tuple(fact.values or ()))


def _among(values: tuple[str, ...]) -> str:
    more = f"等 {len(values)} 种" if len(values) > _LISTED else ""
    return f"约定的取值（{'、'.join(values[:_LISTED])}{more}）"


def _literal(kind: FactType, bound: str) -> str:
    return f"CAST({sql_text(bound)} AS {_EXACT.get(kind, FACT_TYPES[kind].sql)})"


def _bound(kind: FactType, bound: str) -> date | float:
    """A range's end as Great Expectations takes it; it knows no decimals, and the ends are far below 2**53."""
    return date.fromisoformat(bound) if kind == "date" else float(Decimal(bound))
