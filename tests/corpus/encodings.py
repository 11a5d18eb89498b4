"""Text tables whose bytes are wrong: cut at every structural point, of two encodings, of none, with NUL characters."""

import base64
import bz2
import gzip
import random
from collections.abc import Callable, Iterator
from typing import Final

from tests.corpus.case import NAME, Case, Fate, accepted, held, quarantined, row, table
from tests.sources.making import HEADER, csv_text

TEXT: Final = "corpus_text"
MANY: Final = 300
"""Rows of a file in which a few bytes are under a thousandth."""
_NO_HEADER: Final = held("找不到表头", "请核对是否送错了表")

Make = Callable[[str], bytes]


def _cut_after(mark: str, more: int = 0, encoding: str = "utf-8") -> Make:
    """Two rows, cut so many bytes behind the last place where the mark stands."""

    def make(tag: str) -> bytes:
        data = table(tag).encode(encoding)
        return data[: data.rindex(mark.encode(encoding)) + len(mark.encode(encoding)) + more]

    return make


def _cut_header(mark: str, encoding: str = "utf-8") -> Make:
    def make(tag: str) -> bytes:
        head = f"{','.join(HEADER)},{tag}".encode(encoding)
        return head[: head.index(mark.encode(encoding)) + len(mark.encode(encoding))]

    return make


def _cuts(encoding: str) -> Iterator[tuple[str, Make, Fate]]:
    """A table that ends too early, by where."""
    torn = quarantined("row_is_whole", 1, 2, "不断行、不串列")
    yield "表头第一格后", _cut_header("单号", encoding), _NO_HEADER
    yield "表头中间", _cut_header("日期", encoding), held("缺少 金额、类别")
    yield "表头最后一格中", _cut_header(",类", encoding), held("缺少 类别", "约定以外的列（类）", "请核对是否改名")
    yield "姓名后", _cut_after(NAME, 0, encoding), torn
    yield "号码中", _cut_after("9901011960", 0, encoding), torn
    yield "日期中", _cut_after("2024-0", 0, encoding), torn
    yield "金额后无逗号", _cut_after("12.50", 0, encoding), torn
    yield "末格空", _cut_after("12.50,", 0, encoding), accepted(2, kind=(None, "低保"))
    yield "末格中", _cut_after("低", 0, encoding), quarantined("converts", 1, 2, "应为约定的取值")
    yield "末格后", _cut_after("低保", 0, encoding), accepted(2)
    yield "回车换行之间", _cut_after("低保\r", 0, encoding), accepted(2)


def _half_character(encoding: str) -> Make:
    def make(tag: str) -> bytes:
        data = table(tag, MANY).encode(encoding)
        return data[: data.rindex("保".encode(encoding)) + 1]

    return make


def _mixed(head: str, body: str, foreign: int = 0, count: int = MANY) -> Make:
    """A header in one encoding, rows in another; if `foreign`, so many rows in a second and the others as the header is."""

    def make(tag: str) -> bytes:
        first, *others = table(tag, count).splitlines(keepends=True)
        seam = len(others) - foreign if foreign else 0
        return first.encode(head) + "".join(others[:seam]).encode(head) + "".join(others[seam:]).encode(body)

    return make


def _of(change: Callable[[bytes], bytes], count: int = 2) -> Make:
    return lambda tag: change(table(tag, count).encode())


def _with_nul(at: str, nuls: int = 1) -> Make:
    return _of(lambda data: data.replace(at.encode(), at.encode() + bytes(nuls), 1), MANY)


def _concatenated(tag: str) -> bytes:
    """Two exports with their marks, one behind the other."""
    return table(tag).encode("utf-8-sig") + csv_text([row(tag, 3)]).encode("utf-8-sig")


