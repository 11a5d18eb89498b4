"""`fangpin explain`: why a household is on a list or is not, on the terminal, for a program, or as pages to print."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from errors import UserError
from flows.options import DEFAULT_HOME, HomeOption, JsonOption, PastOption, day, print_json
from settings import Home, read_settings


def add_to(app: typer.Typer) -> None:
    """Give the application this command."""
    app.command()(explain)


def explain(
    warning_id: Annotated[str | None, typer.Argument(help="预警编号，见名单的“预警编号”列", metavar="[预警编号]")] = None,
    household: Annotated[
        str | None, typer.Option("--household", metavar="户编号", help="不看预警，看这一户：每条规则怎么说，未列入的原因")
    ] = None,
    county: Annotated[
        str | None, typer.Option("--list", metavar="县代码", help="这个县名单上的每一户，各一页（须与 --out 同用）")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="写成可打印的一页（不含姓名与证件号码）")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="--list 的各页写到这个文件夹")] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="只用预警列出的行重新判断，再逐行去掉，看结论变不变；不写预警编号则查全部预警")
    ] = False,
    sensitive: Annotated[bool, typer.Option("--sensitive", help="页面上也写出病种、残疾类别等敏感数据来源中的文字")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_of: PastOption = None,
    as_json: JsonOption = False,
) -> None:
    """这一户为什么在名单上，或者为什么不在：从预警一直追到文件的哪一行，还有哪些不清楚、哪些已经核实过。"""
    if replay:
        _replay(read_settings(home).home, warning_id, day(as_of))
        return
    from flows.explaining import explain_household, explain_list, explain_warning
    from outputs.evidence_page import write_pages
    from outputs.evidence_text import text_of

    kind, of = _only({"预警编号": warning_id, "--household": household, "--list": county})
    _refuse_mixed(kind, html, out)
    ways = {"预警编号": explain_warning, "--household": explain_household, "--list": explain_list}
    found = ways[kind](read_settings(home).home, of, day(as_of))
    if html or out:
        for path in write_pages(found.evidence, found.words, found.office, html, out, with_sensitive=sensitive):
            typer.echo(path)
    elif as_json:
        print_json(found.evidence[0].json())
    else:
        typer.echo(text_of(found.evidence[0], found.words, every_rule=kind == "--household"), nl=False)


def _replay(home: Home, warning_id: str | None, as_of: date | None) -> None:
    """Ends with exit code 1 if a warning does not come again as it was."""
    from flows.proving import prove_night, prove_warning
    from outputs.evidence_text import replayed

    if warning_id is None:
        proof = prove_night(home, as_of)
    else:
        found, proof, without = prove_warning(home, warning_id, as_of)
        typer.echo(replayed(found.evidence[0], found.words, without))
    others = proof.rows - proof.rows_gone - proof.rows_changing
    typer.echo(
        f"只用列出的行重新判断：{proof.signals:,} 条依据中 {proof.signals_same:,} 条一致，"
        f"{proof.warnings:,} 条预警中 {proof.warnings_same:,} 条一致（编号、得分、等级、原因）\n"
        f"去掉全部列出的行：{proof.signals_gone:,} 条依据消失。逐行去掉 {proof.rows:,} 次："
        f"{proof.rows_gone:,} 次依据消失，{proof.rows_changing:,} 次数值或日期改变，{others:,} 次不变（另有一行说明同样的事）"
    )
    if not proof.holds:
        raise typer.Exit(code=1)


def _only(asked: Mapping[str, str | None]) -> tuple[str, str]:
    """The one thing asked about.  Raises UserError."""
    given = {kind: of for kind, of in asked.items() if of}
    if len(given) != 1:
        raise UserError(
            file="fangpin explain",
            expected="预警编号、--household、--list 恰好一个",
            found="、".join(given) or "都没有",
            do="如 fangpin explain W0123456789AB，或 fangpin explain --household 户编号",
        )
    return next(iter(given.items()))


def _refuse_mixed(kind: str, html: Path | None, out: Path | None) -> None:
    if (kind == "--list" and html is None and out is None) or (kind != "--list" and out is not None):
        raise UserError(
            file="fangpin explain",
            expected="--list 写成页面：--out 文件夹（每户一页）或 --html 文件（全县一份）；--out 只与 --list 同用",
            found=f"{kind}{' --out' if out else ''}",
            do="改正后重试",
        )
