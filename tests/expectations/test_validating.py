"""Great Expectations on DuckDB: needs our patch, keeps no value, and its own failures are ours."""

import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from errors import Fault
from expectations import validating
from expectations.checks import Check, rows_query
from expectations.duckdb_patch import duckdb_connections_kept
from expectations.validating import COUNTS_ONLY, Limits, unexpected_counts

LIMITS = Limits(1, "256MiB")
SENTINEL = "哨兵值"


def not_null(column: str) -> Check:
    def build(library: ModuleType, common: dict[str, object]) -> object:
        return library.ExpectColumnValuesToNotBeNull(column=column, **common)

    return Check("not_null", column, "critical", f"{column} IS NULL", "", build)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "some.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute(f"CREATE TABLE people AS SELECT unnest(['{SENTINEL}', NULL, NULL]) AS name, 1 AS damage")
    return path


def test_it_counts(database: Path) -> None:
    rows = Check("rows", "", "critical", "name IS NOT NULL", "", rows_query("name IS NOT NULL"))
    assert unexpected_counts(database, {"people": [not_null("name"), rows]}, LIMITS) == {
        "people": {"not_null:name": 2, "rows:": 1}
    }


def test_without_the_patch_every_metric_fails(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When this test fails, Great Expectations can do without the patch: remove it."""
    monkeypatch.setattr(validating, "duckdb_connections_kept", nullcontext)
    with pytest.raises(Fault, match="not_null:name on people"):
        unexpected_counts(database, {"people": [not_null("name")]}, LIMITS)


def test_the_patch_is_taken_back() -> None:
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    before = engine._PERSISTED_CONNECTION_DIALECTS
    with duckdb_connections_kept():
        assert [dialect.value for dialect in engine._PERSISTED_CONNECTION_DIALECTS][-1] == "duckdb"
    assert engine._PERSISTED_CONNECTION_DIALECTS is before


@pytest.mark.parametrize(
    "broken",
    [not_null("no_such_column"), Check("rows", "", "critical", "", "", rows_query("no_such_column = 1"))],
    ids=["built-in", "own query"],
)
def test_a_metric_that_raised_is_our_fault(database: Path, broken: Check) -> None:
    with pytest.raises(Fault, match=f"could not compute {broken.id} on people") as caught:
        unexpected_counts(database, {"people": [not_null("name"), broken]}, LIMITS)
    assert SENTINEL not in str(caught.value)


def test_results_hold_no_value(database: Path) -> None:
    """As the library would write them, were they written anywhere."""
    import great_expectations.expectations as library
    from great_expectations import ExpectationSuite

    in_set = library.ExpectColumnValuesToBeInSet(column="name", value_set=["x"])
    rows = rows_query("name IS NOT NULL")(library, {})
    with duckdb_connections_kept(), validating._source(database, LIMITS) as source:
        batch = source.add_table_asset("people", table_name="people").add_batch_definition_whole_table("all").get_batch()
        results = batch.validate(ExpectationSuite("s", expectations=[in_set, rows]), result_format=COUNTS_ONLY)
    written = json.dumps(results.to_json_dict(), ensure_ascii=False)
    assert SENTINEL not in written
    assert '"unexpected_count": 1' in written


def test_importing_the_gate_does_not_import_the_library() -> None:
    code = "import sys, expectations.gate, expectations.standing; assert 'great_expectations' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
