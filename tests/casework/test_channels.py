"""Cases by who told of them."""

from collections.abc import Iterator

import duckdb
import pytest

import case_tables
from casework.channels import CHANNELS, share_channels
from sources.contracts import load_contracts
from tests.casework.filed import lay


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


def test_no_case_gives_no_row(db: duckdb.DuckDBPyConnection) -> None:
    lay(db, "case_file", [], case_tables.CASE)
    share_channels(db)
    assert db.execute("FROM channel_share").fetchall() == []


def test_the_channels_are_those_of_the_contracts() -> None:
    channels = {contract.channel for contract in load_contracts(None).values()}
    assert channels == set(CHANNELS)
