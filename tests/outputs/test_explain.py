"""From a warning down to the file and row of every fact, and no further: no name, no ID number."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import case_tables
import tables
from engine import write_parquet
from errors import Fault, HomeError, UnknownId
from outputs.evidence import Evidence
from outputs.evidence_page import write_pages
from outputs.evidence_text import text_of
from outputs.explain import explain, household_of, latest_run
from outputs.refer import refer
from outputs.wording import Column, Words
from rules.asking import ANSWER
from settings import Home, Office
from tests.outputs.invented import Values, register, table
from tests.outputs.ranked import AS_OF, database, member, ranked, signal

MEDICAL, OTHER, ROSTER = "0123456789abcdef", "fedcba9876543210", "00ff00ff00ff00ff"
PAID, PAID_LATER, LISTED = tables.row_id(MEDICAL, 17), tables.row_id(OTHER, 3), tables.row_id(ROSTER, 1)
VISIT, DOUBTFUL = tables.row_id(OTHER, 4), tables.row_id(OTHER, 5)


def fact(row_id: int, line: int, **other: object) -> Values:
    return {"row_id": row_id, "row_number": row_id & tables.MAX_ROWS, "line": line, "row_hash": f"hash{line}"} | other


def facts(home: Home, source: str, batch: str, columns: dict[str, pa.DataType], *rows: Values) -> None:
    schema = pa.schema([*tables.FACT_PREFIX, *columns.items()])
    write_parquet(table(schema, *rows), home.facts(source, batch))


def store(home: Home) -> None:
    paid = {"self_paid": tables.MONEY, "settled_on": pa.date32(), "note": pa.string()}
    decoy = [fact(tables.row_id(MEDICAL, number), number + 1, self_paid=Decimal("1.00")) for number in range(1, 17)]
    wanted = fact(PAID, 18, self_paid=Decimal("21000.00"), settled_on=date(2026, 5, 2))
    facts(home, "medical", MEDICAL, paid, *decoy, wanted)
    later = fact(PAID_LATER, 9, sheet="六月", self_paid=Decimal("900.50"), note="肺炎")
    facts(home, "medical", OTHER, paid, later, fact(VISIT, 10), fact(DOUBTFUL, 11))
    facts(home, "roster", ROSTER, {"resident_id": pa.string()}, fact(LISTED, 2, resident_id="H1R1"))


def batches() -> pa.Table:
    received = [("medical", MEDICAL, 5), ("medical", OTHER, 6), ("roster", ROSTER, 1)]
    return table(
        tables.BATCH,
        *(
            {
                "source": source,
                "batch_id": batch,
                "file": f"{source}/{batch[:4]}.csv",
                "sha256": batch * 4,
                "received_on": date(2026, month, 1),
            }
            for source, batch, month in received
        ),
    )


@dataclass(frozen=True)
class Night:
    """A night of three households: one warned of, one nearly, one without anything."""

    home: Home
    db: duckdb.DuckDBPyConnection

    def explained(self, *households: str) -> tuple[Evidence, ...]:
        return explain(self.db, self.home, AS_OF, households, ["medical"])


def answer(household: str, rule: str, verdict: str, **other: object) -> Values:
    told: Values = {"household_id": household, "rule": rule, "title": f"规则 {rule}", "family": "因病", "verdict": verdict}
    return told | {"said": [], "missing": []} | other


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """A cost in two files of one department, an income on the roster, an answered signal and a row in review."""
    home = Home(tmp_path / "home")
    store(home)
    signals = [
        signal("H1", severity=60, observed=Decimal("21900.50"), threshold=Decimal("20000"), evidence=[PAID_LATER, PAID]),
        signal(
            "H1", severity=20, rule="income", family="收入", resident_id=None, threshold=None, evidence=[LISTED], verdict="near"
        ),
        signal("H1", severity=10, rule="alone", family="缺劳动力", resident_id=None, evidence=None),
    ]
    answered = signal("H1", severity=50, rule="asked_before", reason="曾经问过", evidence=[PAID])
    near = signal("H2", rule="income", verdict="near", evidence=[])
    linked = {"resident_id": "H1R1", "decision": "linked", "method": "number_and_name", "probability": 0.9999}
    links = [
        {"row_id": row, "source": "medical", "evidence": "证件号码一致、姓名一致"} | linked for row in (PAID, PAID_LATER, VISIT)
    ]
    review = {"row_id": DOUBTFUL, "source": "medical", "resident_id": "H2R1", "decision": "review", "probability": 0.6}
    aside = {name: answered[name] for name in ("signal_id", "household_id", "rule", "family")}
    answers = [
        answer(
            "H1",
            "self_paid",
            "fires",
            resident_id="H1R1",
            judged_on=date(2026, 5, 2),
            said=["个人自付 21,900.50元", "标准 20,000元"],
        ),
        answer("H1", "late_loans", "unknown", missing=["bank"]),
        answer("H1", "income_share", "unknown", resident_id="H1R1", why="缺少：家庭人均纯收入"),
        answer("H3", "self_paid", "clear", resident_id="H3R1", said=["个人自付 10元", "标准 20,000元"]),
    ]
    over = {
        "case_id": "W1", "household_id": "H3", "opened_on": date(2026, 3, 1), "state": "closed",
        "state_since": date(2026, 5, 9), "due_on": date(2026, 6, 20), "timeliness": "overdue", "days_over": 10,
        "tries": 1, "closed_as": "属实可应对",
    }  # fmt: skip
    told = {"kind": "visited", "why": "已入户核实", "verdict_row": VISIT, "until": date(2026, 9, 1)}
    with database() as connection:
        ranked(connection, [member("H1"), member("H2"), member("H3")], signals)
        refer(connection, AS_OF, Office(capacity_default=0))
        register(
            connection,
            signal=table(tables.SIGNAL, *signals, answered, near),
            suppressed=table(tables.SUPPRESSED, aside | told),
            link=table(tables.LINK, *links, review),
            case_file=table(case_tables.CASE, over, over | {"case_id": "W2", "state": "visited", "closed_as": None}),
            batch=batches(),
            answer=table(ANSWER, *answers),
        )
        yield Night(home, connection)


def test_the_chain_reaches_the_file_and_the_row(night: Night) -> None:
    (found,) = night.explained("H1")
    assert found.household.household_id == "H1"
    assert found.warning is not None
    assert sum(found.parts.values()) == found.warning.score
    assert next(iter(found.parts)) == "风险程度"
    paid, alone, income = found.signals
    assert [signal.rule for signal in (paid, alone, income)] == ["self_paid", "alone", "income"]
    assert (paid.observed, paid.threshold, paid.document) == (Decimal("21900.5"), Decimal(20000), "虚构县演示值")
    later, earlier = paid.facts
    assert (later.file, later.sheet, later.line, later.row_number) == ("medical/fedc.csv", "六月", 9, 3)
    assert (earlier.file, earlier.line, earlier.row_number, earlier.row_hash) == ("medical/0123.csv", 18, 17, "hash18")
    assert earlier.values == {"self_paid": Decimal("21000.00"), "settled_on": date(2026, 5, 2), "note": None}
    assert earlier.received_on == date(2026, 5, 1)
    assert earlier.link is not None
    assert (earlier.link.method, earlier.link.probability) == ("number_and_name", 0.9999)
    assert alone.facts == ()
    assert [(row.source, row.line, row.link) for row in income.facts] == [("roster", 2, None)]


def test_it_says_what_was_answered_what_is_unknown_and_what_was_cut(night: Night) -> None:
    (found,) = night.explained("H1")
    (aside,) = found.set_aside
    assert (aside.signal.rule, aside.until, aside.record and aside.record.row_id) == ("asked_before", date(2026, 9, 1), VISIT)
    assert [(one.rule, one.missing, one.why) for one in found.unknown] == [
        ("income_share", (), "缺少：家庭人均纯收入"),
        ("late_loans", ("bank",), None),
    ]
    assert found.referred is not None
    assert not found.referred.is_listed
    assert found.stale == {"medical": date(2026, 6, 1)}
    assert found.judged_on(found.signals[0]) == date(2026, 5, 2)


def test_households_without_a_warning_are_explained_too_in_the_order_asked(night: Night) -> None:
    clear, near = night.explained("H3", "H2")
    assert (clear.warning, clear.signals, [one.verdict for one in clear.answers]) == (None, (), ["clear"])
    assert [one.rule for one in near.signals] == ["income"]
    assert [row.row_id for row in near.in_review] == [DOUBTFUL]


def test_it_says_how_far_the_case_of_a_household_has_come(night: Night) -> None:
    warned, followed = night.explained("H1", "H3")
    assert warned.case is None
    assert followed.case is not None
    assert followed.case.said == "待信息比对（2026-05-09 起），最迟 2026-06-20（超期，已超 10 天），入户 1 次未见到人"
    assert "个案 W2：待信息比对" in text_of(followed, Words({}, {}))
    over = replace(followed.case, state="closed", closed_as="属实可应对", tries=0)
    assert over.said == "已办结（2026-05-09，属实可应对）"


def test_an_answer_names_its_warning_and_needs_no_match(night: Night) -> None:
    night.db.execute("DELETE FROM link WHERE row_id = ?", [VISIT])
    night.db.execute("UPDATE suppressed SET kind = 'open_case', until = NULL")
    (found,) = night.explained("H1")
    (aside,) = found.set_aside
    assert aside.record is not None
    assert (aside.record.link, aside.lasts) == (None, "直到个案办结")
    night.db.execute("UPDATE suppressed SET kind = 'monitored', verdict_row = NULL")
    (found,) = night.explained("H1")
    assert (found.set_aside[0].record, found.set_aside[0].lasts) == (None, "直到风险消除")


def test_a_person_can_read_it(night: Night) -> None:
    words = Words({"medical": "医保结算", "bank": "逾期贷款"}, {"medical": {"self_paid": Column("个人自付", "元")}})
    (found, near) = night.explained("H1", "H2")
    text = text_of(found, words, every_rule=True)
    for part in (
        "虚构县 石桥乡 虚一村",
        "户主（人编号 H1R1） 36 岁",
        "未列入名单：超出本县本期可核实户数 0 户",
        "合计 ",
        "触发　因病：个人自付过高",
        "观测值 21,900.5 元，标准 20,000 元",
        "标准按 2026-05-02 当天有效的取值（最近一次事件之日）",
        "接近标准　收入",
        "医保结算　medical/fedc.csv　工作表“六月”第 9 行（数据行 3）",
        "2026-05-01 送达",
        "个人自付 21,000 元，settled_on 2026-05-02\n",
        "自动比对一致，人编号 H1R1，方法 number_and_name，可信度 0.9999；证件号码一致、姓名一致",
        "花名册自身的行",
        "没有单独的事实行",
        "已入户核实；到 2026-09-01 为止",
        "规则 income_share　户主（人编号 H1R1）　缺少：家庭人均纯收入",
        "从未收到 逾期贷款，因此没有判断：规则 late_loans",
        "数据已过期，按最近一次的数据判断：医保结算（最近一次 2026-06-01）",
        "个人自付 21,900.50元；标准 20,000元",
    ):
        assert part in text
    assert "没有预警" in text_of(near, words)
    assert "待比对 1　医保结算" in text_of(near, words)


def test_a_program_can_read_it(night: Night) -> None:
    found = json.loads(json.dumps(night.explained("H1")[0].json()))
    first = found["signals"][0]["facts"][1]
    assert (first["file"], first["line"], first["values"]["self_paid"]) == ("medical/0123.csv", 18, "21000.00")
    assert found["warning"]["warning_id"] == night.db.sql("SELECT warning_id FROM warning").fetchall()[0][0]
    assert "name" not in {key for fact in found["signals"][0]["facts"] for key in fact["values"]}


def test_a_page_shows_what_the_rule_looked_at_and_no_words_of_a_sensitive_source(night: Night, tmp_path: Path) -> None:
    columns = {"medical": {"self_paid": Column("个人自付", "元"), "note": Column("备注", is_free=True)}}
    used = {"self_paid": {"medical": {"self_paid", "note"}}}
    words = Words({"medical": "医保结算"}, columns, frozenset({"medical"}), used)
    for with_sensitive in (False, True):
        (page,) = write_pages(night.explained("H1"), words, Office(), tmp_path / "h1.html", None, with_sensitive=with_sensitive)
        text = page.read_text(encoding="utf-8")
        assert "内部资料" in text
        assert "个人自付 21,000 元" in text
        assert "settled_on" not in text
        assert ("备注 肺炎" in text) is with_sensitive
    written = write_pages(night.explained("H1"), words, Office(), None, tmp_path / "all", with_sensitive=False)
    assert written == [tmp_path / "all" / "index.html"]
    assert {path.name for path in (tmp_path / "all").iterdir()} == {"index.html", "0001_H1.html"}
    assert "0001_H1.html" in written[0].read_text(encoding="utf-8")


def test_an_unknown_id_is_refused_and_not_repeated(night: Night) -> None:
    with pytest.raises(UnknownId) as caught:
        household_of(night.db, "990101199001011234")
    assert "990101199001011234" not in str(caught.value)
    with pytest.raises(UnknownId):
        household_of(night.db, "' OR 1=1 --")
    with pytest.raises(UnknownId) as stranger:
        night.explained("H1", "990101199001011234")
    assert "990101199001011234" not in str(stranger.value)


def test_a_lost_batch_is_named(night: Night) -> None:
    night.home.facts("medical", OTHER).unlink()
    with pytest.raises(HomeError, match=OTHER):
        night.explained("H1")


def test_a_broken_chain_is_our_fault(night: Night) -> None:
    facts(night.home, "medical", OTHER, {"self_paid": tables.MONEY}, fact(PAID_LATER + 1, 10))
    with pytest.raises(Fault, match="facts of the night are not in the store"):
        night.explained("H1")


def test_a_fact_without_a_link_is_our_fault(night: Night) -> None:
    register(night.db, link=tables.LINK.empty_table())
    with pytest.raises(Fault, match="has no link"):
        night.explained("H1")


def test_only_complete_nights_count(tmp_path: Path) -> None:
    assert latest_run(tmp_path / "none") is None
    for name in ("2026-06-28", "2026-06-29", "2026-06-30", ".2026-07-01.part", "9999-99-99", "20260702"):
        (tmp_path / name).mkdir()
        if name != "2026-06-30":
            (tmp_path / name / "manifest.json").write_text("{}", encoding="utf-8")
    assert latest_run(tmp_path) == tmp_path / "2026-06-29"
    assert latest_run(tmp_path, before=date(2026, 6, 29)) == tmp_path / "2026-06-28"
    assert latest_run(tmp_path, before=date(2026, 6, 28)) is None
