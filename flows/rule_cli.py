"""`fangpin rule`: the rules there are, one drafted, copied or tried before it is used."""

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from errors import CatalogueError, UserError
from flows.options import DEFAULT_HOME, HomeOption, JsonOption, print_json
from misfits import did_you_mean
from settings import Home, read_settings

if TYPE_CHECKING:
    from flows.declared import Catalogue

rule_app = typer.Typer(
    no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]}, help="规则：查看、起草、复制与试判。"
)

_ID: Final = re.compile(r"[a-z](_?[a-z0-9]){0,47}")
_AMOUNT: Final = re.compile(r"\d{1,14}(\.\d{1,4})?")
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="规则编号")]


@rule_app.command(name="list")
def show_list(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """全部规则：编号、名称、风险、是否启用、今日生效的标准、上一夜提示了多少。"""
    from flows import rule_show
    from flows.declared import load_catalogue
    from outputs.explain import latest_run

    settings = read_settings(home)
    root, catalogue = settings.home, load_catalogue(settings.home)
    own = frozenset(path.stem for path in root.office_layer("rules").glob("*.yaml"))
    found = rule_show.listed(
        catalogue.rules, catalogue.references, own, latest_run(root.runs), settings.office.area, settings.as_of
    )
    if as_json:
        print_json([vars(one) for one in found])
    else:
        rule_show.rules(found)


@rule_app.command()
def new(
    name: IdArgument,
    source: Annotated[str | None, typer.Option(metavar="SOURCE", help="看哪个来源，如 medical；不写则列出全部来源")] = None,
    column: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="把哪一列加总后与标准比，如 self_paid；不写则看有没有记录")
    ] = None,
    limit: Annotated[str | None, typer.Option(metavar="NUMBER", help="标准是多少；与 --column 同写，不写则留作问题")] = None,
    home: HomeOption = DEFAULT_HOME,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="写到别处；缺省为数据文件夹的 rules/drafts/")] = None,
) -> None:
    """起草一条规则：列出该来源可用的列，写好例子，须由人决定的留作问题。

    答完问题后运行 fangpin rule test，看每个例子判得对不对，再把文件移到 rules/。
    """
    from flows.declared import load_catalogue
    from flows.rule_drafting import draft, questions

    settings = read_settings(home)
    catalogue = load_catalogue(settings.home)
    target = _target(name, settings.home, catalogue, out)
    feed = _feed(source, catalogue)
    text = draft(name, catalogue, feed, _number_column(catalogue, feed, column), _limit(limit, column), settings.as_of)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.write_text(text, encoding="utf-8")
    asked = questions(text)
    typer.echo(f"草稿：{target}")
    typer.echo(f"请在草稿中回答 {len(asked)} 个问题（# 请确定）：")
    for place, question in enumerate(asked, start=1):
        typer.echo(f"  {place}. {question}")
    typer.echo("草稿不影响夜间任务。答完后：")
    typer.echo(f"  1. fangpin rule test {target}，直到每个例子都判得对")
    typer.echo(f"  2. 把草稿移到 {settings.home.office_layer('rules')}/，它就是规则；运行 fangpin check")


@rule_app.command()
def copy(name: IdArgument, home: HomeOption = DEFAULT_HOME) -> None:
    """把一条内置规则（或一份参照值）复制到数据文件夹，供改数额；删去副本即恢复内置的。"""
    from rules.load import BUILT_IN

    root = read_settings(home).home
    kinds = {"rules": BUILT_IN / "catalogue", "reference": BUILT_IN / "reference"}
    known = {path.stem: (kind, path) for kind, folder in kinds.items() for path in sorted(folder.glob("*.yaml"))}
    if name not in known:
        found = f"没有这条内置规则{did_you_mean(name, known)}"
        raise UserError(
            file="fangpin rule copy", expected="内置规则或参照值的编号", found=found, do="用 fangpin rule list 查编号"
        )
    kind, path = known[name]
    target = root.office_layer(kind) / path.name
    if target.exists():
        raise UserError(file=target, expected="还没有的文件", found="已有这个文件", do="直接改它；要重来就先移走")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    target.write_text("".join(line for line in lines if not line.startswith("# yaml-language-server")), encoding="utf-8")
    typer.echo(f"已复制：{target}")
    typer.echo("它整份顶替内置的那一份。改好后：")
    if kind == "rules":
        typer.echo(f"  1. fangpin rule test {target}（数额变了，例子也要跟着改）")
    typer.echo(f"  {2 if kind == 'rules' else 1}. fangpin check；删去这个文件即恢复内置的")


