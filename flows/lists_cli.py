"""`fangpin lists verify`: has a list been changed since the night that made it."""

from pathlib import Path
from typing import Annotated

import typer

from flows.options import DEFAULT_HOME, HomeOption, JsonOption, print_json
from settings import read_settings

lists_app = typer.Typer(
    help="名单包：核对文件和行是否与当夜发出时一致。",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@lists_app.callback()
def lists() -> None:
    """名单包：核对文件和行是否与当夜发出时一致。"""


@lists_app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="一个县的名单文件夹，或一夜的 lists/<日期>")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """与清单、审计日志核对：哪个文件、哪一行被改动、缺少或多出，每项一行；一致则退出码为 0，否则为 1。"""
    from flows.lists_verifying import verify as compare

    found = compare(read_settings(home).home, folder)
    if as_json:
        print_json(found.json())
    else:
        for line in found.found or (f"一致：{found.packages} 个县的名单与当夜发出时相同",):
            typer.echo(line)
    if found.found:
        raise typer.Exit(1)
