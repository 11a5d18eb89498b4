"""`fangpin line propose`: next year's monitoring line, computed in several ways, set by nobody."""

from typing import Annotated

import typer

from flows.options import DEFAULT_HOME, HomeOption
from settings import read_settings

line_app = typer.Typer(
    no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]}, help="防止返贫监测线（监测范围）。"
)


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
    from flows.line_proposing import Given, proposed_line

    given = Given(line=line, prices=prices, growth=growth, dibao=dibao, weights=weights)
    typer.echo(proposed_line(read_settings(home), area, year, given, step))
