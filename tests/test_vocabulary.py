"""Words that several rooms write down, because rooms do not import each other, are the same in all of them."""

from typing import get_args

import pytest

from outcomes import ALL_FAMILIES, OUTCOMES, SETTLING
from outputs.layout import visit_codes
from outputs.review_form import review_form
from outputs.review_list import PAGE
from rules.model import Family
from sources.contracts import load_contracts
from sources.county.extracts import visits
from sources.county.shocks import FAMILIES
from sources.fact import Fact, FactType
from tables import FACT_TYPES


@pytest.fixture(scope="module")
def outcome() -> Fact:
    return load_contracts(None)["visits"].facts["outcome"]


@pytest.fixture(scope="module")
def families() -> tuple[str, ...]:
    return tuple(load_contracts(None)["visits"].facts["family"].values or {})


def test_every_fact_type_is_stored() -> None:
    assert get_args(FactType) == tuple(FACT_TYPES)


def test_outcomes_settle_are_printed_and_are_invented_as_the_contract_reads_them(outcome: Fact) -> None:
    values = dict(outcome.values or {})
    assert set(SETTLING) < values.keys()
    assert {one.title: (one.code,) for one in visit_codes().outcomes} == values
    assert {one.title: (one.code,) for one in OUTCOMES} == values


def test_the_list_to_compare_is_what_the_contract_of_its_answers_reads() -> None:
    """Every column declared or ignored, the conclusions its codes, the sheet its sheet."""
    form, contract = review_form(), load_contracts(None)["review_verdicts"]
    declared = [header for fact in contract.facts.values() for header in fact.headers]
    assert sorted([*declared, *contract.ignore]) == sorted(column.title for column in form.columns)
    assert {one.title: (one.code,) for one in form.conclusions} == contract.facts["conclusion"].values
    assert contract.files.sheets == (PAGE,)


def test_families_are_printed_and_invented_as_the_contract_reads_them(families: tuple[str, ...]) -> None:
    assert tuple(one.title for one in visit_codes().families) == families
    assert {*FAMILIES, *visits.OTHER_FAMILIES} <= set(families)
    assert {*families} == {*get_args(Family), ALL_FAMILIES}
