"""The three channels and the registry of the invented county agree with its roster and with what befell its people."""

from collections import defaultdict
from typing import Any

import pytest

from tests.sources.county.conftest import County

ROUNDS = {"risks": ("排查发现的风险", "存在的风险"), "suggests": ("建议纳入", "是否建议纳入")}


def cell(row: dict[str, str], *headers: str) -> str:
    return next(row[header] for header in headers if header in row)


@pytest.fixture(scope="module")
def states(county: County) -> dict[str, list[dict[str, Any]]]:
    """Every registered household's months, in order."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in county.files("monitored"):
        for row in county.rows(path):
            told = {
                "month": row["统计年月"],
                "since": cell(row, "识别监测时间", "风险识别时间"),
                "removed": cell(row, "风险是否已消除", "风险是否消除") == "是",
                "removed_on": row["风险消除时间"],
                "risk": cell(row, "致贫/返贫风险1", "返贫致贫风险1"),
            }
            found[cell(row, "户编号", "监测户编号")].append(told)
    return found


def test_every_registered_household_comes_again_each_month_from_its_identification(states: dict[str, list[Any]]) -> None:
    assert len(states) > 20
    for months in states.values():
        told = sorted({row["month"] for row in months})
        assert told[-1] == "202609"
        assert told[0] == max("202602", min(row["since"] for row in months))
        assert all(row["risk"] for row in months)


def test_the_newest_month_removes_whom_the_roster_removes(county: County, states: dict[str, list[Any]]) -> None:
    households = {row["户编号"]: row for row in county.roster().values() if row["户类型"] == "防返贫监测对象"}
    removed = sum(cell(row, "风险是否消除", "风险是否已消除") == "是" for row in households.values())
    registered = sum(months[-1]["removed"] for months in states.values())
    assert 0 <= len(households) - len(states) <= 0.1 * len(households)
    assert abs(removed - registered) <= len(households) - len(states)


def test_a_removal_has_its_month_and_some_come_back_identified_anew(states: dict[str, list[Any]]) -> None:
    assert all(bool(row["removed_on"]) == row["removed"] for months in states.values() for row in months)
    back = [months for months in states.values() if months[0]["removed"] or any(row["removed"] for row in months)]
    back = [months for months in back if not months[-1]["removed"]]
    assert all(months[-1]["since"] > max(row["removed_on"] for row in months) for months in back)


def test_self_reports_name_a_shock_or_hardship(county: County) -> None:
    struck = {row["household_id"] for row in county.truth("shocks")}
    home = {row["人口编号"]: row["户编号"] for row in county.roster().values()}
    rows = [row for row in county.truth("rows") if row["source"] == "self_reports" and row["resident_id"]]
    told = [row for path in county.files("self_reports") for row in county.rows(path)]
    assert 1 <= len(rows) <= len(told)
    assert any(home[str(row["resident_id"])] in struck for row in rows)
    assert {cell(row, "困难类型", "申报类型") for row in told} - {"收入", "其他"} != set()


def test_rounds_mostly_find_nothing_and_only_suggest_whom_they_found_in_trouble(county: County) -> None:
    rows = [row for path in county.files("cadre_rounds") for row in county.rows(path)]
    found = [(cell(row, *ROUNDS["risks"]), cell(row, *ROUNDS["suggests"])) for row in rows]
    assert sum(risk == "未发现" for risk, _ in found) > len(found) / 2
    assert any(risk != "未发现" for risk, _ in found)
    assert ("未发现", "是") not in found
