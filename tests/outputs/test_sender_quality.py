"""How good each sender is: counts that add up, rates only where they mean something, and the kind of error told apart."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

import tables
from feed_tables import HELD_FILE, SOURCE_STATUS
from outputs.report import About
from outputs.sender_page import Words, percent, write_senders
from outputs.sender_quality import SENDER_QUALITY, SMALL_UNITS, UNNAMED_UNIT, score_senders
from tests.outputs.invented import AS_OF, Values, register, table
from tests.outputs.ranked import database

PAST, TONIGHT = date(2026, 9, 1), date(2026, 10, 1)
Quality = dict[tuple[str, str, date], dict[str, Any]]


class Made:
    """Deliveries under construction: each `sends` is one file of `rows` rows."""

    def __init__(self) -> None:
        self.accounting: list[Values] = []
        self.standing: list[Values] = []
        self.quarantine: list[Values] = []
        self.links: list[Values] = []
        self.sent_by: list[tuple[int, str | None]] = []

    def sends(
        self,
        source: str,
        on: date,
        rows: int,
        *bad: tuple[int, str, str],
        unit: str | None = "",
        standing: str = "current",
        duplicates: int = 0,
    ) -> "Made":
        """`bad`: so many rows fail this expectation in this column, one lot after the other; `unit` '' is a source without."""
        batch = f"{2 * len(self.accounting):010x}"
        ids = [tables.row_id(batch, number) for number in range(1, rows + 1)]
        failing = [(expectation, column) for number, expectation, column in bad for _ in range(number)]
        ends = ["quarantined"] * len(failing) + ["duplicate"] * duplicates
        ends += [standing] * (rows - len(ends))
        state = "held" if standing == "held" else "accepted"
        self.accounting.append({"source": source, "batch_id": batch, "received_on": on, "state": state, "rows_in": rows})
        for row, end in zip(ids, ends, strict=True):
            self.standing.append({"row_id": row, "source": source, "batch_id": batch, "standing": end})
            if end == "current":
                self.links.append({"row_id": row, "source": source, "decision": "linked" if row % 10 else "review"})
        pairs = zip(ids, failing, strict=False)
        self.quarantine += [{"row_id": row, "expectation": e, "column": c, "severity": "critical"} for row, (e, c) in pairs]
        self.sent_by += [(row, unit) for row in ids if unit != ""]
        return self


def scored(connection: duckdb.DuckDBPyConnection, made: Made, late: dict[str, int] | None = None) -> Quality:
    register(
        connection,
        accounting=table(tables.ACCOUNTING, *made.accounting),
        standing=table(tables.STANDING, *made.standing),
        quarantine=table(tables.QUARANTINE, *made.quarantine),
        link=table(tables.LINK, *made.links),
        source_status=table(SOURCE_STATUS, *({"source": source, "days_late": days} for source, days in (late or {}).items())),
        held_file=table(HELD_FILE),
    )
    connection.execute("CREATE OR REPLACE TABLE sent_by (row_id BIGINT, unit VARCHAR)")
    if made.sent_by:
        connection.executemany("INSERT INTO sent_by VALUES (?, ?)", made.sent_by)
    sources = {str(row["source"]) for row in made.accounting}
    score_senders(connection, dict.fromkeys(sources, 4), AS_OF)
    found = connection.sql("SELECT * FROM sender_quality").to_arrow_table()
    assert found.schema.equals(SENDER_QUALITY)
    return {(row["source"], row["unit"], row["received_on"]): row for row in found.to_pylist()}


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with database() as connection:
        yield connection


def test_the_dimensions_are_what_their_formulas_say(db: duckdb.DuckDBPyConnection) -> None:
    made = Made().sends("medical", TONIGHT, 100, (2, "not_null", "cost"), (3, "converts", "day"), duplicates=5)
    row = scored(db, made, {"medical": 7})["medical", "", TONIGHT]
    assert (row["rows"], row["judged"], row["quarantined"], row["empty_cells"], row["invalid"]) == (100, 100, 5, 2, 3)
    assert row["completeness"] == pytest.approx(1 - 2 / 400)
    assert row["validity"] == pytest.approx(0.97)
    assert row["repeat_rate"] == pytest.approx(0.05)
    assert row["linked"] + row["review"] == 90
    assert row["match_rate"] == pytest.approx(row["linked"] / 90, abs=1e-6)
    assert (row["expectation"], row["column"], row["failing"], row["concentration"]) == ("converts", "day", 3, 0.6)
    assert (row["days_late"], row["is_newest"]) == (7, True)


def test_the_interval_is_wilsons(db: duckdb.DuckDBPyConnection) -> None:
    """10 of 100: 0.0552 to 0.1744, as published tables of the interval have it."""
    row = scored(db, Made().sends("medical", TONIGHT, 100, (10, "converts", "day")))["medical", "", TONIGHT]
    assert (row["quarantine_low"], row["quarantine_high"]) == pytest.approx((0.0552, 0.1744), abs=1e-4)


@pytest.mark.parametrize(
    ("rows", "bad", "pattern"),
    [
        (1000, [], "clean"),
        (1000, [(12, "not_null", "number")], "slip"),
        (1000, [(960, "converts", "amount")], "column"),
        (1000, [(150, "converts", "amount"), (150, "in_range", "day"), (150, "not_null", "key")], "rows"),
        (1000, [(60, "converts", "amount")], "frequent"),
        (19, [(19, "converts", "amount")], "few"),
        (20, [(1, "converts", "amount")], "slip"),  # 5%, but one row of twenty proves nothing
        (30, [(20, "row_is_whole", "")], "rows"),
    ],
)
def test_a_slip_and_a_flood_look_different(
    db: duckdb.DuckDBPyConnection, rows: int, bad: Sequence[tuple[int, str, str]], pattern: str
) -> None:
    row = scored(db, Made().sends("education", TONIGHT, rows, *bad))["education", "", TONIGHT]
    assert row["pattern"] == pattern
    assert (row["quarantine_rate"] is None) == (rows < 20)


def test_a_rise_is_against_the_senders_own_past(db: duckdb.DuckDBPyConnection) -> None:
    bad = (40, "converts", "amount")
    made = Made().sends("calm", PAST, 1000, (2, "converts", "amount")).sends("calm", TONIGHT, 1000, bad)
    made.sends("always", PAST, 1000, bad).sends("always", TONIGHT, 1000, bad)
    made.sends("long_ago", date(2025, 1, 1), 1000).sends("long_ago", TONIGHT, 1000, bad)
    found = scored(db, made)
    assert [found[source, "", TONIGHT]["pattern"] for source in ("calm", "always", "long_ago")] == [
        "rise",
        "frequent",
        "frequent",
    ]
    assert found["calm", "", TONIGHT]["past_rate"] == 0.002
    assert ("long_ago", "", date(2025, 1, 1)) not in found
    assert not found["calm", "", PAST]["is_newest"]


def test_one_unit_that_errs_is_named_and_the_others_are_not_blamed(db: duckdb.DuckDBPyConnection) -> None:
    made = Made().sends("education", TONIGHT, 200, (90, "converts", "amount"), unit="虚一小学")
    made.sends("education", TONIGHT, 800, (4, "not_null", "day"), unit="虚二小学")
    found = scored(db, made)
    whole = found["education", "", TONIGHT]
    assert (whole["pattern"], whole["worst_unit"], whole["rows"], whole["batches"]) == ("unit", "虚一小学", 1000, 2)
    assert found["education", "虚一小学", TONIGHT]["pattern"] == "unit"
    assert found["education", "虚二小学", TONIGHT]["pattern"] == "slip"


def test_small_units_and_what_may_be_a_person_are_not_named(db: duckdb.DuckDBPyConnection) -> None:
    made = Made().sends("education", TONIGHT, 19, unit="小村教学点").sends("education", TONIGHT, 30, unit="虚一小学")
    made.sends("education", TONIGHT, 25, unit="电话10019700305").sends("education", TONIGHT, 25, unit="很长的名字" * 9)
    made.sends("education", TONIGHT, 3, (1, "not_null", "day"), unit=None)
    found = scored(db, made)
    assert {unit for _, unit, _ in found} == {"", "虚一小学", SMALL_UNITS, UNNAMED_UNIT}
    assert found["education", SMALL_UNITS, TONIGHT]["rows"] == 69
    assert found["education", UNNAMED_UNIT, TONIGHT]["quarantine_rate"] is None
    assert sum(row["rows"] for (_, unit, _), row in found.items() if unit) == found["education", "", TONIGHT]["rows"] == 102


def test_what_is_held_or_barred_is_not_judged(db: duckdb.DuckDBPyConnection) -> None:
    made = Made().sends("medical", TONIGHT, 50, standing="held").sends("housing", TONIGHT, 50, standing="barred")
    made.sends("broken", TONIGHT, 0, standing="held")
    found = scored(db, made)
    assert [found[s, "", TONIGHT]["pattern"] for s in ("medical", "housing", "broken")] == ["held", "unjudged", "held"]
    assert all(row["judged"] == 0 and row["validity"] is None for row in found.values())


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    made = Made().sends("education", TONIGHT, 60, (9, "converts", "a"), (9, "in_range", "b"), unit="甲校")
    made.sends("education", TONIGHT, 60, unit="乙校")
    found = []
    for threads in (1, 2):
        made.standing.reverse()
        made.quarantine.reverse()
        with database(threads) as connection:
            found.append(sorted(scored(connection, made).items()))
    assert found[0] == found[1]


def page(connection: duckdb.DuckDBPyConnection, folder: Path) -> str:
    titles = {"medical": "医保结算", "education": "教育", "civil": "民政", "tax": "税务", "fire": "火灾救援", "job": "就业"}
    about = About(AS_OF, "虚构县数据办", "均为虚构", titles)
    columns = {"education": {"amount": "金额"}, "medical": {"number": "证件号"}}
    write_senders(connection, folder / "senders.html", about, Words(columns, {"in_order": "停止早于起始"}))
    return (folder / "senders.html").read_text(encoding="utf-8")


def test_the_page_says_it_in_sentences_worst_first(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    made = Made().sends("medical", PAST, 12_000).sends("medical", TONIGHT, 12_000, (12, "not_null", "number"))
    made.sends("education", TONIGHT, 1000, (960, "converts", "amount"), unit="<b>甲</b>校")
    made.sends("job", TONIGHT, 300, (1, "in_order", "")).sends("civil", TONIGHT, 500).sends("tax", TONIGHT, 40, standing="held")
    scored(db, made, {"civil": 9})
    text = page(db, tmp_path)
    told = [
        "1 份文件中 1 份整批暂停，请按检验发现改正后重报",
        "96% 的行金额无法识别，属系统性差错，请整批重报",
        "各行合格；迟报 9 天，请催报",
        "12 行不合格（0.1%）：证件号缺失，属零星差错，逐行改正即可",
        "1 行不合格（0.3%）：“停止早于起始”，属零星差错",
        "从未报送：火灾救援",
    ]
    places = [text.find(sentence) for sentence in told]
    assert -1 not in places
    assert places == sorted(places)
    assert "<b>甲" not in text
    assert "<script" not in text
    assert "http" not in text
    assert page(db, tmp_path) == text


@pytest.mark.parametrize(("rate", "text"), [(None, "—"), (0.0, "0%"), (0.0004, "<0.1%"), (0.9999, ">99.9%"), (1.0, "100%")])
def test_a_share_is_never_rounded_to_all_or_nothing(rate: float | None, text: str) -> None:
    assert percent(rate) == text
