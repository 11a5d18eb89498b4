"""Files and folders that appear whole or not at all, and connections with their limits set."""

from pathlib import Path

import pyarrow as pa
import pytest

from engine import conform, connect, copy_parquet, empty_table, number, whole_file, whole_folder
from errors import Fault
from tables import REFERRAL, RESIDENT, SIGNAL, WARNING


def _write_and_fail(path: Path) -> None:
    path.write_text("half")
    raise Fault("half way")


def test_a_connection_has_its_limits_and_fetches_nothing(tmp_path: Path) -> None:
    with connect(tmp_path / "work", 1, "1GiB") as db:
        settings = dict(
            db.execute("""
                SELECT name, value FROM duckdb_settings() WHERE name IN
                ('threads', 'memory_limit', 'temp_directory', 'autoinstall_known_extensions', 'autoload_known_extensions',
                 'enable_progress_bar')
            """).fetchall()
        )
    assert settings["threads"] == "1"
    assert settings["enable_progress_bar"] == "false"
    assert settings["memory_limit"] == "1.0 GiB"
    assert settings["temp_directory"] == str(tmp_path / "work" / "spill")
    assert settings["autoinstall_known_extensions"] == settings["autoload_known_extensions"] == "false"


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(Fault), whole_file(path) as half:
        _write_and_fail(half)
    assert path.read_text() == "old"
    with whole_file(path) as whole:
        whole.write_text("new")
    assert path.read_text() == "new"
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "night"
    with whole_folder(path) as first:
        (first / "a").write_text("old")
    with pytest.raises(Fault), whole_folder(path) as half:
        _write_and_fail(half / "b")
    assert [one.name for one in path.iterdir()] == ["a"]
    assert [one.name for one in tmp_path.iterdir()] == ["night"]


def test_a_writer_killed_between_its_two_renames_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "night"
    (tmp_path / ".night.old").mkdir()
    (tmp_path / ".night.old" / "a").write_text("old")
    (tmp_path / ".night.part").mkdir()
    with pytest.raises(Fault), whole_folder(path) as half:
        _write_and_fail(half / "b")
    assert (path / "a").read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["night"]


def test_parquet_is_written_whole_and_counted(tmp_path: Path) -> None:
    with connect(tmp_path / "work", 1, "1GiB") as db:
        assert copy_parquet(db, "SELECT * FROM range(3)", tmp_path / "it's.parquet") == 3
        assert db.execute("SELECT count(*) FROM read_parquet(?)", [str(tmp_path / "it's.parquet")]).fetchone() == (3,)


def test_a_table_that_differs_from_its_schema_is_a_fault(tmp_path: Path) -> None:
    schema = pa.schema([("a", pa.int64()), ("b", pa.string())])
    with connect(tmp_path / "work", 1, "1GiB") as db:
        db.execute("CREATE TABLE good AS SELECT 1::BIGINT AS a, 'x' AS b")
        conform(db, "good", schema)
        for wrong in (
            "1::INTEGER AS a, 'x' AS b",
            "'x' AS b, 1::BIGINT AS a",
            "1::BIGINT AS a",
            "1::BIGINT AS a, 'x' AS b, 2 AS c",
        ):
            db.execute(f"CREATE OR REPLACE TABLE bad AS SELECT {wrong}")
            with pytest.raises(Fault, match="table bad does not conform"):
                conform(db, "bad", schema)


def test_a_number_is_asked_for_and_no_row_is_nought(tmp_path: Path) -> None:
    with connect(tmp_path, 1, "200MB") as connection:
        assert number(connection, "SELECT count(*) FROM range(7)") == 7
        assert number(connection, "SELECT 3 WHERE false") == 0


def test_an_empty_table_has_the_columns_of_its_schema(tmp_path: Path) -> None:
    with connect(tmp_path, 1, "1GiB") as db:
        for schema in (SIGNAL, RESIDENT, WARNING, REFERRAL):
            empty_table(db, "made", schema)
            conform(db, "made", schema)
            assert number(db, "SELECT count(*) FROM made") == 0
