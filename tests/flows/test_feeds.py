"""Every built-in feed takes in its fixture: each row ends where the way it was spoilt says."""

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import openpyxl
import pytest

from engine import connect
from expectations.gate import gate
from expectations.standing import settle
from settings import Home
from sources.ingest import ingest
from tests.fixtures.feeds.make import EXPECTED, FIELDS, FOLDER, RECEIVED, feeds, rows

PROPERTY = {"real_estate", "vehicles", "companies", "tax", "housing_fund", "public_payroll"}


def expected() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["feed"], []).append(line)
    return found


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """All fixtures taken in, judged and settled in one home."""
    home = Home(tmp_path_factory.mktemp("feeds") / "home")
    contracts = feeds()
    for name, contract in contracts.items():
        folder = home.inbox / name / RECEIVED.isoformat()
        folder.mkdir(parents=True)
        _deliver(FOLDER / f"{name}.csv", folder, as_workbook=contract.files.format == "xlsx")
    with connect(home.work, 2, "1GiB") as connection:
        intake = ingest(connection, home, contracts, RECEIVED)
        gated = gate(connection, home, contracts, intake.batches)
        settle(connection, home, contracts, intake.batches, gated.held)
        yield connection


def _deliver(fixture: Path, folder: Path, as_workbook: bool) -> None:
    if not as_workbook:
        shutil.copy(fixture, folder)
        return
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    with fixture.open(encoding="utf-8", newline="") as file:
        for line in csv.reader(file):
            page.append(line)
    book.save(folder / f"{fixture.stem}.xlsx")


@pytest.mark.parametrize("feed", sorted(feeds()))
def test_every_row_of_a_fixture_ends_where_it_should(night: duckdb.DuckDBPyConnection, feed: str) -> None:
    found = night.execute(
        """SELECT row_number, standing, coalesce(list_sort(list(DISTINCT expectation || ':' || "column")
                  FILTER (expectation IS NOT NULL AND standing = 'quarantined')), [])
           FROM standing LEFT JOIN quarantine USING (row_id) WHERE source = ? GROUP BY ALL ORDER BY row_number""",
        [feed],
    ).fetchall()
    wanted = [(int(line["row"]), line["standing"], sorted(line["failed"].split())) for line in expected()[feed]]
    assert [(row, standing, list(failed)) for row, standing, failed in found] == wanted


def test_fixtures_are_as_made() -> None:
    made = {
        name: [(str(at), one.way, one.standing, " ".join(one.failed)) for at, one in enumerate(rows(contract), 1)]
        for name, contract in feeds().items()
    }
    assert {name: [tuple(line[field] for field in FIELDS[1:]) for line in lines] for name, lines in expected().items()} == made


def test_there_are_the_thirty_two_departments_and_more() -> None:
    contracts = feeds()
    assert len(contracts) >= 32
    assert {name for name, contract in contracts.items() if contract.is_barred} == PROPERTY
    assert all(10 <= len(lines) <= 20 for lines in expected().values()), Counter({n: len(x) for n, x in expected().items()})
