from pathlib import Path

import pytest
import yaml

from errors import CatalogueError
from matching.parameters import LEVELS, Calibration, Parameters, Provenance, read_parameters, written


def altered(**changed: object) -> Parameters:
    return read_parameters().model_copy(update=changed)


def with_m(field: str, level: str, m: float) -> Parameters:
    shipped = read_parameters()
    levels = {**shipped.fields[field], level: shipped.fields[field][level].model_copy(update={"m": m})}
    return shipped.model_copy(update={"fields": {**shipped.fields, field: levels}})


def test_the_shipped_weights_speak_for_agreement_and_against_difference() -> None:
    shipped = read_parameters()
    for field in ("birth", "sex", "phone"):
        agrees, differs = shipped.fields[field]["equal"], shipped.fields[field]["different"]
        assert agrees.m > differs.m
        assert isinstance(differs.u, float)
        assert differs.u > differs.m


@pytest.mark.parametrize(
    "parameters",
    [
        read_parameters(),
        with_m("number", "swapped", 0.000000123),
        altered(calibration=Calibration(slope=0.8125, shift=-1.5)),
        altered(provenance=Provenance(made_on="2026-01-02", how='of "an" office: 县', persons=3, seed=7, iterations=9)),
    ],
)
def test_what_is_written_is_read_back(parameters: Parameters, tmp_path: Path) -> None:
    file = tmp_path / "parameters.yaml"
    file.write_text(written(parameters), encoding="utf-8")
    assert read_parameters(file) == parameters


def test_what_is_written_explains_itself_as_the_shipped_file_does() -> None:
    shipped = Path("matching/parameters.yaml").read_text(encoding="utf-8")
    comments = {line.partition("#")[2].strip() for line in shipped.splitlines() if "#" in line}
    assert comments <= {line.partition("#")[2].strip() for line in written(read_parameters()).splitlines()}


def test_an_office_without_a_file_of_its_own_takes_the_shipped_one(tmp_path: Path) -> None:
    assert read_parameters(tmp_path / "parameters.yaml") == read_parameters()


def test_the_hash_follows_every_figure() -> None:
    assert with_m("birth", "lunar", 0.0031).hash != read_parameters().hash
    assert read_parameters().hash == read_parameters().hash


@pytest.mark.parametrize("field", LEVELS)
def test_a_level_that_is_not_weighed_is_refused(field: str, tmp_path: Path) -> None:
    content = yaml.safe_load(written(read_parameters()))
    del content["fields"][field]["missing"]
    file = tmp_path / "parameters.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(CatalogueError, match="missing"):
        read_parameters(file)


def test_a_small_roster_is_a_part_of_a_population() -> None:
    shipped = read_parameters()
    assert shipped.prior_bits(10) == shipped.prior_bits(shipped.prior.least_population)
    assert shipped.prior_bits(2_000_000) == pytest.approx(shipped.prior_bits(1_000_000) - 1)
