"""The built-in catalogue, and an office's own layered over it."""

from pathlib import Path

import pytest

from errors import CatalogueError
from sources.contracts import BUILT_IN, load_contracts
from sources.directory import PAGE_FILE, page


def _layer(folder: Path, name: str, source: str, *changes: tuple[str, str]) -> Path:
    text = (BUILT_IN / f"{source}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_built_in_contracts_load() -> None:
    contracts = load_contracts(None)
    assert list(contracts) == sorted(contracts)
    assert {"roster", "medical", "education", "disability", "civil_affairs", "employment", "visits"} <= contracts.keys()
    assert [c.id for c in contracts.values() if c.role == "roster"] == ["roster"]


def test_every_built_in_file_names_its_schema() -> None:
    for path in BUILT_IN.glob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../contract.schema.json\n"), path


def test_an_absent_office_layer_is_empty(tmp_path: Path) -> None:
    assert load_contracts(tmp_path / "sources") == load_contracts(None)


def test_the_office_replaces_and_adds_by_id(tmp_path: Path) -> None:
    _layer(tmp_path, "medical", "medical", ("title: 医保结算", "title: 本县医保"))
    _layer(tmp_path, "housing", "employment", ("id: employment", "id: housing"))
    contracts = load_contracts(tmp_path)
    assert contracts["medical"].title == "本县医保"
    assert "housing" in contracts


def test_two_rosters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="恰好一个") as problem:
        load_contracts(_layer(tmp_path, "roll", "roster", ("id: roster", "id: roll")))
    assert "roll、roster" in problem.value.found


def test_no_roster_is_refused(tmp_path: Path) -> None:
    _layer(tmp_path, "roster", "roster", ("role: roster\n", ""), ("household_id:", "house_id:"), ("resident_id:", "person_id:"))
    text = (tmp_path / "roster.yaml").read_text(encoding="utf-8").replace("key: [resident_id]", "key: [person_id]")
    (tmp_path / "roster.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match="恰好一个"):
        load_contracts(tmp_path)


DIBAO = 'type: code, values: {是: ["1"], 否: ["0"]}, named_in: 登记表}'
VISITED_ON = '{title: 核实日期, headers: [核实日期, 入户日期], type: date, required: true, range: ["2020-01-01", received_on]}'
UNUSABLE: dict[str, tuple[str, tuple[tuple[str, str], ...], str]] = {
    "resident without a column": ("roster", (("income_per_head:", "income:"),), "缺少 income_per_head"),
    "resident of another type": ("roster", ((DIBAO, "type: boolean, named_in: 登记表}"),), "is_on_dibao 的 type 为 boolean"),
    "money of another type": (
        "roster",
        (("type: money, unit: 元", "type: decimal, unit: 元"),),
        "income_per_head 的 type 为 decimal",
    ),
    "visit without a day": ("visits", (("visited_on:", "came_on:"),), "缺少 visited_on"),
    "visit on a text": (
        "visits",
        ((VISITED_ON, "{title: 核实日期, headers: [核实日期], type: text}"),),
        "visited_on 的 type 为 text",
    ),
    "visit without family and outcome": (
        "visits",
        (("  family:", "  risk:"), ("  outcome:", "  result:")),
        "缺少 family；缺少 outcome",
    ),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_contract_that_later_stages_cannot_read_is_refused(tmp_path: Path, case: str) -> None:
    source, changes, found = UNUSABLE[case]
    with pytest.raises(CatalogueError) as problem:
        load_contracts(_layer(tmp_path, source, source, *changes))
    assert (problem.value.file, problem.value.place, problem.value.found) == (str(tmp_path / f"{source}.yaml"), "facts", found)


def test_the_refusal_names_the_types_that_fit(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="is_on_dibao（type 为 text 或 code 或 terms）"):
        load_contracts(_layer(tmp_path, "roster", "roster", (DIBAO, "type: boolean, named_in: 登记表}")))


def test_a_wrong_file_is_named_with_the_place(tmp_path: Path) -> None:
    _layer(tmp_path, "medical", "medical", ('range: ["-2000000", "2000000"]', 'range: ["2", "1"]'))
    with pytest.raises(CatalogueError, match="下限大于上限") as problem:
        load_contracts(tmp_path)
    assert problem.value.file.endswith("medical.yaml")
    assert problem.value.place == "facts.total_cost.range"


def test_the_page_on_the_feeds_is_current() -> None:
    assert PAGE_FILE.read_text(encoding="utf-8") == page(load_contracts(None)), "run python -m sources.directory"
