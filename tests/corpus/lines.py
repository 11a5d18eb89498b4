"""JSON Lines that are none, or hold what is no cell."""

import json
from collections.abc import Callable
from typing import Any, Final

from tests.corpus.case import NAME, Case, Fate, accepted, held, quarantined, row, rows
from tests.sources.making import HEADER

Make = Callable[[str], bytes]

_NO_OBJECT: Final = held("没有一行是 JSON 对象", "请重新导出后报送")
_TORN: Final = quarantined("row_is_whole", 1, 2, "各单元格应与表头一一对应")
_NO_MONEY: Final = quarantined("converts", 1, 2, "“金额”应为金额（数字")


def _objects(tag: str, count: int = 2) -> list[dict[str, Any]]:
    return [dict(zip(HEADER, cells, strict=True)) for cells in rows(tag, count)]


def _text(objects: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects)


def _second(change: Callable[[str], str]) -> Make:
    """Two lines, the second changed."""

    def make(tag: str) -> bytes:
        first, second = _text(_objects(tag)).splitlines()
        return f"{first}\n{change(second)}\n".encode()

    return make


def _paid(written: str) -> Make:
    """Two lines, the second with this after `"金额": `."""
    return _second(lambda line: line.replace('"12.50"', written))


def _whole(change: Callable[[list[dict[str, Any]]], str]) -> Make:
    return lambda tag: change(_objects(tag)).encode()


def _many_keys(tag: str) -> bytes:
    return _text([first | {f"键{n}": "" for n in range(600)} for first in _objects(tag)]).encode()


_CASES: Final[dict[str, tuple[Make, Fate]]] = {
    "大数组": (_whole(lambda objects: json.dumps(objects, ensure_ascii=False)), _NO_OBJECT),
    "排版过": (_whole(lambda objects: json.dumps(objects[0], ensure_ascii=False, indent=2)), _NO_OBJECT),
    "连成一行": (_whole(lambda objects: _text(objects).replace("\n", "")), _NO_OBJECT),
    "单引号": (_whole(lambda objects: _text(objects).replace('"', "'")), _NO_OBJECT),
    "行行有逗号": (_whole(lambda objects: _text(objects).replace("}\n", "},\n")), _NO_OBJECT),
    "其实是CSV": (lambda tag: ",".join(row(tag)).encode(), _NO_OBJECT),
    "截断在首行": (lambda tag: _text(_objects(tag))[:30].encode(), _NO_OBJECT),
    "截断在末行": (_second(lambda line: line[:-20]), _TORN),
    "截断在引号后": (_second(lambda line: line[: line.rindex('"')]), _TORN),
    "截断在反斜线": (_second(lambda line: line[:-3] + "\\"), _TORN),
    "键两次": (_second(lambda line: line.replace('"日期"', '"姓名"')), _TORN),
    "列表": (_paid('["12.50"]'), _TORN),
    "对象": (_paid('{"元": "12.50"}'), _TORN),
    "十万层": (_paid("[" * 100_000 + "]" * 100_000), _TORN),
    "两个对象一行": (_second(lambda line: line + " " + line), _TORN),
    "注释": (_second(lambda line: "// " + line), _TORN),
    "控制字符": (_second(lambda line: line.replace(NAME, "张\t秘密")), _TORN),
    "单个代理": (_second(lambda line: line.replace(NAME, "\\ud800")), _TORN),
    "键里单个代理": (_second(lambda line: line.replace('"类别"', '"\\udfff"')), _TORN),
    "转义空字符": (_second(lambda line: line.replace(NAME, "张\\u0000秘密")), _TORN),
    "万位数": (_paid("9" * 10_000), _NO_MONEY),
    "大指数": (_paid("1e400"), _NO_MONEY),
    "无穷": (_paid("Infinity"), _NO_MONEY),
    "非数": (_paid("NaN"), accepted(2, amount=(None, "12.50"))),
    "真": (_paid("true"), _NO_MONEY),
    "无值": (_paid("null"), accepted(2, amount=(None, "12.50"))),
    "缺姓名号码": (
        _second(lambda line: line.replace('"姓名"', '"甲"').replace('"身份证号"', '"乙"')),
        quarantined("has_identity", 1, 2, "至少应填一项"),
    ),
    "巨大的值": (_second(lambda line: line.replace(NAME, "张" * 40_000)), _TORN),
    "六百个键": (_many_keys, held("有 606 列，超过 500 列", "请核对")),
    "键全不识": (
        _whole(lambda objects: json.dumps({NAME: objects[0]["单号"]}, ensure_ascii=False)),
        held("找不到表头", "请核对"),
    ),
    "缺一键": (
        _whole(lambda objects: _text(objects).replace('"类别": ', '"类": ')),
        held("缺少 类别", "约定以外的列（类）", "请核对是否改名", rows=2),
    ),
    "空对象": (_whole(lambda objects: "{}\n" * 9 + _text(objects)), accepted(2)),
    "UTF16": (lambda tag: _text(_objects(tag)).encode("utf-16"), accepted(2)),
    "空字符": (_whole(lambda objects: _text(objects) + "\0"), held("空字符", "请另存为")),
    "GB混UTF8": (
        lambda tag: _text(_objects(tag)).encode() + _text(_objects(tag)).encode("gb18030"),
        held("无法解码的字节", rows=4),
    ),
}
CASES: Final = tuple(Case(f"{name}.jsonl", fate, make, "corpus_lines") for name, (make, fate) in _CASES.items())