@rule_app.command(name="test")
def try_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="规则文件，在哪个文件夹都可以")], home: HomeOption = DEFAULT_HOME
) -> None:
    """试一份规则文件：先查写法、列名、单位、地区，再逐个判它的例子，并显示名单上会写的话。不影响夜间任务。"""
    from flows import rule_show
    from flows.declared import load_catalogue
    from flows.rule_trying import try_rule

    found = try_rule(file, load_catalogue(read_settings(home).home))
    rule_show.trials(file, found)
    if failing := [trial for trial in found if not trial.holds]:
        raise CatalogueError(
            file=file,
            place="examples",
            expected="每个例子都如所写",
            found=f"{len(failing)} 个例子不成立（标 ✗ 的）",
            do="是规则错就改规则，是例子错就改例子，再运行 fangpin rule test",
        )
    typer.echo("全部例子成立")


def _target(name: str, home: Home, catalogue: "Catalogue", out: Path | None) -> Path:
    """Where the draft goes.  Raises UserError for an id that is none or is taken."""
    if not _ID.fullmatch(name):
        expected = "小写英文字母开头，只含小写字母、数字、单个下划线，至多 48 字"
        raise UserError(file="ID", expected=expected, found="不是这样", do="改正后重试")
    if name in catalogue.rules:
        do = f"换一个编号；要改现有的：fangpin rule copy {name}"
        raise UserError(file="ID", expected="还没有的编号", found=f"已有规则 {name}", do=do)
    target = out or home.rule_drafts / f"{name}.yaml"
    if target.exists():
        raise UserError(file=target, expected="还没有的文件", found="已有这个文件", do="换一个编号或 --out，或先移走旧的")
    if target.name != f"{name}.yaml":
        raise UserError(file=target, expected=f"文件名与编号相同（{name}.yaml）", found=target.name, do="改 --out 或改编号")
    return target


def _feed(source: str | None, catalogue: "Catalogue") -> str:
    if source in catalogue.facts:
        return str(source)
    titles = "、".join(f"{name} {catalogue.contracts[name].title}" for name in catalogue.facts)
    found = "没有写" if source is None else f"没有来源 {source}{did_you_mean(source, catalogue.facts)}"
    do = "选一个来源；还没有的先用 fangpin source new 写契约"
    raise UserError(file="--source", expected=f"来源的编号：{titles}", found=found, do=do)


def _number_column(catalogue: "Catalogue", source: str, column: str | None) -> str | None:
    from flows.rule_drafting import COUNTED

    if column is None:
        return None
    facts = catalogue.contracts[source].facts
    numbers = {name: fact.title for name, fact in facts.items() if fact.type in COUNTED}
    if column not in numbers:
        expected = f"{source} 的一列数：" + ("、".join(f"{name} {title}" for name, title in numbers.items()) or "它没有")
        found = "不是数" if column in facts else f"没有列 {column}{did_you_mean(column, numbers)}"
        raise UserError(file="--column", expected=expected, found=found, do="选一列；代码与文字的列用在草稿的 where 里")
    return column


def _limit(text: str | None, column: str | None) -> Decimal | None:
    if text is None:
        return None
    if column is None or not _AMOUNT.fullmatch(text):
        expected = "一个数，如 5000 或 0.25，与 --column 同写"
        raise UserError(file="--limit", expected=expected, found="不是这样", do="改正后重试")
    return Decimal(text)
