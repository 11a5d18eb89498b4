"""`fangpin quarter`: the report of a quarter, by hand."""

from typing import Annotated

import typer

from flows.options import DEFAULT_HOME, HomeOption, some_day
from settings import read_settings


def quarter(
    home: HomeOption = DEFAULT_HOME,
    until: Annotated[
        str | None, typer.Option("--until", metavar="YYYY-MM-DD", help="哪一天所在的季度，写到这一天为止；缺省为刚结束的季度")
    ] = None,
) -> None:
    """季度研判报告：一个季度各夜的结果合成一页，可离线阅读、打印为 PDF。不含任何人的信息。"""
    from flows.quarterly import make_quarter

    typer.echo(make_quarter(read_settings(home), some_day(until, "--until") if until else None))
