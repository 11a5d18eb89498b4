"""A proposal follows from registry status, line and event; names are those in use; what is unknown is said."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from errors import CatalogueError
from outputs.propose import BUILT_IN, Line, load_proposals
from outputs.rank import Ranking, rank
from tests.outputs.invented import Values
from tests.outputs.ranked import AS_OF, database, inputs, member, ranking, signal

RECENT = date(2026, 6, 1)


def proposed(
    own: Mapping[str, object], told: Mapping[str, object], other: Ranking | None = None, as_of: date = AS_OF
) -> tuple[object, str]:
    with database() as connection:
        head = member("H1", place_code="990101001201", income_per_head=Decimal("6200.50")) | dict(own)
        inputs(connection, [head], [signal("H1", **told)])
        rank(connection, other or ranking(), as_of, None)
        (row,) = connection.sql("SELECT proposed_class, proposed_why FROM warning").fetchall()
    return row[0], row[1]


@pytest.mark.parametrize(
    ("own", "told", "expected", "why"),
    [
        ({"household_type": "脱贫户"}, {}, "脱贫不稳定户", "脱贫户，人均纯收入 6,200 元低于监测范围 8,700 元（虚构县演示值）"),
        ({}, {}, "边缘易致贫户", "一般农户，人均纯收入 6,200 元低于"),
        ({"income_per_head": Decimal(8700)}, {}, "突发严重困难户", "不低于监测范围 8,700 元（虚构县演示值），有突发事件：因病"),
        ({"income_per_head": Decimal(8700)}, {"event_on": date(2025, 6, 29)}, None, "近 365 天没有突发事件，不作建议"),
        ({"income_per_head": Decimal(8700)}, {"family": "因学"}, None, "没有突发事件"),
        ({"income_per_head": None}, {"event_on": RECENT}, None, "花名册没有人均纯收入，不作建议"),
        ({"household_type": None}, {}, None, "花名册没有户类型，不作建议"),
        ({"household_type": "监测对象"}, {}, None, "已是防止返贫致贫对象，不另建议"),
        ({"household_type": "监测对象", "risk_removed": "是"}, {}, None, "风险已消除；情况属实的按程序重新核实，不作建议"),
        ({"place_code": "430101001201"}, {"event_on": RECENT}, None, "没有查到当地 2026-06-01 有效的监测范围，不作建议"),
    ],
)  # fmt: skip
def test_the_class_follows_status_line_and_event(own: Values, told: Values, expected: str | None, why: str) -> None:
    found, said = proposed(own, {"event_on": RECENT} | told)
    assert found == expected
    assert why in said


def test_the_line_is_the_nearest_in_force_at_the_event() -> None:
    def line(area: str, year: int, value: int) -> Line:
        return Line(area=area, since=date(year, 1, 1), until=date(year, 12, 31), value=Decimal(value), document=f"{area} 号文")

    lines = (line("99", 2025, 9000), line("99", 2026, 5000), line("990101", 2026, 6000), line("990102", 2026, 9900))
    with_lines = ranking().model_copy(update={"lines": lines})
    assert proposed({}, {"event_on": date(2025, 12, 31)}, with_lines)[0] == "边缘易致贫户"
    assert "监测范围 6,000 元（990101 号文）" in proposed({}, {"event_on": date(2026, 1, 1)}, with_lines)[1]
    assert "没有查到当地 2024-05-05" in proposed({}, {"event_on": date(2024, 5, 5)}, with_lines)[1]


def test_names_are_those_in_use_on_the_day_of_the_list(tmp_path: Path) -> None:
    monitored = {"household_type": "监测对象"}
    assert "已是监测对象" in proposed(monitored, {"event_on": date(2025, 5, 1)}, as_of=date(2025, 6, 1))[1]
    ended = BUILT_IN.read_text(encoding="utf-8").replace("income: below, from: 2021-01-01", "income: below, from: 2027-01-01")
    own = tmp_path / "proposals.yaml"
    own.write_text(ended, encoding="utf-8")
    none = ranking().model_copy(update={"proposals": load_proposals(own)})
    found, why = proposed({}, {"event_on": RECENT}, none)
    assert found is None
    assert "没有适用的类别，不作建议" in why


def test_risk_types_are_the_dictionarys_words_heaviest_first() -> None:
    families = ["因病", "收入", "因学", "因残", "因灾", "因意外", "务工不稳"]
    signals = [signal("H1", rule=f"r{n}", family=family, severity=60 - n) for n, family in enumerate(families)]
    with database() as connection:
        inputs(connection, [member("H1"), member("H2")], [*signals, signal("H2", family="收入")])
        rank(connection, ranking(), AS_OF, None)
        risks = dict(connection.sql("SELECT household_id, proposed_risks FROM warning").fetchall())
    assert risks["H1"] == ["01 因病", "09 因学", "03 因残", "02 因自然灾害（子项由入户确定）", "05 因意外事故"]
    assert risks["H2"] == ["99 其他（由入户确定）"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("families: [因残]}", "families: [因残, 因病]}", "只可属于一个风险类型"),
        ("household_types: [脱贫户], income", "household_types: [脱贫户, 一般农户], income", "同一时期适用于同样的户"),
        ("most_risks: 5", "most_risks: 0", "不可小于 1"),
        ("income: above", "income: beside", "只可为"),
    ],
)
def test_wrong_proposals_are_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = BUILT_IN.read_text(encoding="utf-8")
    assert old in text
    own = tmp_path / "proposals.yaml"
    own.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError, match=told):
        load_proposals(own)
