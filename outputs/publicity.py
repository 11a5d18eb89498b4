"""The public notice: name, village, category and the last day of each household that is to be taken in, and nothing else.

Whoever writes a notice is given `Notice` records and no connection, so nothing else of a household can get onto it.  Village
boards and web pages with numbers, addresses and diagnoses have been taken to court (钱塘 2023, 蕲春 2025).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from outputs.files import ListFile, list_file
from outputs.heads import TABLE as HEADS
from outputs.heads import heads_of
from outputs.pages import write_page
from outputs.review_list import county_folder, county_name
from outputs.sheets import Heading, cell_format, row_height, set_properties, write_cell
from outputs.text_safety import file_name, one_line, safe_text

FOLDER: Final = "公示"
CLASSES: Final = ("脱贫不稳定户", "边缘易致贫户", "突发严重困难户")
PROPOSED: Final = "拟纳入监测对象"
TO_FILL: Final = "　　年　　月　　日"
TITLES: Final = ("户主姓名", "所在村", "类别", "公示截止日")
_WIDTHS: Final = (16, 20, 34, 20)
INTRODUCTION: Final = (
    "经入户核实、信息比对和村级民主评议，拟将下列农户纳入防止返贫监测对象，现予公示。"
    "公示期内如有异议，请以电话、书面或当面方式反映，反映情况应当真实；对反映人的身份予以保密。"
)
CLOSING: Final = (
    "异议受理电话（乡镇）：________________",
    "异议受理电话（县级）：________________",
    "乡镇人民政府（盖章）：________________",
    "张贴日期：　　年　　月　　日",
    "请在公示截止日次日撤下本公示。",
)

_NAME: Final = re.compile(r"[^\W\d_]+(?:[ ·•．‧・.][^\W\d_]+)*")

_DUE: Final = f"""
SELECT coalesce(c.county, '') AS county, c.village, c.village_name, coalesce(head_name, '') AS head_name, c.publicity_until,
    (SELECT min(monitored_class) FROM resident r WHERE r.household_id = c.household_id AND household_type = '监测对象'
        AND monitored_class IN {CLASSES}) AS monitored_class
FROM case_file c LEFT JOIN {HEADS} USING (household_id)
WHERE c.state = 'compared' OR (c.state = 'publicity' AND (c.publicity_until IS NULL OR c.publicity_until >= ?))
QUALIFY row_number() OVER (
    PARTITION BY c.household_id ORDER BY c.state = 'publicity' DESC, c.publicity_until DESC, c.case_id) = 1
