"""`fangpin match`: two files in, one out, each row once and in its place; what cannot be used is told in one message."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from tests.flows.little import PEOPLE, assert_discreet, assert_told, fangpin

Columns = Mapping[str, Sequence[object]]

ROSTER: Columns = {
    "resident_id": [f"R{n}" for n in range(len(PEOPLE))],
    "household_id": [f"H{person.household}" for person in PEOPLE],
    "name": [person.name for person in PEOPLE],
    "id_number": [person.id_number for person in PEOPLE],
    "sex": [person.sex for person in PEOPLE],
    "birth_date": [person.born for person in PEOPLE],
    "place_code": ["990101101001"] * len(PEOPLE),
    "phone": [person.phone for person in PEOPLE],
}
EXTRACT: Columns = {
    "row_id": ["007", "b", "a", "x"],
    "name": [PEOPLE[3].name, PEOPLE[0].name, "", PEOPLE[8].name],
    "id_number": [PEOPLE[3].id_number, f'="{PEOPLE[0].id_number}"', "无", None],
    "birth_date": [None, None, None, PEOPLE[8].born],
    "place_code": [None, None, None, "990101101001"],
}
EXPECTED = [("007", "R3", "linked"), ("b", "R0", "linked"), ("a", None, "review"), ("x", "R8", "linked")]


def write(path: Path, columns: Columns, encoding: str = "utf-8") -> Path:
    """A file of the kind its suffix says; CSV with quotes around every text."""
    table = pa.table({name: pa.array(cells) if any(cells) else pa.array(cells, pa.string()) for name, cells in columns.items()})
    if path.suffix == ".parquet":
        pq.write_table(table, path)
        return path
    sink = pa.BufferOutputStream()
    arrow_csv.write_csv(table, sink)
    path.write_bytes(sink.getvalue().to_pybytes().decode().encode(encoding))
    return path


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    return write(tmp_path / "roster.parquet", ROSTER)


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return write(tmp_path / "extract.parquet", EXTRACT)


def found(path: Path) -> list[tuple[object, ...]]:
    rows = pq.read_table(path).to_pylist()
    return [(row["row_id"], row["resident_id"], row["decision"]) for row in rows]


def test_every_row_comes_out_once_in_the_order_of_the_extract(roster: Path, extract: Path) -> None:
    outcome = fangpin("match", "--roster", roster, "--extract", extract)
    assert (outcome.code, outcome.err) == (0, "")
    links = pq.read_table(extract.with_name("extract.links.parquet"))
    assert links.column_names == ["row_id", "resident_id", "decision", "method", "probability", "runner_up"]
    assert found(extract.with_name("extract.links.parquet")) == EXPECTED
    assert sorted(path.name for path in extract.parent.iterdir()) == [
        "extract.links.parquet",
        "extract.parquet",
        "roster.parquet",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_gives_the_same_links_as_parquet(tmp_path: Path, encoding: str) -> None:
    files = [write(tmp_path / f"{name}.csv", columns, encoding) for name, columns in (("r", ROSTER), ("e", EXTRACT))]
    assert fangpin("match", "--roster", files[0], "--extract", files[1]).code == 0
    assert found(tmp_path / "e.links.parquet") == EXPECTED


def test_csv_cells_may_hold_quotes_delimiters_and_line_ends(tmp_path: Path, roster: Path) -> None:
    extract = tmp_path / "e.csv"
    who = PEOPLE[0]
    lines = [
        " Row_ID ;NAME;id_number;备注",
        f'1;{who.name};="{who.id_number}";"a;b"',
        f'2;{who.name};"=""{who.id_number}""";"a\nb"',
        f'3;"{who.name}";\'{who.id_number};',
    ]
    extract.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
    outcome = fangpin("match", "--roster", roster, "--extract", extract, "--out", tmp_path / "out.csv")
    assert outcome.code == 0, outcome.err
    assert "e.csv：未使用的列 备注" in outcome.out
    written = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:3] for line in written[1:]] == [[str(n), "R0", "linked"] for n in (1, 2, 3)]


