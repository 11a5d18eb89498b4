"""Lists as a county fills them in: read from what a night wrote, and written back in the ways that spreadsheets write."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

import seal
from case_tables import ISSUED
from settings import Home
from sources.contracts import load_contracts

CODE: Final = "校验码"
FILLED: Final = {
    "核实日期": "2026-03-11",
    "核实结论代码": "04 属实可应对",
    "核实风险类型": "因病",
    "核实人": "核对甲",
    "备注": "",
}

Line = dict[str, str]


def handed_out(home: Home, day: str) -> list[Line]:
    """The lines of all counties' lists of a night, each with its code, and the ledger of the night that knows them."""
    lines = [line for path in sorted((home.lists / day).glob("*/全县_*.csv")) for line in read(path)]
    if not pq.read_metadata(home.runs / day / "issued.parquet").num_rows:
        _hand_out(home, day, lines)
    return lines


def read(path: Path) -> list[Line]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _hand_out(home: Home, day: str, lines: list[Line]) -> None:
    sealed = load_contracts(None)["answers"].sealed
    warnings = {row["warning_id"]: row for row in pq.read_table(home.runs / day / "warnings.parquet").to_pylist()}
    rows = []
    for line in lines:
        digests = seal.seals({title: line[title] for title in sealed if title in line})
        line[CODE] = f"校-{seal.row_hash(digests)}"
        warning = warnings[line["预警编号"]]
        named = {name: warning.get(name) for name in ISSUED.names}
        told = "{" + ", ".join(f'"{title}": "{digest}"' for title, digest in digests.items()) + "}"
        own = {"as_of": date.fromisoformat(day), "list_id": day, "position": 1, "rules": [], "sources": [], "channels": []}
        rows.append({**named, **own, "row_hash": line[CODE].removeprefix("校-"), "seals": told})
    pq.write_table(pa.Table.from_pylist(rows, schema=ISSUED), home.runs / day / "issued.parquet")


def as_csv(lines: Sequence[Mapping[str, str]], encoding: str = "utf-8-sig") -> bytes:
    """A text table with the columns of the first line."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(lines[0]), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode(encoding)


def as_xlsx(lines: Sequence[Mapping[str, Any]], *, guide: bool = True, title: str = "核实名单") -> bytes:
    """The same as openpyxl writes it, with the guide sheet."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = title
    page.append(list(lines[0]))
    for line in lines:
        page.append([line.get(name) for name in lines[0]])
    if guide:
        book.create_sheet("填写说明").append(["每户一行"])
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def resaved(path: Path, lines: Sequence[Line], filled: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The workbook a night wrote, opened and filled in; `filled` is by warning.  The code is added where the list has none."""
    book = openpyxl.load_workbook(path)
    page = book["核实名单"]
    titles = [cell.value for cell in page[1]]
    if CODE not in titles:
        titles.append(CODE)
        page.cell(1, len(titles), CODE)
    codes = {line["预警编号"]: line[CODE] for line in lines}
    for row in range(2, page.max_row + 1):
        number = str(page.cell(row, titles.index("预警编号") + 1).value)
        for title, value in {CODE: codes[number], **filled.get(number, {})}.items():
            page.cell(row, titles.index(title) + 1, value)
    return saved(book)
