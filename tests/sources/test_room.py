"""How much room a workbook would take, whatever it says of itself."""

import io
import zipfile
from pathlib import Path

import pytest

from sources import room
from sources.header import Unreadable
from sources.room import refuse_vast
from tests.sources.making import HEADER, ods, row, workbook


def _sheet(path: Path, cells: str) -> Path:
    """A workbook whose only sheet holds these rows."""
    workbook(path, {"一": [HEADER, row(1)]})
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            is_sheet = name == "xl/worksheets/sheet1.xml"
            sheet = f"<worksheet><sheetData>{cells}</sheetData></worksheet>"
            new.writestr(name, sheet if is_sheet else old.read(name))
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="900000"><c r="A900000"><v>1</v></c></row>',
        '<row r="1"><c t="n" r="ZZZZZZ1"><v>1</v></c></row>',
        "<row r='1'><c r='A99999999'><v>1</v></c></row>",
    ],
    ids=["far right and far down", "no such column", "no such row"],
)
def test_cells_far_away_are_refused(tmp_path: Path, cells: str) -> None:
    with pytest.raises(Unreadable, match="已用区域有"):
        refuse_vast(_sheet(tmp_path / "a.xlsx", cells), "坏")


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="Z1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="999"><c r="A999"><v>1</v></c></row>',
        '<row r="1"><c r="AB1"><v>1</v></c></row><row r="1048576"/>',
    ],
    ids=["long", "wide", "an empty row far down"],
)
def test_what_fits_is_not_tried_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: str) -> None:
    monkeypatch.setattr(room, "largest_sheet", lambda _: None)
    refuse_vast(_sheet(tmp_path / "a.xlsx", cells), "坏")


def test_cells_without_an_address_and_other_formats_are_tried_elsewhere(tmp_path: Path) -> None:
    refuse_vast(_sheet(tmp_path / "a.xlsx", "<row><c><v>1</v></c></row>"), "坏")
    refuse_vast(ods(tmp_path / "a.ods", {"一": [HEADER, row(1)]}), "坏")
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    with pytest.raises(Unreadable, match="坏"):
        refuse_vast(tmp_path / "a.xls", "坏")
