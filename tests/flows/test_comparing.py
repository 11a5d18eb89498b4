"""Two nights whose lists differ for every cause at once: each household comes or goes with the cause that moved it."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
import yaml

from settings import Home
from tests.flows.dozen import (
    CATALOGUE,
    PEOPLE,
    declare,
    house,
    office,
    only,
    roster_rows,
    shipped,
    stay,
    stays,
    visit,
    visits,
    write,
)
from tests.flows.little import assert_told, fangpin, put

FIRST, SECOND = "2026-02-20", "2026-03-10"
QUIET, NEW, BARRED, DOUBTED, VISITED, RULED, PUSHED, STAYS, AWAY = range(9)
"""What becomes of each household."""
VEHICLE_RULE: Final = """
id: vehicle_bought
title: 新购车辆
family: 收入
unit: household
needs:
  cars:
    {title: 登记的车辆, unit: 辆, source: vehicles, aggregate: count, date: registered_on, window: {days: 365}, absent: zero}
condition: cars >= 1
observed: cars
severity: 95
reason: 一年内登记车辆 {cars}
source: 测试用，没有文件规定
examples:
  - {case: fires, as_of: 2026-06-30, facts: {vehicles: [{registered_on: 2026-05-01}]}, expect: fires}
  - {case: not, as_of: 2026-06-30, expect: clear}
  - {case: missing, as_of: 2026-06-30, facts: {vehicles: [{registered_on: null}]}, expect: unknown}
  - {case: old_date, as_of: 2026-06-30, facts: {vehicles: [{registered_on: 2020-05-01}]}, expect: clear}
"""


def let_yields_count(home: Home) -> None:
    """So that the mixtures of two nights need the yields as well."""
    told = (CATALOGUE / "outputs/weights.yaml").read_text(encoding="utf-8")
    (home.root / "weights.yaml").write_text(told.replace("on: false", "on: true"), encoding="utf-8")


def the_first_night(home: Home) -> None:
    """Six households paid much in January; one of them was visited since, one row has another's name; a car is not read."""
    put(home.root, "roster/2026-02-01/花名册.csv", roster_rows())
    paid = {QUIET: 9100, VISITED: 9200, RULED: 5500, PUSHED: 5800, STAYS: 30000}
    rows = [stay(number, amount) for number, amount in paid.items()]
    stays(home, "2026-02-05/一月.csv", *rows, stay(DOUBTED, 9300, name="欧阳别人"))
    visits(home, "2026-02-05/一月.csv", visit(QUIET, "2026-01-30", "人不符"))
    cars = f"{PEOPLE[BARRED].id_number},{PEOPLE[BARRED].name},甲0001,小型汽车,2026-01-15,50000,正常"
    write(home, "vehicles/2026-02-05/车.csv", "身份证号,所有人,号牌号码,车辆类型,注册日期,购置价,状态", cars)
    let_yields_count(home)
    office(home, capacity_default=500, quiet_days=30)
    assert fangpin("night", "--home", home.root, "--as-of", FIRST).code == 0


def the_second_night(home: Home) -> None:
    """Everything happens: the quiet time ends, a file comes, a verdict, a visit; a number, a leave and the capacity change."""
    stays(home, "2026-03-05/二月.csv", stay(NEW, 9400, "02"))
    visits(home, "2026-03-05/二月.csv", visit(VISITED, "2026-03-01"))
    answer(home)
    rule = shipped("rules/catalogue/medical_inpatient_year.yaml")
    declare(home, "rules/medical_inpatient_year.yaml", raised(rule, 5600))
    declare(home, "rules/vehicle_bought.yaml", yaml.safe_load(VEHICLE_RULE))
    contract = shipped("sources/catalogue/vehicles.yaml")
    del contract["legal_basis"]["scope"]
    declare(home, "sources/vehicles.yaml", contract)
    office(home, capacity_default=5, quiet_days=30)
    assert fangpin("night", "--home", home.root, "--as-of", SECOND).code == 0


