"""`fangpin quarantine` and `fangpin replay`: what waits, and the rows sent through again after a contract was mended."""

from typing import Annotated

import typer

from flows.options import DEFAULT_HOME, HomeOption, JsonOption, print_json
from flows.running import PlainSteps, quiet_packages
from settings import read_settings

SourceOption = Annotated[str | None, typer.Option("--source", metavar="SOURCE", help="只看这一个来源")]


def add_to(app: typer.Typer) -> None:
    """Give the application these commands."""
    app.command()(quarantine)
    app.command()(replay)


def quarantine(home: HomeOption = DEFAULT_HOME, source: SourceOption = None, as_json: JsonOption = False) -> None:
    """最近一夜隔离了哪些行、暂停了哪些文件：按来源、列与问题计数，隔离了多久，哪些已经更正。"""
    from flows import quarantine_show
    from flows.declared import read_catalogue
    from flows.quarantined import known_source, waiting

    root = read_settings(home).home
    known_source(source, tuple(read_catalogue(root).contracts))
    found = waiting(root, source)
    print_json(found.json()) if as_json else quarantine_show.waiting(found)


def replay(home: HomeOption = DEFAULT_HOME, source: SourceOption = None, as_json: JsonOption = False) -> None:
    """契约或取值表改好之后，把最近一夜的行重新过一遍：隔离的行去了哪里，前后各是多少。不收新文件；没有变化就什么也不做。"""
    quiet_packages()
    from flows import quarantine_show, show
    from flows.replaying import replay as run_replay

    done = run_replay(read_settings(home), PlainSteps(show.stage), source)
    print_json(done.json()) if as_json else quarantine_show.replayed(done, source)
