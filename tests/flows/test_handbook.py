"""The handbook of an office, of the program, and the proposal of a line, by the command line."""

from pathlib import Path

import duckdb
import pytest

from flows.handbook import BUILT_IN_FILE, built_in, spoken
from tests.conftest import County
from tests.flows.little import assert_told, fangpin

RULES = BUILT_IN_FILE.parents[1] / "rules" / "catalogue"


def test_the_page_of_the_built_in_rules_is_current() -> None:
    assert BUILT_IN_FILE.read_text(encoding="utf-8") == built_in(), "run: python -m flows.handbook"


def test_a_rule_s_figures_are_those_of_the_night(county: County, tmp_path: Path) -> None:
    counts = county.summary.run / "verdict_counts.parquet"
    query = f"SELECT rule, sum(units)::INT FROM '{counts}' WHERE verdict = 'fires' GROUP BY rule HAVING sum(units) > 0"
    fires = dict(duckdb.sql(query).fetchall())
    said = spoken(county.home)
    assert {rule: nights[0].fires for rule, nights in said.items() if nights[0].fires} == fires
    assert {night.night for nights in said.values() for night in nights} == {county.as_of}
    outcome = fangpin("handbook", "--home", county.home.root, "--out", tmp_path)
    assert outcome.code == 0, outcome.err
    page = (tmp_path / "规则手册.html").read_text(encoding="utf-8")
    assert f"触发情况截至 {county.as_of} 一夜" in page
    assert "未启用：没有查到按单次住院规定数额的文件" in page


def test_an_office_s_own_rule_is_in_its_handbook(tmp_path: Path) -> None:
    own = (RULES / "power_cut.yaml").read_text(encoding="utf-8").replace("title: 欠费停电", "title: 本县自定的停电")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "power_cut.yaml").write_text(own, encoding="utf-8")
    outcome = fangpin("handbook", "--home", tmp_path)
    assert outcome.out.split() == [str(tmp_path / "handbook" / name) for name in ("规则手册.html", "规则手册.md")]
    text = (tmp_path / "handbook" / "规则手册.md").read_text(encoding="utf-8")
    assert '### <a id="power_cut"></a>本县自定的停电' in text
    assert "欠费停电\n" not in text


def test_a_line_is_proposed_from_the_references_and_nothing_is_written(tmp_path: Path) -> None:
    # 2026 in area 99: line 8,700, income 21,200 after 20,000 (6 %), 低保 500; by hand: 8,717.40, 9,222, 9,000; mean 8,979.80.
    outcome = fangpin("line", "propose", "--area", "990101", "--year", "2027", "--cpi", "100.2", "--home", tmp_path)
    assert outcome.code == 0, outcome.err
    for told in ("8,700 × 100.2 ÷ 100 = 8,717.40 元", "8,700 ×（1 ＋ 6 ÷ 100）= 9,222.00 元", "500 × 12 × 1.5 = 9,000.00 元"):
        assert told in outcome.out, told
    assert "÷ 3 = 8,979.80 元" in outcome.out
    assert outcome.out.rstrip().endswith('- {area: "990101", from: 2027-01-01, to: 2027-12-31, value: 9000, document: }')
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("--area", "虚构县"), "--area"),
        (("--area", "99", "--cpi", "二"), "--cpi"),
        (("--area", "99", "--cpi", "1002"), "--cpi"),
        (("--area", "99", "--income-growth", "NaN"), "--income-growth"),
        (("--area", "99", "--weights", "1,1"), "--weights"),
        (("--area", "99", "--weights", "0,0,0"), "--weights"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_by_name(arguments: tuple[str, ...], place: str, tmp_path: Path) -> None:
    assert_told(fangpin("line", "propose", "--home", tmp_path, *arguments), 2, place)
