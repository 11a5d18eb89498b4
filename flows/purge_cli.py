"""`fangpin purge`: what has outlived its term, and with --yes its removal."""

from typing import Annotated

import typer

from flows.options import DEFAULT_HOME, HomeOption, JsonOption, print_json
from settings import read_settings


def add_to(app: typer.Typer) -> None:
    """Give the application this command."""
    app.command()(purge)


def purge(
    home: HomeOption = DEFAULT_HOME,
    yes: Annotated[bool, typer.Option("--yes", help="真的清除；不写则只列出将要清除的")] = False,
    as_json: JsonOption = False,
) -> None:
    """按保存期限清除：分类列出已过期限的数据；加 --yes 才真的清除，并记入 audit.jsonl。"""
    from flows.purging import purge_home
    from flows.retaining import CLASSES

    done = purge_home(read_settings(home), is_meant=yes)
    if as_json:
        print_json(done.json())
        return
    typer.echo(f"{'已清除' if yes else '将清除（尚未清除任何东西）'}，以 {done.as_of} 计：")
    for key, title in CLASSES.items():
        typer.echo(f"  {title}：{done.things.get(key, 0):,} 项，{done.rows.get(key, 0):,} 行")
    for line in done.kept:
        typer.echo(f"  保留：{line}")
    typer.echo("  收件夹（inbox/）里的文件不由本程序清除，请按本单位规定自行处理。")
    if not yes:
        typer.echo("加 --yes 真的清除；清除后不能恢复，较早的夜不能再重跑。")
