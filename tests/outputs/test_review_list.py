"""The lists to compare by hand: whose they are, what they show, and that they repeat to the byte."""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import openpyxl
import pytest

from engine import connect
from outputs.files import ListFile
from outputs.review_form import review_form
from outputs.review_list import write_review_lists
from outputs.review_queue import queue_review
from outputs.sheets import Heading
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, TITLES, Values, household
from tests.outputs.reviewing import BATCHES, asked, key, value, waiting, who

COUNTY = "990101_虚构县/待人工比对_虚构县"
OFFICES = "待人工比对/待人工比对"


@pytest.fixture
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path_factory.mktemp("work"), 2, "512MiB") as opened:
        yield opened


def write(
    connection: duckdb.DuckDBPyConnection, folder: Path, *people: list[Values], with_weights: bool = False, capacity: int = 10
) -> tuple[ListFile, ...]:
    waiting(connection, *people, values=[value(1, 60)])
    queue_review(connection, capacity, "")
    heading = Heading(AS_OF, OFFICE, NOTICE)
    return write_review_lists(connection, folder, heading, TITLES, BATCHES, with_weights=with_weights)


def read(folder: Path, stem: str = COUNTY) -> list[dict[str, str]]:
    with (folder / f"{stem}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_one_line_per_identity_with_its_candidates_side_by_side(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = asked(1, who(0), who(1), rows=3, place="990101001201")
    rows[2].update(source="education", batch_id="b2")
    write(connection, tmp_path, rows)
    [line] = read(tmp_path)
    assert list(line) == review_form().layout(with_weights=False).titles
    assert (line["比对编号"], line["涉及行数"], line["来源"]) == (f"比对-{key(1)}", "3", "教育缴费、医保结算")
    assert (line["文件与行号"], line["姓名"], line["地址"]) == ("medical/九月.csv 第 100 行", "问者1", "区划-990101001201")
    assert (line["候选一姓名"], line["候选一村"], line["候选一人编号"]) == ("演示甲一", "石桥乡虚一村", f"人-{who(0)}")
    assert (line["候选一异同"], line["为何待核对"]) == ("姓名一致，证件号码一位不同", "请核对")
    assert (line["候选二姓名"], line["候选二人编号"], line["候选二异同"]) == ("演示乙一", f"人-{who(1)}", "姓名一致")
    assert line["若属实会触发"] == "某规则60"
    assert {line[title] for title in ("核对结论", "另一人编号", "核对人", "核对日期")} == {""}


def test_numbers_are_masked_on_both_sides(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(connection, tmp_path, asked(1, who(0)))
    [line] = read(tmp_path)
    assert line["证件号（遮蔽）"] == "990101********001X"
    assert line["候选一证件号（遮蔽）"] == "990101********000X"
    assert "1970010" not in (tmp_path / f"{COUNTY}.csv").read_text(encoding="utf-8-sig")


def test_without_a_candidate_its_side_is_empty(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(connection, tmp_path, asked(1, evidence="没有证件号码；可比对的信息不足", id_number=None))
    [line] = read(tmp_path, OFFICES)
    assert (line["证件号（遮蔽）"], line["为何待核对"]) == ("无", "没有证件号码；可比对的信息不足")
    assert {cell for title, cell in line.items() if title.startswith("候选")} == {""}


def test_a_county_sees_nothing_of_another(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    ours, theirs = asked(1, who(0), place="990101001201"), asked(2, who(2), who(5), place="990102001201")
    both = [asked(3, who(0), who(2)), asked(4, who(5), who(0)), asked(5, who(0), place="990102001201")]
    write(connection, tmp_path, ours, theirs, *both)
    shown = {
        folder.name: "".join(path.read_text("utf-8-sig") for path in folder.glob("*.csv")) for folder in tmp_path.iterdir()
    }
    elsewhere = {n for n in range(12) if n % 3 == 2}
    first, second = shown["990101_虚构县"], shown["990102_乌有县"]
    assert ("问者1" in first, "问者2" in first, "问者1" in second, "问者2" in second) == (True, False, False, True)
    assert not [n for n in elsewhere if household(n) in first]
    assert not [n for n in set(range(12)) - elsewhere if household(n) in second]
    assert [line["姓名"] for line in read(tmp_path, OFFICES)] == ["问者3", "问者4", "问者5"]


def test_what_is_cut_is_counted(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    people = [asked(n, who(0), rows=2) for n in range(1, 6)]
    files = write(connection, tmp_path, *people, asked(9, who(0), method="review_open"), capacity=3)
    guide = (tmp_path / "990101_虚构县" / "待人工比对_说明.txt").read_text("utf-8-sig")
    assert "本县待比对 5 人次（10 行），本次列出最有价值的 3 人次，其余按序顺延；另有 1 人次已核对过" in guide
    assert NOTICE in guide
    assert [(file.path, file.county, file.rows) for file in files] == [
        (f"{COUNTY}.csv", "990101", 3),
        (f"{COUNTY}.xlsx", "990101", 3),
        ("990101_虚构县/待人工比对_说明.txt", "990101", 0),
    ]


def test_weights_are_shown_on_request_only(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(connection, tmp_path / "1", asked(1, who(0)))
    write(connection, tmp_path / "2", asked(1, who(0)), with_weights=True)
    assert "候选一概率" not in read(tmp_path / "1")[0]
    line = read(tmp_path / "2")[0]
    assert (line["候选一匹配权重"], line["候选一概率"], line["候选二概率"]) == ("12.3", "0.5000", "")


def test_the_countys_folder_is_the_one_it_has(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "990101_虚构县（旧名）").mkdir()
    write(connection, tmp_path, asked(1, who(0)))
    assert [path.name for path in tmp_path.iterdir()] == ["990101_虚构县（旧名）"]


def test_hostile_text_is_disarmed(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(connection, tmp_path, asked(1, who(0), name="=cmd|'/c calc'!A1", birth_date="1-2", place="@x"))
    [line] = read(tmp_path)
    assert (line["姓名"], line["出生日期"], line["地址"]) == ("'=cmd|'/c calc'!A1", "'1-2", "'@x")
    page = openpyxl.load_workbook(tmp_path / f"{COUNTY}.xlsx")["人工比对"]
    assert {cell.data_type for cell in page[2] if isinstance(cell.value, str)} == {"s"}


def test_the_workbook_offers_the_conclusions_and_keeps_ids_text(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(connection, tmp_path, asked(1, who(0)))
    page = openpyxl.load_workbook(tmp_path / f"{COUNTY}.xlsx")["人工比对"]
    titles = [cell.value for cell in page[1]]
    offered = {str(rule.sqref): rule.formula1 for rule in page.data_validations.dataValidation}
    conclusion = page.cell(2, titles.index("核对结论") + 1)
    assert offered[conclusion.coordinate] == '"是候选一,是候选二,都不是,无法判断,是另一人"'
    assert page.cell(2, titles.index("另一人编号") + 1).number_format == "@"


def test_nothing_in_review_writes_nothing(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert write(connection, tmp_path, asked(1, who(0), decision="linked")) == ()
    assert list(tmp_path.iterdir()) == []


def test_the_same_rows_give_the_same_bytes(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    people = [asked(n, who(n % 3), rows=2) for n in range(1, 9)]
    first = write(connection, tmp_path / "1", *people)
    assert write(connection, tmp_path / "2", *people[::-1]) == first