ORDER BY ALL"""
"""A household on its way with two cases is posted once."""

_OVER: Final = """
SELECT count(*), count(DISTINCT village) FROM case_file WHERE publicity_until BETWEEN ? - INTERVAL 30 DAY AND ? - INTERVAL 1 DAY
"""
"""Notices of the last 30 days are told of, so that none stays on the board unnoticed: our own figure."""


@dataclass(frozen=True)
class Notice:
    """All that may be said in public of a household."""

    name: str
    village: str
    category: str
    until: date | None
    """The last day it is posted; None: it is filled in when it is."""


def write_notices(
    connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading, *, mask_names: bool
) -> tuple[ListFile, ...]:
    """Write `公示/<village>_公示` as HTML and XLSX for every village with a household to be posted or posted now.

    Reads `case_file`, `resident` and `roster_identity`.  After its last day a household is on no notice.  One whose head the
    roster does not name is left out: a notice without a name informs nobody.
    """
    with heads_of(connection, "SELECT household_id FROM case_file WHERE state IN ('compared', 'publicity')"):
        due = connection.execute(_DUE, [heading.as_of]).fetchall()
    villages: dict[tuple[str, str], list[Notice]] = {}
    names: dict[tuple[str, str], str] = {}
    for county, village, village_name, head, until, monitored_class in due:
        if name := public_name(head, mask=mask_names):
            key = (county, village or "")
            names.setdefault(key, village_name or village or "")
            category = f"{PROPOSED}（{monitored_class}）" if monitored_class else PROPOSED
            villages.setdefault(key, []).append(Notice(name, names[key], category, until))
    return tuple(file for key, rows in villages.items() for file in _of_village(connection, folder, heading, key, rows))


def _of_village(
    connection: duckdb.DuckDBPyConnection, folder: Path, heading: Heading, key: tuple[str, str], notices: Sequence[Notice]
) -> Iterator[ListFile]:
    county, village = key
    home = county_folder(folder, county, county_name(connection, county)) / FOLDER
    home.mkdir(parents=True, exist_ok=True)
    stem = f"{file_name(village, notices[0].village)}_公示"
    page, book = home / f"{stem}.html", home / f"{stem}.xlsx"
    write_notice_page(page, notices, heading)
    write_notice_book(book, notices, heading)
    for path in (page, book):
        yield list_file(folder, path, county, "", len(notices))


def public_name(written: str, *, mask: bool) -> str:
    """A head's name for the board, its middle masked if the office wants it (张*三, 张*); '' if the cell holds none.

    What a cell holds besides the name (a remark in brackets, a number) and the mark of a member stay behind.
    """
    found = _NAME.match(written.strip())
    name = found[0] if found else ""
    if not mask or len(name) < 2:
        return name
    return name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")


def write_notice_page(path: Path, notices: Sequence[Notice], heading: Heading) -> None:
    """The notice as one page to print on A4."""
    rows, village = [_cells(notice) for notice in notices], notices[0].village
    around = {"notice": heading.notice, "introduction": INTRODUCTION, "closing": CLOSING}
    write_page(path, "publicity.html.j2", village=village, titles=TITLES, rows=rows, **around)


def write_notice_book(path: Path, notices: Sequence[Notice], heading: Heading) -> None:
    """The notice as a workbook of one sheet, to be edited by those who post it."""
    title = f"{notices[0].village}防止返贫监测对象公示"
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        set_properties(book, title, heading)
        page, plain, head = book.add_worksheet(FOLDER), cell_format(book), cell_format(book, bold=True)
        big, left = cell_format(book, border=0, bold=True, font_size=18), cell_format(book, border=0, align="left")
        for at, width in enumerate(_WIDTHS):
            page.set_column(at, at, width)
        above = [(title, big), *((text, left) for text in (heading.notice, INTRODUCTION) if text)]
        _write_lines(page, 0, above)
        for at, cell in enumerate(TITLES):
            page.write_string(len(above), at, cell, head)
        for row, notice in enumerate(notices, start=len(above) + 1):
            *said, last = _cells(notice)
            for at, cell in enumerate((*map(safe_text, said), last)):  # what we write ourselves needs no mark before it
                write_cell(page, row, at, cell, plain)
        end = len(above) + 1 + len(notices)
        _write_lines(page, end, [(text, left) for text in CLOSING])
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.print_area(0, 0, end + len(CLOSING) - 1, len(TITLES) - 1)


def _write_lines(page: Worksheet, first: int, lines: Sequence[tuple[str, Format]]) -> None:
    """Lines across the whole width, from row `first` on."""
    for row, (text, style) in enumerate(lines, start=first):
        page.merge_range(row, 0, row, len(TITLES) - 1, "", style)
        page.write_string(row, 0, one_line(text), style)
        page.set_row(row, row_height([text], [sum(_WIDTHS)]) + 8)


def _cells(notice: Notice) -> tuple[str, str, str, str]:
    day = notice.until
    last = f"{day.year}年{day.month}月{day.day}日" if day else TO_FILL
    return notice.name, notice.village, notice.category, last


def notices_told(connection: duckdb.DuckDBPyConnection, as_of: date) -> tuple[str, ...]:
    """That notices whose last day is over are to be taken down; counts only."""
    row = connection.execute(_OVER, [as_of, as_of]).fetchone()
    if row is None or not row[0]:
        return ()
    return (f"公示：近 30 天内有 {row[1]:,} 个村的 {row[0]:,} 户公示期已满，不再生成；请核实公示栏和网页上的公示均已撤下",)
