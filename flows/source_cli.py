"""`fangpin source new`: a contract drafted from a sample of what a department sends."""

import re
from pathlib import Path
from typing import Annotated

import typer

from errors import UserError
from flows.options import DEFAULT_HOME, HomeOption
from settings import Home, read_settings

source_app = typer.Typer(
    no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]}, help="部门数据的契约。"
)

_ID = re.compile(r"[a-z][a-z0-9_]{0,47}")


@source_app.command()
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="部门送来的一份样本，最好有几十行以上")],
    name: Annotated[str, typer.Option("--id", metavar="ID", help="来源的编号，小写英文，如 water_supply")],
    home: HomeOption = DEFAULT_HOME,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="写到别处；缺省为数据文件夹的 sources/drafts/")] = None,
) -> None:
    """由一份样本起草契约：看得出的都填好，须由人决定的留作问题。

    草稿不含任何人的姓名、号码等内容，只有代码表的取值。答完问题后运行 fangpin check，再把文件放进收件夹。
    """
    from sources.contracts import load_contracts
    from sources.drafting.draft import draft
    from sources.drafting.sample import read_sample
    from sources.header import Unreadable

    root = read_settings(home).home
    target = _target(name, root, out)
    try:
        sample = read_sample(file)
        made = draft(name, file.name, sample, load_contracts(None))
    except FileNotFoundError:
        raise UserError(file=file, expected="一份样本文件", found="没有这个文件", do="核对路径") from None
    except (Unreadable, OSError) as problem:
        found = str(problem) if isinstance(problem, Unreadable) else "读不出来"
        raise UserError(file=file, expected="文本表、工作簿、JSON Lines 或 Parquet", found=found, do="换一份样本再试") from None
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.write_text(made.text, encoding="utf-8")
    typer.echo(f"看到 {sample.rows} 行、{len(sample.headers)} 列，表头在第 {sample.header_at + 1} 行。草稿：{target}")
    typer.echo(f"请在草稿中回答 {len(made.questions)} 个问题（# 请确定）：")
    for place, question in enumerate(made.questions, start=1):
        typer.echo(f"  {place}. {question}")
    typer.echo("草稿不影响夜间任务。答完后：")
    typer.echo("  1. fangpin check，直到它说草稿已填好")
    typer.echo(f"  2. 把草稿移到 {root.office_layer('sources')}/，它就是契约")
    typer.echo(f"  3. 把文件放进 {root.inbox / name}/，再运行 fangpin night")
    typer.echo("怎样写用到它的规则，见 docs/adding.zh-CN.md")


def _target(name: str, home: Home, out: Path | None) -> Path:
    """Where the draft goes.  Raises UserError for an id that is none, or a file that is there already."""
    from sources.contracts import BUILT_IN

    if not _ID.fullmatch(name):
        expected = "小写英文字母开头，只含小写字母、数字、下划线，至多 48 字"
        raise UserError(file="--id", expected=expected, found="不是这样", do="改正后重试")
    target = out or home.drafts / f"{name}.yaml"
    for taken in (target, home.office_layer("sources") / f"{name}.yaml", BUILT_IN / f"{name}.yaml"):
        if taken.exists():
            raise UserError(file=taken, expected="还没有的文件", found="已有这个文件", do="换一个 --id 或 --out，或先移走旧的")
    return target
