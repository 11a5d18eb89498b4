"""No person's value but in the originals, the stores of identities and links, the lists and the list of rows to compare."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import pytest

from settings import Home
from tests.conftest import County, run_night
from tests.flows.persons import Persons, persons

WALLED: Final = ("inbox", "archive", "store/identity", "store/links", "lists", "truth")
"""Where values may be; `truth` is the invented county's answer book.  Every other file of a home is searched."""


@pytest.fixture(scope="module")
def known(county: County) -> Persons:
    return persons(county.home)


def texts(home: Home) -> Iterator[tuple[str, str]]:
    """Every file outside the walls as text; of the published database each table, and its bytes."""
    walls = [home.root / wall for wall in WALLED]
    for path in sorted(path for path in home.root.rglob("*") if path.is_file() and not set(walls) & set(path.parents)):
        name = path.relative_to(home.root).as_posix()
        if path.suffix == ".parquet":
            yield name, _text(duckdb.sql(f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{path}')"))
        elif path.suffix == ".duckdb":
            yield name, path.read_bytes().decode("utf-8", "ignore")
            yield from ((f"{name}: {table}", text) for table, text in _tables(path))
        else:
            yield name, path.read_text(encoding="utf-8")


def _tables(database: Path) -> Iterator[tuple[str, str]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall():
            yield table, _text(connection.sql(f'SELECT COLUMNS(*)::VARCHAR FROM "{table}"'))


def _text(relation: duckdb.DuckDBPyRelation) -> str:
    return "\n".join("\t".join(cell or "" for cell in row) for row in relation.fetchall())


def test_no_name_number_or_phone_outside_the_walls(county: County, known: Persons) -> None:
    searched = dict(texts(county.home))
    for expected in (
        "audit.jsonl",
        "published/report.html",
        "published/senders.html",
        "published/fangpin.duckdb: sender_quality",
        "published/fangpin.duckdb: warnings",
        f"runs/{county.as_of}/manifest.json",
        f"runs/{county.as_of}/links.parquet",
    ):
        assert searched[expected]
    for folder in ("store/facts/", "store/batches/", "store/gate/", "store/quarantine/", "published/"):
        assert any(name.startswith(folder) for name in searched), folder
    leaks = {name: len(seen) for name, text in searched.items() if (seen := known.seen_in(text))}
    assert leaks == {}


def test_what_is_searched_for_is_everybody(county: County, known: Persons) -> None:
    """Names that are words are few, and the originals hold everything we search for."""
    assert len(known.names) > 2_000
    assert len(known.numbers) > 3_000
    assert len(known.phones) > 1_000
    newest = sorted(county.home.inbox.joinpath("roster").rglob("*.csv"))[-1]
    seen = known.seen_in(newest.read_text(encoding="utf-8-sig"))
    assert len(seen & known.names) > 1_500
    assert len(seen & known.numbers) > 2_900
    assert len(seen & known.phones) > 1_000


def test_a_value_is_found_however_it_is_wrapped() -> None:
    known = Persons(frozenset({"令狐样本"}), frozenset({"99010119700305001X"}), frozenset({"10019700305"}))
    for text in (
        "原因：令狐样本住院",
        '{"id": "99010119700305001x43"}',
        "电话10019700305。",
        "９９０１０１１９７００３０５００１Ｘ",
    ):
        assert len(known.seen_in(text)) == 1, text
    assert known.seen_in("令狐样 990101197003050 8210019700305114") == frozenset()


def test_nothing_is_logged(county: County, known: Persons, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.joinpath("inbox").mkdir(parents=True)
    for source in ("roster", "medical"):
        home.joinpath("inbox", source).symlink_to(county.home.inbox / source)
    run_night(home, county.as_of)
    said = capfd.readouterr()
    assert known.seen_in(said.out + said.err) == frozenset()
