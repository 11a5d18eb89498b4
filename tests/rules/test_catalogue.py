"""The rules and reference values that come with the program."""

import re
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
INDICATORS = ROOM.parent / "docs" / "indicators.zh-CN.md"
STANDING = "政府网站|媒体|转载|报道|文档分享网站|公开代码库|没有查到|没有文件|自定|《"
"""A document by name, where it was read, or that there is none."""


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
    # What the visitors found sets signals aside, the registry says who is helped, a signature is a ground to look: no worries.
    assert heard - sources == {"visits", "monitored", "authorisations"}
    assert any(not rule.sources for rule in catalogue.values())


def test_every_rule_is_placed_among_the_published_indicators() -> None:
    placed = re.findall(r"\[`(\w+)`\]\(rules\.zh-CN\.md#(\w+)\)", INDICATORS.read_text(encoding="utf-8"))
    assert {rule for rule, _ in placed} == set(load_rules(None)), "docs/indicators.zh-CN.md"
    assert [pair for pair in placed if pair[0] != pair[1]] == []


def test_lists_of_households_weigh_less_than_anything_that_happened() -> None:
    catalogue = load_rules(None).values()
    listed = {rule.severity for rule in catalogue if rule.id.startswith("list_")}
    others = {rule.severity for rule in catalogue if not rule.id.startswith("list_")}
    assert max(listed) <= 20 <= min(others)
    assert all(rule.title.startswith("必访：") == rule.id.startswith("list_") for rule in catalogue)


def test_every_source_says_how_much_it_is_worth() -> None:
    for rule in load_rules(None).values():
        assert re.search(STANDING, rule.source), rule.id


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
