"""The list to compare by hand."""

import csv
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import tables
from outputs.files import ListFile
from outputs.layout import review_layout
from outputs.review_list import write_review_list
from tests.outputs.invented import AS_OF, NOTICE, TITLES, Values, night, register, table

EXTENDED = pa.schema([*tables.IDENTITY, ("source", pa.string()), ("batch_id", pa.string()), ("row_number", pa.int32())])
BATCHES = table(tables.BATCH, {"batch_id": "b1", "file": "medical/九月.csv"}, {"batch_id": "b2", "file": "education/秋季.xlsx"})


def row(number: int, name: str, id_number: str | None, **link: object) -> tuple[Values, Values]:
    """One row of a feed: its identity and its link, for review unless said otherwise."""
    at: Values = {"row_id": number, "source": "medical", "batch_id": "b1", "row_number": number}
    place = link.pop("place", "虚构县石桥乡")
    person = {**at, "name": name, "id_number": id_number, "birth_date": "1970-01-01", "place": place}
    return person, {**at, "decision": "review", "probability": 0.5, "evidence": "证件号一致，姓名不同", **link}


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2})
    night(connection, 3)
    rows = [
        row(1, "无候选", None, probability=0.4, evidence="未找到"),
        row(2, "=姓名", "990101197001011234", resident_id="9901010000000000", place="990101001201"),
        row(3, "更可能", "'990101197001019999", resident_id="9901010000000010", probability=0.9),
        row(4, "重复人", "990101197001015678", resident_id="9901010000000010"),
        row(5, "重复人", "990101197001015678", resident_id="9901010000000010", source="education", batch_id="b2"),
        row(6, "已关联", "990101197001010000", decision="linked", resident_id="9901010000000000"),
    ]
    rows[4][0].update(source="education", batch_id="b2")
    register(connection, identity=table(EXTENDED, *(r[0] for r in rows)), link=table(tables.LINK, *(r[1] for r in rows)))
    return connection


def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[ListFile, ...]:
    return write_review_list(connection, folder, AS_OF, NOTICE, TITLES, BATCHES)


def read(folder: Path) -> list[dict[str, str]]:
    with (folder / "待人工比对" / "待人工比对.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_waiting_for_a_person_most_useful_first(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    written, guide = write(connection, tmp_path)
    rows = read(tmp_path)
    assert [one["姓名"] for one in rows] == ["更可能", "重复人", "重复人", "'=姓名", "无候选"]
    assert (written.path, written.rows, guide.rows) == ("待人工比对/待人工比对.csv", 5, 0)
    assert list(rows[0]) == review_layout().titles


def test_both_sides_are_masked(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(connection, tmp_path)
    rows = read(tmp_path)
    assert rows[0]["证件号（遮蔽）"] == "990101********9999"
    assert rows[0]["候选人证件号（遮蔽）"] == "990101********100X"
    assert "199001" not in (tmp_path / "待人工比对" / "待人工比对.csv").read_text(encoding="utf-8-sig")


def test_a_row_is_found_again_and_its_candidate_named(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(connection, tmp_path)
    rows = read(tmp_path)
    assert [one["来源"] for one in rows[1:3]] == ["教育缴费", "医保结算"]
    assert [one["文件行号"] for one in rows[1:3]] == ["education/秋季.xlsx 第 5 行", "medical/九月.csv 第 4 行"]
    assert (rows[3]["候选人姓名"], rows[3]["候选人村"], rows[3]["地址"]) == ("演示甲一", "石桥乡虚一村", "区划-990101001201")
    assert (rows[3]["方法说明"], rows[3]["核对结论"]) == ("证件号一致，姓名不同", "")


def test_no_candidate_is_empty_and_no_number_is_said(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(connection, tmp_path)
    last = read(tmp_path)[-1]
    assert (last["证件号（遮蔽）"], last["候选人姓名"], last["候选人证件号（遮蔽）"], last["候选人村"]) == ("无", "", "", "")


def test_the_note_beside_it_shows_the_notice(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(connection, tmp_path)
    note = (tmp_path / "待人工比对" / "说明.txt").read_bytes().decode("utf-8-sig").split("\r\n")
    assert note[:3] == ["待人工比对名单 说明", NOTICE, "名单日期 2026-10-31，共 5 行"]


def test_the_same_rows_give_the_same_bytes(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    first = write(connection, tmp_path / "1")
    connection.execute("CREATE OR REPLACE TABLE link AS SELECT * FROM link ORDER BY row_id DESC")
    assert write(connection, tmp_path / "2") == first
