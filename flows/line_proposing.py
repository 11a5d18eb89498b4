"""Next year's monitoring line as the command asks for it: what is given by hand, else what the references know."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from errors import UserError
from rules.line import Inputs, Known, growth_between, in_force, propose, told
from rules.load import load_references
from settings import Settings

_DECEMBER = (12, 31)


@dataclass(frozen=True)
class Given:
    """What was typed, as text; None where the references are to be asked."""

    line: str | None
    prices: str | None
    growth: str | None
    dibao: str | None
    weights: str


def proposed_line(settings: Settings, area: str, year: int | None, given: Given, step: int) -> str:
    """The arithmetic, line by line.  Raises UserError for what is no area and no number."""
    _check_area(area)
    wanted = year or settings.as_of.year + 1
    found = _from_references(settings, area, wanted)
    inputs = Inputs(
        line=_given("--line", given.line, 1, 100_000) or found.line,
        prices=_given("--cpi", given.prices, 50, 200),
        growth=_given("--income-growth", given.growth, -50, 100) or found.growth,
        dibao=_given("--dibao", given.dibao, 1, 10_000) or found.dibao,
    )
    return told(propose(inputs, _weights(given.weights), step), inputs, area, wanted)


def _from_references(settings: Settings, area: str, year: int) -> Inputs:
    """The line of the year before, the newest growth of income, and the newest 低保 standard that the references know."""
    references = load_references(settings.home.office_layer("reference"))
    before, following = date(year - 1, *_DECEMBER), date(year, *_DECEMBER)
    income = references["rural_income_per_head"]
    used = [in_force(income, area, date(year - back, *_DECEMBER)) for back in (2, 1, 0)]
    return Inputs(
        line=in_force(references["monitoring_line"], area, before),
        prices=None,
        growth=growth_between(used[1], used[2]) or growth_between(used[0], used[1]),
        dibao=in_force(references["dibao_standard"], area, following) or in_force(references["dibao_standard"], area, before),
    )


def _check_area(area: str) -> None:
    if not (area.isdigit() and area.isascii() and 2 <= len(area) <= 12):
        raise UserError(file="--area", expected="2 至 12 位数字的行政区划代码", found="不是这样", do="改正后重试")


def _given(option: str, text: str | None, least: int, most: int) -> Known | None:
    return None if text is None else Known(_number(option, text, least, most), f"手工输入 {option}，请另附来源")


def _weights(text: str) -> tuple[Decimal, Decimal, Decimal]:
    parts = [_number("--weights", part, 0, 1000) for part in text.split(",")]
    if len(parts) != 3 or not any(parts):
        raise UserError(file="--weights", expected="三个不小于 0、不全为 0 的数，如 1,1,1", found="不是这样", do="改正后重试")
    return parts[0], parts[1], parts[2]


def _number(option: str, text: str, least: int, most: int) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not least <= number <= most:
        raise UserError(file=option, expected=f"{least:,} 至 {most:,} 之间的数", found="不是这样", do="改正后重试")
    return number
