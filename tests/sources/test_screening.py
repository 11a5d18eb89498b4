"""Feeds of property are opened for the few who have signed, and only their rows are read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import pytest

from engine import connect
from settings import Home
from sources.contracts import load_contracts
from sources.screening import Original, is_same_name, look_up, number_of
from tables import row_id

VEHICLES: Final = load_contracts(None)["vehicles"]
HEADER: Final = "身份证号,所有人,号牌号码,车辆类型,注册日期,购置价,状态\n"


def checked(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights, strict=True)) % 11]


MINE: Final = checked("99010119800101101")
THEIRS: Final = checked("99010119750305202")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path / "work", 1, "1GiB") as connection:
        yield connection


def kept(home: Home, text: str) -> Original:
    path = home.archive / "vehicles" / "sha"
    path.parent.mkdir(parents=True)
    path.write_text(HEADER + text, encoding="utf-8")
    return Original("00112233445566aa", "sha", "vehicles/车辆.csv")


def line(number: str, name: str, plate: str, kind: str = "小型轿车", status: str = "正常") -> str:
    return f"{number},{name},{plate},{kind},2020-05-06,123456.78,{status}\n"


def test_with_nobody_to_look_for_no_original_is_opened(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    gone = Original("00112233445566aa", "there is no such file", "vehicles/车辆.csv")
    assert look_up(db, Home(tmp_path), VEHICLES, [gone], {}).num_rows == 0
    with pytest.raises(FileNotFoundError):
        look_up(db, Home(tmp_path), VEHICLES, [gone], {MINE: "甲样本"})


def test_rows_are_picked_by_number_and_name_and_only_the_kind_is_read(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [
        line(THEIRS, "乙样本", "虚A00001"),
        line(MINE, "甲样本", "虚A00002"),
        line(MINE, "丙样本", "虚A00003"),
        line("'" + MINE.lower(), "甲 样本(本人)", "虚A00004", "货车", "注销"),
        line(MINE[:-1], "甲样本", "虚A00005"),
        line(MINE, "甲样本", "虚A00002"),
    ]
    original = kept(Home(tmp_path), "".join(rows))
    hits = look_up(db, Home(tmp_path), VEHICLES, [original], {MINE: "甲样本"}).to_pylist()
    assert [(hit["row_id"], hit["title"], hit["is_repeat"]) for hit in hits] == [
        (row_id(original.batch_id, 2), "机动车登记：小型汽车，正常", False),
        (row_id(original.batch_id, 4), "机动车登记：货车，报废", False),
        (row_id(original.batch_id, 6), "机动车登记：小型汽车，正常", True),
    ]
    assert not [hit for hit in hits for secret in ("虚A", "123456", "甲", THEIRS) if secret in str(hit)]


def test_what_the_contract_does_not_know_is_not_read_out(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    original = kept(Home(tmp_path), line(MINE, "甲样本", "虚A1", "某人写的话", ""))
    assert look_up(db, Home(tmp_path), VEHICLES, [original], {MINE: "甲样本"})["title"].to_pylist() == ["机动车登记"]


def test_a_number_is_taken_as_it_is_or_not_at_all() -> None:
    assert number_of(" " + MINE.lower() + "　") == MINE
    assert number_of("".join(chr(ord(c) + 0xFEE0) for c in MINE)) == MINE
    assert number_of(MINE + "43") == MINE
    wrong = MINE[:-1] + ("0" if MINE[-1] != "0" else "1")
    assert [number_of(cell) for cell in (wrong, MINE[:6] + MINE[8:17], "9.90101E+17", "", None, MINE + "9")] == [None] * 6


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("阿依·古丽", "阿依古丽", True), ("甲样本", "甲样本（已故）", True), ("甲?本", "甲样本", True),
        ("甲样本", "乙样本", False), ("甲样本", "甲样", False), ("", "", False), (None, "甲样本", False),
    ],
)  # fmt: skip
def test_names_agree_without_guessing(one: str | None, other: str | None, expected: bool) -> None:
    assert is_same_name(one, other) is expected
