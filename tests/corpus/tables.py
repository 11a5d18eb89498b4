"""Text tables of the wrong shape: giant fields, thousands of columns, headers twice, quotes never closed, lines torn."""

from collections.abc import Callable, Iterator
from typing import Final

from tests.corpus.case import NAME, NUMBER, Case, accepted, held, quarantined, row, rows, table
from tests.sources.making import HEADER, csv_text

TEXT: Final = "corpus_text"
_TORN: Final = quarantined("row_is_whole", 1, 3, "各单元格应与表头一一对应")


def _one_line(change: Callable[[str], str], at: int = 2) -> Callable[[str], bytes]:
    """Three rows, one physical line of which is changed; 0 is the header."""

    def make(tag: str) -> bytes:
        lines = table(tag, 3).splitlines()
        lines[at] = change(lines[at])
        return "\r\n".join([*lines, ""]).encode()

    return make


def _all_lines(change: Callable[[str], str], count: int = 2) -> Callable[[str], bytes]:
    return lambda tag: ("\n".join(map(change, table(tag, count).splitlines())) + "\n").encode()


def _headed(*header: str, more: tuple[str, ...] = ()) -> Callable[[str], bytes]:
    return lambda tag: csv_text([[*cells, *more] for cells in rows(tag)], header).encode()


def _run_in(tag: str) -> bytes:
    """The header and the first row on one line; the name stands twice in it, as the householder's."""
    return f"{','.join(HEADER)},{','.join(row(tag))},{NAME}\n{','.join(row(tag, 2))}\n".encode()


def _swallowed(tag: str) -> bytes:
    """A quote opened in the header is closed in the first row."""
    return f'{",".join(HEADER)},"经办\n{",".join(row(tag, 1))}"\n{",".join([*row(tag, 2), ""])}\n'.encode()


def _two_lines_of_header(tag: str) -> bytes:
    """The line below the header holds the one missing name, and a person's values."""
    upper = ",".join(["单号", "姓名", "", "日期", "金额", "类别", "联系电话"])
    lower = ",".join(["", NAME, "身份证号", "", "", "", NUMBER])
    return f"{upper}\n{lower}\n{','.join([*row(tag), ''])}\n".encode()


