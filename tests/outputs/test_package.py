"""The wall between counties holds against a writer that errs, and every change of a package is found and named."""

import csv
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import openpyxl
import pytest

from errors import Fault
from outputs.audiences import load_audiences
from outputs.files import ListFile, sha256_of
from outputs.issue import issue
from outputs.lists import write_lists
from outputs.package import MANIFEST, Package, close_packages, vouched
from outputs.package_check import differences, open_package
from outputs.reading import read_table
from outputs.sheets import Heading
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, household, night

FIRST, SECOND = "990101_虚构县", "990102_乌有县"
WHOLE = f"{FIRST}/全县_虚构县.csv"
TOWNSHIP = f"{FIRST}/990101001_石桥乡.csv"
VILLAGE = f"{FIRST}/990101001_石桥乡/990101001201_虚一村.csv"


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2})
    night(connection, 12)
    issue(connection, AS_OF)
    return connection


def written(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[ListFile, ...]:
    return write_lists(connection, folder, Heading(AS_OF, OFFICE, NOTICE), load_audiences())


def closed(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[ListFile, ...]:
    files = written(connection, folder)
    return (*files, *close_packages(connection, folder, files, AS_OF))


def lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def rewrite(path: Path, change: Callable[[list[list[str]]], object]) -> None:
    table = lines(path)
    change(table)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(table)


def found(folder: Path, recorded: str | None = None) -> list[str]:
    return list(differences(open_package(folder), recorded))


def test_a_sound_package_is_closed(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    files = closed(connection, tmp_path)
    package = Package.model_validate(json.loads((tmp_path / FIRST / MANIFEST).read_text(encoding="utf-8")))
    there = {path.relative_to(tmp_path / FIRST).as_posix() for path in (tmp_path / FIRST).rglob("*") if path.is_file()}
    assert package.files.keys() == there - {MANIFEST}
    assert {name: one.audience for name, one in package.files.items()}["990101001_石桥乡/990101001201_虚一村.csv"] == "village"
    sealed = dict(connection.execute("SELECT warning_id, row_hash FROM list_seal").fetchall())
    assert {one: row.row_hash for one, row in package.rows.items()} == {n: sealed[n] for n in package.rows}
    assert all(len(row.lines) == 6 for row in package.rows.values()), "three lists, each in two forms"
    assert not [n for n in range(12) if household(n) in (tmp_path / FIRST / MANIFEST).read_text(encoding="utf-8")]
    assert vouched(files) == {f"{home}/{MANIFEST}": sha256_of(tmp_path / home / MANIFEST) for home in (FIRST, SECOND)}
    assert found(tmp_path / FIRST) == found(tmp_path / SECOND) == []


def foreign_row(folder: Path) -> None:
    (row,) = lines(folder / SECOND / "全县_乌有县.csv")[1:2]
    rewrite(folder / WHOLE, lambda table: table.append(row))


def foreign_household(folder: Path) -> None:
    rewrite(folder / VILLAGE, lambda table: table[1].__setitem__(table[0].index("户编号"), f"户-{household(2)}"))


def foreign_file(folder: Path) -> None:
    shutil.copy(folder / SECOND / "990102001_青禾乡.xlsx", folder / FIRST)


def foreign_candidate(folder: Path) -> None:
    (folder / FIRST / "待人工比对_虚构县.csv").write_text(f"候选一人编号\n人-{household(2)}0\n", encoding="utf-8")


def missing_row(folder: Path) -> None:
    rewrite(folder / TOWNSHIP, lambda table: table.pop(2))


def row_twice(folder: Path) -> None:
    rewrite(folder / VILLAGE, lambda table: table.append(table[1]))


def missing_list(folder: Path) -> None:
    (folder / VILLAGE).with_suffix(".xlsx").unlink()


def missing_county(folder: Path) -> None:
    shutil.rmtree(folder / SECOND)


def two_folders(folder: Path) -> None:
    shutil.copytree(folder / SECOND, folder / "990101_别名")


def swapped_names(folder: Path) -> None:
    def swap(table: list[list[str]]) -> None:
        table[1][7], table[2][7] = table[2][7], table[1][7]

    rewrite(folder / WHOLE, swap)


def torn_workbook(folder: Path) -> None:
    path = (folder / WHOLE).with_suffix(".xlsx")
    path.write_bytes(path.read_bytes()[:2000])


@pytest.mark.parametrize(
    ("sabotage", "told"),
    [
        (foreign_row, "全县_虚构县.csv: 2 codes of other counties"),
        (foreign_household, "1 codes of other counties"),
        (foreign_file, r"990102001_青禾乡.xlsx: 8 codes of other counties"),
        (foreign_candidate, "待人工比对_虚构县.csv: 1 codes"),
        (missing_row, r"township lists \(.csv\): 1 households missing"),
        (row_twice, r"village lists \(.csv\): 0 households missing, 1 twice"),
        (missing_list, r"village lists \(.xlsx\): 4 households missing"),
        (missing_county, "990102: no folder"),
        (two_folders, "county 990101 has two folders"),
        (swapped_names, "2 cells are not those that were sealed"),
        (torn_workbook, "全县_虚构县.xlsx cannot be read back"),
    ],
)
def test_a_writer_that_errs_is_found_out(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, sabotage: Callable[[Path], None], told: str
) -> None:
    files = written(connection, tmp_path)
    sabotage(tmp_path)
    with pytest.raises(Fault, match=told) as fault:
        close_packages(connection, tmp_path, files, AS_OF)
    assert household(2) not in str(fault.value)


@pytest.fixture
def package(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Path:
    closed(connection, tmp_path)
    return tmp_path / FIRST


def test_every_cell_of_every_list_is_watched(package: Path) -> None:
    for name in (path.relative_to(package).as_posix() for path in package.rglob("*.csv") if path.name != "清单.csv"):
        original, table = (package / name).read_bytes(), lines(package / name)
        for row in range(1, len(table)):
            for column in range(len(table[0])):
                rewrite(package / name, partial(spoil, row, column))
                told = found(package)
                assert told, (name, row, column)
                assert all(line.startswith(f"{name}：第 {row + 1} 行") or "缺少预警" in line for line in told)
                (package / name).write_bytes(original)
    assert found(package) == []


def spoil(row: int, column: int, table: list[list[str]]) -> None:
    table[row][column] = "改"


def test_rows_and_files_come_and_go(package: Path) -> None:
    name = "全县_虚构县.csv"
    rewrite(package / name, lambda table: table.append(table.pop(1)))
    assert found(package) == [f"{name}：已改动，各行内容未变（表头、格式或另存）"]
    rewrite(package / name, lambda table: table.pop(-1))
    rewrite(package / name, lambda table: table.append([*table[1][:19], "W00000000FFFF", *table[1][20:]]))
    gone = lines(package / "990101001_石桥乡.csv")[1][16]
    assert found(package) == [f"{name}：第 9 行（预警 W00000000FFFF）是多出的", f"{name}：缺少预警 {gone} 一行"]
    (package / name).unlink()
    (package / "另一份.csv").write_text("x", encoding="utf-8")
    (package / "填写说明.html").write_text("x", encoding="utf-8")
    assert found(package) == ["另一份.csv：多出的文件", f"{name}：缺少", "填写说明.html：内容已改动（发出时 0 行）"]


def test_a_changed_workbook_names_its_row(package: Path) -> None:
    path = package / "全县_虚构县.xlsx"
    book = openpyxl.load_workbook(path)
    book["核实名单"]["J3"] = "199 0000 0000"
    book.save(path)
    third = read_table(package / "全县_虚构县.csv").column("预警编号")[1]
    assert f"全县_虚构县.xlsx：第 3 行（预警 {third}）已改动" in found(package)
    path.write_bytes(b"PK")
    assert found(package) == ["全县_虚构县.xlsx：已改动，无法读取"]


def test_a_changed_manifest_is_found_by_its_record(package: Path) -> None:
    recorded = sha256_of(package / MANIFEST)
    forged = json.loads((package / MANIFEST).read_text(encoding="utf-8"))
    rewrite(package / "全县_虚构县.csv", lambda table: table.pop(1))
    forged["files"]["全县_虚构县.csv"]["sha256"] = sha256_of(package / "全县_虚构县.csv")
    (package / MANIFEST).write_text(json.dumps(forged, ensure_ascii=False), encoding="utf-8")
    assert found(package) == [], "a whole forgery agrees with itself"
    assert found(package, recorded)[0].startswith("清单.json：与审计日志中的记录不一致")
    (package / MANIFEST).write_text("{", encoding="utf-8")
    assert found(package, None) == ["清单.json：无法读取"]
    (package / MANIFEST).unlink()
    assert found(package, recorded) == ["清单.json：缺少"]
