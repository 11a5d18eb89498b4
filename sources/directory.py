"""The page on what every built-in feed holds.  `python -m sources.directory` writes docs/feeds.zh-CN.md."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from engine import whole_file
from sources.contract import Contract, Every, IdentityColumn
from sources.contracts import load_contracts
from sources.fact import Fact, FactType

PAGE_FILE: Final = Path(__file__).parents[1] / "docs" / "feeds.zh-CN.md"

_HEAD: Final = """# 部门数据目录

由 `sources/catalogue/*.yaml` 生成（`python -m sources.directory`），不要手改。
每种来源放在收件夹 `inbox/<编号>/` 下；表头列出的任何一种写法都认得，列的次序不限。
“出处”一栏没有注明文件的列，是我们按此类台账的常见内容自定的，没有文件依据：
与部门约定时以对方实际的表为准，改一份自己的契约即可（[怎样改](adding.zh-CN.md)）。
证件号码、姓名等身份列只用于比对，不进入研判；“不取”的列收到后不读入。
"""
_EVERY: Final[Mapping[Every, str]] = {
    "day": "每日",
    "week": "每周",
    "ten_days": "每旬",
    "month": "每月",
    "quarter": "每季",
    "half_year": "每半年",
    "year": "每年",
    "event": "有事即报",
}
_TYPE: Final[Mapping[FactType, str]] = {
    "text": "文本", "code": "代码", "terms": "多项代码", "date": "日期", "integer": "整数", "money": "金额", "decimal": "数",
    "boolean": "是否",
}  # fmt: skip
_IDENTITY: Final = {
    "id_number": "证件号码",
    "name": "姓名",
    "birth_date": "出生日期",
    "sex": "性别",
    "place": "地址",
    "phone": "电话",
}


def page(contracts: Mapping[str, Contract]) -> str:
    """The page in Markdown: a list of all feeds, then a table of columns for each."""
    feeds = sorted(contracts.values(), key=lambda contract: (contract.role != "roster", contract.is_barred, contract.id))
    return "\n".join([_HEAD, *_overview(feeds), *(line for contract in feeds for line in _feed(contract))]) + "\n"


def _overview(feeds: list[Contract]) -> Iterator[str]:
    yield "| 编号 | 来源 | 报送单位 | 周期 | 方式 |"
    yield "|---|---|---|---|---|"
    for contract in feeds:
        way = "整表替换" if contract.mode == "snapshot" else "逐期追加"
        only = "；只查已签署授权的家庭" if contract.is_barred else ""
        linked, every = f"[`{contract.id}`](#{contract.id})", _EVERY[contract.cadence.every]
        yield f"| {linked} | {contract.title} | {contract.owner} | {every} | {way}{only} |"


def _feed(contract: Contract) -> Iterator[str]:
    yield f'\n## <a id="{contract.id}"></a>{contract.title}\n'
    yield f"{contract.owner}；一行是{contract.row}；依据：{contract.legal_basis.text}。\n"
    yield "| 列 | 认得的表头 | 类型 | 必填 | 可缺列 | 出处 |"
    yield "|---|---|---|---|---|---|"
    for name, column in contract.identity.columns():
        yield _line(_IDENTITY[name], column, "身份", "", "")
    for name, fact in contract.facts.items():
        required = "主键" if name in contract.key else "是" if fact.required else ""
        yield _line(fact.title, fact, kind_title(fact), required, fact.named_in or "")
    if contract.sealed:
        yield "\n须原样送回（只留校验值，不留内容）：" + "、".join(contract.sealed) + "。"
    if contract.walled:
        told = (f"{one.title}（表头 {'、'.join(one.headers)}）" for one in contract.walled.values())
        yield "\n只与身份信息放在一起，不进入研判：" + "、".join(told) + "。"
    if contract.ignore:
        yield "\n不取：" + "；".join(f"{header}（{why}）" for header, why in contract.ignore.items()) + "。"
    for short, document in contract.documents.items():
        yield f"\n{short}：{document}"


def _line(title: str, column: IdentityColumn | Fact, kind: str, required: str, source: str) -> str:
    absent = "可" if column.may_be_absent else ""
    return f"| {title} | {'、'.join(column.headers)} | {kind} | {required} | {absent} | {source} |"


def kind_title(fact: Fact) -> str:
    """What a column holds, in words: its type, unit and codes."""
    unit = f"（{fact.unit}）" if fact.unit else ""
    return _TYPE[fact.type] + unit + (f"：{'、'.join(fact.values)}" if fact.values else "")


if __name__ == "__main__":
    with whole_file(PAGE_FILE) as temporary:
        temporary.write_text(page(load_contracts(None)), encoding="utf-8")
