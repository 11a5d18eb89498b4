"""Parquet files that are cut, garbled, vast once unpacked, or of types that are no cell."""

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.corpus.case import NAME, NUMBER, Case, Fate, accepted, held, quarantined, rows, table
from tests.sources.making import HEADER

Make = Callable[[str], bytes]

_BROKEN: Final = held("Parquet 文件不完整或已损坏", "请重新导出")
_NESTED: Final = held("里是列表或结构", "请展开成普通的列")
_NOT_PARQUET: Final = held("而不是 Parquet 文件", "请按约定导出")
_NO_HEADER: Final = held("找不到表头", "请核对")


def _arrow(tag: str, count: int = 2) -> pa.Table:
    return pa.table([pa.array(column, pa.string()) for column in zip(*rows(tag, count + 1), strict=True)], names=HEADER)[:count]


def _bytes(content: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(content, out, **options)
    return out.getvalue()


def _typed(header: str, values: pa.Array) -> Make:
    """Two rows, one column of another type."""
    at = HEADER.index(header)
    return lambda tag: _bytes(_arrow(tag, len(values)).set_column(at, header, values))


def _damaged(change: Callable[[bytes], bytes]) -> Make:
    return lambda tag: change(_bytes(_arrow(tag, 200), compression="zstd"))


def _renamed(*header: str) -> Make:
    return lambda tag: _bytes(_arrow(tag).rename_columns(list(header)))


def _wide(tag: str) -> bytes:
    content = _arrow(tag)
    empty: pa.Array = pa.nulls(content.num_rows, pa.int8())
    return _bytes(pa.table([*content.columns, *[empty] * 9_994], names=[*HEADER, *(f"列{n}" for n in range(9_994))]))


def _dictionary_bomb(tag: str) -> bytes:
    """One text of two million characters in each of 1,000 rows: two gigabytes from a few kilobytes."""
    names = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000, pa.int8()), pa.array(["x" * 2_000_000]))
    return _bytes(_arrow(tag, 1_000).set_column(1, "姓名", names), compression="zstd", store_schema=False)


def _no_text() -> pa.Array:
    """Bytes that are no UTF-8 in a column that says it is."""
    return pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\3\0\0\0\6\0\0\0"), pa.py_buffer(b"\xff\xfe\xfd\xc3\x28\xa0")]
    )


_CUTS: Final[dict[str, tuple[Make, Fate]]] = {
    "只有开头": (lambda tag: b"PAR1", _BROKEN),
    "首尾之间没有": (lambda tag: b"PAR1" + b"PAR1", _BROKEN),
    "截断在数据": (_damaged(lambda data: data[: len(data) // 3]), _BROKEN),
    "截断在页脚": (_damaged(lambda data: data[:-200]), _BROKEN),
    "截断在页脚长度": (_damaged(lambda data: data[:-6]), _BROKEN),
    "截断在尾标": (_damaged(lambda data: data[:-1]), _BROKEN),
    "页脚长度过大": (_damaged(lambda data: data[:-8] + b"\xff\xff\xff\x7fPAR1"), _BROKEN),
    "页脚长度为零": (_damaged(lambda data: data[:-8] + b"\0\0\0\0PAR1"), _BROKEN),
    "页脚乱": (_damaged(lambda data: data[:-150] + b"\xff" * 100 + data[-50:]), _BROKEN),
    "数据页乱": (_damaged(lambda data: data[:4] + b"\xff" * 60 + data[64:]), _BROKEN),
    "加密": (_damaged(lambda data: b"PARE" + data[4:-4] + b"PARE"), held("已加密", "请取消加密")),
    "其实是文本": (lambda tag: table(tag).encode(), _NOT_PARQUET),
    "其实是压缩包": (lambda tag: b"PK\x03\x04" + tag.encode() + bytes(99), _NOT_PARQUET),
}
_TYPES: Final[dict[str, tuple[Make, Fate]]] = {
    "列表列": (_typed("金额", pa.array([[1], [2]])), _NESTED),
    "结构列": (_typed("姓名", pa.array([{"姓": "张"}, {"姓": "李"}])), _NESTED),
    "映射列": (_typed("类别", pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int8()))), _NESTED),
    "二进制列": (_typed("姓名", pa.array([b"\xff\xfe\x00", b"\x80"])), held("请重新导出")),
    "文本列不是文本": (_typed("姓名", _no_text()), held("请重新导出")),
    "时长列": (_typed("金额", pa.array([dt.timedelta(1), dt.timedelta(2)])), held("列“金额”里是时长", "请改为数字或文字")),
    "时刻列": (_typed("日期", pa.array([dt.time(1), dt.time(2)])), quarantined("converts", 2, 2, "“日期”应为可识别的日期")),
    "空类型列": (_typed("类别", pa.nulls(2)), accepted(2, kind=(None,))),
    "真假列": (_typed("金额", pa.array([True, False])), quarantined("converts", 2, 2, "“金额”应为金额")),
    "小数列": (_typed("金额", pa.array([Decimal("12.50")] * 2)), accepted(2)),
    "非数列": (_typed("金额", pa.array([float("nan"), 12.5])), accepted(2, amount=(None, "12.50"))),
    "无穷列": (_typed("金额", pa.array([float("inf"), 12.5])), quarantined("converts", 1, 2, "“金额”应为金额")),
    "浮点号码列": (
        _typed("身份证号", pa.array([float(NUMBER)] * 2)),
        quarantined("id_number_is_exact", 2, 2, "请把该列设为文本后重新录入"),
    ),
    "整数号码列": (_typed("身份证号", pa.array([int(NUMBER)] * 2)), accepted(2)),
    "公元前": (
        _typed("日期", pa.array([-999_999, 19_727], pa.date32())),
        quarantined("converts", 1, 2, "“日期”应为可识别的日期"),
    ),
    "不明时区": (_typed("日期", pa.array([0, 1], pa.timestamp("s", "Mars/Phobos"))), held("请重新导出")),
    "空字符": (_typed("姓名", pa.array(["张\0秘密", NAME])), quarantined("row_is_whole", 1, 2, "各单元格应与表头一一对应")),
}
_SHAPES: Final[dict[str, tuple[Make, Fate]]] = {
    "一万列": (_wide, held("有 10000 列，超过 500 列", "请核对")),
    "重列": (_renamed("单号", "姓名", "姓名", "日期", "金额", "类别"), held("表头重复：姓名", "请删去或改名")),
    "没有列": (lambda tag: _bytes(pa.table({})), _NO_HEADER),
    "没有行": (lambda tag: _bytes(_arrow(tag, 0)), held("不应少于 1 行", "实际 0 行")),
    "列名是人": (_renamed(NAME, NUMBER, *"甲乙丙丁"), _NO_HEADER),
    "列名有换行": (
        _renamed("单号\n", "姓\0名", "身份证号", "日期", "金额", "类别"),
        held("缺少 姓名", "请核对是否改名", rows=2),
    ),
    "字典炸弹": (_dictionary_bomb, held("解开后超过 512 MB", "请核对")),
}
CASES: Final = tuple(
    Case(f"{name}.parquet", fate, make, "corpus_columns")
    for group in (_CUTS, _TYPES, _SHAPES)
    for name, (make, fate) in group.items()
)
