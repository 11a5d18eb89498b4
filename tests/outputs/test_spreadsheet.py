"""Lists opened and saved again by a real spreadsheet: nothing in them changes that a person reads, and every seal still holds.

LibreOffice stands for the spreadsheets of the counties; it opens a CSV with its boldest guesses at types, as by a double click.
"""

import csv
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import duckdb
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

import seal
import tables
from outputs.audiences import load_audiences
from outputs.issue import issue
from outputs.lists import write_lists
from outputs.sheets import Heading
from outputs.workbook import PAGE
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, Values, identity, night, resident, table, warning

SOFFICE: Final = shutil.which("soffice")
pytestmark = pytest.mark.skipif(SOFFICE is None, reason="soffice (libreoffice-calc) is not installed; .ci/run installs it")

READ_CSV: Final = "CSV:44,34,76,1,,2052,false,true"
"""Comma, quotes, UTF-8, from line 1, Chinese locale; quoted cells are guessed at too, special numbers found."""
WRITE_GB18030: Final = "csv:Text - txt - csv (StarCalc):44,34,85,1,,2052,false,true"
WRITE_CSV: Final = "csv:Text - txt - csv (StarCalc):44,34,76,1,,2052,false,true"

NASTY: Final = (
    *(
        "阿依古丽·买买提",
        "𠮷田𪚥",
        "😀家",
        "\u200b零宽",
        " 前后 ",
        "第一行\n第二行",
        "a\tb",
        '引"号',
        "逗,号",
        "分;号",
        "'撇号在前",
        "一",
    ),
    *("=1+1", "+8613800000000", "-2+3", "@SUM(A1)", "＝1+1", "#N/A", "http://a.cn", "a@b.cn", "NULL", "∞", "—", "H1"),
    *("1E5", "1e-3", "1E+5", "00123", "007-1", "11010519491231002X", "110105194912310021", "1_000", "1 000", "1,234", "(3)"),
    *(
        "-5",
        "-5.50",
        "-0",
        "0",
        "12",
        "12.5",
        "12.50",
        "1.0",
        ".5",
        "5.",
        "6 1/2",
        "50%",
        "50.0%",
        "￥30",
        "$5",
        "１２",
        "０１",
    ),
    *("3-1", "1/2", "99-01", "12-2026", "2026-01-02", "2026/1/2", "2026-13-01", "2026年1月2日", "1月2日", "12月", "1.2.2026"),
    *("3.1.26", "Jan 5", "5-Jan", "12:30", "8:05:00", "TRUE", "false", "真"),
)


@dataclass(frozen=True)
class Saved:
    """The county's list as written, and as LibreOffice saved it: file by what was opened and saved."""

    folder: Path
    csv: Path
    xlsx: Path
    seals: dict[str, dict[str, str]]

    def again(self, source: Path, target: str, infilter: str = "") -> Path:
        """Open a file and save it anew, in a folder of its own."""
        out = self.folder / f"{source.suffix[1:]}-{re.sub(r'[^a-z0-9]', '', target)}"
        if made := sorted(out.glob("*.*")):
            return made[0]
        command = [str(SOFFICE), f"-env:UserInstallation=file://{self.folder}/profile", "--headless", "--norestore"]
        command += [f"--infilter={infilter}"] if infilter else []
        subprocess.run(
            [*command, "--convert-to", target, "--outdir", out, source], check=True, capture_output=True, timeout=120
        )
        return next(out.glob("*.*"))


def household(number: int, nasty: str) -> tuple[Values, Values, Values]:
    """A warning, a head and an identity that are full of one value."""
    said = warning(number, village_name=nasty, reasons=[nasty], township_name="石桥乡", township="990101001", county="990101")
    where = {"county": "990101", "county_name": "虚构县", "township": "990101001", "village": "990101001201"}
    phone = f"010{number:08d}" if number % 2 else f"1999990{number:04d}"
    return said | where, resident(number, group_name=nasty), identity(number, name=nasty, phone=phone)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    folder = tmp_path_factory.mktemp("spreadsheet")
    warnings, residents, identities = zip(*(household(n, nasty) for n, nasty in enumerate(NASTY)), strict=True)
    with duckdb.connect() as connection:
        night(
            connection,
            len(NASTY),
            warning=table(tables.WARNING, *warnings),
            resident=table(tables.RESIDENT, *residents),
            roster_identity=table(tables.ROSTER_IDENTITY, *identities),
        )
        issue(connection, AS_OF)
        write_lists(connection, folder / "lists", Heading(AS_OF, OFFICE, NOTICE), load_audiences())
        sealed = dict(connection.execute("SELECT warning_id, seals FROM list_seal").fetchall())
    stem = folder / "lists" / "990101_虚构县" / "全县_虚构县"
    seals = {one: json.loads(told) for one, told in sealed.items()}
    return Saved(folder, stem.with_suffix(".csv"), stem.with_suffix(".xlsx"), seals)


