"""Each check catches its bad row and only it, in our SQL and in Great Expectations alike."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from expectations.gate import gate
from expectations.suite import batch_checks, row_checks
from tests.expectations.making import SEED, Row, Store, batches, contract, good

BAD: dict[tuple[str, str], Row] = {
    ("row_is_whole", ""): {"damage": "断行", "serial": None, "name": None, "id_number": None, "kind": "错"},
    ("is_data_row", ""): {"damage": "total", "serial": None, "name": None, "id_number": None},
    ("has_identity", ""): {"name": None, "id_number": " \u3000\t"},
    ("id_number_is_exact", ""): {"id_number": "9.90101199003071E+17"},
    ("key_is_filled", "serial"): {"serial": None},
    ("matches_pattern", "serial"): {"serial": "小写 a"},
    ("converts", "settled_on"): {"settled_on": None, "unconverted": ["settled_on"]},
    ("not_null", "settled_on"): {"settled_on": None},
    ("in_range", "settled_on"): {"settled_on": date(2014, 12, 31)},
    ("not_after_receipt", "settled_on"): {"settled_on": date(2025, 6, 2)},
    ("converts", "kind"): {"kind": None, "unconverted": ["kind"]},
    ("in_set", "kind"): {"kind": "出院"},
    ("converts", "cost"): {"cost": None, "unconverted": ["cost"]},
    ("in_range", "cost"): {"cost": Decimal("-2000.51")},
    ("converts", "days"): {"days": None, "unconverted": ["days"]},
    ("in_range", "days"): {"days": 366},
}
"""What fails which check; the first is damaged besides being wrong in every other way."""

GOOD: list[Row] = [
    {},
    {"settled_on": date(2015, 1, 1), "cost": Decimal("-2000.50"), "days": 0},
    {"settled_on": date(2025, 6, 1), "cost": 2_000_000, "days": 365},
    {"kind": None, "cost": None, "days": None},
    {"name": None},
    {"id_number": None, "unconverted": None},
]


def failures(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str, str]]:
    """(row number, expectation, column) of every quarantine entry."""
    query = 'SELECT row_id & 16777215, expectation, "column" FROM quarantine ORDER BY ALL'
    return connection.execute(query).fetchall()


def test_each_check_catches_its_row_and_only_it(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """The gate itself compares our counts with those of Great Expectations."""
    clinic = contract()
    rows = [good(f"A{n}") | changes for n, changes in enumerate([*GOOD, *BAD.values()])]
    gate(connection, store.home, {"clinic": clinic}, batches(store.put(clinic, "a.csv", rows)))
    assert failures(connection) == [(len(GOOD) + n, *check) for n, check in enumerate(BAD, start=1)]


def test_the_bad_rows_are_all_the_checks_there_are() -> None:
    assert {(check.name, check.column) for check in row_checks(contract())} == BAD.keys()


def test_a_row_may_fail_several_checks(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    rows = [good("A1", kind="出院", days=-1, name=None, id_number="")]
    gate(connection, store.home, {"clinic": clinic}, batches(store.put(clinic, "a.csv", rows)))
    assert failures(connection) == [(1, "has_identity", ""), (1, "in_range", "days"), (1, "in_set", "kind")]


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (r"\d{2}:\d{2}", "12:30", "12.30"),
        (r"(?:a:b|c::d)", "c::d", "c:d"),
        (r"[{]x[}]|%s|\$1|:name", ":name", "name"),
        (r"'x'", "'x'", "x"),
        (r"[一-龥]\\:?", "甲\\:", "甲/"),
    ],
)
def test_patterns_survive_the_formats_between_us_and_duckdb(
    store: Store, connection: duckdb.DuckDBPyConnection, pattern: str, right: str, wrong: str
) -> None:
    facts = {"serial": {"title": "单号", "headers": ["单号"], "type": "text", "required": True, "pattern": pattern}}
    clinic = contract(facts=facts)
    gate(connection, store.home, {"clinic": clinic}, batches(store.put(clinic, "a.csv", [good(right), good(wrong)])))
    assert failures(connection) == [(2, "matches_pattern", "serial")]


def test_a_batch_of_damaged_rows_only_fails_nothing_else(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    rows: list[Row] = [{"damage": "断行"}, {"damage": "断行"}]
    gate(connection, store.home, {"clinic": clinic}, batches(store.put(clinic, "a.csv", rows)))
    assert failures(connection) == [(1, "row_is_whole", ""), (2, "row_is_whole", "")]


def test_every_type_has_its_checks() -> None:
    facts = {
        "serial": SEED["facts"]["serial"],  # type: ignore[index]
        "causes": {"title": "原因", "headers": ["原因"], "type": "terms", "values": {"甲": [], "乙": []}},
        "share": {"title": "比例", "headers": ["比例"], "type": "decimal", "range": ["0", "0.12345"]},
        "until": {"title": "止于", "headers": ["止于"], "type": "date", "range": ["2000-01-01", "2001-01-01"]},
        "is_new": {"title": "新", "headers": ["新"], "type": "boolean"},
    }
    asked = [check.id for check in row_checks(contract(facts=facts))]
    assert asked[4:] == [
        "key_is_filled:serial", "matches_pattern:serial", "converts:causes", "converts:share", "in_range:share",
        "converts:until", "in_range:until", "converts:is_new",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "is_rounded"),
    [
        ("9.90101199003071E+17", True),
        ("9.9e17", True),
        (" '9.90E+17", True),
        ("9.90101E+19", True),
        ("990101199003071000", True),  # the check digit would be another
        ("99010119900307100000", True),
        ("990101199003071237.0", True),
        ("990101199003040000", False),  # a good number all the same: the check digit is 0
        ("990101199003071237", False),
        ("99010119900307100X", False),
        ("9901011990030700", False),
        ("E12345678", False),
        ("", False),
    ],
)
def test_a_number_that_a_spreadsheet_rounded_is_quarantined(
    store: Store, connection: duckdb.DuckDBPyConnection, written: str, is_rounded: bool
) -> None:
    clinic = contract()
    gate(connection, store.home, {"clinic": clinic}, batches(store.put(clinic, "a.csv", [good("A1", id_number=written)])))
    assert failures(connection) == ([(1, "id_number_is_exact", "")] if is_rounded else [])


def test_rounded_numbers_of_a_roster_are_not_quarantined() -> None:
    facts = {
        name: {"title": name, "headers": [name], "type": "text", "required": True} for name in ("resident_id", "household_id")
    }
    roster = contract(role="roster", facts=facts, key=["resident_id"])
    assert "id_number_is_exact:" not in {check.id for check in row_checks(roster)}


def test_what_is_meant_is_said_in_chinese() -> None:
    means = {check.id: check.means for check in (*row_checks(contract()), *batch_checks(contract()))}
    assert means["in_range:cost"] == "应不小于 -2000.5元、不大于 2000000元"
    assert means["converts:kind"] == means["in_set:kind"] == "应为约定的取值（住院、门诊）"
    assert means["volume_floor:"] == "数据不应少于 1 行"
    assert means["volume_ceiling:"] == "数据不应多于 1000 行"


def test_batch_checks_ask_every_feed_the_same() -> None:
    """The gate asks all new batches at once, so the predicates may not depend on the contract."""
    narrow, wide = contract(volume=None, mode="snapshot"), contract()
    assert [(c.id, c.bad, c.observed) for c in batch_checks(narrow)] == [(c.id, c.bad, c.observed) for c in batch_checks(wide)]
