"""`fangpin match estimate`: a proposal that can be read, told before and after, and never put to use by itself."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matching.parameters import read_parameters
from settings import Home
from tests.flows.little import Outcome, assert_discreet, assert_told, fangpin, little_home, tree
from tests.matching.erring_world import Rates, world


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A roster and rows of which one in four writes another village."""
    made = world(300, 400, 3, Rates(place={"township": 0.25}))
    folder = tmp_path_factory.mktemp("files")
    roster, extract = folder / "roster.parquet", folder / "extract.parquet"
    pq.write_table(made.roster, roster)
    names = {"place": "place_code"}
    kept = made.identity.drop_columns(["source", "batch_id", "row_number"])
    pq.write_table(pa.table({names.get(name, name): kept[name] for name in kept.column_names}), extract)
    return roster, extract


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = little_home(tmp_path_factory.mktemp("home"))
    assert fangpin("night", "--home", home.root).code == 0
    return home


def estimate(*options: str | Path) -> Outcome:
    outcome = fangpin("match", "estimate", "--threads", "1", "--memory-limit", "1GiB", *options)
    assert_discreet(outcome)
    return outcome


def test_files_give_a_proposal_and_a_table_of_what_it_would_change(files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "proposed.yaml"
    said = estimate("--roster", files[0], "--extract", files[1], "--out", out)
    assert (said.code, said.err) == (0, "")
    proposed, shipped = read_parameters(out), read_parameters()
    assert 0.15 < proposed.fields["place"]["township"].m < 0.35
    assert proposed.decision == shipped.decision
    line = next(line for line in said.out.splitlines() if line.startswith("住址") and "同乡镇不同村" in line)
    assert f" {shipped.fields['place']['township'].m:.4g} " in line
    assert f" {proposed.fields['place']['township'].m:.4g} " in line
    assert "尚未生效" in said.out


def test_the_same_files_and_seed_give_the_same_bytes(files: tuple[Path, Path], tmp_path: Path) -> None:
    outs = [tmp_path / f"{name}.yaml" for name in ("one", "other")]
    for out in outs:
        estimate("--roster", files[0], "--extract", files[1], "--seed", "5", "--out", out)
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_the_latest_night_gives_a_proposal_and_nothing_at_home_changes(home: Home, tmp_path: Path) -> None:
    before, out = tree(home.root), tmp_path / "proposed.yaml"
    told = json.loads(estimate("--home", home.root, "--out", out, "--json").out)
    assert tree(home.root) == before
    assert told["parameters"]["provenance"]["residents"] == read_parameters(out).provenance.residents
    assert read_parameters(out).provenance.replaced == read_parameters(home.matching_parameters).hash


def test_what_is_in_use_is_never_written_over(home: Home, files: tuple[Path, Path]) -> None:
    home.matching_parameters.parent.mkdir(exist_ok=True)
    assert_told(estimate("--home", home.root, "--out", home.matching_parameters), 2, "自行替换")
    assert not home.matching_parameters.exists()
    assert_told(estimate("--roster", files[0], "--extract", files[1], "--out", files[1]), 2, "以 .yaml 结尾")


@pytest.mark.parametrize("given", [(), ("--roster",), ("--home", "--roster", "--extract")])
def test_one_way_of_estimating_must_be_given(given: tuple[str, ...], files: tuple[Path, Path], home: Home) -> None:
    where = {"--home": home.root, "--roster": files[0], "--extract": files[1]}
    assert_told(estimate(*(part for option in given for part in (option, where[option]))), 2, "或者 --home")


def test_a_home_without_a_night_is_told(tmp_path: Path) -> None:
    assert_told(estimate("--home", tmp_path, "--out", tmp_path / "proposed.yaml"), 15, "fangpin night")
