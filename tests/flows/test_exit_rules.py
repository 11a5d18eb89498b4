"""The office's conditions of the exit watch are read and checked with everything else that it declares."""

from pathlib import Path

import pytest

from casework.exit_rules import BUILT_IN
from errors import CatalogueError
from flows.declared import exits_of, load_catalogue, read_catalogue
from settings import Home


def written(root: Path, old: str, new: str) -> Home:
    home = Home(root)
    home.exit_rules_file.write_text(BUILT_IN.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return home


def test_the_lines_are_those_of_the_reference_that_the_rules_name(tmp_path: Path) -> None:
    catalogue = load_catalogue(Home(tmp_path))
    exits = exits_of(catalogue.exit_rules, catalogue.references)
    assert len(exits.lines) == len(catalogue.references["monitoring_line"].values)
    assert exits.rules.rules[0].document.startswith("安徽省枞阳县")


def test_a_line_that_is_no_reference_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"exit_rules\.yaml") as caught:
        read_catalogue(written(tmp_path, "line: monitoring_line", "line: poverty_line"))
    assert "monitoring_line" in str(caught.value)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="stop_benefits"):
        load_catalogue(written(tmp_path, "    identified_months: 6", "    stop_benefits: true\n    identified_months: 6"))
