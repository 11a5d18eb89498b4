from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pytest

from sources.county.build import feeds_of, stream, world_of
from sources.county.columns import Texts, calendar_years, day_number, day_text, draw, money_text, number_text
from sources.county.deliver import Delivery
from sources.county.dirt import Soiled
from sources.county.layout import Column, File, Sheet
from sources.county.names import prepare
from sources.county.places import lay_out
from sources.county.plan import Plan
from sources.county.words import read_names, read_places
from sources.county.write import TextFile, Workbook, csv_lines


def texts(*values: str | None) -> Texts:
    return np.array(values, dtype=np.object_)


def sheet(*headers: str, numbers: tuple[str, ...] = ()) -> Sheet:
    columns = tuple(Column(header, header, "number" if header in numbers else "text") for header in headers)
    return Sheet("表", columns, "标题", ("说明",))


def test_only_cells_that_need_quotes_get_them() -> None:
    assert csv_lines([texts("a", 'b"c', None), texts("1,2", "", "x")]) == ['a,"1,2"', '"b""c",', ",x"]


def test_a_text_file_has_its_encoding_and_mark(tmp_path: Path) -> None:
    for encoding, start in (("utf-8-sig", b"\xef\xbb\xbf\xe5"), ("gb18030", "姓".encode("gb18030"))):
        path = tmp_path / encoding / "a.csv"
        output = TextFile(path, File("medical", "a.csv", encoding, (sheet("姓名", "金额"),), 0))
        output.append(0, [texts("李𠮷"), texts("1.00")])
        output.append(0, [texts("张三"), texts(None)])
        output.close()
        assert path.read_bytes().startswith(start)
        assert path.read_bytes().decode(encoding) == "姓名,金额\r\n李𠮷,1.00\r\n张三,\r\n"
        assert output.rows == [2]


def test_a_workbook_keeps_long_numbers_as_text_and_amounts_as_numbers(tmp_path: Path) -> None:
    file = File("education", "a.xlsx", "", (sheet("证件", "学费", numbers=("学费",)),), 0)
    output = Workbook(tmp_path / "a.xlsx", file, tmp_path / "scratch")
    output.append(0, [texts("990101199003070028", None), texts("1200.50", "见附件")])
    output.close()
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert page is not None
    assert list(page.iter_rows(values_only=True)) == [
        ("标题", None),
        ("说明", None),
        ("证件", "学费"),
        ("990101199003070028", 1200.5),
        (None, "见附件"),
    ]
    assert [str(area) for area in page.merged_cells.ranges] == ["A1:B1"]


def test_full_sheets_go_on_in_another_file(tmp_path: Path) -> None:
    plan = Plan(residents=900)
    feed = next(feed for feed in feeds_of(plan) if feed.source == "civil_affairs")
    names = prepare(read_names())
    place = lay_out(plan, read_places(), names.nations)[0]
    world = world_of(plan, names, place)
    rows = feed.rows(world, stream(plan, place, 99))
    soiled = Soiled(rows, np.zeros(len(rows.person), dtype=np.int64))
    delivery = Delivery(tmp_path / "inbox", tmp_path / "scratch", [feed], max_sheet_rows=20)
    truth = pa.concat_tables(delivery.put(world, feed, soiled) + delivery.close()).to_pylist()
    assert any(path.endswith("_2.xlsx") for path in delivery.written)
    assert len(truth) == delivery.rows["civil_affairs"]
    for path in delivery.written:
        pages = openpyxl.load_workbook(tmp_path / "inbox" / path).worksheets
        counts = [page.max_row - 3 for page in pages]
        assert max(counts) <= 20
        numbers = sorted(row["row_number"] for row in truth if row["file"] == path)
        assert numbers == list(range(1, sum(max(count, 0) for count in counts) + 1))


def test_numbers_dates_and_money_as_text() -> None:
    assert number_text(np.array([7, 123]), 3).tolist() == ["007", "123"]
    assert money_text(np.array([5, -12345, 100])).tolist() == ["0.05", "-123.45", "1.00"]
    day = np.array([0, 20_392, -1])
    assert day_text(day).tolist() == ["1970-01-01", "2025-10-31", "1969-12-31"]
    assert day_text(day[1:2], "%Y%m%d").tolist() == ["20251031"]
    assert calendar_years(day).tolist() == [1970, 2025, 1969]


@pytest.mark.parametrize("weights", [(1, 0, 3), (0.5, 0, 1.5)])
def test_draws_follow_their_weights(weights: tuple[float, ...]) -> None:
    codes = draw(np.random.default_rng(1), weights, 4_000)
    share = np.bincount(codes, minlength=3) / 4_000
    assert share[1] == 0
    assert share[0] == pytest.approx(0.25, abs=0.03)


def test_day_numbers_are_arrows() -> None:
    assert day_number(date(1970, 1, 2)) == 1
    assert pa.array([day_number(date(2026, 10, 31))], pa.int32()).cast(pa.date32())[0].as_py() == date(2026, 10, 31)
