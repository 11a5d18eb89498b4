"""Text into typed facts: what becomes what, and what is said not to convert."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import connect
from sources.contract import Contract, fold
from sources.convert import NOTHING, to_facts, to_identity
from sources.header import lay_out
from sources.piece import Piece, as_cells
from tables import IDENTITY, row_id
from tests.sources.making import HEADER, contract, row, with_fact


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path_factory.mktemp("work"), 2, "1GiB") as connection:
        yield connection


def _piece(of: Contract, header: list[str], rows: list[list[str]], damage: dict[int, tuple[str, str]] | None = None) -> Piece:
    columns: list[list[str | None]] = [[cells[i] for cells in rows] for i in range(len(header))]
    return Piece(None, lay_out(header, of), as_cells(range(2, 2 + len(rows)), columns, damage))


def _convert(db: duckdb.DuckDBPyConnection, text: str, **fact: Any) -> tuple[Any, bool]:
    """What a cell becomes, and whether it is said not to convert."""
    of = with_fact("x", **fact)
    got = to_facts(db, of, _piece(of, [*HEADER, "x"], [[*row(1), text]]), 1, 0).to_pylist()[0]
    return got["x"], got["unconverted"] == ["x"]


DATES: list[tuple[str, date | None]] = [
    ("2024-01-05", date(2024, 1, 5)),
    ("2024-1-5", date(2024, 1, 5)),
    ("2024/01/05", date(2024, 1, 5)),
    ("2024.1.5", date(2024, 1, 5)),
    ("20240105", date(2024, 1, 5)),
    ("2024年1月5日", date(2024, 1, 5)),
    ("２０２４－０１－０５", date(2024, 1, 5)),
    ("1949-01-29 00:00:00", date(1949, 1, 29)),
    ("2024/1/5 13:22", date(2024, 1, 5)),
    ("2024-01-05T13:22:10.123", date(2024, 1, 5)),
    (' ="2024-01-05" ', date(2024, 1, 5)),
    ("'20240105", date(2024, 1, 5)),
    ("2023-02-30", None),
    ("2024-13-01", None),
    ("202401", None),
    ("2024115", None),
    ("45321", None),
    ("49-01-29", None),
    ("0000-01-01", None),
    ("infinity", None),
    ("epoch", None),
    ("2024-01-05x", None),
    ("昨天", None),
]
MONEY: list[tuple[str, Decimal | None]] = [
    ("12", Decimal("12.00")),
    ("-12.5", Decimal("-12.50")),
    ("1,234,567.89", Decimal("1234567.89")),
    ("￥1,234.50元", Decimal("1234.50")),
    ("¥ 5", Decimal("5.00")),
    ("１２．５０", Decimal("12.50")),
    ("(1,234.50)", Decimal("-1234.50")),
    ("（3.5）", Decimal("-3.50")),
    ("0.005", Decimal("0.01")),
    ("-0.005", Decimal("-0.01")),
    ("1.004999", Decimal("1.00")),
    (".5", Decimal("0.50")),
    ("5.", Decimal("5.00")),
    ("+3", Decimal("3.00")),
    ("'7", Decimal("7.00")),
    ('="8.1"', Decimal("8.10")),
    ("0.30000000000000004", Decimal("0.30")),
    ("1.23E+05", None),
    ("1_000", None),
    ("1,23", None),
    ("12万", None),
    ("()", None),
    ("(-5)", None),
    ("nan", None),
    ("99999999999999999", None),
]
INTEGERS: list[tuple[str, int | None]] = [
    ("12", 12),
    ("-3", -3),
    ("12.0", 12),
    ("1,234", 1234),
    ("１２", 12),
    ("3.7", None),
    ("1e3", None),
    ("12个月", None),
    ("99999999999999999999", None),
]
BOOLEANS: list[tuple[str, bool | None]] = [
    ("是", True),
    ("否", False),
    ("１", True),
    ("0", False),
    ("no", False),
    ("也许", None),
]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        *(("date", *pair) for pair in DATES),
        *(("money", *pair) for pair in MONEY),
        *(("integer", *pair) for pair in INTEGERS),
        *(("boolean", *pair) for pair in BOOLEANS),
        ("decimal", "1.23455", Decimal("1.2346")),
        ("decimal", "1,000.5", Decimal("1000.5000")),
        ("decimal", "三", None),
    ],
)
def test_text_becomes_a_value_or_is_said_not_to(db: duckdb.DuckDBPyConnection, kind: str, text: str, value: object) -> None:
    assert _convert(db, text, type=kind) == (value, value is None)


@pytest.mark.parametrize("kind", ["date", "money", "integer", "decimal", "boolean", "code", "terms"])
@pytest.mark.parametrize("text", [*NOTHING, "  ", "　", "－"])
def test_nothing_is_null_and_no_doubt(db: duckdb.DuckDBPyConnection, kind: str, text: str) -> None:
    values: dict[str, Any] = {"values": {"甲": []}} if kind in ("code", "terms") else {}
    assert _convert(db, text, type=kind, **values) == (None, False)


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
    ],
)
def test_text_is_trimmed_and_unwrapped_but_not_folded(db: duckdb.DuckDBPyConnection, text: str, kept: str | None) -> None:
    assert _convert(db, text, type="text") == (kept, False)


CODES = {"一级": ["1", "壹级"], "二级": ["2", "Ⅱ级"], "无级": ["无"]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一级", "一级"),
        ("壹级", "一级"),
        (" １ ", "一级"),
        ("'2", "二级"),
        ('="2"', "二级"),
        ("Ⅱ级", "二级"),
        ("II级", "二级"),
        ("无", "无级"),
        ("三级", None),
        ("12", None),
    ],
)
def test_codes(db: duckdb.DuckDBPyConnection, text: str, value: str | None) -> None:
    assert _convert(db, text, type="code", values=CODES) == (value, value is None)


TERMS = {"健康": [], "长期慢性病": ["慢性病"], "患有大病": ["大病"], "残疾": []}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("残疾,大病", "患有大病,残疾"),
        ("残疾、慢性病；大病", "长期慢性病,患有大病,残疾"),
        ("慢性病/残疾", "长期慢性病,残疾"),
        ("大病 大病， 残疾", "患有大病,残疾"),
        ("健康", "健康"),
        ("残疾,感冒", None),
    ],
)
def test_terms_are_stored_in_the_contracts_order(db: duckdb.DuckDBPyConnection, text: str, value: str | None) -> None:
    assert _convert(db, text, type="terms", values=TERMS) == (value, value is None)


@pytest.mark.parametrize(
    ("text", "value"), [("05/01/2024", date(2024, 1, 5)), ("2024-01-05", None), ("05/01/2024 10:00", date(2024, 1, 5))]
)
def test_the_contracts_own_date_formats(db: duckdb.DuckDBPyConnection, text: str, value: date | None) -> None:
    assert _convert(db, text, type="date", formats=["%d/%m/%Y"]) == (value, value is None)


def test_rows_have_the_batchs_row_ids_in_order(db: duckdb.DuckDBPyConnection) -> None:
    base = row_id("0123456789abcdef", 0)
    facts = to_facts(db, contract(), _piece(contract(), HEADER, [row(n) for n in range(50)]), 101, base)
    assert facts.schema.equals(contract().facts_schema)
    assert facts["row_number"].to_pylist() == list(range(101, 151))
    assert facts["row_id"].to_pylist() == [row_id("0123456789abcdef", n) for n in range(101, 151)]
    assert facts["line"].to_pylist() == list(range(2, 52))
    assert facts["no"].to_pylist() == [f"N{n}" for n in range(50)]


def test_all_columns_that_did_not_convert_are_named(db: duckdb.DuckDBPyConnection) -> None:
    rows = [["N1", "张三", "41", "昨天", "很多", "别的"], row(2)]
    facts = to_facts(db, contract(), _piece(contract(), HEADER, rows), 1, 0)
    assert facts["unconverted"].to_pylist() == [["paid_on", "amount", "kind"], []]


def test_the_row_hash_is_over_all_cells_as_written(db: duckdb.DuckDBPyConnection) -> None:
    rows = [[*row(1), "甲"], [*row(1), "甲"], [*row(1), "乙"], [" N1", *row(1)[1:], "甲"], ["N1张", "三", *row(1)[2:], "甲"]]
    hashes = to_facts(db, contract(), _piece(contract(), [*HEADER, "经办人"], rows), 1, 0)["row_hash"].to_pylist()
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 4
    assert {len(text) for text in hashes} == {16}


def test_a_missing_column_is_null(db: duckdb.DuckDBPyConnection) -> None:
    facts = to_facts(db, contract(), _piece(contract(), HEADER[:3], [row(1)[:3]]), 1, 0).to_pylist()[0]
    assert (facts["no"], facts["amount"], facts["kind"], facts["unconverted"]) == ("N1", None, None, [])


def test_a_damaged_row_has_neither_facts_nor_identity(db: duckdb.DuckDBPyConnection) -> None:
    columns: list[list[str | None]] = [["N1", None] for _ in HEADER]
    piece = Piece(None, lay_out(HEADER, contract()), as_cells([2, 3], columns, {1: ("cells", "N2,断")}))
    facts = to_facts(db, contract(), piece, 1, 0).to_pylist()[1]
    assert facts["damage"] == "cells"
    assert [facts[name] for name in contract().facts] == [None] * 4
    assert facts["unconverted"] == []
    assert facts["row_hash"] is not None
    assert list(to_identity(piece, 1, 0).to_pylist()[1].values()) == [2, *[None] * 6]


def test_identity_is_as_written(db: duckdb.DuckDBPyConnection) -> None:
    written = ["N1", " 张三(已故) ", '="410101199001011234"', "", "", ""]
    identity = to_identity(_piece(contract(), HEADER, [written]), 5, 100)
    assert identity.schema.equals(IDENTITY)
    assert identity.to_pylist() == [
        {"row_id": 105, "id_number": written[2], "name": written[1]} | dict.fromkeys(["birth_date", "sex", "place", "phone"])
    ]


def test_a_sheet_is_named(db: duckdb.DuckDBPyConnection) -> None:
    piece = Piece("表'一", lay_out(HEADER, contract()), as_cells([9], [[cell] for cell in row(1)]))
    assert to_facts(db, contract(), piece, 1, 0).to_pylist()[0]["sheet"] == "表'一"


def test_keywords_may_be_fact_names(db: duckdb.DuckDBPyConnection) -> None:
    for name in ("order", "select", "c1", "raw"):
        of = with_fact(name, type="text")
        assert to_facts(db, of, _piece(of, [*HEADER, name], [[*row(1), "甲"]]), 1, 0).to_pylist()[0][name] == "甲"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.decimals(min_value=-(10**15), max_value=10**15, places=2), min_size=1, max_size=20))
def test_money_survives_its_written_forms(db: duckdb.DuckDBPyConnection, amounts: list[Decimal]) -> None:
    forms = [f"{amount}" for amount in amounts] + [f"￥{amount:,}元" for amount in amounts]
    rows = [["N1", "张三", "41", "", form, ""] for form in forms]
    facts = to_facts(db, contract(), _piece(contract(), HEADER, rows), 1, 0)
    assert facts["amount"].to_pylist() == amounts * 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=6), min_size=1, max_size=20))
def test_any_text_converts_or_says_so(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    rows = [["N1", "张三", "41", text, text, text] for text in texts if "\0" not in text]
    facts: pa.Table = to_facts(db, contract(), _piece(contract(), HEADER, rows), 1, 0)
    for got, cells in zip(facts.to_pylist(), rows, strict=False):
        for name in ("paid_on", "amount", "kind"):
            assert got[name] is None or name not in got["unconverted"]
            if got[name] is None and name not in got["unconverted"]:
                assert fold(cells[3].strip("='\" \u200b\ufeff")).strip("￥¥元= '\"") in NOTHING
