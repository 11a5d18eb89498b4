"""From a warning down to the file and row of every fact, and no further: no name, no ID number."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

import tables
from engine import write_parquet
from errors import Fault, HomeError, UnknownId
from outputs.explain import explain, latest_run
from outputs.publish import write_tables
from settings import Home
from tests.outputs.invented import Values, register, table
from tests.outputs.ranked import AS_OF, database, member, ranked, signal

MEDICAL, OTHER, ROSTER = "0123456789abcdef", "fedcba9876543210", "00ff00ff00ff00ff"
PAID, PAID_LATER, LISTED = tables.row_id(MEDICAL, 17), tables.row_id(OTHER, 3), tables.row_id(ROSTER, 1)


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
    facts(home, "medical", OTHER, paid, fact(PAID_LATER, 9, sheet="六月", self_paid=Decimal("900.50")))
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


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A night with one warning: a cost in two files of one department, and an income on the roster."""
    home = Home(tmp_path / "home")
    store(home)
    signals = [
        signal("H1", severity=60, observed=Decimal("21900.50"), threshold=Decimal("20000"), evidence=[PAID_LATER, PAID]),
        signal(
            "H1", severity=20, rule="income", family="收入", resident_id=None, threshold=None, evidence=[LISTED], verdict="near"
        ),
        signal("H1", severity=10, rule="alone", family="缺劳动力", resident_id=None, evidence=None),
    ]
    linked = {"resident_id": "H1R1", "decision": "linked", "method": "number_and_name", "probability": 0.9999}
    with database() as connection:
        ranked(connection, [member("H1")], signals)
        register(
            connection,
            signal=table(tables.SIGNAL, *signals),
            link=table(
                tables.LINK,
                *(
                    {"row_id": row, "source": "medical", "evidence": "证件号码一致、姓名一致"} | linked
                    for row in (PAID, PAID_LATER)
                ),
            ),
            batch=batches(),
        )
        write_tables(connection, home.run(AS_OF), ["warning", "signal", "link", "batch"])
    (home.run(AS_OF) / "manifest.json").write_text("{}", encoding="utf-8")
    return home


def the_id(home: Home) -> str:
    with database() as connection:
        ((found,),) = connection.sql(f"SELECT warning_id FROM '{home.run(AS_OF) / 'warnings.parquet'}'").fetchall()
    return str(found)


def test_the_chain_reaches_the_file_and_the_row(home: Home) -> None:
    found = explain(home.run(AS_OF), home.store, the_id(home))
    assert found.warning.household_id == "H1"
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


def test_a_person_can_read_it(home: Home) -> None:
    text = explain(home.run(AS_OF), home.store, the_id(home)).text({"medical": "医保结算", "medical.self_paid": "个人自付"})
    for part in (
        "虚构县 石桥乡 虚一村",
        "合计 ",
        "触发　因病：个人自付过高",
        "观测值 21,900.5 元，标准 20,000 元",
        "接近标准　收入",
        "标准 无",
        "医保结算　medical/fedc.csv　工作表“六月”第 9 行（数据行 3）",
        "2026-05-01 送达",
        "个人自付 21000.00，settled_on 2026-05-02\n",
        "自动比对一致，人编号 H1R1，方法 number_and_name，可信度 0.9999；证件号码一致、姓名一致",
        "花名册自身的行",
        "没有单独的事实行",
    ):
        assert part in text


def test_a_program_can_read_it(home: Home) -> None:
    found = json.loads(json.dumps(explain(home.run(AS_OF), home.store, the_id(home)).json()))
    first = found["signals"][0]["facts"][1]
    assert (first["file"], first["line"], first["values"]["self_paid"]) == ("medical/0123.csv", 18, "21000.00")
    assert found["warning"]["warning_id"] == the_id(home)
    assert "name" not in {key for fact in found["signals"][0]["facts"] for key in fact["values"]}


def test_an_unknown_warning_is_refused_and_not_repeated(home: Home) -> None:
    with pytest.raises(UnknownId) as caught:
        explain(home.run(AS_OF), home.store, "990101199001011234")
    assert "990101199001011234" not in str(caught.value)
    with pytest.raises(UnknownId):
        explain(home.run(AS_OF), home.store, "' OR 1=1 --")


def test_a_night_that_never_was_is_refused(home: Home) -> None:
    with pytest.raises(UnknownId, match="warnings"):
        explain(home.run(date(2020, 1, 1)), home.store, the_id(home))


def test_a_lost_batch_is_named(home: Home) -> None:
    home.facts("medical", OTHER).unlink()
    with pytest.raises(HomeError, match=OTHER):
        explain(home.run(AS_OF), home.store, the_id(home))


def test_a_broken_chain_is_our_fault(home: Home) -> None:
    facts(home, "medical", OTHER, {"self_paid": tables.MONEY}, fact(PAID_LATER + 1, 10))
    with pytest.raises(Fault, match="1 facts of"):
        explain(home.run(AS_OF), home.store, the_id(home))


def test_a_fact_without_a_link_is_our_fault(home: Home) -> None:
    write_parquet(tables.LINK.empty_table(), home.run(AS_OF) / "links.parquet")
    with pytest.raises(Fault, match="has no link"):
        explain(home.run(AS_OF), home.store, the_id(home))


def test_only_complete_nights_count(tmp_path: Path) -> None:
    assert latest_run(tmp_path / "none") is None
    for name in ("2026-06-28", "2026-06-29", "2026-06-30", ".2026-07-01.part", "9999-99-99", "20260702"):
        (tmp_path / name).mkdir()
        if name != "2026-06-30":
            (tmp_path / name / "manifest.json").write_text("{}", encoding="utf-8")
    assert latest_run(tmp_path) == tmp_path / "2026-06-29"
    assert latest_run(tmp_path, before=date(2026, 6, 29)) == tmp_path / "2026-06-28"
    assert latest_run(tmp_path, before=date(2026, 6, 28)) is None
