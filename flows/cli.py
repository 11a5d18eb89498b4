"""The command line.  A user error is one message and its exit code, never a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from errors import CatalogueError, Fault, UserError
from flows import case_cli, explain_cli, purge_cli, quarantine_cli, try_cli
from flows.answer_cli import answers_app
from flows.fetch_cli import fetch
from flows.handbook_cli import handbook
from flows.line_cli import line_app
from flows.lists_cli import lists_app
from flows.match_cli import match_app
from flows.options import DEFAULT_HOME, AsOfOption, HomeOption, JsonOption, day, print_json
from flows.quarter_cli import quarter
from flows.rule_cli import rule_app
from flows.running import PlainSteps, discreet, quiet_packages
from flows.source_cli import source_app
from settings import Home, read_settings

app = typer.Typer(
    help="防贫：每晚比对各部门数据，排出需要入户核实的农户名单。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(answers_app, name="answers")
app.add_typer(match_app, name="match")
app.add_typer(line_app, name="line")
app.add_typer(lists_app, name="lists")
app.add_typer(rule_app, name="rule")
app.add_typer(source_app, name="source")
app.command()(fetch)
app.command()(handbook)
app.command()(quarter)
quarantine_cli.add_to(app)
explain_cli.add_to(app)
try_cli.add_to(app)
case_cli.add_to(app)
purge_cli.add_to(app)


@app.command()
def demo(
    home: HomeOption = DEFAULT_HOME,
    residents: Annotated[int, typer.Option(min=200, max=20_000_000, help="农村人口数")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="同一种子得到同一个县")] = 1,
    as_of: AsOfOption = None,
    rate: Annotated[
        list[str] | None, typer.Option(metavar="NAME=SHARE", help="某种差错或变故的比率，可重复，如 id_missing=0.02")
    ] = None,
) -> None:
    """造一个虚构的县：收件箱文件与真相（人员与数据均为虚构）。"""
    from flows import show
    from flows.demo import invent_county

    root = Home(home.expanduser().resolve())
    show.invented(invent_county(root, residents, seed, day(as_of), rate or ()), root)


@app.command(name="demo-visits")
def demo_visits(
    home: HomeOption = DEFAULT_HOME,
    days: Annotated[int, typer.Option(min=1, max=90, help="最近一夜之后多少天内入户并报回")] = 12,
    percent: Annotated[int, typer.Option(min=1, max=100, help="每份名单走访的百分比")] = 70,
) -> None:
    """在虚构的县里代县里入户：按真相回填最近一夜的名单与未办结台账，放进收件箱。"""
    from flows import show
    from flows.invented_visits import visit_invented

    show.visited(visit_invented(Home(home.expanduser().resolve()), days, percent))


@app.command()
def night(home: HomeOption = DEFAULT_HOME, as_of: AsOfOption = None, as_json: JsonOption = False) -> None:
    """跑完一整夜：接收、检验、比对、研判、排序、核账、发布。"""
    quiet_packages()
    from flows import show
    from flows.nightly import night as run_night

    summary = run_night(read_settings(home, day(as_of)), PlainSteps(show.stage))
    print_json(summary.json()) if as_json else show.night(summary)


@app.command()
def check(home: HomeOption = DEFAULT_HOME) -> None:
    """检查 office.yaml、audiences.yaml、connections.yaml 与全部契约、检查、规则、参照值，并逐条运行检查与规则的样例。"""
    from casework.clocks import years_ahead
    from casework.workdays import told_of
    from flows import show
    from flows.declared import failing_examples, finished_drafts, read_catalogue
    from flows.fetching import check_connections
    from flows.places_known import uninhabited
    from flows.retaining import check_terms, needs_of

    settings = read_settings(home)
    root, office = settings.home, settings.office
    catalogue = read_catalogue(root)
    check_connections(root, catalogue.contracts)
    check_terms(office, catalogue.contracts, needs_of(catalogue.rules), root.office_file)
    drafts = finished_drafts(root)
    failures = failing_examples(catalogue)
    show.checked(catalogue, failures)
    show.finished(drafts)
    show.noted((*uninhabited(root, catalogue), *told_of(years_ahead(office.clocks, office.holidays, settings.as_of))))
    if failures:
        raise CatalogueError(
            file="检查与规则的样例",
            expected="每项检查、每条规则都如自己的例子所写",
            found=f"{len(failures)} 个例子不成立（已逐条列出）",
            do="改正检查、规则或例子后再运行 fangpin check",
        )


@app.command()
def sql(
    rule: Annotated[str, typer.Argument(help="规则编号")], home: HomeOption = DEFAULT_HOME, as_of: AsOfOption = None
) -> None:
    """一条规则变成的 SQL。"""
    from flows.declared import rule_sql

    settings = read_settings(home, day(as_of))
    typer.echo(rule_sql(settings, rule))


@app.command()
def serve(
    home: HomeOption = DEFAULT_HOME, cron: Annotated[str, typer.Option(help="北京时间的 cron 表达式")] = "0 2 * * *"
) -> None:
    """按时自动运行（Prefect）：每夜一次，每季度首日出上季报告；北京时间，一次只跑一个。"""
    quiet_packages()
    from flows.serving import serve_nightly

    serve_nightly(home.expanduser().resolve(), cron)


def main() -> None:
    """Console entry: runs a command, turns our errors into messages and exit codes."""
    with _explained():
        app(standalone_mode=True)


@contextmanager
def _explained() -> Iterator[None]:
    """Messages instead of tracebacks; an exception's own text may hold a person's value and is only shown on request."""
    try:
        with discreet():
            yield
    except UserError as problem:
        _stop(str(problem), problem.exit_code)
    except Fault as problem:
        _stop(
            f"程序缺陷，本次未发布任何结果：{problem}\n"
            "  处理：请把这一行报告给维护者；设 FANGPIN_DEBUG=1 重新运行可见详情（详情可能含个人信息，勿外传）",
            problem.exit_code,
        )


def _stop(message: str, code: int) -> None:
    typer.echo(message, err=True)
    sys.exit(code)
