"""`fangpin simulate`, `fangpin diff` and `fangpin backtest`: rules tried on real nights before anything is changed."""

from pathlib import Path
from typing import Annotated

import typer

from flows.options import DEFAULT_HOME, HomeOption, JsonOption, day, print_json, some_day
from flows.running import PlainSteps, quiet_packages
from settings import Home, read_settings

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="RULE.THRESHOLD=NUMBER",
        help="要试的数，可写多个：规则.标准=数；[脱贫户,监测对象] 或 [area:430121] 限定范围；规则.off=true 停用、false 启用",
    ),
]
RulesOption = Annotated[Path | None, typer.Option("--rules", metavar="FILE", help="要试的规则文件，或装有规则文件的文件夹")]
NightOption = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="在哪一夜上试；缺省为最近一夜")]
PageOption = Annotated[Path | None, typer.Option("--out", metavar="PAGE.html", help="另写一页可离线打开的网页")]


def add_to(app: typer.Typer) -> None:
    """Give the application these commands."""
    app.command()(simulate)
    app.command()(diff)
    app.command()(backtest)


def simulate(
    settings: SetOption = None,
    rules: RulesOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_of: NightOption = None,
    out: PageOption = None,
    as_json: JsonOption = False,
) -> None:
    """试算：改一个标准或一条规则，各县谁会新上名单、谁会退下、够不够人去核实。什么也不改动。"""
    from flows import try_show
    from flows.simulating import simulate as run_simulation
    from flows.try_pages import simulation_page

    found = run_simulation(_home(home), settings or (), rules, day(as_of))
    if out is not None:
        simulation_page(out, found)
    print_json(found.json()) if as_json else try_show.simulated(found, out)


def diff(
    first: Annotated[str, typer.Argument(metavar="NIGHT", help="较早的一夜，如 2026-10-30")],
    second: Annotated[str, typer.Argument(metavar="NIGHT", help="较晚的一夜")],
    home: HomeOption = DEFAULT_HOME,
    out: PageOption = None,
    as_json: JsonOption = False,
) -> None:
    """两夜的名单差在哪里：哪些户来了、哪些户走了，按数据、规则、比对、法律依据等原因分开，合计相符。"""
    from flows import try_show
    from flows.comparing import compare
    from flows.try_pages import diff_page

    found = compare(_home(home), some_day(first, "fangpin diff"), some_day(second, "fangpin diff"))
    if out is not None:
        diff_page(out, found)
    print_json(found.json()) if as_json else try_show.compared(found, out)


def backtest(
    first: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="第一夜")],
    last: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="最后一夜")],
    every: Annotated[int, typer.Option(min=1, max=366, help="隔几天一夜")] = 30,
    horizon: Annotated[int, typer.Option(min=1, max=730, help="名单之后多少天内的识别算数")] = 180,
    recompute: Annotated[bool, typer.Option("--recompute", help="有记录的夜也按现在的规则重跑（在临时文件夹里）")] = False,
    home: HomeOption = DEFAULT_HOME,
    out: PageOption = None,
    as_json: JsonOption = False,
) -> None:
    """回测：以往各夜按当夜所知的名单，与后来的识别对照：提前多少天、准不准、漏了谁、为什么漏。"""
    quiet_packages()
    from flows import show, try_show
    from flows.backtesting import backtest as run_backtest
    from flows.backtesting import nights_between
    from flows.try_pages import backtest_page

    nights = nights_between(some_day(first, "--from"), some_day(last, "--to"), every)
    found = run_backtest(read_settings(home), nights, horizon, PlainSteps(show.stage), recompute=recompute)
    if out is not None:
        backtest_page(out, found)
    print_json(found.json()) if as_json else try_show.backtested(found, out)


def _home(home: Path) -> Home:
    return read_settings(home).home
