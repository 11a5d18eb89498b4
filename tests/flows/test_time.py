"""What was known on a given night can be made again exactly, whatever came since."""

import shutil
from datetime import date
from pathlib import Path

import duckdb

from settings import Home
from tests.conftest import run_night
from tests.flows.little import OFFICE, medical, put, roster, tree

OTHER = medical(payers={0: 60, 3: 800})


def march(day: int) -> date:
    return date(2026, 3, day)


def run_tables(home: Home, day: int) -> dict[str, str]:
    """Every table of the run and every list, by hash; the manifest also holds seconds."""
    found = tree(home.run(march(day)), home.lists / march(day).isoformat())
    return {Path(path).relative_to(home.root).as_posix(): digest for path, digest in found.items() if "manifest" not in path}


def bins(home: Home, day: int) -> list[tuple[int, int]]:
    """Linked and superseded rows of each medical batch, by file."""
    query = f"""SELECT linked, superseded + duplicate FROM read_parquet('{home.run(march(day))}/accounting.parquet')
        WHERE source = 'medical' ORDER BY file"""
    return duckdb.sql(query).fetchall()


def night(home: Home, day: int) -> None:
    run_night(home.root, march(day))


def test_nights_run_again_later_are_the_same_to_the_byte(tmp_path: Path) -> None:
    """A file, a wrong one after it, the same bytes again; a loose file of later; then once more, and from an empty store."""
    home = Home(tmp_path / "home")
    put(home.root, "roster/2026-03-01/花名册.csv", roster())
    (home.root / "office.yaml").write_text(OFFICE, encoding="utf-8")
    put(home.root, "medical/2026-03-02/二月.csv", medical())
    night(home, 2)
    put(home.root, "medical/2026-03-03/二月改.csv", OTHER)
    put(home.root, "medical/2026-03-04/二月再.csv", medical())
    night(home, 4)
    assert [bins(home, day) for day in (2, 4)] == [[(3, 0)], [(3, 0), (0, 2)]]
    seen = {day: run_tables(home, day) for day in (2, 4)}
    put(home.root, "medical/散放.csv", medical("03"))
    night(home, 2)
    assert run_tables(home, 2) == seen[2]
    (home.inbox / "medical" / "散放.csv").unlink()
    shutil.rmtree(home.store)
    night(home, 4)
    assert run_tables(home, 4) == seen[4]
