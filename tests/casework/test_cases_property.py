"""The SQL of cases against a plain walk through the same events, one after the other."""

from datetime import date, timedelta
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.cases import file_cases, follow_cases
from casework.happenings import STEPS
from outcomes import IDENTIFIED, NOT_MET, OUTCOMES
from settings import Clocks, Holidays
from tests.casework.filed import lay_ledger

OPENED = date(2026, 11, 2)
AS_OF = OPENED + timedelta(days=40)
DAYS = st.integers(0, 45).map(lambda days: OPENED + timedelta(days=days))

answer = st.fixed_dictionaries(
    {"visited_on": DAYS.filter(lambda day: day <= AS_OF), "outcome": st.sampled_from([one.title for one in OUTCOMES])}
)
step = st.fixed_dictionaries(
    {"happened_on": DAYS.filter(lambda day: day <= AS_OF), "step": st.sampled_from(sorted(STEPS)), "length": st.integers(0, 9)}
)


def walked(answers: list[dict[str, Any]], steps: list[dict[str, Any]]) -> tuple[str, str | None, int]:
    """State, as what it is closed and how often nobody was met, by walking through the events in order."""
    events = [(one["visited_on"], 2, one["row_id"], "visit", one["outcome"]) for one in answers]
    events += [(one["happened_on"], 3, one["row_id"], "step", one["step"]) for one in steps]
    for one in steps:
        last = one["until"]
        if one["step"] != "publicity_started" or last >= AS_OF:
            continue
        heard = ("publicity_ended", "objection", "approved", "rejected")
        if not any(s["step"] in heard and one["happened_on"] <= s["happened_on"] <= last + timedelta(days=1) for s in steps):
            events.append((last + timedelta(days=1), 4, 0, "lapse", ""))
    state, closed_as, moved, tries = "warned", None, False, 0
    for _, _, _, kind, what in sorted(events):
        tries += kind == "visit" and what == NOT_MET
        if kind == "visit" and (moved or what == NOT_MET):
            continue
        if kind == "visit":
            target, ends = ("visited", None) if what == IDENTIFIED else ("closed", what)
        elif kind == "lapse":
            target, ends = "noticed", None
        else:
            found = STEPS[what]
            if found.leads_to is None:
                continue
            target, ends = found.leads_to, found.closes_as
        moved = True
        if state != "closed":
            state, closed_as = target, ends
    return state, closed_as, tries


@settings(max_examples=60, deadline=None)
@given(st.lists(answer, max_size=4), st.lists(step, max_size=5))
def test_a_case_stands_where_a_plain_walk_through_its_events_ends(
    answers: list[dict[str, Any]], steps: list[dict[str, Any]]
) -> None:
    answers = [{**one, "row_id": number, "received_on": OPENED} for number, one in enumerate(answers, start=1)]
    steps = [
        {**one, "row_id": number, "received_on": OPENED, "until": one["happened_on"] + timedelta(days=one["length"])}
        for number, one in enumerate(steps, start=100)
    ]
    with duckdb.connect() as db:
        db.execute("SET threads = 1")
        lay_ledger(db, answers=answers, steps=steps)
        follow_cases(db, AS_OF)
        file_cases(db, Clocks(), Holidays(), AS_OF)
        row = db.execute("SELECT state, closed_as, tries FROM case_file").fetchone()
    assert row == walked(answers, steps)
