"""Workbooks that are cut, gutted, vast once unpacked, or no workbooks at all: .xlsx, .ods and what calls itself .xls."""

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any, Final

import openpyxl
import xlsxwriter

from tests.corpus.case import NAME, Case, Fate, accepted, held, quarantined, rows, table
from tests.sources.making import HEADER

Make = Callable[[str], bytes]
Change = Callable[[bytes], bytes]

SHEET: Final = "xl/worksheets/sheet1.xml"
_INCOMPLETE: Final = held("工作簿不完整", "请重新报送")
_BROKEN: Final = held("请重新导出后报送")
_NO_HEADER: Final = held("找不到表头", "请核对")
_VAST: Final = held("已用区域有", "请删去数据以外的空行空列")
_NO_BOOK: Final = held("而不是 Excel 工作簿", "请用 Excel 另存为 .xlsx")
_PAGE: Final = held("网页或 XML", "另存为 .xlsx")
_OLE: Final = held("有打开密码，或已损坏", "请取消密码、重新导出")
OLE2: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def workbook_bytes(sheets: dict[str, list[list[str]]], hidden: tuple[str, ...] = ()) -> bytes:
    """A workbook of these texts."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for at, cells in enumerate(lines):
                for column, text in enumerate(cells):
                    sheet.write_string(at, column, text)
            if name in hidden:
                sheet.hide()
    return out.getvalue()


def _book(tag: str, count: int = 2) -> bytes:
    return workbook_bytes({"一": [HEADER, *rows(tag, count)]})


def _cut(change: Change) -> Make:
    return lambda tag: change(_book(tag, 40))


def repacked(data: bytes, changes: dict[str, Change | None]) -> bytes:
    """An archive with some parts changed, or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            change = changes.get(name, bytes)
            if change is not None:
                new.writestr(name, change(old.read(name)))
    return out.getvalue()


def _garbled(data: bytes) -> bytes:
    """Bytes of the sheet's own packed stream are others."""
    start = data.index(b"PK\3\4", data.index(SHEET.encode()) - 31) + 30 + len(SHEET) + 40
    return data[:start] + b"\xff" * 30 + data[start + 30 :]


def _part(name: str, change: Change | None, count: int = 2) -> Make:
    return lambda tag: repacked(_book(tag, count), {name: change})


def _cells(**written: Any) -> Make:
    """Two rows; in the second, cells by their address hold something else."""

    def make(tag: str) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(_book(tag)))
        for address, value in written.items():
            book.active[address] = value  # type: ignore[index]
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return make


def _stray(dimension: bytes) -> Make:
    """One cell in the last corner of the sheet, and a used range that says nothing of it."""

    def change(sheet: bytes) -> bytes:
        start, end = sheet.index(b"<dimension"), sheet.index(b"/>", sheet.index(b"<dimension")) + 2
        corner = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
        return (sheet[:start] + dimension + sheet[end:]).replace(b"</sheetData>", corner)

    return _part(SHEET, change)


def _shared_bomb(tag: str) -> bytes:
    """One shared text of 32,000 characters in each of 200,000 cells: six gigabytes from a few kilobytes."""
    text = b"<sst><si><t>" + b"x" * 32_000 + b"</t></si></sst>"
    row = b'<c t="s"><v>0</v></c>' * 100
    sheet = b"".join(b"<row>" + row + b"</row>" for _ in range(2_000))
    cells = b"".join(
        b"<row>" + b"".join(b'<c t="inlineStr"><is><t>' + cell.encode() + b"</t></is></c>" for cell in line) + b"</row>"
        for line in [HEADER, *rows(tag)]
    )
    body = b"<worksheet><sheetData>" + cells + sheet + b"</sheetData></worksheet>"
    return repacked(_with_shared(tag), {SHEET: lambda _: body, "xl/sharedStrings.xml": lambda _: text})


def _with_shared(tag: str) -> bytes:
    data = _book(tag)
    assert b"xl/sharedStrings.xml" in data
    return data


