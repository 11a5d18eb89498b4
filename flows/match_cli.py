"""`fangpin match`: matching alone, why a row of the latest night was matched as it was, and new parameters proposed."""

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from errors import UserError
from flows.options import DEFAULT_HOME, HomeOption, JsonOption, print_json
from settings import TIME_ZONE, read_settings

match_app = typer.Typer(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})


@match_app.callback()
def match(
    context: typer.Context,
    roster: Annotated[Path | None, typer.Option(metavar="FILE", help="花名册文件")] = None,
    extract: Annotated[Path | None, typer.Option(metavar="FILE", help="待比对的数据文件")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="结果文件；缺省在数据旁边")] = None,
    parameters: Annotated[Path | None, typer.Option(metavar="FILE", help="另用一份比对参数")] = None,
    area_changes: Annotated[Path | None, typer.Option(metavar="FILE", help="本地的新旧区划代码对照")] = None,
    threads: Annotated[int | None, typer.Option(metavar="N", min=1, max=256, help="线程数；缺省为全部")] = None,
    memory_limit: Annotated[str, typer.Option(metavar="SIZE", help="内存上限；再多的放到磁盘")] = "3GiB",
    as_json: JsonOption = False,
) -> None:
    """只做比对：一份数据的每一行，是一份花名册里的谁。

    不需要数据文件夹、契约和规则。两个文件为 Parquet，或首行是列名的 CSV（UTF-8 或 GB18030），单元格照原样即可，不必清理。

    花名册的列：resident_id household_id name id_number sex birth_date place_code phone；
    可另有 place_name（地名，供对照以文字写的住址）和 residency（死亡或迁出）。

    数据的列：row_id，以及 name id_number sex birth_date place_code phone 中有的几列，姓名与号码至少其一。

    结果的列：row_id resident_id decision method probability runner_up，一行对一行，次序同数据；
    写成 .parquet 或 .csv，缺省为数据的文件名换成 .links.parquet。结果与线程数、行的次序无关。

    decision：linked 自动认定；review 交人工核对，resident_id 是最可能的人，runner_up 其次；no_resident 不在花名册。

    例：fangpin match --roster roster.parquet --extract extract.csv --out links.parquet
    """
    if context.invoked_subcommand is not None:
        return
    if roster is None or extract is None:
        raise UserError(
            file="fangpin match", expected="--roster 与 --extract 两个文件", found="没有给全", do="见 fangpin match --help"
        )
    from flows import match_show
    from flows.matching_alone import Basis, Limits, match_files

    limits = Limits(threads or os.cpu_count() or 1, _size(memory_limit))
    done = match_files(roster, extract, out, Basis(parameters, area_changes), limits)
    print_json(done.json()) if as_json else match_show.matched(done)


@match_app.command()
def explain(
    row: Annotated[str, typer.Argument(metavar="ROW", help="数据行编号、文件名:行号或比对编号")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """最近一夜的某一行为什么这样认定。

    列出每名候选人：逐项一致到什么程度，凭 m 与 u 值多少（比特），合计、先验、概率，结论及理由。只有编号，没有姓名。

    ROW：links.parquet 的 row_id；或文件名（可只写末段）加冒号加第几行数据；或待人工比对清单上的比对编号。
    """
    from flows import match_show
    from flows.match_explaining import explain_row

    found = explain_row(read_settings(home).home, row)
    print_json(found.json()) if as_json else match_show.explained(found)


@match_app.command()
def estimate(
    roster: Annotated[Path | None, typer.Option(metavar="FILE", help="花名册文件")] = None,
    extract: Annotated[Path | None, typer.Option(metavar="FILE", help="数据文件")] = None,
    home: Annotated[Path | None, typer.Option("--home", help="不用文件，而用该数据文件夹最近一夜的行与人工比对结论")] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="提议写在哪里")] = Path("parameters.proposed.yaml"),
    parameters: Annotated[Path | None, typer.Option(metavar="FILE", help="从这份参数出发（只用于文件）")] = None,
    area_changes: Annotated[Path | None, typer.Option(metavar="FILE", help="本地的新旧区划代码对照（只用于文件）")] = None,
    seed: Annotated[int, typer.Option(min=0, help="抽取随机对的种子；同一种子得同一结果")] = 1,
    threads: Annotated[int | None, typer.Option(metavar="N", min=1, max=256, help="线程数；缺省为全部")] = None,
    memory_limit: Annotated[str, typer.Option(metavar="SIZE", help="内存上限；再多的放到磁盘")] = "3GiB",
    as_json: JsonOption = False,
) -> None:
    """重新估计比对参数：写成一份提议，由办公室核对后自行启用。

    不需要标注：u 取自随机的对，m 用 EM 估计；有人工比对结论时一并采用，结论足够多时还校准概率。

    文件：--roster 与 --extract，格式同 fangpin match；或 --home，取最近一夜。正在使用的参数不会被改动：
    核对之后，把提议放到数据文件夹的 matching/parameters.yaml，下一夜起使用。
    """
    from flows import estimate_show
    from flows.match_estimating import Task, estimate_files, estimate_home
    from flows.matching_alone import Basis, Limits

    today = datetime.now(ZoneInfo(TIME_ZONE)).date()
    task = Task(out, seed, today, Limits(threads or os.cpu_count() or 1, _size(memory_limit)))
    if home is not None and roster is None and extract is None:
        done = estimate_home(read_settings(home).home, task)
    elif home is None and roster is not None and extract is not None:
        done = estimate_files(roster, extract, Basis(parameters, area_changes), task)
    else:
        raise UserError(
            file="fangpin match estimate",
            expected="--roster 与 --extract 两个文件，或者 --home",
            found="没有给全，或两样都给了",
            do="见 fangpin match estimate --help",
        )
    print_json(done.json()) if as_json else estimate_show.estimated(done)


def _size(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", text):
        raise UserError(file="--memory-limit", expected="形如 3GiB 或 800MB 的数", found="不是这样的数", do="改正后重试")
    return text
