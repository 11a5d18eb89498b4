"""`fangpin match explain`: the night's answer again, with its figures, whatever names the row; no person's value is shown."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from flows.match_show import width
from settings import Home
from tests.flows.little import (
    MEDICAL,
    MEDICAL_HEADER,
    OFFICE,
    PEOPLE,
    ROSTER,
    Outcome,
    assert_discreet,
    assert_told,
    fangpin,
    medical,
    put,
    roster,
)

OTHER_NAME = f"{PEOPLE[3].id_number},{PEOPLE[8].name},JS202602X,2026-02-20,住院,1700,900.00,0,0.00,800"
"""The number of one resident under the name of another, of another household."""
DOUBTFUL = "medical/2026-03-01/一月补报.csv"
RULED = "review_verdicts/2026-03-05/核对.csv"


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A night with three linked rows and one in review."""
    home = Home(tmp_path_factory.mktemp("explain"))
    put(home.root, ROSTER, roster())
    put(home.root, MEDICAL, medical())
    put(home.root, DOUBTFUL, f"{MEDICAL_HEADER}\n{OTHER_NAME}\n")
    home.office_file.write_text(OFFICE, encoding="utf-8")
    assert fangpin("night", "--home", home.root).code == 0
    return home


@pytest.fixture(scope="module")
def later(night: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same home after another night: somebody has compared, and a file of a known name has come."""
    home = Home(shutil.copytree(night.root, tmp_path_factory.mktemp("later") / "home"))
    key = rows(home, "identity_key")[0][0]
    header = "比对编号,候选一人编号,候选二人编号,核对结论,另一人编号,核对人,核对日期"
    put(home.root, RULED, f"{header}\n比对-{key},R990101003,,1,,某人,2026-03-04\n")
    put(home.root, "medical/2026-03-02/二月结算.csv", medical("01", {4: 700}))
    assert fangpin("night", "--home", home.root).code == 0
    return home


def rows(home: Home, columns: str) -> list[tuple[object, ...]]:
    """Of the night's links, in the order of files and rows."""
    run = max(home.runs.iterdir())
    files = f"'{run}/links.parquet' l JOIN '{run}/batches.parquet' b USING (batch_id)"
    return duckdb.sql(f"SELECT {columns} FROM {files} ORDER BY b.file, l.row_number").fetchall()


def explain(home: Home, row: object, *options: str) -> Outcome:
    outcome = fangpin("match", "explain", str(row), "--home", home.root, *options)
    assert_discreet(outcome)
    return outcome


def test_every_row_is_explained_as_the_night_found_it(night: Home) -> None:
    for row_id, resident, decision, method in rows(night, "row_id, resident_id, decision, method"):
        told = json.loads(explain(night, row_id, "--json").out)
        assert told["agrees"] is True
        why = told["explanation"]
        assert (told["row"]["row_id"], why["resident_id"], why["decision"], why["method"]) == (
            row_id,
            resident,
            decision,
            method,
        )


def test_a_row_has_several_names(night: Home) -> None:
    row_id, key = rows(night, "row_id, identity_key")[0]
    plain = explain(night, row_id).out
    assert plain.startswith(f"数据行 {row_id}　{DOUBTFUL} 第 1 行　比对编号 {key}\n")
    for name in (key, f"比对-{key}", f"{DOUBTFUL}:1", "一月补报.csv:1", " 一月补报.csv：1 "):
        assert explain(night, name).out == plain


def test_what_stands_against_a_link_is_said(night: Home) -> None:
    said = explain(night, f"{DOUBTFUL}:1").out
    for part in ("待人工比对", "号码与姓名指向不同的人", "所以交人工核对", "候选 1　R990101003　户 H990101002", "证件号码一致"):
        assert part in said
    assert "自动认定。" in explain(night, f"{MEDICAL}:1").out


def test_columns_stand_under_each_other(night: Home) -> None:
    lines = explain(night, f"{DOUBTFUL}:1").out.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("候选 1"))
    head, *table = lines[start + 1 : start + 11]
    end = width(head[: head.index("权重") + 2])
    assert [len(line) for line in table] != [len(head)] * len(table)
    for line in table:
        bits = next(part for part in line.split() if part[0] in "+-" and part[1:].replace(".", "").isdigit())
        assert width(line[: line.index(bits) + len(bits)]) == end


@pytest.mark.parametrize(
    "row", ["1", "0123456789abcdef", "没有.csv:1", f"{MEDICAL}:9", "99999999999999999999", "' OR 1 = 1 --", ""]
)
def test_an_unknown_row_is_told_and_not_repeated(night: Home, row: str) -> None:
    assert_told(explain(night, row), 15, "没有这一行")


def test_a_file_that_came_twice_must_be_named_by_its_path(later: Home) -> None:
    assert_told(explain(later, "二月结算.csv:1"), 15, "几个文件都符合", MEDICAL)
    assert explain(later, "2026-03-02/二月结算.csv:1").code == 0


def test_a_verdict_goes_before_any_probability(later: Home) -> None:
    said = explain(later, f"{DOUBTFUL}:1").out
    assert "已对上　R990101003" in said
    assert "2026-03-04 人工核对：是本人 R990101003，见比对结论数据行" in said
    assert "（依此认定）" in said
    assert "某人" not in said


def test_other_parameters_than_the_nights_are_said(night: Home, tmp_path: Path) -> None:
    home = Home(shutil.copytree(night.root, tmp_path / "home"))
    shipped = (Path(__file__).parents[2] / "matching" / "parameters.yaml").read_text(encoding="utf-8")
    (home.root / "matching").mkdir()
    (home.root / "matching" / "parameters.yaml").write_text(
        shipped.replace("link: 0.99 ", "link: 0.9999999 "), encoding="utf-8"
    )
    said = explain(home, f"{MEDICAL}:1").out
    assert said.count("2026-03-10 那一夜不同：当时为已对上") == 1
    assert json.loads(explain(home, f"{MEDICAL}:1", "--json").out)["agrees"] is False


def test_without_a_night_or_its_records_there_is_nothing_to_explain(night: Home, tmp_path: Path) -> None:
    assert_told(explain(Home(tmp_path), "1"), 15, "至少有一夜的结果")
    home = Home(shutil.copytree(night.root, tmp_path / "home"))
    shutil.rmtree(home.store / "links")
    assert_told(explain(home, f"{MEDICAL}:1"), 11, "roster.parquet", "文件不存在")
