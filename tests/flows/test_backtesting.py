"""Past nights held against later identifications: in time, or missed for every reason there is."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from errors import UserError
from flows.backtesting import nights_between
from settings import Home
from tests.flows.dozen import PEOPLE, declare, house, office, only, roster_rows, shipped, stay, stays, visit, visits
from tests.flows.little import MEDICAL_HEADER, assert_told, fangpin, put, tree

FIRST, SECOND, TODAY = "2026-02-20", "2026-03-10", "2026-04-20"
SEEN, ROSTERED, FILLER, CUT, SUPPRESSED, NEAR, REVIEW, QUARANTINED, HELD, UNLINKED, LATE, QUIET, NOTHING = range(13)
"""What becomes of each household; FILLER is listed and not identified."""
MISSED: Final = {
    CUT: "cut", SUPPRESSED: "suppressed", NEAR: "near", REVIEW: "review", QUARANTINED: "quarantined", HELD: "held",
    UNLINKED: "unlinked", LATE: "late", QUIET: "quiet", NOTHING: "nothing",
}  # fmt: skip
ASKED: Final = ("--from", FIRST, "--to", SECOND, "--every", "18", "--horizon", "60")


def received(home: Home) -> None:
    """What came before the nights: two households can be visited from one list."""
    office(home, as_of=TODAY, capacity_default=2, quiet_days=120)
    put(home.root, "roster/2026-02-01/花名册.csv", roster_rows(UNLINKED))
    paid = {SEEN: 12000, FILLER: 30000, CUT: 5100, SUPPRESSED: 9200, NEAR: 4500, UNLINKED: 9600, QUIET: 800}
    rows = [stay(number, amount) for number, amount in paid.items()]
    doubted, strange = stay(REVIEW, 9300, name="欧阳别人"), stay(QUARANTINED, 9500, kind="专科住院")
    stays(home, "2026-02-05/一月.csv", *rows, doubted, strange)
    stays(home, "2026-02-06/补报.csv", stay(HELD, 9700), header=MEDICAL_HEADER.replace("个人自付", "自负"))
    visits(home, "2026-02-05/一月.csv", visit(SUPPRESSED, "2026-02-01"))
    stays(home, "2026-03-05/二月.csv", stay(ROSTERED, 31000, "02"))


def learnt(home: Home) -> None:
    """What came after them: who was identified, a late row, a new resident, and a contract that knows more words."""
    stays(home, "2026-03-20/迟报.csv", stay(LATE, 9400, "02"))
    put(home.root, "roster/2026-04-05/花名册.csv", roster_rows(监测对象=ROSTERED))
    found = [visit(number, "2026-04-01", "纳入识别") for number in (SEEN, *MISSED)]
    visits(home, "2026-04-10/三月.csv", *found)
    contract: dict[str, Any] = shipped("sources/catalogue/medical.yaml")
    contract["facts"]["visit_type"]["values"]["住院"].append("专科住院")
    contract["facts"]["self_paid"]["headers"].append("自负")
    declare(home, "sources/medical.yaml", contract)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("backtest") / "home")
    only(home, "medical_inpatient_year")
    received(home)
    for night in (FIRST, SECOND):
        assert fangpin("night", "--home", home.root, "--as-of", night).code == 0
    learnt(home)
    assert fangpin("night", "--home", home.root).code == 0
    return home


def told(home: Home, *more: str) -> dict[str, Any]:
    outcome = fangpin("backtest", *ASKED, "--home", home.root, "--json", *more)
    assert outcome.code == 0, outcome.err
    answer: dict[str, Any] = json.loads(outcome.out)
    return answer


@pytest.fixture(scope="module")
def found(home: Home) -> dict[str, Any]:
    return told(home)


def test_who_was_found_in_time_and_why_the_others_were_missed(found: dict[str, Any]) -> None:
    households = {one["household_id"]: one for one in found["households"]}
    assert {number: households[house(number)]["missed"] for number in MISSED} == MISSED
    seen, rostered = households[house(SEEN)], households[house(ROSTERED)]
    assert (seen["how"], seen["first_listed"], seen["lead"]) == ("visit", FIRST, 40)
    assert (rostered["how"], rostered["first_listed"], rostered["lead"]) == ("roster", SECOND, 26)
    assert house(FILLER) not in households
    assert found["lead_quartiles"] == [29.5, 33, 36.5]
    assert (found["identified"], found["listed_in_time"], found["known_by"]) == (12, 2, TODAY)


def test_every_night_is_counted_and_incomplete_ones_are_not_pooled(found: dict[str, Any]) -> None:
    first, second = found["nights"]
    assert [night["was_recorded"] for night in found["nights"]] == [True, True]
    assert [night["is_complete"] for night in found["nights"]] == [False, False]
    ours = [next(one for one in night["orders"] if one["order"] == "list") for night in (first, second)]
    assert [(one["listed"], one["hits"], one["identified"]) for one in ours] == [(2, 1, 12), (2, 1, 12)]
    assert {one["order"] for one in first["orders"]} == {one["order"] for one in found["pooled"]}
    assert all(one["listed"] == 2 for night in (first, second) for one in night["orders"])
    assert all(one["listed"] == 0 for one in found["pooled"])


def test_a_night_run_again_knows_todays_rules_and_that_days_rows(home: Home) -> None:
    before = tree(home.root)
    found = told(home, "--recompute")
    assert tree(home.root) == before
    assert list(home.work.glob("backtest-*")) == []
    missed = {one["household_id"]: one["missed"] for one in found["households"]}
    assert [night["was_recorded"] for night in found["nights"]] == [False, False]
    assert (missed[house(QUARANTINED)], missed[house(HELD)]) == ("cut", "cut")
    assert (missed[house(LATE)], missed[house(UNLINKED)]) == ("late", "unlinked")


def test_page_and_terminal_hold_no_person(home: Home, tmp_path: Path) -> None:
    page = tmp_path / "backtest.html"
    outcome = fangpin("backtest", *ASKED, "--horizon", "40", "--home", home.root, "--out", page)
    assert outcome.code == 0, outcome.err
    text = page.read_text(encoding="utf-8") + outcome.out
    assert "中位数" in outcome.out
    assert "本系统的名单：4 户次中 2 户次" in outcome.out
    assert "有关的行待人工比对" in text
    assert "村平均" in text
    assert not [person for person in PEOPLE if person.name in text or person.id_number in text]


def test_nights_are_asked_for_in_order_and_in_number(home: Home) -> None:
    assert nights_between(date(2026, 1, 1), date(2026, 1, 31), 15) == [date(2026, 1, 1), date(2026, 1, 16), date(2026, 1, 31)]
    with pytest.raises(UserError, match="400"):
        nights_between(date(2020, 1, 1), date(2026, 1, 31), 1)
    assert_told(fangpin("backtest", "--from", SECOND, "--to", FIRST, "--home", home.root), 2, "--from")
    assert_told(fangpin("backtest", "--from", "明天", "--to", FIRST, "--home", home.root), 2, "--from")


def test_days_before_any_roster_came_are_told(home: Home, tmp_path: Path) -> None:
    copy = Home(tmp_path / "home")
    shutil.copytree(home.root, copy.root, symlinks=True)
    outcome = fangpin("backtest", "--from", "2026-01-10", "--to", "2026-01-20", "--home", copy.root)
    assert (outcome.code, outcome.out, "花名册" in outcome.err) == (13, "", True)
