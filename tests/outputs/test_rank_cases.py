"""A warning lasts under one id until its household is visited."""

from datetime import date, timedelta
from pathlib import Path

import pytest

import case_tables
from engine import copy_parquet
from errors import Fault
from outputs.rank import rank
from tests.outputs.invented import Values, register, table
from tests.outputs.ranked import AS_OF, database, inputs, member, ranked, ranking, signal

CASE: Values = {
    "case_id": "W0000000000A1", "household_id": "H1", "state": "warned", "first_seen": date(2026, 6, 1),
    "opened_on": date(2026, 6, 3),
}  # fmt: skip
"""Warned of on the first, within capacity on the third."""


def warned(previous: Path | None, *cases: Values, days: int = 600) -> Values:
    """The warning of H1 tonight; `visit_due` reaches so many days back."""
    with database() as connection:
        inputs(connection, [member("H1")], [signal("H1")])
        register(connection, case_before=table(case_tables.CASE_BEFORE, *cases))
        connection.execute(f"CREATE OR REPLACE TABLE laid AS FROM visit_due WHERE asked_on > DATE '{AS_OF}' - {days}")
        register(connection, visit_due=connection.sql("FROM laid").to_arrow_table())
        rank(connection, ranking(), AS_OF, previous)
        warnings: list[Values] = connection.sql("SELECT * FROM warning").to_arrow_table().to_pylist()
    (found,) = warnings
    return found


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """The warnings of the night before: H1 among them."""
    path = tmp_path / "warnings.parquet"
    with database() as connection:
        ranked(connection, [member("H1")], [signal("H1")], None, AS_OF - timedelta(days=1))
        copy_parquet(connection, "SELECT * FROM warning", path)
    return path


def test_a_household_that_awaits_its_visit_keeps_its_warning_though_it_was_not_warned_of_last_night() -> None:
    found = warned(None, CASE)
    assert (found["warning_id"], found["status"], found["first_seen"]) == (CASE["case_id"], "持续", date(2026, 6, 1))
    assert found["due_on"] == date(2026, 6, 18)


def test_a_household_whose_case_is_over_is_warned_of_anew(previous: Path) -> None:
    kept = warned(previous)
    over = CASE | {"case_id": kept["warning_id"], "state": "closed"}
    found = warned(previous, over)
    assert (kept["status"], kept["first_seen"]) == ("持续", AS_OF - timedelta(days=1))
    assert (found["status"], found["first_seen"]) == ("新增", AS_OF)
    assert found["due_on"] == AS_OF + timedelta(days=15)
    assert found["warning_id"] != kept["warning_id"]
    assert warned(previous, over) == found


@pytest.mark.parametrize("state", ["visited", "compared", "publicity", "noticed"])
def test_what_is_asked_after_the_visit_is_a_warning_of_its_own(previous: Path, state: str) -> None:
    kept = warned(previous)
    found = warned(previous, CASE | {"case_id": kept["warning_id"], "state": state})
    assert (found["status"], found["first_seen"]) == ("新增", AS_OF)
    assert found["warning_id"] != kept["warning_id"]
    second = CASE | {"case_id": found["warning_id"], "first_seen": date(2026, 6, 20)}
    again = warned(previous, CASE | {"case_id": kept["warning_id"], "state": state}, second)
    assert (again["warning_id"], again["first_seen"], again["status"]) == (found["warning_id"], date(2026, 6, 20), "持续")


def test_two_waiting_cases_of_one_household_or_a_day_without_a_last_day_are_our_fault() -> None:
    with pytest.raises(Fault, match="households are used twice"):
        warned(None, CASE, CASE | {"case_id": "W0000000000B2"})
    with pytest.raises(Fault, match="1 have no last day"):
        warned(None, CASE, days=7)
