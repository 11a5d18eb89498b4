"""One whole night as files: what the departments sent in, what the office reads out, byte for byte."""

import shutil
from pathlib import Path

import openpyxl
import pytest

from flows.past import open_night
from flows.proving import prove
from settings import Home
from tests.conftest import run_night
from tests.golden.exporting import export
from tests.golden.people import PEOPLE
from tests.golden.regenerate import EXPECTED, HOME, write_inbox


def files(folder: Path) -> dict[str, bytes]:
    """Relative path -> bytes of every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def cells(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Sheet -> its rows."""
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in openpyxl.load_workbook(path)}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder a golden night is exported to."""
    folder = tmp_path_factory.mktemp("golden")
    shutil.copytree(HOME, folder / "home")
    export(run_night(folder / "home"), folder / "told")
    return folder / "told"


def test_the_night_says_the_expected_files_and_no_others(told: Path) -> None:
    assert sorted(files(told)) == sorted(files(EXPECTED))


@pytest.mark.parametrize("name", sorted(files(EXPECTED)))
def test_every_expected_file_comes_out_to_the_byte(told: Path, name: str) -> None:
    assert (told / name).read_bytes().decode() == (EXPECTED / name).read_bytes().decode()


def test_every_warning_comes_again_from_the_rows_it_names_alone(told: Path) -> None:
    with open_night(Home(told.parent / "home")) as past:
        proof = prove(past)
    assert proof.warnings
    assert proof.holds


def test_the_inbox_is_what_its_description_says(tmp_path: Path) -> None:
    write_inbox(tmp_path)
    described, stored = files(tmp_path), files(HOME / "inbox")
    assert described.keys() == stored.keys()
    for name in described:
        if name.endswith(".xlsx"):
            assert cells(tmp_path / name) == cells(HOME / "inbox" / name), name
        else:
            assert described[name] == stored[name], name


def test_every_resident_has_a_name_and_number_of_their_own() -> None:
    assert len({person.name for person in PEOPLE}) == len({person.number for person in PEOPLE}) == len(PEOPLE)