_CUTS: Final[dict[str, tuple[Make, Fate]]] = {
    "截断-四字节": (_cut(lambda data: data[:4]), _INCOMPLETE),
    "截断-三十字节": (_cut(lambda data: data[:30]), _INCOMPLETE),
    "截断-一半": (_cut(lambda data: data[: len(data) // 2]), _INCOMPLETE),
    "截断-目录前": (_cut(lambda data: data[: data.index(b"PK\1\2")]), _INCOMPLETE),
    "截断-目录中": (_cut(lambda data: data[: data.index(b"PK\1\2") + 60]), _INCOMPLETE),
    "截断-目录尾": (_cut(lambda data: data[:-10]), _INCOMPLETE),
    "目录位置错": (_cut(lambda data: data[:-6] + b"\xff\xff\xff\x7f\0\0"), _BROKEN),
    "内容乱": (_cut(_garbled), held("请")),
}
_PARTS: Final[dict[str, tuple[Make, Fate]]] = {
    "缺工作簿": (_part("xl/workbook.xml", None), held("请")),
    "缺表": (_part(SHEET, None), _BROKEN),
    "缺共享文字": (_part("xl/sharedStrings.xml", None), _BROKEN),
    "缺样式": (_part("xl/styles.xml", None), accepted(2)),
    "缺关系": (_part("xl/_rels/workbook.xml.rels", None), _BROKEN),
    "空工作簿部件": (_part("xl/workbook.xml", lambda _: b""), held("请")),
    "表是空的": (_part(SHEET, lambda _: b""), held("请")),
    "表截断": (_part(SHEET, lambda xml: xml[: len(xml) // 2], 40), _BROKEN),
    "表是乱码": (_part(SHEET, lambda _: bytes(range(256)) * 9), held("请")),
    "共享文字越界": (_part(SHEET, lambda xml: xml.replace(b"<v>1</v>", b"<v>999999</v>")), held("请")),
    "共享文字负号": (_part(SHEET, lambda xml: xml.replace(b"<v>1</v>", b"<v>-1</v>")), held("请")),
    "实体炸弹": (
        _part(
            "xl/sharedStrings.xml",
            lambda xml: (
                b'<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa">'
                + b"".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(12))
                + b"]>"
                + xml[xml.index(b"<sst") :].replace("单号".encode(), b"&m;")
            ),
        ),
        held("请"),
    ),
    "外部实体": (
        _part(
            "xl/sharedStrings.xml",
            lambda xml: (
                b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                + xml[xml.index(b"<sst") :].replace("低保".encode(), b"&x;")
            ),
        ),
        held("请"),
    ),
    "角落一格无范围": (_stray(b""), _VAST),
    "角落一格范围不实": (_stray(b'<dimension ref="A1:F3"/>'), _VAST),
    "行号为零": (_part(SHEET, lambda xml: xml.replace(b'r="A2"', b'r="A0"')), held("请")),
    "列号太大": (_part(SHEET, lambda xml: xml.replace(b'r="A2"', b'r="ZZZZZZ2"')), held("请")),
    "共享文字炸弹": (_shared_bomb, held("请")),
    "压缩炸弹": (
        _part(SHEET, lambda xml: xml.replace(b"<sheetData", b" " * 30_000_000 + b"<sheetData")),
        held("压缩比超过 200 倍", "请核对"),
    ),
}
_CONTENT: Final[dict[str, tuple[Make, Fate]]] = {
    "错误值": (_cells(E3="#REF!"), accepted(2, amount=(None, "12.50"))),
    "公式无值": (_cells(E3="=SUM(1,2)"), accepted(2, amount=(None, "12.50"))),
    "公式日期无值": (_cells(D3="=TODAY()"), accepted(2, paid_on=(None, "2024-01-05"))),
    "号码是数": (_cells(C3=990101196001010013), quarantined("id_number_is_exact", 1, 2, "请把该列设为文本后重新录入")),
    "一万列": (
        lambda tag: workbook_bytes({"一": [[*HEADER, *(f"列{n}" for n in range(9_994))], *rows(tag)]}),
        held("有 10000 列，超过 500 列", "请核对"),
    ),
    "重列": (_cells(G1="姓名"), held("表头重复：姓名", "请删去或改名")),
    "空工作簿": (lambda tag: workbook_bytes({tag: []}), _NO_HEADER),
    "只有图名": (lambda tag: workbook_bytes({"一": [[tag]]}), _NO_HEADER),
    "只有表头": (lambda tag: workbook_bytes({"一": [HEADER], tag: []}), held("不应少于 1 行", "实际 0 行")),
    "全部隐藏": (
        lambda tag: workbook_bytes({"封面": [], "一": [HEADER, *rows(tag)]}, hidden=("一",)),
        held("隐藏的没有读：一", "请取消隐藏"),
    ),
    "巨大的格": (_cells(B3="张" * 32_767), accepted(2, name=(NAME, "张" * 32_767))),
}


def _ods(body: str) -> Make:
    """An OpenDocument sheet with a header, two rows, and more rows as XML."""

    def make(tag: str) -> bytes:
        names = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")}
        declared = " ".join(f'xmlns:{name}="{address}"' for name, address in names.items())
        lines = "".join(f"<table:table-row>{''.join(map(_cell, line))}</table:table-row>" for line in [HEADER, *rows(tag)])
        content = (
            f"<office:document-content {declared}><office:body><office:spreadsheet>"
            f'<table:table table:name="一">{lines}{body}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>"
        )
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            packed.writestr("META-INF/manifest.xml", "<manifest/>")
            packed.writestr("content.xml", content)
        return out.getvalue()

    return make


def _cell(text: str, repeated: int = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def _repeated(down: int, right: int, text: str = "") -> str:
    cell = _cell(text, right) if text else f'<table:table-cell table:number-columns-repeated="{right}"/>'
    return f'<table:table-row table:number-rows-repeated="{down}">{cell}</table:table-row>'


_ODS: Final[dict[str, tuple[Make, Fate]]] = {
    "重复的列": (_ods(_repeated(1, 2_000_000_000, "x")), held("超过 500 列", "请核对")),
    "重复的行": (_ods(_repeated(9_000, 1, "x")), quarantined("has_identity", 9_000, 9_002, "至少应填一项")),
    "重复的格": (_ods(_repeated(1_048_576, 1_024, "x")), held("请")),
    "重复的空格": (_ods(_repeated(1_048_000, 16_384)), accepted(2)),
    "空格之后有字": (
        _ods(_repeated(300_000, 16_384) + _repeated(1, 1, "x")),
        quarantined("has_identity", 1, 3, "至少应填一项"),
    ),
    "负的重复": (_ods(_repeated(1, -5, "x")), held("请")),
    "没有内容": (lambda tag: repacked(_ods("")(tag), {"content.xml": None}), _BROKEN),
    "内容截断": (lambda tag: repacked(_ods("")(tag), {"content.xml": lambda xml: xml[:-90]}), _BROKEN),
    "内容是空的": (lambda tag: repacked(_ods("")(tag), {"content.xml": lambda _: b""}), held("请")),
    "标签交错": (_ods("<table:table-row></table:table-cell>"), _BROKEN),
}


def _ole(fat_sectors: int, directory: int = 1) -> bytes:
    """The header of an OLE2 file with so many sectors of its allocation table, and little behind it."""
    head = OLE2 + bytes(16) + struct.pack("<HHHHH6xIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, directory, 0)
    return (head + struct.pack("<IIIII", 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)).ljust(76, b"\0") + b"\0\0\0\0" * 109 + bytes(2048)


_XLS: Final[dict[str, tuple[Make, Fate]]] = {
    "网页": (lambda tag: f"<html><table><tr><td>{tag}</td><td>{NAME}</td></tr></table></html>".encode(), _PAGE),
    "网页带标记": (lambda tag: f"\ufeff\r\n <TABLE><tr><td>{tag}</td></tr></TABLE>".encode(), _PAGE),
    "网页16位": (lambda tag: f"<html><table><tr><td>{tag}</td></tr></table>\n".encode("utf-16"), held("请")),
    "XML表": (lambda tag: f'<?xml version="1.0"?><Workbook><Cell>{NAME}{tag}</Cell></Workbook>'.encode(), _PAGE),
    "邮件网页": (lambda tag: f"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n{tag}".encode(), _NO_BOOK),
    "制表符文本": (lambda tag: table(tag).replace(",", "\t").encode("gb18030"), _NO_BOOK),
    "SYLK": (lambda tag: f"ID;PWXL;N;E\r\nC;Y1;X1;K{tag}\r\nE\r\n".encode(), _NO_BOOK),
    "只有魔数": (lambda tag: OLE2, _OLE),
    "魔数与零": (lambda tag: OLE2 + bytes(5_000), _OLE),
    "截断的表头": (lambda tag: OLE2 + bytes(100), _OLE),
    "巨大的分配表": (lambda tag: _ole(0xFFFFFFF0), _OLE),
    "自指的分配表": (lambda tag: _ole(1, 0), _OLE),
    "加密": (
        lambda tag: OLE2 + tag.encode() + bytes(999) + "EncryptedPackage".encode("utf-16-le"),
        held("有打开密码", "请取消密码"),
    ),
}
CASES: Final = tuple(
    Case(f"{name}.{suffix}", fate, make, "corpus_book")
    for suffix, group in (("xlsx", _CUTS), ("xlsx", _PARTS), ("xlsx", _CONTENT), ("ods", _ODS), ("xls", _XLS))
    for name, (make, fate) in group.items()
)