def test_columns_of_other_types_are_read_as_their_text(tmp_path: Path) -> None:
    """Days as dates, codes and phones as integers, and keys come back as they came."""
    residents = {
        **ROSTER,
        "birth_date": [date.fromisoformat(person.born) for person in PEOPLE],
        "place_code": [990101101001] * 10,
    }
    residents = {**residents, "phone": [int(person.phone) for person in PEOPLE], "resident_id": list(range(10))}
    rows: Columns = {
        "row_id": [30, 2, 9007199254740993],
        "name": [PEOPLE[n].name for n in (1, 8, 5)],
        "birth_date": [date.fromisoformat(PEOPLE[n].born) for n in (1, 8, 5)],
        "place_code": [990101101001] * 3,
    }
    files = [write(tmp_path / "r.parquet", residents), write(tmp_path / "e.parquet", rows)]
    assert fangpin("match", "--roster", files[0], "--extract", files[1]).code == 0
    assert found(tmp_path / "e.links.parquet") == [(30, 1, "linked"), (2, 8, "linked"), (9007199254740993, 5, "linked")]


def test_whole_numbers_of_a_csv_come_back_as_numbers_and_others_as_text(tmp_path: Path, roster: Path) -> None:
    def keys(*given: str) -> list[object]:
        extract = tmp_path / "e.csv"
        extract.write_text("row_id,name\n" + "".join(f"{key},甲\n" for key in given), encoding="utf-8")
        assert fangpin("match", "--roster", roster, "--extract", extract).code == 0
        return [row for row, _, _ in found(tmp_path / "e.links.parquet")]

    assert keys("12", "-3", "0") == [12, -3, 0]
    assert keys("12", "03") == ["12", "03"]


def test_the_summary_counts_and_tells_no_value(roster: Path, extract: Path) -> None:
    plain = fangpin("match", "--roster", roster, "--extract", extract, "--threads", "1")
    assert "花名册 10 人，数据 4 行" in plain.out
    assert "extract.parquet：没有的列（不参与比对） sex、phone" in plain.out
    assert "75.000%" in plain.out
    assert_discreet(plain)
    told = json.loads(fangpin("match", "--roster", roster, "--extract", extract, "--json").out)
    assert told["decisions"] == {"linked": 3, "review": 1, "no_resident": 0}
    assert sum(method["rows"] for method in told["methods"]) == told["rows"] == 4
    assert told["out"] == str(extract.with_name("extract.links.parquet"))


def test_a_roster_of_nobody_knows_nobody(tmp_path: Path, extract: Path) -> None:
    empty = write(tmp_path / "none.parquet", {name: [] for name in ROSTER})
    assert fangpin("match", "--roster", empty, "--extract", extract).code == 0
    assert {resident for _, resident, _ in found(tmp_path / "extract.links.parquet")} == {None}


def test_an_extract_of_no_rows_gives_none(tmp_path: Path, roster: Path) -> None:
    extract = tmp_path / "none.csv"
    extract.write_text("row_id,name\n", encoding="utf-8")
    assert fangpin("match", "--roster", roster, "--extract", extract).code == 0
    assert found(tmp_path / "none.links.parquet") == []


