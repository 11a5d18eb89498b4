"""The ledger that casework is timed on goes through every step, and most of what came back of it is taken."""

from pathlib import Path

import duckdb
import pytest

from bench import casework
from bench.casework_world import NIGHTS, invent_ledger
from engine import number
from flows.declared import load_catalogue
from settings import Home


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    home = Home(tmp_path_factory.mktemp("ledger") / "home")
    invent_ledger(home, casework.fired(home), residents=9_000, rows=900, signals=600)
    assert len(list(home.runs.iterdir())) == NIGHTS
    connection = duckdb.connect(config={"threads": 2})
    for step in casework.steps(connection, home, load_catalogue(home)).values():
        step()
    return connection


def test_every_step_has_something_to_do(stepped: duckdb.DuckDBPyConnection) -> None:
    for table in ("issued_before", "case_event", "case_step", "suppressed", "issued", "exit_watch", "burden", "yield"):
        assert number(stepped, f'SELECT count(*) FROM "{table}"') > 0, table


def test_most_is_taken_and_what_was_changed_goes_back(stepped: duckdb.DuckDBPyConnection) -> None:
    fates = dict(stepped.execute("SELECT fate, count(*) FROM answer GROUP BY fate").fetchall())
    assert fates["taken"] > fates["empty"] > fates["refused"] > 0
    assert stepped.execute("SELECT DISTINCT reason FROM answer WHERE fate = 'refused'").fetchall() == [("changed",)]
    assert number(stepped, "SELECT count(DISTINCT state) FROM case_file") > 3


def test_the_floor_reads_the_same_files(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    invent_ledger(home, casework.fired(home), residents=900, rows=90, signals=60)
    assert casework.floor(home.root)["seconds"] > 0
