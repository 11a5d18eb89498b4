"""The ledger of problems: opened once, kept over nights, struck off one by one, opened anew when it comes back."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final, get_args

import duckdb
import pyarrow as pa
import pytest

import case_tables
import feed_tables
import review_tables
import tables
from casework.problem_kinds import KINDS
from casework.problems import Noted, Terms, list_problems
from engine import copy_parquet
from settings import ProblemKind
from tests.outputs.invented import Values, register, table

DAY: Final = date(2026, 10, 1)
TERMS: Final = Terms("虚构县数据办", "99")
MARK: Final = pa.schema({"row_id": pa.int64(), "problem_no": pa.string(), "struck_on": pa.date32()})
LATE: Final[Values] = {
    "source": "medical", "title": "医保结算", "owner": "县医保局", "cadence": "month", "state": "late", "days_late": 3,
    "last_received_on": date(2026, 8, 1), "due_on": date(2026, 9, 28), "repeats_in_a_row": 0,
}  # fmt: skip
FRESH: Final = LATE | {"state": "fresh"}


class Ledger:
    """Nights one after the other, each told what the one before had written."""

    def __init__(self, folder: Path) -> None:
        self.db = duckdb.connect(config={"threads": 2})
        self.folder = folder
        self.previous: Path | None = None

    def night(self, as_of: date, *noted: Noted, marks: Sequence[Values] = (), **found: Sequence[Values]) -> list[Values]:
        """The open ledger of a night; `found` are rows of its tables."""
        schemas = {
            "alarm": case_tables.ALARM, "case_file": case_tables.CASE, "source_status": feed_tables.SOURCE_STATUS,
            "held_file": feed_tables.HELD_FILE, "returned_row": feed_tables.RETURNED_ROW, "answer": case_tables.ANSWER,
            "roster_issue": tables.ROSTER_ISSUE, "review_queue": review_tables.REVIEW_QUEUE, "link": tables.LINK,
            "delivery": feed_tables.DELIVERY, "resident": tables.RESIDENT, "registry_issue": case_tables.REGISTRY_ISSUE,
        }  # fmt: skip
        people: list[Values] = [{"county": "990101", "county_name": "虚构县"}, {"county": "990102", "county_name": "乌有县"}]
        given = {"resident": people, **found}
        register(self.db, **{name: table(schema, *given.get(name, ())) for name, schema in schemas.items()})
        register(self.db, problem_mark=table(MARK, *marks))
        list_problems(self.db, as_of, TERMS, noted, self.previous)
        self.previous = self.folder / f"{as_of}.parquet"
        copy_parquet(self.db, "FROM problem ORDER BY problem_id", self.previous)
        query = "FROM problem ORDER BY opened_on, kind, subject"
        rows: list[Values] = self.db.sql(query).to_arrow_table().to_pylist()
        return rows


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


def states(problems: Sequence[Values]) -> list[object]:
    return [problem["state"] for problem in problems]


def later(days: int) -> date:
    return DAY + timedelta(days=days)


def test_every_kind_has_a_title_and_days_and_an_office_may_name_each() -> None:
    assert set(KINDS) == set(get_args(ProblemKind))
    assert all(kind.title and kind.days > 0 for kind in KINDS.values())


def test_a_night_without_trouble_has_no_problem(ledger: Ledger) -> None:
    assert ledger.night(DAY, source_status=[FRESH]) == []


def test_a_problem_seen_again_keeps_its_number_its_day_and_its_term(ledger: Ledger) -> None:
    (first,) = ledger.night(DAY, source_status=[LATE])
    (again,) = ledger.night(later(5), source_status=[LATE | {"days_late": 8}])
    assert (first["problem_id"], first["opened_on"], first["due_on"]) == (again["problem_id"], DAY, later(10))
    assert (again["due_on"], again["last_seen_on"], again["state"]) == (later(10), later(5), "open")
    assert again["title"] == "医保结算迟报"
    assert again["owner"] == "县医保局"
    assert "已迟 8 日" in str(again["detail"])
    (overdue,) = ledger.night(later(11), source_status=[LATE])
    assert (overdue["problem_id"], overdue["state"], overdue["closed_on"]) == (first["problem_id"], "overdue", None)


def test_what_is_no_longer_seen_is_gone_and_comes_back_as_a_new_problem(ledger: Ledger) -> None:
    (first,) = ledger.night(DAY, source_status=[LATE])
    (gone,) = ledger.night(later(1), source_status=[FRESH])
    assert (gone["state"], gone["closed_on"], gone["last_seen_on"]) == ("gone", later(1), DAY)
    old, new = ledger.night(later(9), source_status=[LATE])
    assert (old["state"], old["closed_on"]) == ("gone", later(1))
    assert (new["state"], new["opened_on"]) == ("open", later(9))
    assert new["problem_id"] != first["problem_id"]
    assert str(first["problem_id"]) in str(new["detail"])


def test_a_mark_strikes_off_one_problem_and_only_that(ledger: Ledger) -> None:
    held: Values = {"source": "medical", "batch_id": "b", "file": "f", "received_on": DAY, "rows": 5, "reason": "缺列"}
    both = ledger.night(DAY, source_status=[LATE], held_file=[held])
    assert [problem["kind"] for problem in both] == ["feed_held", "feed_late"]
    mark: Values = {"row_id": 7, "problem_no": str(both[1]["problem_id"]).lower(), "struck_on": later(1)}
    after = ledger.night(later(2), source_status=[LATE], held_file=[held], marks=[mark])
    assert states(after) == ["open", "struck_off"]
    assert (after[1]["closed_on"], after[1]["mark_row"], after[1]["last_seen_on"]) == (later(1), 7, later(2))


def test_still_seen_after_the_time_of_grace_it_is_a_new_problem_that_names_the_old(ledger: Ledger) -> None:
    (first,) = ledger.night(DAY, source_status=[LATE])
    mark: Values = {"row_id": 7, "problem_no": first["problem_id"], "struck_on": DAY}
    assert states(ledger.night(later(14), source_status=[LATE], marks=[mark])) == ["struck_off"]
    old, new = ledger.night(later(15), source_status=[LATE], marks=[mark])
    assert (old["state"], new["state"]) == ("struck_off", "open")
    assert f"{first['problem_id']} 于 {DAY} 销号后再次出现" in str(new["detail"])


def test_a_mark_that_was_taken_back_strikes_nothing_off(ledger: Ledger) -> None:
    (first,) = ledger.night(DAY, source_status=[LATE])
    mark: Values = {"row_id": 7, "problem_no": first["problem_id"], "struck_on": DAY}
    assert states(ledger.night(later(1), source_status=[LATE], marks=[mark])) == ["struck_off"]
    assert states(ledger.night(later(2), source_status=[LATE])) == ["open"]


def test_marks_that_strike_nothing_off_are_told_and_the_others_count(ledger: Ledger) -> None:
    (first,) = ledger.night(DAY, source_status=[LATE])
    number = first["problem_id"]
    marks: list[Values] = [
        {"row_id": 1, "problem_no": "P0000000000", "struck_on": DAY},
        {"row_id": 2, "problem_no": number, "struck_on": DAY - timedelta(days=1)},
        {"row_id": 3, "problem_no": number, "struck_on": later(9)},
        {"row_id": 4, "problem_no": number, "struck_on": later(1)},
    ]
    (problem,) = ledger.night(later(2), source_status=[LATE], marks=marks)
    assert (problem["state"], problem["mark_row"]) == ("struck_off", 4)
    assert ledger.db.sql("FROM problem_unusable").fetchall() == [(1, "unknown"), (2, "early"), (3, "later")]


def test_a_night_run_again_writes_the_same_ledger(ledger: Ledger, tmp_path: Path) -> None:
    ledger.night(DAY, source_status=[LATE])
    before = ledger.previous
    first = ledger.night(later(1), source_status=[LATE])
    ledger.previous = before
    assert ledger.night(later(1), source_status=[LATE]) == first


def case(number: int, **other: object) -> Values:
    return {
        "case_id": f"W{number}", "county": "990101", "township": f"99010100{number % 2}", "township_name": "石桥乡",
        "clock": "visit", "timeliness": "overdue", "days_over": number,
    } | other  # fmt: skip


def test_cases_are_summed_per_county_and_those_to_be_chased_per_township(ledger: Ledger) -> None:
    cases = [
        case(1),
        case(2),
        case(3, clock="publicity"),
        case(4, timeliness="escalated", days_over=40),
        case(5, timeliness="due"),
    ]
    chased, county = ledger.night(DAY, case_file=cases)
    assert (chased["kind"], chased["subject"], chased["county"]) == ("cases_escalated", "990101000", "990101")
    assert chased["detail"] == "超期需督办 1 户，最久已超 40 日"
    assert (county["subject"], county["owner"]) == ("990101", "虚构县经办部门")
    assert county["detail"] == "入户核实超期 2 户、评议公示超期 1 户，共 3 户（已到督办的另计）；最久已超 3 日，涉及 2 个乡镇"


def test_what_the_registry_contradicts_is_one_problem_of_each_county(ledger: Ledger) -> None:
    issue: Values = {"county": "990101", "issue": "gone", "title": "台账最近一期不再有这一户", "households": 2}
    other = issue | {"issue": "no_help", "title": "台账没有任何帮扶措施", "households": 5}
    first, second = ledger.night(DAY, registry_issue=[issue, other, issue | {"county": "990102"}])
    assert (first["kind"], first["subject"], first["county"]) == ("registry_issues", "990101", "990101")
    assert (first["title"], first["owner"]) == ("虚构县监测对象台账有矛盾", "虚构县经办部门")
    assert first["detail"] == "共 7 处：台账没有任何帮扶措施 5 户；台账最近一期不再有这一户 2 户"
    assert (second["county"], second["detail"]) == ("990102", "共 2 处：台账最近一期不再有这一户 2 户")
    assert states(ledger.night(later(1))) == ["gone", "gone"]


def test_what_nobody_answered_is_a_problem_of_who_has_to_answer(ledger: Ledger) -> None:
    old, new = DAY - timedelta(days=31), DAY - timedelta(days=30)
    row: Values = {"source": "medical", "expectation": "converts", "is_answered": False, "received_on": old, "row_id": 1}
    answer: Values = {"row_id": 1, "warning_id": "W1", "county": "990102", "fate": "refused", "received_on": old}
    queue: Values = {"identity_key": "i1", "county": "990101", "position": 1, "is_listed": True}
    problems = ledger.night(
        DAY,
        source_status=[FRESH],
        returned_row=[row, row | {"expectation": "in_range"}, row | {"row_id": 2, "received_on": new}],
        answer=[answer, answer | {"row_id": 2, "warning_id": "W2"}, answer | {"row_id": 3, "warning_id": "W2", "fate": "taken"},
                answer | {"row_id": 4, "county": None, "warning_id": "无此号"}],
        review_queue=[queue],
        link=[{"identity_key": "i1", "decision": "review", "batch_id": "b1"}],
        delivery=[{"batch_id": "b1", "received_on": old}, {"batch_id": "b1", "received_on": new}],
        roster_issue=[
            {"resident_id": "1", "county": "990101", "title": "证件号码缺失"},
            {"resident_id": "2", "county": "880101", "title": "证件号码缺失"},
        ],
    )  # fmt: skip
    told = {(problem["kind"], problem["subject"]): (problem["owner"], problem["detail"]) for problem in problems}
    assert told == {
        ("answers_refused", ""): ("虚构县数据办", f"1 行未能采用，最近一次 {old} 收到；原因见退回清单"),
        ("answers_refused", "990102"): ("乌有县经办部门", f"1 行未能采用，最近一次 {old} 收到；原因见退回清单"),
        ("review_unanswered", "990101"): ("虚构县经办部门", f"1 人次超过 30 日未作结论，最早 {old} 收到"),
        ("roster_issues", ""): ("虚构县数据办", "1 人有问题，最多的是：证件号码缺失"),
        ("roster_issues", "990101"): ("虚构县经办部门", "1 人有问题，最多的是：证件号码缺失"),
        ("rows_unanswered", "medical"): ("县医保局", f"1 行隔离超过 30 日未更正，最早 {old} 收到"),
    }


def test_an_alarm_is_a_problem_and_stands_before_the_state_of_the_feed(ledger: Ledger) -> None:
    alarm: Values = {
        "alarm_id": "a",
        "kind": "feed_unchanged",
        "source": "medical",
        "title": "医保结算原样重报",
        "message": "很不寻常",
    }
    still: Values = {
        "alarm_id": "b",
        "kind": "county_still",
        "county": "990102",
        "title": "乌有县没有新增",
        "message": "同期他县有",
    }
    same, quiet = ledger.night(DAY, alarm=[alarm, still], source_status=[LATE | {"state": "unchanged"}])[::-1]
    assert (same["kind"], same["title"], same["owner"]) == ("feed_unchanged", "医保结算原样重报", "县医保局")
    assert (quiet["kind"], quiet["subject"], quiet["owner"]) == ("county_still", "990102", "乌有县经办部门")


def test_the_offices_own_troubles_are_problems_too(ledger: Ledger) -> None:
    (problem,) = ledger.night(DAY, Noted("audit_tampered", "audit", "审计日志可能被改动", "第 3 行与上一行不相扣"))
    assert (problem["owner"], problem["county"], problem["due_on"]) == ("虚构县数据办", None, later(3))
    assert ledger.night(later(1))[0]["state"] == "gone"


def test_sources_that_never_came_are_one_problem_unless_they_come_only_when_something_happens(ledger: Ledger) -> None:
    never = LATE | {"state": "missing", "last_received_on": None, "due_on": None, "days_late": None}
    assert ledger.night(DAY, source_status=[never | {"cadence": "event"}]) == []
    (problem,) = ledger.night(later(1), source_status=[never])
    assert (problem["kind"], problem["owner"]) == ("feed_missing", "虚构县数据办")
    assert problem["detail"] == "1 个来源至今没有可用的数据，依赖它们的规则不能判断，财产类的不能比对：医保结算"
    (many,) = ledger.night(later(2), source_status=[never | {"source": f"s{n:02d}"} for n in range(12)])
    assert (many["problem_id"], many["opened_on"]) == (problem["problem_id"], later(1))
    assert str(many["detail"]).endswith("、医保结算 等")
