"""A file mended in place replaces what it said before, whatever the bytes hash to."""

from pathlib import Path

import duckdb
import pytest

from tests.flows.little import MEDICAL, fangpin, little_home, medical, put


@pytest.mark.parametrize("blank_lines", range(3))
def test_the_later_version_of_a_file_wins(tmp_path: Path, blank_lines: int) -> None:
    home = little_home(tmp_path / "home")
    put(home.root, MEDICAL, medical(payers={0: 60000, 3: 800}))
    assert fangpin("night", "--home", home.root).code == 0
    put(home.root, MEDICAL, medical(payers={0: 60, 3: 800}) + "\n" * blank_lines)
    assert fangpin("night", "--home", home.root).code == 0
    (run,) = home.runs.iterdir()
    bins = duckdb.sql(f"""
        SELECT b.arrival, linked, duplicate, superseded FROM read_parquet('{run / "accounting.parquet"}') a
        JOIN read_json('{home.store / "batches" / "medical" / "*.json"}') b USING (batch_id) ORDER BY 1
    """).fetchall()
    assert [counts for _, *counts in bins] == [[0, 1, 1], [2, 0, 0]]
    asked = f"SELECT count(*) FROM read_parquet('{run / 'signals.parquet'}') WHERE observed >= 60000"
    assert duckdb.sql(asked).fetchone() == (0,)
