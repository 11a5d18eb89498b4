"""A family asks why: its own rows are judged again, alone, and say what the night said."""

import re
from datetime import date
from pathlib import Path

import pytest

from errors import UnknownId
from flows.explaining import explain_household, explain_list, explain_warning
from flows.past import open_night
from outputs.evidence_page import write_pages
from outputs.evidence_text import text_of
from settings import Office
from tests.conftest import County
from tests.flows.persons import persons


def rows(county: County, query: str) -> list[tuple[object, ...]]:
    with open_night(county.home) as past:
        return past.db.sql(query).fetchall()


def test_asked_again_alone_every_listed_household_says_what_the_night_said(county: County) -> None:
    found = explain_list(county.home, "990101", None).evidence
    assert len(found) == county.summary.listed
    for one in found:
        judged = {(answer.rule, answer.resident_id): answer for answer in one.answers if answer.verdict in ("fires", "near")}
        signals = [*one.signals, *(aside.signal for aside in one.set_aside)]
        assert judged.keys() == {(signal.rule, signal.resident_id) for signal in signals}
        for signal in signals:
            answer = judged[signal.rule, signal.resident_id]
            assert (answer.verdict, answer.observed, answer.threshold) == (signal.verdict, signal.observed, signal.threshold)
            assert answer.document == signal.document
            assert signal.threshold is None or answer.judged_on


def test_a_warning_is_explained_with_titles_and_units_of_the_stored_values(county: County) -> None:
    ((warning_id,),) = rows(
        county, "SELECT warning_id FROM warning JOIN signal USING (household_id) WHERE rule = 'medical_inpatient_year' LIMIT 1"
    )
    found = explain_warning(county.home, str(warning_id), None)
    text = text_of(found.evidence[0], found.words)
    assert re.search(r"个人自付 [0-9,.]+ 元", text)
    assert "医保结算" in text


def test_a_household_without_a_warning_hears_every_rule(county: County) -> None:
    ((household,),) = rows(county, "SELECT household_id FROM resident ANTI JOIN signal USING (household_id) ORDER BY 1 LIMIT 1")
    found = explain_household(county.home, f"户-{household}", None)
    (one,) = found.evidence
    assert one.warning is None
    assert {answer.verdict for answer in one.answers} <= {"clear", "unknown"}
    assert {"income_under_line", "income_under_dibao"} <= {answer.rule for answer in one.answers}
    assert "每条规则怎么说" in text_of(one, found.words, every_rule=True)


def test_pages_hold_no_name_number_or_phone(county: County, tmp_path: Path) -> None:
    found = explain_list(county.home, "990101", None)
    write_pages(found.evidence, found.words, Office(), tmp_path / "all.html", None, with_sensitive=True)
    text = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert text.count("<article>") == county.summary.listed
    assert not persons(county.home).seen_in(text)


def test_no_such_night_county_or_household(county: County) -> None:
    with pytest.raises(UnknownId):
        explain_warning(county.home, "W000000000000", None)
    with pytest.raises(UnknownId):
        explain_household(county.home, "nobody", None)
    with pytest.raises(UnknownId):
        explain_list(county.home, "110101", None)
    with pytest.raises(UnknownId):
        explain_list(county.home, "990101", date(2001, 1, 1))
