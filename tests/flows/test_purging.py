"""A purge: told before it is done, counted in the audit log, and nights go on without what is gone."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb
import pyarrow.parquet as pq
import pytest

from errors import HomeError
from flows.past import open_night
from outputs.publish import verify_audit
from settings import Home
from tests.conftest import run_night
from tests.flows.little import AS_OF, PEOPLE, SECRETS, Outcome, fangpin, little_home, put, roster, tree

LONG_AGO: Final = date(2022, 1, 5)
OLD_ROSTER: Final = "roster/2022-01-04/花名册.csv"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A night long ago with a roster that has since been replaced, and a night of today."""
    found = little_home(tmp_path_factory.mktemp("purging") / "home")
    put(found.root, OLD_ROSTER, roster(PEOPLE[:8]))
    run_night(found.root, LONG_AGO)
    run_night(found.root)
    return found


@pytest.fixture(scope="module")
def told(home: Home) -> tuple[Outcome, dict[str, str], dict[str, str]]:
    """What a dry run says, and the home before and after it."""
    before = tree(home.store, home.archive, home.lists, home.runs)
    said = fangpin("purge", "--home", home.root, "--json")
    return said, before, tree(home.store, home.archive, home.lists, home.runs)


@pytest.fixture(scope="module")
def done(home: Home, told: object) -> dict[str, dict[str, dict[str, int]]]:
    """After the purge is meant."""
    said = fangpin("purge", "--home", home.root, "--yes", "--json")
    found: dict[str, dict[str, dict[str, int]]] = json.loads(said.out)
    return found


def old_files(home: Home) -> list[Path]:
    batch = duckdb.execute(
        f"SELECT batch_id, sha256 FROM read_parquet('{home.run(LONG_AGO)}/batches.parquet') WHERE source = 'roster'"
    ).fetchone()
    assert batch
    return [home.facts("roster", batch[0]), home.identity("roster", batch[0]), home.archive / "roster" / batch[1]]


def test_unless_it_is_meant_nothing_goes(told: tuple[Outcome, dict[str, str], dict[str, str]]) -> None:
    said, before, after = told
    assert before == after
    classes = json.loads(said.out)["classes"]
    assert classes["identity"] == classes["personal"] == classes["originals"] == {"things": 1, "rows": 8}
    assert classes["runs"]["things"] == 1
    assert not [secret for secret in SECRETS if secret in said.out + said.err]


def test_what_is_meant_goes_and_is_in_the_audit_log(
    home: Home, told: object, done: dict[str, dict[str, dict[str, int]]]
) -> None:
    assert not [path for path in old_files(home) if path.exists()]
    last = json.loads(home.audit_file.read_text(encoding="utf-8").splitlines()[-1])
    assert last["event"] == "purge"
    assert last["classes"]["identity"] == {"things": 1, "rows": 8}
    assert verify_audit(home.audit_file) is None
    assert not (home.lists / LONG_AGO.isoformat()).exists()
    assert not (home.run(LONG_AGO) / "residents.parquet").exists()
    assert (home.run(LONG_AGO) / "accounting.parquet").exists()
    assert (home.lists / AS_OF.isoformat()).exists()


def test_a_night_after_it_works_and_every_row_is_still_accounted_for(home: Home, done: object) -> None:
    summary = run_night(home.root, AS_OF + timedelta(days=1))
    rows = {str(row["file"]): row for row in summary.accounting}
    assert (rows[OLD_ROSTER]["rows_in"], rows[OLD_ROSTER]["purged"]) == (8, 8)
    assert sum(int(str(row["purged"])) for row in summary.accounting) == 8
    assert summary.files["new"] == 0  # the file still lies in the inbox: known, and not taken again
    assert not old_files(home)[0].exists()
    assert json.loads(fangpin("purge", "--home", home.root, "--json").out)["classes"]["identity"]["things"] == 0


def test_a_night_that_is_gone_is_told_plainly(home: Home, done: object) -> None:
    with pytest.raises(HomeError, match="已按保存期限清除"), open_night(home, LONG_AGO):
        pass
    with pytest.raises(HomeError, match="已按保存期限清除"):
        run_night(home.root, LONG_AGO)


def test_the_same_bytes_sent_anew_are_read_anew(home: Home, done: object) -> None:
    path = put(home.root, "roster/2026-03-12/再报.csv", roster(PEOPLE[:8]))
    try:
        summary = run_night(home.root, AS_OF + timedelta(days=2))
        rows = {str(row["batch_id"]): row for row in summary.accounting}
        assert pq.read_metadata(old_files(home)[0]).num_rows == 8
        assert rows[old_files(home)[0].stem]["registered"] == 8
    finally:
        path.unlink()
