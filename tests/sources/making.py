"""Small contracts, homes and workbooks for the tests of this room."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

from settings import Home
from sources.contract import Contract
from sources.convert import to_facts
from sources.header import lay_out
from sources.piece import Piece, as_cells

Damage = dict[int, tuple[str, str]]
HEADER = ["单号", "姓名", "身份证号", "日期", "金额", "类别"]


def seed() -> dict[str, Any]:
    """A contract as YAML gives it, to be changed and validated."""
    return {
        "id": "aid",
        "title": "救助",
        "owner": "县民政局",
        "legal_basis": {"class": "statutory_duty", "text": "第三十四条"},
        "row": "一次救助",
        "personal_data": "sensitive",
        "cadence": {"every": "month", "late_after_days": 10},
        "mode": "append",
        "key": ["no"],
        "files": {"patterns": ["*.csv"], "format": "csv"},
        "identity": {"id_number": {"headers": ["身份证号", "证件号码"]}, "name": {"headers": ["姓名"]}},
        "facts": {
            "no": {"title": "单号", "headers": ["单号"], "type": "text", "required": True},
            "paid_on": {
                "title": "日期",
                "headers": ["日期", "发放日期"],
                "type": "date",
                "range": ["2000-01-01", "received_on"],
            },
            "amount": {"title": "金额", "headers": ["金额"], "type": "money", "unit": "元"},
            "kind": {
                "title": "类别",
                "headers": ["类别"],
                "type": "code",
                "values": {"低保": ["1", "农村低保"], "特困": ["2"]},
            },
        },
        "ignore": {"经办人": "与监测无关"},
        "volume": {"floor": 1, "ceiling": 1000, "why": "测试"},
    }


def contract(**changes: Any) -> Contract:
    """The seed contract with some keys replaced; None removes a key."""
    return Contract.model_validate({key: value for key, value in (seed() | changes).items() if value is not None})


def with_fact(name: str, **fact: Any) -> Contract:
    """The seed contract with one more fact column."""
    return contract(facts=seed()["facts"] | {name: {"title": name, "headers": [name]} | fact})


def workbook_contract(**files: Any) -> Contract:
    """The seed contract for workbooks."""
    return contract(files={"patterns": ["*.xlsx"], "format": "xlsx", "header_within": 8} | files)


def piece(of: Contract, header: Sequence[str], rows: Sequence[Sequence[str]], damage: Damage | None = None) -> Piece:
    """Rows as a reader hands them over, the header being line 1."""
    columns: list[list[str | None]] = [[cells[i] for cells in rows] for i in range(len(header))]
    return Piece(None, lay_out(header, of), as_cells(range(2, 2 + len(rows)), columns, damage))


def read_cells(db: duckdb.DuckDBPyConnection, written: Sequence[str], **fact: Any) -> list[tuple[Any, bool]]:
    """What cells of one column become, and whether each is said not to convert."""
    of = with_fact("x", **fact)
    rows = [[*row(number), text] for number, text in enumerate(written, 1)]
    facts = to_facts(db, of, piece(of, [*HEADER, "x"], rows), 1, 0)
    return [
        (value, "x" in doubts) for value, doubts in zip(facts["x"].to_pylist(), facts["unconverted"].to_pylist(), strict=True)
    ]


def csv_text(rows: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    """Rows as a department's CSV."""
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def row(number: int, name: str = "张三") -> list[str]:
    """A row that nothing is wrong with."""
    return [f"N{number}", name, "410101199001011234", "2024-01-05", "12.50", "低保"]


def deliver(home: Home, below: str, data: str | bytes) -> Path:
    """Put a file below inbox/."""
    path = home.inbox / below
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def workbook(
    path: Path, sheets: dict[str, list[list[Any]]], hidden: Sequence[str] = (), merged: Sequence[str] = (), stray: str = ""
) -> Path:
    """Write a workbook with these cells; `merged` ranges on every sheet, and perhaps one stray cell."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for r, cells in enumerate(rows, 1):
            for c, value in enumerate(cells, 1):
                sheet.cell(r, c, value)
        for area in merged:
            sheet.merge_cells(area)
        if stray:
            sheet[stray] = "x"
    book.save(path)
    return path


def ods(path: Path, sheets: dict[str, list[list[Any]]], hidden: Sequence[str] = ()) -> Path:
    """Write an OpenDocument spreadsheet with these texts and numbers."""
    names = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text", "style")}
    declared = " ".join(f'xmlns:{name}="{address}"' for name, address in names.items())
    tables = "".join(
        f'<table:table table:name="{name}"{" table:style-name=" + chr(34) + "h" + chr(34) if name in hidden else ""}>'
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, cells))}</table:table-row>" for cells in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f'<office:document-content {declared}><office:automatic-styles><style:style style:name="h" style:family="table">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr("content.xml", content)
    return path


def _ods_cell(value: object) -> str:
    kind = f'float" office:value="{value}' if isinstance(value, int) else "string"
    return f'<table:table-cell office:value-type="{kind}"><text:p>{value}</text:p></table:table-cell>'
