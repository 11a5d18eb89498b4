"""Numbers to try: read as written, put where they are meant, and nowhere else."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from errors import UnknownId, UserError
from rules.load import load_rules
from rules.model import Rule
from rules.setting import DOCUMENT, TYPES, Setting, parse_settings, set_rules
from rules.values import HouseholdType, Threshold, ThresholdValue, by_precedence
from tests.rules.making import declaration

AS_OF = date(2026, 10, 31)
AREAS = ("", "43", "4301", "430121", "44")
PLACES = ("430121001", "430199001", "440101001")
DAYS = (date(2024, 6, 1), date(2025, 6, 1), AS_OF, date(2027, 6, 1))
NUMBER = Decimal("123.5")


def in_force(values: Sequence[ThresholdValue], place: str, name: HouseholdType, day: date) -> ThresholdValue | None:
    """The value a household is judged by: the nearest area, its own type before everybody's."""
    holding = (
        value
        for value in by_precedence(values)
        if place.startswith(value.area)
        and value.since <= day <= value.last
        and (not value.population or name in value.population)
    )
    return next(holding, None)


@st.composite
def thresholds(draw: st.DrawFn) -> Threshold:
    """Up to six values of a few areas, types and years that do not overlap."""
    values: list[ThresholdValue] = []
    for number in range(draw(st.integers(1, 6))):
        first = draw(st.sampled_from((2020, 2025, 2026, 2027)))
        last = draw(st.sampled_from((None, 2024, 2025, 2026)))
        said = {
            "area": draw(st.sampled_from(AREAS)),
            "from": date(first, 1, 1),
            "to": date(last, 12, 31) if last and last >= first else None,
            "population": draw(st.sampled_from(((), ("脱贫户",), ("一般农户", "监测对象")))),
            "value": 1000 + number,
            "document": "某文件（测试）",
        }
        value = ThresholdValue.model_validate(said)
        try:
            Threshold(unit="元", values=(*values, value))
        except ValidationError:
            continue
        values.append(value)
    return Threshold(unit="元", values=tuple(values))


def tried(threshold: Threshold, setting: Setting) -> Sequence[ThresholdValue]:
    base = Rule.model_validate(declaration())
    rule = base.model_copy(update={"thresholds": {"line": threshold}})
    return set_rules({"a_rule": rule}, [setting], AS_OF)["a_rule"].thresholds["line"].values


@given(thresholds(), st.sampled_from(AREAS), st.sampled_from(((), ("脱贫户",), ("脱贫户", "一般农户"))))
def test_a_number_holds_where_it_is_meant_tonight_and_changes_nothing_else(
    threshold: Threshold, area: str, population: tuple[HouseholdType, ...]
) -> None:
    setting = Setting("a_rule", "line", NUMBER, population, area)
    live = [v for v in threshold.values if v.since <= AS_OF <= v.last]
    try:
        new = tried(threshold, setting)
    except UserError:
        assert not [v for v in live if v.area.startswith(area) or area.startswith(v.area)] or population
        return
    for place in PLACES:
        for name in TYPES:
            is_meant = place.startswith(area) and (not population or name in population)
            old = in_force(threshold.values, place, name, AS_OF)
            for day in DAYS:
                before, after = (in_force(values, place, name, day) for values in (threshold.values, new))
                if is_meant and day == AS_OF and old is not None:
                    assert after is not None
                    assert (after.value, after.document) == (NUMBER, DOCUMENT)
                elif before not in live or not is_meant:
                    assert (after and after.value) == (before and before.value)


def test_a_setting_is_read_as_it_is_written() -> None:
    texts = ["a.line=15_000", "a.line[监测对象,脱贫户]=4000.5元", "a.line[area:430121][脱贫户]=9", "b.off=true"]
    wide, typed, local, off = parse_settings(texts)
    assert (wide.value, wide.population, wide.area) == (Decimal(15000), (), "")
    assert (typed.population, typed.unit) == (("脱贫户", "监测对象"), "元")
    assert (local.area, local.population) == ("430121", ("脱贫户",))
    assert off.value is True
    assert parse_settings([str(one) for one in (wide, typed, local, off)]) == (wide, typed, local, off)


@pytest.mark.parametrize(
    "text",
    [
        "line=1", "a.line", "a.line=x", "a.line=1e9", "a.line=true", "a.off=1", "a.off[脱贫户]=true", "a.line[富农]=1",
        "a.line[area:x]=1", "a.line[area:43,area:44]=1", "a.line=1.23456", "a.line=1;DROP", "a.line=" + "9" * 30, "",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_the_form_expected(text: str) -> None:
    with pytest.raises(UserError) as problem:
        parse_settings([text])
    assert "处理" in str(problem.value)
    assert not text or f"：{text}" not in str(problem.value)


def test_the_same_number_twice_is_refused_and_unknown_names_are_answered_with_those_there_are() -> None:
    with pytest.raises(UserError, match="只写一次"):
        parse_settings(["a.line=1", "a.line=2"])
    rules = load_rules(None)
    with pytest.raises(UnknownId, match="medical_inpatient_year"):
        set_rules(rules, parse_settings(["medical_inpatient.line=1"]), AS_OF)
    with pytest.raises(UnknownId, match="line、off"):
        set_rules(rules, parse_settings(["medical_inpatient_year.limit=1"]), AS_OF)
    with pytest.raises(UserError, match="单位：元"):
        set_rules(rules, parse_settings(["medical_inpatient_year.line=1万元"]), AS_OF)


def test_a_rule_that_is_off_is_tried_with_a_number_and_the_word() -> None:
    off = {"off": "没有文件规定数额", "thresholds": {"line": {"unit": "元", "unset": "没有查到", "trial": 100}}}
    rules = {"a_rule": Rule.model_validate(declaration(**off))}
    tried_on = set_rules(rules, parse_settings(["a_rule.line=70", "a_rule.off=false"]), AS_OF)["a_rule"]
    (value,) = tried_on.thresholds["line"].values
    assert (tried_on.off, value.value, value.document) == ("", Decimal(70), DOCUMENT)
    with pytest.raises(UserError, match=r"--set a_rule\.line=数"):
        set_rules(rules, parse_settings(["a_rule.off=false"]), AS_OF)
    with pytest.raises(UserError, match=r"--set a_rule\.off=false"):
        set_rules(rules, parse_settings(["a_rule.line=70"]), AS_OF)


def test_where_no_value_is_in_force_there_is_nothing_to_replace() -> None:
    threshold = Rule.model_validate(declaration()).thresholds["line"]
    past = threshold.values[0].model_copy(update={"until": date(2025, 12, 31)})
    with pytest.raises(UserError, match="没有生效的值"):
        tried(Threshold(unit="元", values=(past,)), Setting("a_rule", "line", NUMBER))
