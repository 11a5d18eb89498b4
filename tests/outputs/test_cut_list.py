"""What was cut is listed for the office: in order, with the reason, and without anybody's name."""

from pathlib import Path

import duckdb
import openpyxl

import tables
from outputs.audiences import load_audiences
from outputs.cut_list import write_cut_list
from outputs.reading import read_table
from outputs.sheets import Heading
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, identity, night, referral, table

HEADING = Heading(AS_OF, OFFICE, NOTICE)
WHY = ["超出本县本期可核实户数 4 户，排第 5 位", "不在本单位负责的地区（行政区划代码以 99 开头）之内"]


def test_the_office_learns_whom_no_list_holds_and_why(tmp_path: Path) -> None:
    connection = duckdb.connect()
    rows = [referral(n, is_listed=n < 4, why_cut=WHY[n - 4] if n > 3 else None) for n in range(6)]
    night(connection, referral=table(tables.REFERRAL, *rows))
    files = write_cut_list(connection, tmp_path, HEADING, load_audiences())
    assert [(file.path, file.rows, file.audience) for file in files] == [
        (f"办公室/未列入名单.{kind}", 2, "office") for kind in ("csv", "xlsx")
    ]
    read = read_table(tmp_path / files[0].path)
    assert (read.column("预警编号"), read.column("未列入原因")) == ([f"W{n:012X}" for n in (4, 5)], WHY)
    assert (read.column("总排名"), read.column("县代码")) == (["5", "6"], ["区划-990101", "区划-990102"])
    assert read_table(tmp_path / files[1].path).column("未列入原因") == WHY
    assert openpyxl.load_workbook(tmp_path / files[1].path).sheetnames == ["未列入名单"]
    text = (tmp_path / files[0].path).read_text(encoding="utf-8-sig")
    assert not [n for n in range(6) for key in ("name", "phone", "household_id") if str(identity(n)[key]) in text]


def test_nothing_cut_is_no_list(tmp_path: Path) -> None:
    connection = duckdb.connect()
    night(connection)
    assert write_cut_list(connection, tmp_path, HEADING, load_audiences()) == ()
    assert not list(tmp_path.iterdir())
