import re
from pathlib import Path

import pytest
import yaml

from tests.matching.helpers import Link, feed, links

DATA = yaml.safe_load((Path(__file__).parent / "edge_cases.yaml").read_text(encoding="utf-8"))
CASES = DATA["cases"]


@pytest.fixture(scope="module")
def found() -> dict[int, Link]:
    return links(DATA["roster"], feed([case["record"] for case in CASES]))


def test_there_are_many_cases_with_titles_of_their_own() -> None:
    assert len(CASES) >= 60
    assert len({case["title"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize(("row", "case"), list(enumerate(CASES, 1)), ids=[case["title"] for case in CASES])
def test_case(found: dict[int, Link], row: int, case: dict[str, dict[str, str]]) -> None:
    link, expect = found[row], case["expect"]
    assert (link.decision, link.method, link.resident_id, link.runner_up) == (
        expect["decision"],
        expect["method"],
        expect["resident_id"],
        expect.get("runner_up"),
    )


def test_evidence_is_chinese_and_holds_no_value(found: dict[int, Link]) -> None:
    for row, case in enumerate(CASES, 1):
        evidence = found[row].evidence
        assert evidence
        for cell in case["record"].values():
            assert len(cell) < 2 or cell == "无" or cell not in evidence
        assert not re.search(r"\d", evidence.replace("末三位为 000", ""))


def test_the_cases_reach_most_ways_to_decide(found: dict[int, Link]) -> None:
    assert {link.method for link in found.values()} >= {
        "number_and_name", "number_and_near_name", "repaired_number_and_name", "number_only", "near_number", "name_birth",
        "name_birth_village", "number_other_name", "number_shared", "several_candidates", "too_little", "two_numbers",
        "nobody_found", "number_not_in_roster", "not_in_roster",
    }  # fmt: skip
