"""The file that `make bench-ingest` invents is one that a night takes in, with the dirt it says."""

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.ingest_step import ingest_rows, invent_rows
from settings import Home


def test_of_a_hundred_rows_one_cannot_be_read(tmp_path: Path) -> None:
    invent_rows(1000, tmp_path)
    assert ingest_rows(tmp_path)["rows"] == 1000
    facts = pq.read_table(next(Home(tmp_path).store.glob("facts/medical/*.parquet")))
    assert facts["unconverted"].to_pylist().count(["total_cost"]) == 10
    assert pc.count(facts["total_cost"]).as_py() == 990
    assert pc.count(facts["settled_on"]).as_py() == 1000