BROKEN: Mapping[str, tuple[Columns, str, str]] = {
    "twice": ({**EXTRACT, "row_id": ["a", "a", "b", "c"]}, "row_id", "1 行与别的行相同"),
    "empty": ({**EXTRACT, "row_id": ["a", None, "b", "c"]}, "row_id", "1 行为空"),
    "no_key": ({"name": ["甲"]}, "表头", "缺 row_id"),
    "nobody": ({"row_id": ["a"], "phone": ["1"]}, "表头", "缺 name、id_number"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_extract_that_cannot_be_matched_is_told(tmp_path: Path, roster: Path, case: str) -> None:
    columns, place, said = BROKEN[case]
    outcome = fangpin("match", "--roster", roster, "--extract", write(tmp_path / "e.parquet", columns))
    assert_told(outcome, 2, f"e.parquet：{place}", said)


def test_a_roster_that_lacks_a_column_or_has_somebody_twice_is_told(tmp_path: Path, extract: Path) -> None:
    lacking = write(tmp_path / "r.csv", {name: cells for name, cells in ROSTER.items() if name != "phone"})
    assert_told(fangpin("match", "--roster", lacking, "--extract", extract), 2, "r.csv：表头", "缺 phone")
    twice = write(tmp_path / "r.csv", {**ROSTER, "resident_id": ["R1"] * 10})
    assert_told(fangpin("match", "--roster", twice, "--extract", extract), 2, "r.csv：resident_id", "9 行与别的行相同")


TORN = {
    "few.csv": f"row_id,name,id_number\n1,甲,2\n2,{PEOPLE[0].name}\n".encode(),
    "many.csv": f"row_id,name\n1,甲\n2,{PEOPLE[0].name},{PEOPLE[0].id_number}\n".encode(),
    "open.csv": f'row_id,name\n1,甲\n2,"{PEOPLE[0].name}\n'.encode(),
}


@pytest.mark.parametrize("name", TORN)
def test_a_torn_row_is_told_by_its_line(tmp_path: Path, roster: Path, name: str) -> None:
    (tmp_path / name).write_bytes(TORN[name])
    assert_told(fangpin("match", "--roster", roster, "--extract", tmp_path / name), 2, name, "第 3 行")


UNREADABLE = {
    "a.parquet": (b"PAR1 and nothing", "已损坏"),
    "b.csv": (b"", "0 字节"),
    "c.csv": (b"PK\x03\x04 a workbook", "Excel"),
    "d.xlsx": (b"PK\x03\x04 a workbook", "别的结尾"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_of_another_kind_is_told(tmp_path: Path, roster: Path, name: str) -> None:
    content, said = UNREADABLE[name]
    (tmp_path / name).write_bytes(content)
    assert_told(fangpin("match", "--roster", roster, "--extract", tmp_path / name), 2, name, said)


def test_wrong_paths_and_options_are_told(tmp_path: Path, roster: Path, extract: Path) -> None:
    files = ("match", "--roster", roster, "--extract", extract)
    assert_told(fangpin("match", "--roster", roster), 2, "--roster 与 --extract")
    assert_told(fangpin("match", "--roster", roster, "--extract", tmp_path / "no.csv"), 2, "没有这个文件")
    assert_told(fangpin(*files, "--out", extract), 2, "同一个文件")
    assert_told(fangpin(*files, "--out", tmp_path / "no" / "out.csv"), 2, "没有这个文件夹")
    assert_told(fangpin(*files, "--out", tmp_path / "out.xlsx"), 2, "--out")
    assert_told(fangpin(*files, "--parameters", tmp_path / "no.yaml"), 2, "no.yaml")
    assert_told(fangpin(*files, "--parameters", extract), 10, "extract.parquet")
    assert_told(fangpin(*files, "--area-changes", tmp_path / "no.tsv"), 2, "no.tsv")
    assert_told(fangpin(*files, "--memory-limit", "much"), 2, "--memory-limit")
    assert_told(fangpin(*files, "--memory-limit", "1MiB"), 2, "--memory-limit", "1MiB 不够用")
    assert pq.read_table(extract).num_rows == len(EXTRACT["row_id"])


def test_a_name_with_signs_of_a_pattern_is_one_file(tmp_path: Path, roster: Path) -> None:
    folder = tmp_path / "a[1]*"
    folder.mkdir()
    assert fangpin("match", "--roster", roster, "--extract", write(folder / "e?.parquet", EXTRACT)).code == 0
    assert found(folder / "e?.links.parquet") == EXPECTED


def test_matching_alone_brings_in_no_workflow_and_no_expectations() -> None:
    heavy = "[name for name in ('prefect', 'great_expectations', 'altair', 'sqlalchemy') if name in sys.modules]"
    code = f"import sys, flows.cli, flows.matching_alone, flows.match_show; print({heavy})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