def raised(rule: dict[str, Any], line: int) -> dict[str, Any]:
    """The rule with another number for 脱贫户 and 监测对象."""
    first, *others = rule["thresholds"]["line"]["values"]
    return {**rule, "thresholds": {"line": {"unit": "元", "values": [{**first, "value": line}, *others]}}}


def answer(home: Home) -> None:
    """The doubted row is the resident's whose number it has."""
    (path,) = (home.lists / FIRST).glob("*/待人工比对_*.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        (line,) = csv.DictReader(file)
    out = home.inbox / "review_verdicts" / "2026-03-05" / "一.csv"
    out.parent.mkdir(parents=True)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(line))
        writer.writeheader()
        writer.writerow({**line, "核对人": "核对甲", "核对日期": "2026-03-04", "核对结论": "是候选一"})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("diff") / "home")
    only(home, "medical_inpatient_year")
    the_first_night(home)
    the_second_night(home)
    return home


@pytest.fixture(scope="module")
def found(home: Home) -> dict[str, Any]:
    outcome = fangpin("diff", FIRST, SECOND, "--home", home.root, "--json")
    assert outcome.code == 0, outcome.err
    answer: dict[str, Any] = json.loads(outcome.out)
    return answer


def test_every_household_moves_with_its_cause(found: dict[str, Any]) -> None:
    moved = {one["household_id"]: (one["cause"], one["came"]) for one in found["households"]}
    assert moved == {
        house(QUIET): ("时间推移", True),
        house(NEW): ("数据", True),
        house(BARRED): ("法律依据", True),
        house(DOUBTED): ("比对", True),
        house(VISITED): ("走访", False),
        house(RULED): ("规则", False),
        house(PUSHED): ("名额", False),
    }
    said = {one["household_id"]: one["sentence"] for one in found["households"]}
    assert "静默期已过" in said[house(QUIET)]
    assert "已有核实结论" in said[house(VISITED)]
    assert "新购车辆" in said[house(BARRED)]


def test_the_causes_add_up_and_both_lists_come_out_again(home: Home, found: dict[str, Any]) -> None:
    assert found["is_exact"]
    runs = [home.runs / day / "referrals.parquet" for day in (FIRST, SECOND)]
    listed = [duckdb.sql(f"SELECT household_id FROM read_parquet('{run}') WHERE is_listed").fetchall() for run in runs]
    assert found["listed"] == [len(rows) for rows in listed]
    assert sum(one["came"] for one in found["causes"]) == len(set(listed[1]) - set(listed[0]))
    assert sum(one["went"] for one in found["causes"]) == len(set(listed[0]) - set(listed[1]))


def test_page_and_terminal_say_the_same(home: Home, found: dict[str, Any], tmp_path: Path) -> None:
    page = tmp_path / "diff.html"
    outcome = fangpin("diff", FIRST, SECOND, "--home", home.root, "--out", page)
    assert "相符" in outcome.out
    text = page.read_text(encoding="utf-8")
    assert not [one["household_id"] for one in found["households"] if one["household_id"] not in text]
    assert not [person for person in PEOPLE if person.name in text + outcome.out or person.id_number in text + outcome.out]


def test_a_store_that_was_changed_since_is_said(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "home")
    shutil.copytree(home.root, other.root, symlinks=True)
    path, less = other.runs / FIRST / "referrals.parquet", other.runs / FIRST / "less.parquet"
    duckdb.sql(f"COPY (FROM read_parquet('{path}') WHERE household_id <> '{house(STAYS)}') TO '{less}'")
    less.replace(path)
    outcome = fangpin("diff", FIRST, SECOND, "--home", other.root)
    assert outcome.code == 0, outcome.err
    assert "无法归因" in outcome.out


def test_two_nights_in_order_are_asked_for(home: Home) -> None:
    assert_told(fangpin("diff", SECOND, FIRST, "--home", home.root), 2, "较早的在前")
    assert_told(fangpin("diff", FIRST, "昨天", "--home", home.root), 2, "日期")
    assert_told(fangpin("diff", "2001-01-01", SECOND, "--home", home.root), 15, "已完成的一夜")
