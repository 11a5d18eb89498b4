"""Text into typed facts: what becomes what, and what is said not to convert."""

from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.cells import NOTHING
from sources.convert import to_facts, to_identity
from sources.fact import fold
from sources.header import lay_out
from sources.piece import Piece, as_cells
from tables import IDENTITY, row_id
from tests.sources.making import HEADER, contract, piece, read_cells, row, with_fact


@pytest.mark.parametrize("kind", ["date", "money", "integer", "decimal", "boolean", "code", "terms"])
@pytest.mark.parametrize("text", [*NOTHING, "  ", "　", "－"])
def test_nothing_is_null_and_no_doubt(db: duckdb.DuckDBPyConnection, kind: str, text: str) -> None:
    values: dict[str, Any] = {"values": {"甲": []}} if kind in ("code", "terms") else {}
    assert read_cells(db, [text], type=kind, **values) == [(None, False)]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  甲 乙　", "甲 乙"),
        ('="00123"', "00123"),
        ("'00123", "00123"),
        ("-", "-"),
        ("无", "无"),
        ("Ａ１", "Ａ１"),
        ("", None),
        ("　", None),
        ('=""', None),
        ("a'b", "a'b"),
        ("甲\n乙", "甲\n乙"),
    ],
)
def test_text_is_trimmed_and_unwrapped_but_not_folded(db: duckdb.DuckDBPyConnection, text: str, kept: str | None) -> None:
    assert read_cells(db, [text], type="text") == [(kept, False)]


def test_rows_have_the_batchs_row_ids_in_order(db: duckdb.DuckDBPyConnection) -> None:
    base = row_id("0123456789abcdef", 0)
    facts = to_facts(db, contract(), piece(contract(), HEADER, [row(n) for n in range(50)]), 101, base)
    assert facts.schema.equals(contract().facts_schema)
    assert facts["row_number"].to_pylist() == list(range(101, 151))
    assert facts["row_id"].to_pylist() == [row_id("0123456789abcdef", n) for n in range(101, 151)]
    assert facts["line"].to_pylist() == list(range(2, 52))
    assert facts["no"].to_pylist() == [f"N{n}" for n in range(50)]


def test_many_rows_keep_their_order_whatever_the_way_their_cells_take(db: duckdb.DuckDBPyConnection) -> None:
    count = 150_000
    amounts = [f"{n}.00" if n % 3 else f"￥{n}元" for n in range(count)]
    columns = [[f"N{n}" for n in range(count)], ["张三"] * count, ["41"] * count, [""] * count, amounts, ["低保"] * count]
    many = Piece(None, lay_out(HEADER, contract()), as_cells(range(2, 2 + count), columns))
    facts = to_facts(db, contract(), many, 1, 0)
    assert facts["no"].to_pylist() == columns[0]
    assert facts["amount"].cast(pa.int64()).to_pylist() == list(range(count))


def test_all_columns_that_did_not_convert_are_named(db: duckdb.DuckDBPyConnection) -> None:
    rows = [["N1", "张三", "41", "昨天", "很多", "别的"], row(2)]
    facts = to_facts(db, contract(), piece(contract(), HEADER, rows), 1, 0)
    assert facts["unconverted"].to_pylist() == [["paid_on", "amount", "kind"], []]


def test_the_row_hash_is_over_all_cells_as_written(db: duckdb.DuckDBPyConnection) -> None:
    rows = [[*row(1), "甲"], [*row(1), "甲"], [*row(1), "乙"], [" N1", *row(1)[1:], "甲"], ["N1张", "三", *row(1)[2:], "甲"]]
    hashes = to_facts(db, contract(), piece(contract(), [*HEADER, "经办人"], rows), 1, 0)["row_hash"].to_pylist()
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 4
    assert {len(text) for text in hashes} == {16}


def test_a_missing_column_is_null(db: duckdb.DuckDBPyConnection) -> None:
    facts = to_facts(db, contract(), piece(contract(), HEADER[:3], [row(1)[:3]]), 1, 0).to_pylist()[0]
    assert (facts["no"], facts["amount"], facts["kind"], facts["unconverted"]) == ("N1", None, None, [])


def test_a_damaged_row_has_neither_facts_nor_identity(db: duckdb.DuckDBPyConnection) -> None:
    columns: list[list[str | None]] = [["N1", None] for _ in HEADER]
    damaged = Piece(None, lay_out(HEADER, contract()), as_cells([2, 3], columns, {1: ("cells", "N2,断")}))
    facts = to_facts(db, contract(), damaged, 1, 0).to_pylist()[1]
    assert facts["damage"] == "cells"
    assert [facts[name] for name in contract().facts] == [None] * 4
    assert facts["unconverted"] == []
    assert facts["row_hash"] is not None
    assert list(to_identity(contract(), damaged, 1, 0).to_pylist()[1].values()) == [2, *[None] * 6]


def test_identity_is_as_written(db: duckdb.DuckDBPyConnection) -> None:
    written = ["N1", " 张三(已故) ", '="410101199001011234"', "", "", ""]
    identity = to_identity(contract(), piece(contract(), HEADER, [written]), 5, 100)
    assert identity.schema.equals(IDENTITY)
    assert identity.to_pylist() == [
        {"row_id": 105, "id_number": written[2], "name": written[1]} | dict.fromkeys(["birth_date", "sex", "place", "phone"])
    ]


def test_a_sheet_is_named(db: duckdb.DuckDBPyConnection) -> None:
    of_sheet = Piece("表'一", lay_out(HEADER, contract()), as_cells([9], [[cell] for cell in row(1)]))
    assert to_facts(db, contract(), of_sheet, 1, 0).to_pylist()[0]["sheet"] == "表'一"


def test_keywords_may_be_fact_names(db: duckdb.DuckDBPyConnection) -> None:
    for name in ("order", "select", "c1", "raw"):
        of = with_fact(name, type="text")
        assert to_facts(db, of, piece(of, [*HEADER, name], [[*row(1), "甲"]]), 1, 0).to_pylist()[0][name] == "甲"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=6), min_size=1, max_size=20))
def test_any_text_converts_or_says_so(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    rows = [["N1", "张三", "41", text, text, text] for text in texts if "\0" not in text]
    facts: pa.Table = to_facts(db, contract(), piece(contract(), HEADER, rows), 1, 0)
    for got, cells in zip(facts.to_pylist(), rows, strict=False):
        for name in ("paid_on", "amount", "kind"):
            assert got[name] is None or name not in got["unconverted"]
            if got[name] is None and name not in got["unconverted"]:
                said = fold(cells[3].strip("='\" \u200b\ufeff")).strip("￥¥元圆= '\"")
                assert said in NOTHING or (name == "paid_on" and not said.strip("0-/.:年月日 "))
