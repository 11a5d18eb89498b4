"""Every declared check an office works with: the built-in catalogue, and the office's own layered over it."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from catalogue import load_layers
from errors import CatalogueError
from expectations.declared import ColumnTest, Declared
from sources.contract import Contract
from sources.fact import Fact

BUILT_IN: Final = Path(__file__).parent / "catalogue"

_NUMBERS: Final = ("integer", "money", "decimal")
_WORDS: Final = ("text", "code")
_FITS: Final[Mapping[str, tuple[str, ...]]] = {
    "any_of": _WORDS, "none_of": _WORDS, "has": ("terms",), "age": ("date",),
    "from_": (*_NUMBERS, "date"), "to": (*_NUMBERS, "date"),
}  # fmt: skip
"""Key of a test -> the types of column it can be asked of; `filled` fits all."""


def load_declared(office_layer: Path | None) -> dict[str, Declared]:
    """The checks by id, those switched off among them.  Raises CatalogueError if a file is wrong."""
    return load_layers([BUILT_IN] if office_layer is None else [BUILT_IN, office_layer], Declared)


def check(declared: Mapping[str, Declared], contracts: Mapping[str, Contract]) -> None:
    """Raise CatalogueError unless every check that is on speaks of feeds and columns there are, in a way their types allow."""
    for one in declared.values():
        if one.is_on and (problem := next(_problems(one, declared, contracts), None)):
            place, expected, found = problem
            raise CatalogueError(
                file=f"expectations/{one.id}.yaml",
                place=place,
                expected=expected,
                found=found,
                do="改正这项检查；不需要它时，在数据文件夹的 expectations/ 放同名文件，写 severity: off",
            )


def of_source(declared: Mapping[str, Declared], source: str) -> tuple[Declared, ...]:
    """The checks a feed's batches are asked, in order of id."""
    return tuple(one for _, one in sorted(declared.items()) if one.source == source and one.is_on)


def _problems(
    one: Declared, declared: Mapping[str, Declared], contracts: Mapping[str, Contract]
) -> Iterator[tuple[str, str, str]]:
    """Place, expected, found."""
    if one.source not in contracts:
        yield "source", f"已有的来源（{'、'.join(contracts)}）", f"没有 {one.source}"
        return
    facts = contracts[one.source].facts
    named = [(place, column) for place, column, _ in one.tests()] + list(_named(one))
    for place, column in named:
        if column not in facts:
            yield place, f"契约 {one.source} 的 facts 中的列", f"没有 {column}"
            return
    for place, column, test in one.tests():
        yield from ((f"{place}.{column}", expected, found) for expected, found in _misfits(facts[column], test))
    yield from _uncomparable(one, facts)
    yield from _unknown_there(one, declared, contracts)


def _named(one: Declared) -> Iterator[tuple[str, str]]:
    """The columns that are named outside of tests."""
    if one.at_most:
        yield from (("at_most", column) for column in (*one.at_most.left, *one.at_most.right))
    if one.group:
        yield from (("group.by", column) for column in one.group.by)
    if one.exists_in:
        yield "exists_in.here", one.exists_in.here


def _misfits(fact: Fact, test: ColumnTest) -> Iterator[tuple[str, str]]:
    """Expected and found, of one column's test."""
    for key in test.model_fields_set - {"filled"}:
        if fact.type not in _FITS[key]:
            yield f"{key.rstrip('_')} 用于 {'、'.join(_FITS[key])} 列", f"该列是 {fact.type}"
            return
    said = (*(test.any_of or ()), *(test.none_of or ()), *((test.has,) if test.has else ()))
    if fact.values is not None and (unknown := [value for value in said if value not in fact.values]):
        yield f"契约列出的取值（{'、'.join(fact.values)}）", unknown[0]
    for bound in (test.from_, test.to):
        if bound is not None and not _reads_as(fact.type, bound):
            yield "日期（如 2026-03-05）" if fact.type == "date" else "数（加引号）", bound


def _reads_as(kind: str, bound: str) -> bool:
    try:
        date.fromisoformat(bound) if kind == "date" else Decimal(bound)
    except (ValueError, InvalidOperation):
        return False
    return True


def _uncomparable(one: Declared, facts: Mapping[str, Fact]) -> Iterator[tuple[str, str, str]]:
    if one.at_most is None:
        return
    kinds = {facts[column].type for column in (*one.at_most.left, *one.at_most.right)}
    are_dates = kinds == {"date"} and len(one.at_most.left) == len(one.at_most.right) == 1 and one.at_most.tolerance == "0"
    if not are_dates and not kinds <= set(_NUMBERS):
        yield "at_most", "两边都是数，或一个日期对一个日期（无 tolerance）", "、".join(sorted(kinds))


def _unknown_there(
    one: Declared, declared: Mapping[str, Declared], contracts: Mapping[str, Contract]
) -> Iterator[tuple[str, str, str]]:
    """What a feed looks into must be judged before it, so no feed that is looked into looks into another itself."""
    if one.exists_in is None:
        return
    there = one.exists_in
    if there.source not in contracts or there.there not in contracts[there.source].facts:
        yield "exists_in", "已有的来源及其 facts 中的列", f"没有 {there.source}.{there.there}"
    elif (
        contracts[there.source].facts[there.there].type not in _WORDS
        or contracts[one.source].facts[there.here].type not in _WORDS
    ):
        yield "exists_in", "两边都是 text 或 code 列", "其他类型"
    elif contracts[there.source].is_barred:
        yield "exists_in.source", "可以读取的来源", f"{there.source} 只可查已签署授权的家庭"
    elif any(other.exists_in for other in of_source(declared, there.source)):
        yield "exists_in.source", "自己不查对其他来源的来源", there.source
