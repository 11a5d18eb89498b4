"""A corpus of rule files that are wrong or hostile: each ends in one message with file, place and cure."""

from pathlib import Path

import pytest

from catalogue import load_layers
from errors import CatalogueError
from rules.examples import check_examples
from rules.load import check
from rules.model import Rule
from rules.values import Reference
from tests.rules.bad_expressions import EXPRESSIONS
from tests.rules.bad_rules import CIRCLES, COMBINED, CONDITION, EDITS, FACTS, GOOD, TITLES, UNITS, WHOLE
from tests.rules.making import value

REFERENCES = {
    name: Reference.model_validate({"id": name, "title": name, "unit": unit, "values": [value(100)]})
    for name, unit in (("base", "元"), ("monthly", "元/月"), ("heads", "人"))
}


def load(folder: Path) -> dict[str, Rule]:
    rules = load_layers([folder], Rule)
    check(rules, REFERENCES, FACTS, UNITS, [folder], titles=TITLES)
    return rules


def refusal(folder: Path, content: str | bytes) -> CatalogueError:
    path = folder / "a_rule.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    told = caught.value
    assert (told.file, told.exit_code) == (str(path), 10)
    assert told.expected
    assert told.found
    assert told.do
    assert len(str(told)) < 1500
    assert "Input should" not in str(told)
    return told


def test_what_the_corpus_breaks_is_sound(tmp_path: Path) -> None:
    (tmp_path / "a_rule.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "combined.yaml").write_text(COMBINED, encoding="utf-8")
    rules = load(tmp_path)
    assert set(rules) == {"a_rule", "combined"}
    assert check_examples({"combined": rules["combined"]}, REFERENCES, FACTS) == ()


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda text: text[:40])
def test_an_expression_that_is_refused(tmp_path: Path, expression: str) -> None:
    quoted = expression.replace("'", "''")
    told = refusal(tmp_path, GOOD.replace(CONDITION, f"condition: '{quoted}'\n"))
    assert told.place == "condition"
    assert EXPRESSIONS[expression] in told.found


@pytest.mark.parametrize("case", EDITS)
def test_a_file_with_one_mistake(tmp_path: Path, case: str) -> None:
    old, new, place, words = EDITS[case]
    assert GOOD.count(old) >= 1
    told = refusal(tmp_path, GOOD.replace(old, new, 1))
    assert told.place.startswith(place)
    assert words in told.found


@pytest.mark.parametrize("case", WHOLE)
def test_a_file_that_is_none(tmp_path: Path, case: str) -> None:
    content, place, words = WHOLE[case]
    told = refusal(tmp_path, content)
    assert told.place.startswith(place)
    assert words in told.found


@pytest.mark.parametrize("case", CIRCLES)
def test_rules_that_rest_on_each_other(tmp_path: Path, case: str) -> None:
    old, new, words = CIRCLES[case]
    text = COMBINED.replace(old, new)
    (tmp_path / "a_rule.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "combined.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(
        COMBINED.replace("id: combined", "id: other").replace("[a_rule]", "[combined]"), "utf-8"
    )
    with pytest.raises(CatalogueError) as caught:
        load(tmp_path)
    assert words in caught.value.found
    assert caught.value.place.startswith("needs")
