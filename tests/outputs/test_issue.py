"""What is handed out: once as long as the row stays the same, sealed the same on every list, with what set it off."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import seal
import tables
from outputs.audiences import load_audiences
from outputs.issue import issue
from outputs.lists import write_lists
from outputs.reading import read_table
from outputs.sheets import Heading
from tests.outputs.invented import (
    AS_OF,
    NOTICE,
    OFFICE,
    RULE_SOURCE,
    Values,
    identity,
    night,
    referral,
    register,
    table,
    warning,
)
from tests.outputs.ranked import signal


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 2})


def issued(connection: duckdb.DuckDBPyConnection, as_of: date = AS_OF) -> list[Values]:
    issue(connection, as_of)
    rows: list[Values] = connection.sql("SELECT * FROM issued").to_arrow_table().to_pylist()
    return rows


def next_night(connection: duckdb.DuckDBPyConnection, **changed: pa.Table) -> list[Values]:
    """What is handed out the night after: tonight's rows are in the ledger then."""
    connection.execute("INSERT INTO issued_before SELECT * FROM issued")
    register(connection, **changed)
    return issued(connection, date(2026, 11, 1))


def test_every_listed_row_is_handed_out_in_order(connection: duckdb.DuckDBPyConnection) -> None:
    cut = table(tables.REFERRAL, *(referral(n, is_listed=n != 1, position=20 - n) for n in range(6)))
    night(connection, referral=cut)
    assert [row["warning_id"] for row in issued(connection)] == [f"W{n:012X}" for n in (4, 3, 0, 5, 2)]


def test_an_unchanged_household_is_not_handed_out_again(connection: duckdb.DuckDBPyConnection) -> None:
    night(connection)
    first = issued(connection)
    moved = [
        warning(
            n, rank=9 - n, county_rank=9 - n, township_rank=3, tier="红", status="持续", above="另一句", proposed_class=None
        )
        for n in range(6)
    ]
    places = table(tables.REFERRAL, *(referral(n, position=9 - n, list_id="L2") for n in range(6)))
    assert next_night(connection, warning=table(tables.WARNING, *moved), referral=places) == []
    assert len(first) == 6


@pytest.mark.parametrize(
    "change", [{"reasons": ["户主：又住院"]}, {"families": ["因灾"]}, {"village_name": "虚二村"}, {"due_on": date(2026, 12, 1)}]
)
def test_a_changed_matter_is_handed_out_again(connection: duckdb.DuckDBPyConnection, change: dict[str, object]) -> None:
    night(connection)
    before = {row["warning_id"]: row["row_hash"] for row in issued(connection)}
    again = next_night(connection, warning=table(tables.WARNING, *(warning(n, **(change if n == 2 else {})) for n in range(6))))
    assert [row["warning_id"] for row in again] == [f"W{2:012X}"]
    assert again[0]["row_hash"] != before[f"W{2:012X}"]


def test_a_changed_phone_is_handed_out_again(connection: duckdb.DuckDBPyConnection) -> None:
    night(connection)
    issued(connection)
    people = [identity(n, m, **({"phone": "19999900077"} if (n, m) == (4, 0) else {})) for n in range(6) for m in range(2)]
    again = next_night(connection, roster_identity=table(tables.ROSTER_IDENTITY, *people))
    assert [row["warning_id"] for row in again] == [f"W{4:012X}"]


def test_what_set_it_off_is_told_without_combinations(connection: duckdb.DuckDBPyConnection) -> None:
    fired = [
        signal("H", signal_id="a", rule="stay"),
        signal("H", signal_id="b", rule="clue"),
        signal("H", signal_id="c", rule="roster_only"),
        signal("H", signal_id="d", rule="near", verdict="near"),
        signal("H", signal_id="e", rule="both", combines=["a", "b"]),
    ]
    sources = [("stay", "medical", "department"), ("clue", "reports", "self_report"), ("near", "medical", "department")]
    night(
        connection,
        2,
        warning=table(tables.WARNING, warning(0, signals=["a", "b", "c", "d", "e"]), warning(1, signals=["e"])),
        signal=table(tables.SIGNAL, *fired),
        rule_source=table(RULE_SOURCE, *(dict(zip(RULE_SOURCE.names, row, strict=True)) for row in sources)),
    )
    first, second = issued(connection)
    assert first["rules"] == ["clue", "roster_only", "stay"]
    assert (first["sources"], first["channels"]) == (["medical", "reports"], ["department", "self_report"])
    assert (second["rules"], second["sources"], second["channels"]) == ([], [], ["department"])


def test_a_household_has_one_seal_on_all_its_lists(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection, 12)
    rows = {str(row["warning_id"]): row for row in issued(connection)}
    for file in write_lists(connection, tmp_path, Heading(AS_OF, OFFICE, NOTICE), load_audiences()):
        if file.path.endswith(".csv"):
            read = read_table(tmp_path / file.path)
            assert set(read.column("校验码")) == {f"校-{rows[one]['row_hash']}" for one in read.column("预警编号")}


def test_the_seal_is_over_every_cell_that_stays(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection, 1)
    (row,) = issued(connection)
    sealed = json.loads(str(row["seals"]))
    assert row["row_hash"] == seal.row_hash(sealed)
    write_lists(connection, tmp_path, Heading(AS_OF, OFFICE, NOTICE), load_audiences())
    read = read_table(tmp_path / "990101_虚构县" / "全县_虚构县.csv")
    shown = dict(zip(read.titles, read.rows[0], strict=True))
    assert {title: seal.digest(title, shown[title]) for title in sealed} == sealed
    assert not {"名单序号", "预警等级", "县内排名", "预警状态", "校验码", "核实日期", "备注"} & sealed.keys()
