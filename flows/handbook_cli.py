"""`fangpin handbook`: the rules as people read them."""

from pathlib import Path
from typing import Annotated

import typer

from flows.options import DEFAULT_HOME, HomeOption
from settings import read_settings


def handbook(
    home: HomeOption = DEFAULT_HOME,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="写到哪个文件夹；缺省为数据文件夹的 handbook/")] = None,
) -> None:
    """规则手册：每条规则用文字写明，供阅读、打印（HTML 与 Markdown）。

    由规则文件生成：对象、条件、各地各年的标准与文件、例子、近几夜的触发情况、未启用的原因。不含任何人的信息。
    """
    from flows.handbook import make_handbook

    settings = read_settings(home)
    for path in make_handbook(settings, out or settings.home.root / "handbook"):
        typer.echo(path)
