"""A trial on a night that is over says what a real night with the changed rule would do, and changes nothing itself."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from settings import Home
from tests.conftest import County, run_night
from tests.flows.little import assert_told, fangpin, tree
from tests.flows.persons import persons

RULE = Path(__file__).parents[2] / "rules" / "catalogue" / "income_under_line.yaml"
SETTING = "income_under_line.line=9800"


@pytest.fixture(scope="module")
def small(county: County, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The county after a night with room for fewer households than are warned of; not to be changed."""
    home = Home(tmp_path_factory.mktemp("trial") / "home")
    shutil.copytree(county.home.root, home.root, symlinks=True)
    with home.office_file.open("a", encoding="utf-8") as file:
        file.write("capacity_default: 40\n")
    run_night(home.root)
    return home


def told(home: Home, *arguments: str | Path) -> dict[str, Any]:
    outcome = fangpin("simulate", "--home", home.root, "--json", *arguments)
    assert outcome.code == 0, outcome.err
    answer: dict[str, Any] = json.loads(outcome.out)
    return answer


def listed(home: Home) -> set[str]:
    (run,) = home.runs.glob("*/referrals.parquet")
    rows = duckdb.sql(f"SELECT household_id FROM read_parquet('{run}') WHERE is_listed").fetchall()
    return {household for (household,) in rows}


def changed_rule(folder: Path) -> Path:
    """The rule as an office would write it with the other number."""
    rule = yaml.safe_load(RULE.read_text(encoding="utf-8"))
    rule["thresholds"]["line"]["values"] = [{"from": "2020-01-01", "value": 9800, "document": "某县文件（测试）"}]
    folder.mkdir(parents=True)
    path = folder / RULE.name
    path.write_text(yaml.safe_dump(rule, allow_unicode=True), encoding="utf-8")
    return path


def test_the_number_that_is_in_force_changes_nothing(small: Home) -> None:
    found = told(small, "--set", "medical_inpatient_year.line[脱贫户,监测对象]=5000")
    assert found["households"] == []
    assert all(area["counts"]["came"] == area["counts"]["went"] == 0 for area in found["areas"])
    assert [rule["was"] == rule["now"] for rule in found["rules"]] == [True]


def test_a_trial_is_what_a_night_with_that_rule_would_be(small: Home, tmp_path: Path) -> None:
    before, state = listed(small), tree(small.runs, small.lists, small.published, small.store)
    by_number = told(small, "--set", SETTING)
    by_file = told(small, "--rules", changed_rule(tmp_path / "rules"))
    assert by_number["households"] == by_file["households"] == told(small, "--rules", tmp_path / "rules")["households"]
    assert tree(small.runs, small.lists, small.published, small.store) == state
    real = Home(tmp_path / "home")
    shutil.copytree(small.root, real.root, symlinks=True)
    changed_rule(real.root / "rules")
    run_night(real.root)
    came = {move["household_id"] for move in by_number["households"] if move["came"]}
    went = {move["household_id"] for move in by_number["households"] if not move["came"]}
    assert (listed(real) - before, before - listed(real)) == (came, went)
    assert came
    assert went
    (county,) = [area for area in by_number["areas"] if not area["township"]]
    towns = [area["counts"] for area in by_number["areas"] if area["township"]]
    assert {name: sum(town[name] for town in towns) for name in towns[0]} == county["counts"]
    assert (county["counts"]["came"], county["counts"]["is_listed"], county["capacity"]) == (len(came), 40, 40)


def test_terminal_and_page_say_it_in_words_and_without_a_person(small: Home, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    outcome = fangpin("simulate", "--home", small.root, "--set", SETTING, "--set", "job_lost.off=true", "--out", page)
    assert outcome.code == 0, outcome.err
    text = page.read_text(encoding="utf-8")
    for said in ("新触发：人均纯收入低于监测范围", "不再触发：主要劳动力失业登记"):
        assert said in text
    assert "income_under_line.line=9800" in outcome.out
    assert not persons(small).seen_in(text + outcome.out)
    assert "http" not in text
    assert "<script" not in text


def test_what_cannot_be_tried_is_told(small: Home, tmp_path: Path) -> None:
    assert_told(fangpin("simulate", "--home", small.root), 2, "--set")
    assert_told(fangpin("simulate", "--home", small.root, "--set", "income.line=1"), 15, "income_under_line")
    (tmp_path / "bad.yaml").write_text("id: bad\n", encoding="utf-8")
    assert_told(fangpin("simulate", "--home", small.root, "--rules", tmp_path / "bad.yaml"), 10, "bad.yaml")
    assert_told(fangpin("simulate", "--home", small.root, "--set", SETTING, "--as-of", "2001-01-01"), 15, "已完成的一夜")
