"""`fangpin fetch`: ask the departments' databases now, as a night does by itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from errors import FetchFailed, UnknownId
from flows.options import DEFAULT_HOME, HomeOption, JsonOption, print_json
from settings import Home, read_settings

if TYPE_CHECKING:
    from flows.fetching import Fetched
    from sources.contract import Contract


def fetch(
    source: Annotated[str | None, typer.Argument(help="来源编号；缺省为契约写有 query 的全部来源")] = None,
    home: HomeOption = DEFAULT_HOME,
    is_whole: Annotated[bool, typer.Option("--whole", help="取全部的行，不只是近期的")] = False,
    as_json: JsonOption = False,
) -> None:
    """现在就向各部门的数据库取数；夜间任务自己会取，此命令用于试连和补取。

    数据库的地址与帐号写在数据文件夹的 connections.yaml；取到的数据由下一夜接收。
    """
    from engine import connect
    from flows.fetching import fetch_all
    from flows.running import alone, prepare

    settings = read_settings(home)
    wanted = _wanted(settings.home, source)
    prepare(settings.home)
    office = settings.office
    with alone(settings.home), connect(settings.home.work, office.threads, office.memory_limit) as db:
        fetched = fetch_all(settings, db, wanted, is_whole=is_whole)
    print_json(_plain(fetched)) if as_json else _show(fetched, wanted)
    if fetched.problems:
        raise FetchFailed(
            file=settings.home.connections_file,
            place="、".join(problem.file for problem in fetched.problems),
            expected="每个数据库都答复",
            found="\n        ".join(problem.message for problem in fetched.problems),
            do="按原因改正后重试；夜间任务不因此停下，沿用以前取到的数据",
        )


def _wanted(home: Home, source: str | None) -> "Sequence[Contract]":
    """The feeds to ask for.  Raises UnknownId if the one named is none of them."""
    from flows.declared import read_catalogue
    from flows.fetching import asked_for

    asked = {contract.id: contract for contract, _ in asked_for(read_catalogue(home).contracts)}
    if source is not None and source not in asked:
        raise UnknownId(
            file="fangpin fetch",
            expected=f"契约写有 query 的来源（{'、'.join(asked) or '现在没有'}）",
            found="不是其中之一",
            do="改正来源编号，或在它的契约里写 query",
        )
    return list(asked.values()) if source is None else [asked[source]]


def _show(fetched: "Fetched", wanted: "Sequence[Contract]") -> None:
    titles = {contract.id: contract.title for contract in wanted}
    for answer in fetched.answers:
        receipt = answer.receipt
        news = "有变化，下一夜接收" if answer.is_new else "与上次所取相同"
        typer.echo(f"{titles[receipt.source]}：{receipt.rows:,} 行，{answer.seconds:.1f} 秒，{news}")
    if not wanted:
        typer.echo("没有契约写有 query，无数可取")


def _plain(fetched: "Fetched") -> dict[str, object]:
    answers = {
        answer.receipt.source: {
            "rows": answer.receipt.rows,
            "seconds": answer.seconds,
            "is_new": answer.is_new,
            "batch_id": answer.receipt.batch_id,
        }
        for answer in fetched.answers
    }
    return {"fetched": answers, "problems": {problem.file: problem.message for problem in fetched.problems}}
