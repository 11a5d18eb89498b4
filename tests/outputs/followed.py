"""Invented tables of what became of warnings: cases, answers, problems, alarms, burden, channels, yields; nobody exists."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

import pyarrow as pa

import case_tables
from outcomes import IDENTIFIED, OUTCOMES
from tests.outputs.invented import AS_OF, COUNTIES, TOWNSHIPS, Values, household, place, table

QUIET: Final = {"990103": "静水县"}
"""A county in which nothing happens."""
RULES: Final = {"med": ("住院自付达到 5,000 元", "因病", "medical"), "edu": ("疑似失学辍学", "因学", "education")}


def case(number: int, opened_on: date, as_of: date = AS_OF, **other: object) -> Values:
    """Household `number`'s case, how it stands by its number: every third is still to be visited."""
    rule = "med" if number % 4 else "edu"
    values: Values = {
        **place(number // 3), "case_id": f"W{number:012X}", "household_id": household(number), "opened_on": opened_on,
        "families": [RULES[rule][1]], "rules": [rule], "sources": [RULES[rule][2]],
        "channels": ["department"] if number % 5 else ["department", "self_report"], "state_since": opened_on, "days_over": 0,
        "tries": 0,
    }  # fmt: skip
    return values | (_open(number, opened_on, as_of) if number % 3 == 0 else _visited(number, opened_on, as_of)) | other


def _open(number: int, opened_on: date, as_of: date) -> Values:
    due = opened_on + timedelta(days=15)
    over = max(0, (as_of - due).days)
    told = "escalated" if over > 10 else "overdue" if over else "due" if (due - as_of).days <= 3 else "in_time"
    return {"state": "warned", "clock": "visit", "due_on": due, "timeliness": told, "days_over": over}


def _visited(number: int, opened_on: date, as_of: date) -> Values:
    chance = Random(number)
    visited = opened_on + timedelta(days=chance.randint(2, 20))
    if visited > as_of:
        return _open(number, opened_on, as_of)
    outcome = chance.choices([one.title for one in OUTCOMES if one.settles], [2, 5, 6, 9, 1, 1, 2, 1, 1, 1])[0]
    answer: Values = {"visited_on": visited, "outcome": outcome, "visited_family": "因病"}
    if outcome != IDENTIFIED:
        return answer | {"state": "closed", "closed_on": visited, "closed_as": outcome}
    if (as_of - visited).days > 20:
        return answer | {"state": "closed", "closed_on": visited + timedelta(days=18), "closed_as": "纳入监测"}
    return answer | {
        "state": "publicity", "clock": "publicity", "timeliness": "paused", "publicity_until": visited + timedelta(days=9),
    }  # fmt: skip


def cases(as_of: date = AS_OF, count: int = 120, days: int = 90) -> pa.Table:
    """Cases opened evenly over the days before `as_of`."""
    opened = (as_of - timedelta(days=days - days * number // count) for number in range(count))
    return table(case_tables.CASE, *(case(number, day, as_of) for number, day in enumerate(opened) if day <= as_of))


def answers(as_of: date = AS_OF) -> pa.Table:
    """Answers of two counties and one of a warning nobody knows."""
    told = {
        "changed": "“户编号”与发出时不同，请勿改动名单原有内容",
        "code": "核实结论不是约定的代码",
        "unknown": "预警编号不在册",
    }
    fates = ["taken"] * 9 + ["refused", "overruled", "empty"]
    rows: list[Values] = [
        {
            "row_id": n, "line": n + 2, "received_on": as_of - timedelta(days=n % 7), "warning_id": f"W{n:012X}",
            "county": list(COUNTIES)[n % 2], "fate": fates[n % 12],
            "reason": "changed" if n % 12 == 9 else None, "why": told["changed"] if n % 12 == 9 else None,
        }
        for n in range(48)
    ]  # fmt: skip
    lost: Values = {"row_id": 99, "received_on": as_of, "fate": "refused", "reason": "unknown", "why": told["unknown"]}
    return table(case_tables.ANSWER, *rows, lost)


def problem(number: int, kind: str, title: str, owner: str, **other: object) -> Values:
    return {
        "problem_id": f"P{number:010X}", "kind": kind, "subject": str(number), "title": title,
        "detail": "情况说明", "owner": owner,
        "opened_on": date(2026, 10, 5), "due_on": date(2026, 10, 15), "last_seen_on": AS_OF, "state": "open",
    } | other  # fmt: skip


def problems(as_of: date = AS_OF) -> pa.Table:
    """One overdue, one new tonight, one struck off, one gone."""
    late, struck = as_of - timedelta(days=20), as_of - timedelta(days=2)
    told = "最近一次 2026-08-31，最迟应于 2026-10-10 报送，已迟 21 日"
    over = "入户核实超期 12 户，共 12 户；最久已超 9 日，涉及 2 个乡镇"
    county: Values = {"county": "990101", "opened_on": as_of, "due_on": as_of + timedelta(days=10), "detail": over}
    return table(
        case_tables.PROBLEM,
        problem(
            1,
            "feed_late",
            "医保结算迟报",
            "县医保局",
            state="overdue",
            detail=told,
            opened_on=late,
            due_on=as_of - timedelta(10),
        ),
        problem(2, "cases_overdue", "虚构县有户超过办理期限", "虚构县经办部门", **county),
        problem(3, "feed_held", "教育缴费整批暂停未补正", "县教育局", state="struck_off", closed_on=struck, opened_on=late),
        problem(4, "roster_issues", "乌有县花名册有问题", "乌有县经办部门", state="gone", closed_on=struck, opened_on=late),
    )


def alarms(as_of: date = AS_OF) -> pa.Table:
    """A feed sent again unchanged, a county that stands still, a crowd in one township."""
    common: Values = {"since": as_of - timedelta(days=30), "p_value": 0.0004, "threshold": 0.001}
    return table(
        case_tables.ALARM,
        common | {"alarm_id": "a1", "kind": "feed_unchanged", "source": "education", "title": "教育缴费原样重报", "observed": 3,
                  "expected": 0, "message": "最近 3 次内容与前一次完全相同"},
        common | {"alarm_id": "a2", "kind": "county_still", "county": "990103", "title": "静水县没有新增", "observed": 0,
                  "expected": 7.8, "message": "按同期他县应约有 8 户，一户也没有"},
        common | {"alarm_id": "a3", "kind": "cluster", "county": "990101", "place": "990101001", "family": "因灾",
                  "title": "石桥乡因灾预警集中", "observed": 14, "expected": 3.1, "message": "一周内 14 户，通常约 3 户"},
    )  # fmt: skip


def yields() -> pa.Table:
    """Yields of two rules, two feeds, two counties and three channels."""
    rows: list[Values] = []
    for level, keys in (
        ("all", {"": "全部"}),
        ("rule", {name: title for name, (title, *_) in RULES.items()}),
        ("source", {"medical": "医保结算", "education": "教育缴费"}),
        ("county", COUNTIES),
        ("channel", {"department": "部门预警", "self_report": "自主申报"}),
    ):
        for n, (key, title) in enumerate(keys.items()):
            visited, confirmed = 60 - 45 * n, 44 - 34 * n
            rows.append({
                "level": level, "key": key, "title": title, "visited": visited, "confirmed": confirmed,
                "identified": confirmed // 8,
                "share": confirmed / visited, "low": confirmed / visited - 0.1, "high": confirmed / visited + 0.1,
                "shrunk": confirmed / visited - 0.02, "listed": visited + 20, "wrong": "{}",
            })  # fmt: skip
    return table(case_tables.YIELD, *rows)


def burden() -> pa.Table:
    """One village per township."""
    rows = (
        {
            "county": township[:6], "township": township, "village": f"{township}201", "county_name": COUNTIES[township[:6]],
            "township_name": name, "village_name": "虚一村", "asked_month": 9 - 3 * n, "open_cases": 12 - n, "overdue": 3 - n,
            "signals": 40 - 10 * n, "merged": 12 - n, "avoided": 5 + n,
        }
        for n, (township, name) in enumerate(TOWNSHIPS.items())
    )  # fmt: skip
    return table(case_tables.BURDEN, *rows)


def channel_shares() -> pa.Table:
    told = {"department": 80, "department+self_report": 12, "self_report": 15, "cadre": 6}
    return table(case_tables.CHANNEL_SHARE, *_shares(told))


def _shares(told: dict[str, int]) -> Iterator[Values]:
    for county in ("", *COUNTIES):
        for channels, number in told.items():
            part = number if not county else number // 2
            yield {"county": county, "channels": channels, "cases": part, "visited": part // 2, "confirmed": part // 3,
                   "identified": part // 10}  # fmt: skip
