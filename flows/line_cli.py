"""`fangpin line propose`: next year's monitoring line, computed in several ways, set by nobody."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from errors import UserError
from flows.options import DEFAULT_HOME, HomeOption
from rules.line import Inputs, Known, growth_between, in_force, propose, told
from rules.load import load_references
from settings import Settings, read_settings

line_app = typer.Typer(
    no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]}, help="防止返贫监测线（监测范围）。"
)

_DECEMBER = (12, 31)


@line_app.callback()
def _group() -> None:
    """防止返贫监测线（监测范围）。"""


@line_app.command(name="propose")
def propose_line(
    area: Annotated[str, typer.Option(metavar="CODE", help="行政区划代码的前几位，如 53、530100")],
    year: Annotated[int | None, typer.Option(min=2021, max=2100, help="为哪一年测算；缺省为明年")] = None,
    line: Annotated[str | None, typer.Option(metavar="元", help="上一年的线；缺省取参照值 monitoring_line")] = None,
    prices: Annotated[str | None, typer.Option("--cpi", metavar="指数", help="居民消费价格指数，上年为 100，如 100.2")] = None,
    growth: Annotated[
        str | None, typer.Option("--income-growth", metavar="百分数", help="农村收入增长；缺省由参照值的两年收入算出")
    ] = None,
    dibao: Annotated[str | None, typer.Option(metavar="元/月", help="农村低保标准；缺省取参照值 dibao_standard")] = None,
    weights: Annotated[str, typer.Option(metavar="物价,收入,低保", help="三种算法的权数；没有文件规定，缺省相等")] = "1,1,1",
    step: Annotated[int, typer.Option("--round", min=1, max=1000, help="四舍五入到多少元")] = 100,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """测算明年的监测线：按物价、按收入、按低保各算一遍，再加权，逐行列出算式。只打印，不写任何文件。"""
    settings = read_settings(home)
    _check_area(area)
    wanted = year or settings.as_of.year + 1
    found = _from_references(settings, area, wanted)
    inputs = Inputs(
        line=_given("--line", line, 1, 100_000) or found.line,
        prices=_given("--cpi", prices, 50, 200),
        growth=_given("--income-growth", growth, -50, 100) or found.growth,
        dibao=_given("--dibao", dibao, 1, 10_000) or found.dibao,
    )
    proposal = propose(inputs, _weights(weights), step)
    typer.echo(told(proposal, inputs, area, wanted))


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
