"""Declared checks in a whole night: an office's own, what they find in the roster, what is refused before data is read."""

import csv
from pathlib import Path

import duckdb
import pytest

from settings import Home
from tests.flows.little import PEOPLE, ROSTER, assert_told, fangpin, little_home, published, put, roster

CHECK = """
id: medical_no_free_stay
title: 住院没有费用
source: medical
severity: quarantine
means: 住院的总费用应大于零
why: 试验
if: {visit_type: {any_of: [住院]}}
then: {total_cost: {from: "0.01"}}
examples:
  - {says: 有费用, rows: [{visit_type: 住院, total_cost: "1"}]}
  - {says: 没有费用, rows: [{visit_type: 住院, total_cost: "0"}], failing: [1]}
"""


def declare(home: Home, text: str = CHECK, name: str = "medical_no_free_stay") -> None:
    folder = home.root / "expectations"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return little_home(tmp_path / "home")


def test_an_offices_own_check_and_the_roster_s_issues_reach_the_people_who_can_mend_them(home: Home) -> None:
    declare(home)
    two_heads = roster().replace("R990101001,配偶", "R990101001,户主")
    put(home.root, ROSTER, two_heads)
    assert fangpin("check", "--home", home.root).code == 0
    outcome = fangpin("night", "--home", home.root)
    assert outcome.code == 0, outcome.err
    run = next(home.runs.iterdir())
    asked = duckdb.sql(f"SELECT verdict FROM '{run}/findings.parquet' WHERE expectation = 'medical_no_free_stay'").fetchall()
    assert asked == [("pass",)]
    (listed,) = home.lists.rglob("花名册问题_*.csv")
    with listed.open(encoding="utf-8-sig", newline="") as file:
        issues = [(row["人编号"], row["问题"]) for row in csv.DictReader(file) if row["问题"] == "一户有多个户主"]
    assert issues == [("人-R990101000", "一户有多个户主"), ("人-R990101001", "一户有多个户主")]
    page = (home.published / "findings.html").read_text(encoding="utf-8")
    assert "一户至多一名户主；2 行不符，仍照常使用，请核对" in page
    assert not [person.name for person in PEOPLE if person.name in page]
    assert 'href="findings.html"' in (home.published / "report.html").read_text(encoding="utf-8")
    first = published(home)["audit"], (home.published / "findings.html").read_bytes()
    assert fangpin("night", "--home", home.root).code == 0
    assert (home.published / "findings.html").read_bytes() == first[1]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (CHECK.replace("visit_type: {any_of", "visit_kind: {any_of"), "没有 visit_kind"),
        (CHECK.replace('{total_cost: {from: "0.01"}}', "{total_cost: {form: 1}}"), "未知的键"),
        (CHECK.replace("source: medical", "source: clinic"), "没有 clinic"),
    ],
)
def test_a_wrong_check_stops_the_night_before_it_reads_data(home: Home, wrong: str, told: str) -> None:
    declare(home, wrong)
    assert_told(fangpin("night", "--home", home.root), 10, "medical_no_free_stay.yaml", told)
    assert not home.store.joinpath("batches").exists()


def test_an_example_that_does_not_hold_is_told_by_check(home: Home) -> None:
    declare(
        home, CHECK.replace("failing: [1]", "failing: [1, 2]").replace('"0"}]', '"0"}, {visit_type: 住院, total_cost: "5"}]')
    )
    outcome = fangpin("check", "--home", home.root)
    assert outcome.code == 10
    assert "样例不成立：medical_no_free_stay：没有费用：应不合格的行 [1, 2]，实际 1" in outcome.out


def test_a_release_that_cannot_be_read_is_refused(home: Home) -> None:
    home.released.write_text("released:\n  - {batch: x, by: 甲, on: 2026-03-01, why: 看过}\n", encoding="utf-8")
    assert_told(fangpin("night", "--home", home.root), 10, "released.yaml", "released.0.batch")
