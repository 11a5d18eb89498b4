"""An explanation is the night's own decision, and its figures add up."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from matching.explain import FIELD_TITLES, METHOD_TITLES, Explanation, Ruling, explain, field_says
from matching.methods import FIELD_SAYS, REST_SAYS, RULED_SAYS, TURNED_SAYS
from matching.parameters import LEVELS, read_parameters
from matching.places import read_changes
from matching.reuse import Memory
from tests.matching.helpers import Link, Row, connect, feed, number, resident, run, verdicts

LI, HE, NEW = number("19700803", 22), number("19750505", 61), number("19991231", 17)
ROSTER: list[Row] = [
    resident("P1", "李秀英", id_number=LI, birth_date="1970-08-03", household_id="H1", phone="13900000001"),
    resident("P2", "李大勇", id_number=number("19950101", 25), birth_date="1995-01-01", household_id="H1", phone="13900000001"),
    resident("P3", "何平", id_number=HE, birth_date="1975-05-05"),
    resident("P4", "何平", id_number=number("19750505", 63), birth_date="1975-05-05"),
    resident("P5", "罗云", id_number=number("19680202", 71), birth_date="1968-02-02", residency="死亡"),
    *(resident(f"C{n:02d}", "张伟", birth_date="1985-01-01") for n in range(40)),
]
ROWS: dict[str, dict[str, str | None]] = {
    "sure": {"id_number": LI, "name": "李秀英"},
    "other_name": {"id_number": LI, "name": "赵大勇"},
    "relative": {"id_number": LI, "name": "李大勇", "birth_date": "1995-01-01", "place": "虚构县城关镇东风村"},
    "tie": {"name": "何平", "birth_date": "1975-05-05", "place": "990101101201"},
    "digit": {"id_number": f"{HE[:-1]}{(int(HE[-1]) + 1) % 10}" if HE[-1] != "X" else f"{HE[:-1]}0", "name": "何平"},
    "gone": {"id_number": number("19680202", 71), "name": "罗云"},
    "crowd": {"name": "张伟", "birth_date": "1985-01-01", "place": "990101101201"},
    "stranger": {"id_number": NEW, "name": "孙悟"},
    "nothing": {"name": None},
}


@dataclass(frozen=True)
class Night:
    """The links of one night, and each explained afterwards from what the night kept; by what the rows are called here."""

    links: Mapping[str, Link]
    explained: Mapping[str, Explanation]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    folder = tmp_path_factory.mktemp("links")
    with connect() as connection:
        found = run(connection, ROSTER, feed(ROWS.values()), memory=folder)
    return Night(dict(zip(ROWS, found.values(), strict=True)), {name: explained(folder, row) for name, row in ROWS.items()})


def explained(folder: Path, row: Row) -> Explanation:
    with connect() as connection:
        connection.register("identity", feed([row]))
        places = [{name: one.get(name) for name in ("place_code", "place_name")} for one in ROSTER]
        connection.register("roster_identity", pa.Table.from_pylist(places))
        return explain(connection, Memory(folder, ""), read_parameters(), read_changes())


@pytest.mark.parametrize("name", ROWS)
def test_the_explanation_is_the_nights_decision(night: Night, name: str) -> None:
    why = night.explained[name]
    assert Link(**{field: getattr(why, field) for field in Link._fields}) == night.links[name]


@pytest.mark.parametrize("name", ROWS)
def test_the_figures_add_up(night: Night, name: str) -> None:
    why = night.explained[name]
    for one in why.candidates:
        assert one.weight == pytest.approx(sum(field.weight for field in one.fields))
        assert one.bits == pytest.approx(why.slope * (why.prior + one.weight) + why.shift)
        assert [math.log2(field.m / field.u) for field in one.fields] == pytest.approx([field.weight for field in one.fields])
    chances = [one.probability for one in why.candidates]
    assert sum(chances) + why.unseen == pytest.approx(why.somebody, abs=2e-6)
    assert chances == sorted(chances, reverse=True)


def test_it_is_said_against_whom_an_agreement_was_weighed(night: Night) -> None:
    """Who has the number may be a relative; who has only name and birthday may be anybody of that name."""
    by_number, by_name = (
        {field.field: field.rival for field in night.explained[name].candidates[0].fields} for name in ("other_name", "tie")
    )
    assert (by_number["number"], by_number["name"]) == ("roster", "kin")
    assert (by_name["number"], by_name["name"], by_name["birth"]) == ("none", "frequency", "frequency")


def test_a_tie_names_both_and_neither_is_sure(night: Night) -> None:
    why = night.explained["tie"]
    assert {one.resident_id for one in why.candidates[:2]} == {"P3", "P4"}
    assert why.best < why.link_at
    assert why.somebody > why.review_at


def test_who_is_gone_and_how_many_were_not_compared_is_said(night: Night) -> None:
    assert night.explained["gone"].candidates[0].is_gone
    assert night.explained["crowd"].crowd == 40
    assert night.explained["stranger"].crowd is None


def test_the_verdict_that_decides_is_named(tmp_path: Path) -> None:
    row = ROWS["other_name"]
    with connect() as connection:
        key = run(connection, ROSTER, feed([row]))[1].identity_key
    ruled = verdicts(
        (key, "P1", "not_same", "2026-01-01"), (key, "P2", "same", "2026-02-01"), (key, "P1", "same", "2025-12-01")
    )
    with connect() as connection:
        run(connection, ROSTER, feed([row]), ruled, tmp_path)
    why = explained(tmp_path, row)
    assert (why.resident_id, why.decision, why.method) == ("P2", "linked", "review_same")
    assert why.rulings == (
        Ruling(2, date(2026, 2, 1), "same", "P2", decides=True),
        Ruling(1, date(2026, 1, 1), "not_same", "P1", decides=False),
        Ruling(3, date(2025, 12, 1), "same", "P1", decides=False),
    )


@pytest.mark.parametrize("field", FIELD_TITLES)
def test_every_level_has_its_words(field: str) -> None:
    said = [field_says(field, level) for level in LEVELS[field]]
    assert len(set(said)) == len(LEVELS[field])
    assert all(FIELD_SAYS[field].get(level, said[at]) == said[at] for at, level in enumerate(LEVELS[field]))


def test_every_method_has_its_title(night: Night) -> None:
    met = {link.method for link in night.links.values()}
    assert (met | TURNED_SAYS.keys() | REST_SAYS.keys() | RULED_SAYS.keys()) - METHOD_TITLES.keys() == set()
