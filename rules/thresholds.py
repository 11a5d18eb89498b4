"""Values in force as SQL: CASE expressions over `place_code`, `household_type` and `judged_on`, first match wins."""

from collections.abc import Sequence
from decimal import Decimal

from engine import sql_text
from rules.values import InForce, Reference, Share, Threshold, ThresholdValue, by_precedence


def reference_case(reference: Reference) -> str:
    """The reference value in force where and when the event was, as a struct of value and document; else NULL."""
    return _case(
        [(value, _struct(_number(value.value), sql_text(value.document))) for value in by_precedence(reference.values)]
    )


def threshold_case(threshold: Threshold) -> str:
    """The threshold in force, as a struct of value and document; NULL, or a NULL value, where nothing is in force.

    One that is unset has its trial value everywhere and always: its rule is judged in examples only.
    """
    if threshold.trial is not None:
        return _struct(_number(threshold.trial), sql_text(threshold.unset))
    return _case([(value, _worth(value)) for value in by_precedence(threshold.values)])


def _worth(value: ThresholdValue) -> str:
    if not isinstance(value.value, Share):
        return _struct(_number(value.value), sql_text(value.document))
    base = f"ref__{value.value.of}"
    product = f"CAST({value.value.factor} * {base}.value AS DECIMAL(18, 4))"
    return _struct(product, f"{sql_text(value.document + '；')} || {base}.document")


def _struct(value: str, document: str) -> str:
    return f"{{'value': {value}, 'document': {document}}}"


def _number(value: Decimal) -> str:
    return f"CAST({value} AS DECIMAL(18, 4))"


def _case(branches: Sequence[tuple[InForce, str]]) -> str:
    # A missing place or household type must not fall through to the value for everybody else.
    needed = {"place_code": any(v.area for v, _ in branches), "household_type": any(_types(v) for v, _ in branches)}
    guards = [f"WHEN {name} IS NULL THEN NULL" for name, is_needed in needed.items() if is_needed]
    lines = [*guards, *(f"WHEN {_holds(value)} THEN {worth}" for value, worth in branches)]
    return "CASE\n        " + "\n        ".join(lines) + "\n    END"


def _types(value: InForce) -> tuple[str, ...]:
    return value.population if isinstance(value, ThresholdValue) else ()


def _holds(value: InForce) -> str:
    parts = [f"judged_on >= DATE '{value.since}'"]
    if value.until is not None:
        parts = [f"judged_on BETWEEN DATE '{value.since}' AND DATE '{value.until}'"]
    if value.area:
        parts.insert(0, f"starts_with(place_code, '{value.area}')")
    if _types(value):
        parts.insert(0, f"household_type IN ({', '.join(sql_text(name) for name in _types(value))})")
    return " AND ".join(parts)
