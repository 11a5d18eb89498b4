"""The rules and reference values that come with the program."""

from collections.abc import Mapping
from pathlib import Path

import pytest

import rules
from rules.compile import sql_of
from rules.examples import check_examples
from rules.load import check, load_references, load_rules
from rules.schema import schemas
from sources.contracts import load_contracts
from tests.rules.making import NIGHT

ROOM = Path(rules.__file__).parent


@pytest.fixture(scope="module")
def facts() -> Mapping[str, Mapping[str, str]]:
    contracts = load_contracts(None).values()
    return {c.id: {name: fact.type for name, fact in c.facts.items()} for c in contracts if c.role != "roster"}


def test_every_rule_is_sound_and_every_example_holds(facts: Mapping[str, Mapping[str, str]]) -> None:
    catalogue, references = load_rules(None), load_references(None)
    check(catalogue, references, facts)
    assert check_examples(catalogue, references, facts) == ()


def test_every_feed_a_rule_may_read_is_listened_to_and_so_is_the_roster() -> None:
    catalogue = load_rules(None)
    sources = {source for rule in catalogue.values() for source in rule.sources}
    assert len(catalogue) >= 45
    heard = {c.id for c in load_contracts(None).values() if c.role == "extract" and not c.is_barred}
    assert heard - sources == {"visits"}  # what the visitors found sets signals aside, and worries nobody
    assert any(not rule.sources for rule in catalogue.values())


@pytest.mark.parametrize(("path", "text"), schemas().items(), ids=lambda item: item.name if isinstance(item, Path) else "")
def test_schemas_are_current(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run: python -m rules.schema"


@pytest.mark.parametrize(("folder", "schema"), [("catalogue", "rule"), ("reference", "reference")])
def test_every_file_names_its_schema(folder: str, schema: str) -> None:
    first = {path.read_text(encoding="utf-8").splitlines()[0] for path in (ROOM / folder).iterdir()}
    assert first == {f"# yaml-language-server: $schema=../{schema}.schema.json"}


def test_invented_values_say_so_and_real_places_have_a_document() -> None:
    for reference in load_references(None).values():
        for item in reference.values:
            assert item.document.startswith("虚构县") == item.area.startswith("99"), (reference.id, item.area)


def test_the_sql_is_readable_and_always_the_same() -> None:
    catalogue, references = load_rules(None), load_references(None)
    for rule in catalogue.values():
        text = sql_of(rule, references, NIGHT)
        assert text == sql_of(rule, references, NIGHT)
        assert text.startswith(f"-- {rule.id}：{rule.title}")
        assert "CASE" in text
