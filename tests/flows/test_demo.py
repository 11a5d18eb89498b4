"""`fangpin demo`: rates from the command line, and never into a home that holds anything else."""

from pathlib import Path

import duckdb
import pytest

from tests.flows.little import assert_told, fangpin


def dirty(home: Path, channel: str) -> int:
    rows = duckdb.execute(
        f"SELECT count(*) FROM read_parquet('{home / 'truth' / 'rows.parquet'}') WHERE list_contains(dirt, ?)", [channel]
    ).fetchone()
    assert rows is not None
    return int(rows[0])


def test_a_rate_is_what_was_asked_for(tmp_path: Path) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    assert fangpin("demo", "--residents", "400", "--home", few, "--rate", "id_missing=0", "--rate", "job_loss=0").code == 0
    assert fangpin("demo", "--residents", "400", "--home", many, "--rate", "id_missing=0.5").code == 0
    assert dirty(few, "id_missing") == 0
    assert dirty(many, "id_missing") > 100


@pytest.mark.parametrize("rate", ["id_mising=0.1", "id_missing", "id_missing=viel", "id_missing=1.5", "non_resident=0.95"])
def test_a_rate_that_cannot_be_is_told(tmp_path: Path, rate: str) -> None:
    assert_told(fangpin("demo", "--residents", "400", "--home", tmp_path / "home", "--rate", rate), 2, "比率")
    assert not (tmp_path / "home").exists()


def test_a_county_is_not_mixed_with_anything_else(tmp_path: Path) -> None:
    (tmp_path / "inbox" / "medical").mkdir(parents=True)
    (tmp_path / "inbox" / "medical" / "a.csv").write_text("x")
    assert_told(fangpin("demo", "--residents", "400", "--home", tmp_path), 11, "虚构")
    assert not (tmp_path / "truth").exists()
