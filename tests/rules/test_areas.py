"""Which area codes exist."""

import pytest

from rules.areas import area_problem
from rules.load import load_references, load_rules


@pytest.mark.parametrize(
    "code",
    [
        "",
        "43",
        "4310",
        "431002",
        "431002101",
        "431002101001",
        "99",
        "990101",
        "999999",
        "71",
        "441900",
        "441900003",
        "469001",
        "340825",
        "130171",
        "650522",
    ],
)
def test_a_code_of_a_place_is_taken(code: str) -> None:
    assert area_problem(code) == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("4", "实为 1 位"),
        ("431", "实为 3 位"),
        ("43100", "实为 5 位"),
        ("4310021010", "实为 10 位"),
        ("４３", "须是"),
        ("10", "没有代码为 10 的省"),
        ("7101", "没有代码为 7101 的市"),
        ("4399", "没有代码为 4399 的市"),
        ("439901", "没有代码为 4399 的市"),
        ("431099", "没有代码为 431099 的县"),
        ("430000", "补位"),
        ("431000", "补位"),
        ("431002000", "补位"),
        ("431002101000", "补位"),
    ],
)
def test_a_code_of_no_place_is_refused_with_the_level_that_is_wrong(code: str, words: str) -> None:
    assert words in area_problem(code)


def test_every_area_of_the_built_in_rules_and_references_exists() -> None:
    areas = {value.area for one in load_references(None).values() for value in one.values}
    areas |= {value.area for rule in load_rules(None).values() for line in rule.thresholds.values() for value in line.values}
    assert [area for area in areas if area_problem(area)] == []