def of_csv(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, object]]:
    with path.open(encoding=encoding, newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def of_xlsx(path: Path) -> list[dict[str, object]]:
    book = openpyxl.load_workbook(path)
    page = book[PAGE] if PAGE in book.sheetnames else book.worksheets[0]
    titles, *rows = page.iter_rows(values_only=True)
    return [dict(zip(map(str, titles), row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def xlsx_again(saved: Saved) -> Path:
    return saved.again(saved.xlsx, "xlsx:Calc MS Excel 2007 XML")


def broken(saved: Saved, rows: list[dict[str, object]]) -> Iterator[tuple[str, object, str]]:
    """Cells whose seal no longer holds: column, what stands there now, and what was written."""
    written = {str(row["预警编号"]): row for row in of_csv(saved.csv)}
    assert [row["预警编号"] for row in rows] == list(written)
    for row in rows:
        for title, digest in saved.seals[str(row["预警编号"])].items():
            cell = row[title]
            kept = cell if isinstance(cell, date | datetime | int) or cell is None else str(cell)
            if seal.digest(title, kept) != digest:
                yield title, cell, str(written[str(row["预警编号"])][title])


def test_every_seal_holds_in_a_workbook_saved_again(saved: Saved, xlsx_again: Path) -> None:
    assert list(broken(saved, of_xlsx(xlsx_again))) == []


def test_every_seal_holds_in_a_workbook_saved_as_csv(saved: Saved) -> None:
    assert list(broken(saved, of_csv(saved.again(saved.xlsx, WRITE_CSV)))) == []


def test_every_seal_holds_in_a_workbook_saved_as_csv_in_the_national_encoding(saved: Saved) -> None:
    again = saved.again(saved.xlsx, WRITE_GB18030)
    assert "预警编号".encode("gb18030") in again.read_bytes()
    assert list(broken(saved, of_csv(again, "gb18030"))) == []


def test_every_seal_holds_in_a_csv_saved_again(saved: Saved) -> None:
    assert list(broken(saved, of_csv(saved.again(saved.csv, WRITE_CSV, READ_CSV)))) == []


def test_every_seal_holds_in_a_csv_saved_as_workbook(saved: Saved) -> None:
    assert list(broken(saved, of_xlsx(saved.again(saved.csv, "xlsx:Calc MS Excel 2007 XML", READ_CSV)))) == []


def test_ids_zeros_and_dates_read_the_same(saved: Saved, xlsx_again: Path) -> None:
    written, ours = of_csv(saved.csv), of_xlsx(saved.xlsx)
    texts = ("户编号", "户主证件号（遮蔽）", "联系电话", "预警编号", "校验码", "户主姓名", "村民小组", "行政村", "预警原因")
    for before, book, again in zip(written, ours, of_xlsx(xlsx_again), strict=True):
        assert (
            [before[title] or None for title in texts] == [book[title] for title in texts] == [again[title] for title in texts]
        )
        assert book["最迟核实日期"] == again["最迟核实日期"] == datetime(2026, 11, 15)  # noqa: DTZ001 - a day
    assert {str(row["联系电话"])[:2] for row in written} == {"电-", "19"}, "leading zeros are kept behind a mark"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_becomes_a_formula(saved: Saved, xlsx_again: Path, kind: str) -> None:
    path = xlsx_again if kind == "xlsx" else saved.again(saved.csv, "xlsx:Calc MS Excel 2007 XML", READ_CSV)
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f" not in re.sub("<(formula|filter|firstF|fonts)[^>]*>", "", sheet)
    assert not [name for name in ("externalLink", "hyperlink") if name in sheet]


def page(path: Path) -> Worksheet:
    found = openpyxl.load_workbook(path)[PAGE]
    assert isinstance(found, Worksheet)
    return found


def test_drop_downs_widths_and_print_area_stay(saved: Saved, xlsx_again: Path) -> None:
    ours, again = page(saved.xlsx), page(xlsx_again)
    for sheet in (ours, again):
        rules = sorted(
            (str(rule.type), str(rule.formula1).count(",")) for rule in sheet.data_validations.dataValidation if rule.type
        )
        assert rules == [("date", 0), ("list", 11), ("list", 12)]
        assert str(sheet.print_area).replace("$", "").endswith(f"A1:Z{len(NASTY) + 1}")
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert ours.freeze_panes == "A2"
    for letter in ("H", "K", "N", "U"):
        assert again.column_dimensions[letter].width == pytest.approx(ours.column_dimensions[letter].width, abs=1.5)


def test_it_prints_in_one_width(saved: Saved) -> None:
    made = saved.again(saved.xlsx, "pdf:calc_pdf_Export").read_bytes()
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", made)
    wide = [float(width) > float(height) for width, height in boxes]
    assert 1 <= sum(wide) <= 1 + len(NASTY) // 12, "landscape pages of the list, none cut in two widths"
    assert wide.count(False) <= 2, "the guide sheet"