_MIXED: Final = {
    "表头UTF8正文GB": (_mixed("utf-8", "gb18030"), _NO_HEADER),
    "表头GB正文UTF8": (_mixed("gb18030", "utf-8"), _NO_HEADER),
    "一半GB": (_mixed("utf-8", "gb18030", MANY // 2), _NO_HEADER),
    "十行GB": (_mixed("utf-8", "gb18030", 10), held("无法解码的字节", rows=MANY)),
    "一行GB": (_mixed("utf-8", "gb18030", 1), quarantined("converts", 1, MANY, "应为约定的取值")),
    "一行UTF8": (_mixed("gb18030", "utf-8", 1), quarantined("converts", 1, MANY, "应为约定的取值")),
    "标记UTF8正文GB": (_mixed("utf-8-sig", "gb18030"), held("无法解码的字节", rows=MANY)),
    "UTF16里接UTF8": (_mixed("utf-16", "utf-8"), quarantined("row_is_whole", 1, 1, "不断行、不串列")),
    "UTF8里接UTF16": (_mixed("utf-8", "utf-16-le"), held("请另存为 UTF-8 的 CSV")),
    "两份相接": (_concatenated, quarantined("converts", 1, 4, "应为可识别的日期")),
    "两个标记": (lambda tag: b"\xef\xbb\xbf" + table(tag).encode("utf-8-sig"), accepted(2)),
}
_FOREIGN: Final = {
    "UTF32": (lambda tag: table(tag).encode("utf-32"), held("空字符", "另存为 UTF-8")),
    "UTF32无标记": (lambda tag: table(tag).encode("utf-32-le"), held("另存为 UTF-8")),
    "UTF7": (lambda tag: table(tag).encode("utf-7"), _NO_HEADER),
    "Big5": (lambda tag: table(tag).replace("单号", "單號").replace("类别", "類別").encode("big5", "replace"), _NO_HEADER),
    "EUC-JP": (lambda tag: table(tag).encode("euc_jp", "replace"), _NO_HEADER),
    "编码两次": (lambda tag: table(tag).encode().decode("latin-1").encode(), _NO_HEADER),
    "问号": (lambda tag: table(tag).encode("ascii", "replace"), _NO_HEADER),
    "实体": (lambda tag: table(tag).encode("ascii", "xmlcharrefreplace"), _NO_HEADER),
    "Base64": (_of(base64.b64encode), _NO_HEADER),
    "gzip": (_of(lambda data: gzip.compress(data, mtime=0)), held("请")),
    "bzip2": (_of(bz2.compress), held("请")),
    "PDF": (lambda tag: b"%PDF-1.7\n" + random.Random(tag).randbytes(5000), held("请")),
    "JPEG": (lambda tag: b"\xff\xd8\xff\xe0" + random.Random(tag).randbytes(5000), held("请")),
    "RTF": (_of(lambda data: b"{\\rtf1\\ansi " + data.replace(b",", b"\\tab ")), _NO_HEADER),
    "SQL": (lambda tag: f"INSERT INTO t VALUES ('{tag}', '{NAME}');\n".encode() * 9, _NO_HEADER),
    "只有标记": (lambda tag: b"\xef\xbb\xbf", _NO_HEADER),
    "半个标记": (lambda tag: b"\xef\xbb", _NO_HEADER),
    "只有空行": (lambda tag: b"\r\n" * 500, _NO_HEADER),
    "一个字节": (lambda tag: b"\xff", _NO_HEADER),
}
_NULS: Final = {
    "格中空字符": (_with_nul(NAME), held("空字符", "请另存为 UTF-8")),
    "表头空字符": (_with_nul("单号"), held("空字符", "请另存为 UTF-8")),
    "尾部空字符": (_of(lambda data: data + bytes(4096)), held("另存为 UTF-8")),
    "全是空字符": (lambda tag: bytes(100_000), held("请另存为 UTF-8")),
    "后半空字符": (_of(lambda data: data[: len(data) // 2] + bytes(len(data) // 2), MANY), held("另存为 UTF-8")),
}
_UTF16: Final = {
    "UTF16无标记大端": (lambda tag: table(tag, MANY).encode("utf-16-be"), accepted(MANY)),
    "UTF16标记反了": (lambda tag: b"\xfe\xff" + table(tag).encode("utf-16-le"), held("请")),
    "UTF16单个代理": (
        lambda tag: table(tag).replace(NAME, "\ud800", 1).encode("utf-16", "surrogatepass"),
        held("UTF-16 文本已损坏", "另存为 UTF-8"),
    ),
    "UTF16少一字节": (lambda tag: b"\xff\xfe" + table(tag).encode("utf-16-le")[1:], held("UTF-16 文本已损坏")),
}


def _cases() -> Iterator[Case]:
    for encoding in ("utf-8", "gb18030", "utf-16"):
        for where, make, fate in _cuts("utf-16-le" if encoding == "utf-16" else encoding):
            marked = (lambda tag, make=make: b"\xff\xfe" + make(tag)) if encoding == "utf-16" else make
            yield Case(f"截断-{encoding}-{where}.csv", fate, marked, TEXT)
    for encoding in ("utf-8", "gb18030"):
        fate = quarantined("converts", 1, MANY, "应为约定的取值")
        yield Case(f"截断-{encoding}-半个字.csv", fate, _half_character(encoding), TEXT)
    for group in (_MIXED, _FOREIGN, _NULS, _UTF16):
        for name, (made, becomes) in group.items():
            yield Case(f"{name}.csv", becomes, made, TEXT)


CASES: Final = tuple(_cases())
