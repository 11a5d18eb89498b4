"""What several commands have in common: options, days that were typed, the object that `--json` prints."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from errors import UserError

HomeOption = Annotated[Path, typer.Option("--home", envvar="FANGPIN_HOME", help="数据文件夹")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象，供程序读取")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="以哪一天为“今天”；缺省为北京时间今天")]
PastOption = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="看哪一夜；缺省为最近一夜")]
DEFAULT_HOME: Final = Path("data")


def day(text: str | None) -> date | None:
    """The day `--as-of` names, if it does.  Raises UserError."""
    return None if text is None else some_day(text, "--as-of")


def some_day(text: str, option: str) -> date:
    """The day that was typed.  Raises UserError, which does not repeat it."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no time zone
    except ValueError:
        raise UserError(file=option, expected="形如 2026-10-31 的日期", found="不是这样的日期", do="改正后重试") from None


def print_json(value: object) -> None:
    """One JSON value on one line of stdout, for a program."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))