_GIANT: Final = {
    "四万字一格": (_one_line(lambda line: line.replace(NAME, NAME * 13_500)), _TORN),
    "带引号的四十万字": (_one_line(lambda line: line.replace(NAME, f'"{NAME * 135_000}"')), _TORN),
    "一行五兆": (_one_line(lambda line: line.replace(NAME, "张" * 5_000_000)), _TORN),
    "不分行": (lambda tag: (table(tag).replace("\r\n", ",") * 200_000)[:26_000_000].encode(), held("没有分行", "请核对")),
    "长行百条": (
        lambda tag: csv_text([row(tag, n, name="x" * 1_000_000) for n in range(1, 121)]).encode(),
        held("断行、串列的行不应超过", "实际 120 行", rows=120),
    ),
    "巨大表头": (_headed(*HEADER, "注" * 100_000, more=("",)), accepted(2, "不应有约定以外的列")),
}
_WIDE: Final = {
    "一行一万格": (_one_line(lambda line: line + ",x" * 10_000), _TORN),
    "一行一万空格": (_one_line(lambda line: line + "," * 10_000), accepted(3)),
    "一万列.tsv": (
        lambda tag: (table(tag).replace(",", "\t").replace("\r\n", "\t" * 9_995 + "\n")).encode(),
        held("列，超过 500 列", "请核对"),
    ),
    "一万个表头": (_headed(*HEADER, *(f"列{n}" for n in range(10_000))), held("超过 500 列", "请核对")),
    "五百零一列": (_headed(*HEADER, *(f"列{n}" for n in range(495)), more=("",) * 495), held("有 501 列", "请核对")),
}
_HEADERS: Final = {
    "重列全角": (
        _headed("单号", "姓 名", "姓　名", "身份证号", "日期", "金额", "类别", more=("",)),
        held("表头重复", "姓名", "请删去或改名"),
    ),
    "重列约定以外": (_headed(*HEADER, "备考", "备考", more=("", "")), held("表头重复", "请删去或改名")),
    "全部重列": (_headed(*HEADER, *HEADER, more=("",) * 6), held("表头重复", "请删去或改名")),
    "同义两列": (_headed(*HEADER, "发放日期", more=("",)), accepted(2, "实际 1 列（发放日期）")),
    "表头与首行相连": (_run_in, held("表头重复", "请删去或改名")),
    "表头吞了首行": (_swallowed, accepted(1, "不应有约定以外的列")),
    "两行表头夹着数据": (_two_lines_of_header, accepted(1, "不应有约定以外的列")),
    "表头里有号码": (_headed(*HEADER, NUMBER, more=("",)), accepted(2, "不应有约定以外的列")),
    "表头太靠下": (lambda tag: ("某县\n" * 5 + table(tag)).encode(), held("前 5 行中找不到表头", "请核对")),
    "行列颠倒": (
        lambda tag: "\n".join(",".join(cells) for cells in zip(HEADER, *rows(tag, 9), strict=True)).encode(),
        held("找不到表头", "请核对"),
    ),
    "中间又有表头": (
        lambda tag: (table(tag) + csv_text([row(tag, 3)])).encode(),
        quarantined("converts", 1, 4, "应为可识别的日期"),
    ),
    "序号列无表头": (_all_lines(lambda line: "," + line), accepted(2)),
    "sep行": (lambda tag: ("sep=,\n" + table(tag)).encode(), accepted(2)),
}
_QUOTES: Final = {
    "引号未闭": (_one_line(lambda line: line.replace(NAME, f'"{NAME}')), _TORN),
    "引号闭后有字": (_one_line(lambda line: line.replace(NAME, f'"张"{NAME}')), _TORN),
    "引号在末行": (_one_line(lambda line: line.replace("低保", '"低保'), at=3), _TORN),
    "处处引号未闭": (
        _all_lines(lambda line: line.replace(NAME, f'"{NAME}'), 40),
        held("断行、串列的行不应超过", "实际 40 行", rows=40),
    ),
    "表头引号未闭": (_one_line(lambda line: '"' + line, at=0), held("找不到表头", "请核对")),
    "只有引号": (lambda tag: b'"' * 3_000, held("找不到表头", "请核对")),
    "引号山": (_one_line(lambda line: line.replace(NAME, '"' * 9_999)), _TORN),
}
_LINES: Final = {
    "少一格": (_one_line(lambda line: line.replace(f"{NAME},", "")), _TORN),
    "多一格": (_one_line(lambda line: line.replace(NAME, f"{NAME},别名")), _TORN),
    "行断为二": (
        _one_line(lambda line: line.replace(NAME, f"{NAME}\r\n")),
        quarantined("row_is_whole", 2, 4, "不断行、不串列"),
    ),
    "两行相连": (
        lambda tag: table(tag, 3).replace("低保\r\n", "低保", 1).encode(),
        quarantined("row_is_whole", 1, 2, "不断行、不串列"),
    ),
    "只有回车": (lambda tag: table(tag).replace("\r\n", "\r").encode(), accepted(2)),
    "两个回车": (lambda tag: table(tag).replace("\r\n", "\r\r\n").encode(), accepted(2)),
    "换行各异": (lambda tag: table(tag, 3).replace("\r\n", "\n", 2).replace("\r\n", "\r", 1).encode(), accepted(3)),
    "文件结束符": (lambda tag: table(tag).encode() + b"\x1a", quarantined("row_is_whole", 1, 3, "不断行、不串列")),
    "全角逗号": (_all_lines(lambda line: line.replace(",", "，")), held("找不到表头", "请核对")),
    "定宽": (_all_lines(lambda line: line.replace(",", "   ")), held("找不到表头", "请核对")),
    "分隔符前后不一": (_one_line(lambda line: line.replace(",", ";")), _TORN),
    "只有逗号": (lambda tag: b",,,,,\n" * 2_000, held("找不到表头", "请核对")),
    "全是空行": (lambda tag: (table(tag, 0) + ",,,,,\r\n" * 50).encode(), held("不应少于 1 行", "实际 0 行")),
    "尾部逗号": (_all_lines(lambda line: line + ",,,"), accepted(2)),
}


def _cases() -> Iterator[Case]:
    for group in (_GIANT, _WIDE, _HEADERS, _QUOTES, _LINES):
        for name, (make, fate) in group.items():
            yield Case(name if "." in name else f"{name}.csv", fate, make, TEXT)


CASES: Final = tuple(_cases())
