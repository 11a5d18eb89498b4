"""`fangpin case` and `fangpin cases`: what became of a warning, and what is still to be done."""

from typing import Annotated

import typer

from flows.options import DEFAULT_HOME, HomeOption, JsonOption, PastOption, day, print_json
from settings import read_settings


def add_to(app: typer.Typer) -> None:
    """Give the application these commands."""
    app.command()(case)
    app.command()(cases)


def case(
    case_id: Annotated[str, typer.Argument(help="预警编号，见名单的“预警编号”列", metavar="预警编号")],
    who: Annotated[bool, typer.Option("--who", help="也显示核实人、经办人与备注（含个人信息，勿外传）")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_of: PastOption = None,
    as_json: JsonOption = False,
) -> None:
    """一户列入名单以后：办到哪一步、时限如何，以及从头到尾的记录（全程记录）。"""
    from flows import case_show
    from flows.casing import tell_case

    told = tell_case(read_settings(home).home, case_id, day(as_of), with_people=who)
    print_json(told.json()) if as_json else case_show.case(told)


def cases(
    county: Annotated[str | None, typer.Option("--county", metavar="县代码", help="只看这个县")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只看超期的")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_of: PastOption = None,
    as_json: JsonOption = False,
) -> None:
    """未办结的各户：按县、环节、时限的户数，以及最急的各户（只有预警编号，没有姓名）。"""
    from flows import case_show
    from flows.casing import open_cases

    told = open_cases(read_settings(home).home, day(as_of), county, only_overdue=overdue)
    print_json(told.json()) if as_json else case_show.cases(told)
