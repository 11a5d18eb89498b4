"""A home folder to put batches into, and a connection beside it."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from engine import connect
from settings import Home
from tests.expectations.making import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Home(tmp_path))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path / "work", 2, "512MiB") as opened:
        yield opened
