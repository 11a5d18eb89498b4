"""SQL that reads numbers: thousands separators, signs wherever bookkeepers put them, and the units a contract knows."""

from typing import Final

from engine import sql_text
from sources.cells import Step, said_steps
from sources.fact import Fact
from sources.units import YUAN, shifts
from tables import FACT_TYPES

_MINUSES: Final = "−–﹣负"
_CURRENCY: Final = r"^([-+(]?) *(?:人民币|RMB|CNY)? *[¥￥]? *"
_BLANK_FORM: Final = "[¥￥元圆 ]*"
_PARENTHESES: Final = r"^\(([^()]*)\)(\D*)$"
_TRAILING_MINUS: Final = r"^([\d.,]+) ?-(\D*)$"
_GROUPS: Final = r"^([-+]?) *(\d+|\d{1,3}(?:,\d{3})+)?(?:\.(\d*))? *(\D*)$"
_USUAL: Final = {"integer": r"-?\d{1,18}", "money": r"-?\d{1,15}(\.\d{1,9})?", "decimal": r"-?\d{1,13}(\.\d{1,9})?"}
_USUAL_GROUPED: Final = r"-?\d{1,3}(,\d{3}){1,4}(\.\d{1,9})?"
_USUAL_WHOLE_GROUPED: Final = r"-?\d{1,3}(,\d{3}){1,5}"
_USUAL_SHIFTED: Final = r"-?\d{1,12}(\.\d{1,6})?"


def usual(fact: Fact, cell: str) -> str:
    """SQL for the value of a cell in a usual form: digits, perhaps in groups, in the unit of the column; null for any other."""
    sql_type = FACT_TYPES[fact.type].sql
    shift = _shifts(fact)[""]
    if fact.type == "integer" and shift != 0:
        return "NULL::BIGINT"
    if shift == 0:
        pattern = _USUAL_WHOLE_GROUPED if fact.type == "integer" else _USUAL_GROUPED
        grouped = f"WHEN {_is(cell, pattern)} THEN TRY_CAST(replace({cell}, ',', '') AS {sql_type})"
        return f"CASE WHEN {_is(cell, _USUAL[fact.type])} THEN TRY_CAST({cell} AS {sql_type}) {grouped} END"
    factor = 10**shift if shift > 0 else f"0.{'0' * (-shift - 1)}1"
    exact = f"TRY_CAST(CAST({cell} AS DECIMAL(28,6)) * {factor} AS {sql_type})"
    return f"CASE WHEN {_is(cell, _USUAL_SHIFTED)} THEN {exact} END"


def steps(fact: Fact) -> tuple[Step, ...]:
    """From `written` to `said` and `value`.  The point is shifted in the text: there is one rounding, half away from zero.

    Without a digit, or followed by what is no unit of the contract, it is no number: nothing is guessed.
    """
    powers = " ".join(f"WHEN {sql_text(name)} THEN {power}" for name, power in _shifts(fact).items())
    signed = f"translate(said, '{_MINUSES}', '{'-' * len(_MINUSES)}')"
    is_money = YUAN in _shifts(fact)
    if is_money:
        signed = _replaced(signed, _CURRENCY, r"\1")
    return (
        *said_steps(fact, _BLANK_FORM if is_money else ""),
        {"signed": signed},
        {"amount": _minus_in_front("signed")},
        {"found": f"regexp_extract(amount, {sql_text(_GROUPS)}, ['sign', 'whole', 'part', 'unit'])"},
        {
            "sign": "found.sign",
            "whole": "replace(found.whole, ',', '')",
            "part": "found.part",
            "shift": f"CASE WHEN found.whole || found.part <> '' THEN CASE rtrim(found.unit) {powers} END END",
        },
        {"digits": _shifted("shift")},
        {"value": _typed(fact)},
    )


def _shifts(fact: Fact) -> dict[str, int]:
    is_money = fact.type == "money"
    return shifts(fact.unit or (YUAN if is_money else ""), fact.sent_in, is_money)


def _is(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {sql_text(pattern)})"


def _minus_in_front(text: str) -> str:
    """A number in parentheses is negative, as bookkeepers write; so is one that a minus follows."""
    parentheses, trailing = (_replaced(text, pattern, r"-\1\2") for pattern in (_PARENTHESES, _TRAILING_MINUS))
    return f"CASE WHEN starts_with({text}, '(') THEN {parentheses} WHEN contains({text}, '-') THEN {trailing} ELSE {text} END"


def _replaced(text: str, pattern: str, by: str) -> str:
    return f"regexp_replace({text}, {sql_text(pattern)}, {sql_text(by)})"


def _shifted(shift: str) -> str:
    """The digits of `whole` and `part` with their point moved to the right by `shift` places, to the left if it is negative."""
    padded = f"lpad(whole, greatest(length(whole), -{shift})::INTEGER, '0')"
    return f"""CASE WHEN {shift} >= 0 THEN whole || rpad(part, {shift}, '0') || '.' || substr(part, {shift} + 1)
        WHEN {shift} < 0 THEN left({padded}, length({padded}) + {shift}) || '.' || right({padded}, -{shift}) || part END"""


def _typed(fact: Fact) -> str:
    if fact.type == "integer":
        return r"CASE WHEN regexp_full_match(digits, '\d+\.0*') THEN TRY_CAST(sign || split_part(digits, '.', 1) AS BIGINT) END"
    return f"TRY_CAST(sign || digits AS {FACT_TYPES[fact.type].sql})"
