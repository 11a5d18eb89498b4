"""One connection for the tests of this room."""

from collections.abc import Iterator

import duckdb
import pytest

from engine import connect


@pytest.fixture(scope="session")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """With the limits of a small night."""
    with connect(tmp_path_factory.mktemp("work"), 2, "1GiB") as connection:
        yield connection
