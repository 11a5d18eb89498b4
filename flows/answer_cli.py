"""`fangpin answers`: filled lists looked at before a night takes them in."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from flows.options import DEFAULT_HOME, AsOfOption, HomeOption, JsonOption, day, print_json
from flows.running import quiet_packages
from settings import read_settings

if TYPE_CHECKING:
    from flows.answer_checking import Checked

answers_app = typer.Typer(
    no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]}, help="回填的核实名单。"
)


_ELSEWHERE: Final = "这里只收核实名单：未办结台账放入 inbox/case_steps/，问题台账放入 inbox/problem_marks/"


@answers_app.callback()
def _answers() -> None:
    """So that `check` is a command of its own."""


@answers_app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="填好的核实名单，CSV 或 XLSX")],
    home: HomeOption = DEFAULT_HOME,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """逐个文件试读：多少行会被采用，多少行没有填，哪些行会退回、为什么。不收入任何一行。"""
    quiet_packages()
    from flows.answer_checking import check_answers

    found = check_answers(read_settings(home, day(as_of)), files)
    print_json({"files": [one.json() for one in found]}) if as_json else typer.echo("\n".join(_lines(found)))


def _lines(found: "Sequence[Checked]") -> Iterator[str]:
    for one in found:
        yield one.file
        if one.held is not None:
            yield f"  整份不能采用：{one.held}。{_ELSEWHERE}"
            continue
        repeated = f"，重复 {one.duplicate:,}" if one.duplicate else ""
        overruled = f"，被同一份里较晚的核实取代 {one.overruled:,}" if one.overruled else ""
        yield f"  {one.rows:,} 行：可采用 {one.taken:,}，没有填 {one.empty:,}，要退回 {one.refused:,}{overruled}{repeated}"
        for row in one.refusals:
            where = "".join((f"工作表“{row.sheet}”" if row.sheet else "", f"第 {row.line} 行" if row.line else ""))
            yield f"    {where}（{row.warning_id or '编号不明'}）：{row.reason}。处理：{row.cure or '改正后重填'}"
    yield "以上只是试读，没有收入任何一行；放入 inbox/answers/ 后由当夜收入。"
