"""Cases by who told of them."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

import case_tables
from casework.cases import file_cases, follow_cases
from casework.channels import CHANNELS, share_channels
from settings import Clocks, Holidays
from sources.contracts import load_contracts
from tests.casework.filed import lay, lay_ledger


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def test_cases_are_counted_by_their_set_of_channels_per_county_and_for_all(db: duckdb.DuckDBPyConnection) -> None:
    told = [
        ("990101", ["department"], None),
        ("990101", ["department"], "属实可应对"),
        ("990101", ["self_report", "department"], "纳入识别"),
        ("990102", ["department", "self_report"], "数据有误"),
        ("990102", ["cadre"], "拒绝"),
        ("990102", [], None),
    ]
    rows = [{"case_id": f"W{n}", "county": c, "channels": names, "outcome": o} for n, (c, names, o) in enumerate(told)]
    lay(db, "case_file", rows, case_tables.CASE)
    share_channels(db)
    assert db.execute("FROM channel_share").fetchall() == [
        ("", "", 1, 0, 0, 0), ("", "cadre", 1, 0, 0, 0), ("", "department", 2, 1, 1, 0),
        ("", "department+self_report", 2, 2, 1, 1),
        ("990101", "department", 2, 1, 1, 0), ("990101", "department+self_report", 1, 1, 1, 1),
        ("990102", "", 1, 0, 0, 0), ("990102", "cadre", 1, 0, 0, 0), ("990102", "department+self_report", 1, 1, 0, 0),
    ]  # fmt: skip


def test_what_three_channels_hand_out_for_a_household_is_one_case(db: duckdb.DuckDBPyConnection) -> None:
    told = (("department", "medical"), ("self_report", "self_reports"), ("cadre", "cadre_rounds"))
    rows = [
        {"as_of": date(2026, 11, 2 + n), "row_hash": f"{n:012d}", "channels": [channel], "sources": [source]}
        for n, (channel, source) in enumerate(told)
    ]
    lay_ledger(db, before=rows[:2], tonight=rows[2:])
    follow_cases(db, date(2026, 11, 4))
    file_cases(db, Clocks(), Holidays(), date(2026, 11, 4))
    share_channels(db)
    assert db.execute("SELECT channels, cases FROM channel_share WHERE county = ''").fetchall() == [
        ("department+self_report+cadre", 1),
    ]


def test_no_case_gives_no_row(db: duckdb.DuckDBPyConnection) -> None:
    lay(db, "case_file", [], case_tables.CASE)
    share_channels(db)
    assert db.execute("FROM channel_share").fetchall() == []


def test_the_channels_are_those_of_the_contracts() -> None:
    channels = {contract.channel for contract in load_contracts(None).values()}
    assert channels == set(CHANNELS)
