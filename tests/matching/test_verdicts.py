"""What people decided is permanent, holds for an identity wherever it is written, and is overruled only by a newer verdict."""

import pytest

from tests.matching.helpers import Row, connect, feed, links, number, one, resident, run, verdicts

LI = number("19700803", 22)
ROSTER: list[Row] = [
    resident("P1", "李秀英", id_number=LI, birth_date="1970-08-03"),
    resident("P2", "周玉兰", id_number=number("19710101", 24), birth_date="1971-01-01"),
    resident("P3", "李秀兰", id_number=number("19700803", 44), birth_date="1970-08-03"),
]
DOUBTFUL = {"id_number": LI, "name": "赵大勇"}
"""The number of P1 under a name that is not hers."""


@pytest.fixture(scope="module")
def key() -> str:
    found = one(ROSTER, **DOUBTFUL)
    assert (found.decision, found.resident_id) == ("review", "P1")
    return found.identity_key


def decided(key: str, *given: tuple[str | None, str, str], record: Row = DOUBTFUL) -> tuple[str | None, str, str]:
    ruled = verdicts(*((key, who, verdict, day) for who, verdict, day in given))
    found = links(ROSTER, feed([record]), ruled=ruled)[1]
    return found.resident_id, found.decision, found.method


def test_same_links_for_good(key: str) -> None:
    assert decided(key, ("P1", "same", "2026-01-01")) == ("P1", "linked", "review_same")


def test_same_may_name_somebody_who_was_no_candidate(key: str) -> None:
    assert decided(key, ("P2", "same", "2026-01-01")) == ("P2", "linked", "review_same")


def test_somebody_who_left_the_roster_cannot_be_linked_and_the_row_is_judged_anew(key: str) -> None:
    assert decided(key, ("P9", "same", "2026-01-01")) == ("P1", "review", "number_other_name")


def test_all_refused_is_nobody_and_is_not_asked_again(key: str) -> None:
    assert decided(key, ("P1", "not_same", "2026-01-01")) == (None, "no_resident", "review_none")


def test_cannot_tell_stays_in_review_under_its_own_method(key: str) -> None:
    assert decided(key, (None, "cannot_tell", "2026-01-01")) == ("P1", "review", "review_open")


def test_the_newer_verdict_holds_whatever_the_order_of_delivery(key: str) -> None:
    assert decided(key, ("P1", "same", "2026-02-01"), ("P1", "not_same", "2026-01-01")) == ("P1", "linked", "review_same")
    assert decided(key, ("P1", "same", "2026-01-01"), ("P1", "not_same", "2026-02-01")) == (None, "no_resident", "review_none")
    assert decided(key, (None, "cannot_tell", "2026-01-01"), ("P1", "same", "2026-02-01")) == ("P1", "linked", "review_same")


def test_another_place_or_phone_is_the_same_identity_another_name_is_not(key: str) -> None:
    same, held = ("P1", "same", "2026-01-01"), ("P1", "linked", "review_same")
    assert decided(key, same, record={**DOUBTFUL, "place": "990101101202", "phone": "13800000000"}) == held
    assert decided(key, same, record={**DOUBTFUL, "id_number": f" {LI} "}) == held
    assert decided(key, same, record={**DOUBTFUL, "name": "钱大勇"})[1] == "review"


def test_a_refusal_of_the_likeliest_never_links_the_runner_up() -> None:
    roster = [
        resident("P1", "何平", birth_date="1975-05-05", id_number=number("19750505", 61)),
        resident("P2", "何平", birth_date="1975-05-05", id_number=number("19750505", 63)),
    ]
    record = {"name": "何平", "birth_date": "1975-05-05", "place": "990101101201"}
    key = one(roster, **record).identity_key
    found = links(roster, feed([record]), ruled=verdicts((key, "P1", "not_same", "2026-01-01")))[1]
    assert (found.resident_id, found.decision, found.method) == ("P2", "review", "review_next")


def test_an_exact_match_that_people_refused_is_not_linked_again() -> None:
    record = {"id_number": LI, "name": "李秀英"}
    key = one(ROSTER, **record).identity_key
    found = links(ROSTER, feed([record]), ruled=verdicts((key, "P1", "not_same", "2026-01-01")))[1]
    assert found.decision != "linked"


def test_conflicts_are_listed_with_the_verdict_that_overrules(key: str) -> None:
    ruled = (("P1", "same", "2026-01-01"), ("P2", "same", "2026-02-01"), ("P3", "not_same", "2026-03-01"))
    given = verdicts(*((key, *one_ruling) for one_ruling in ruled))
    with connect() as connection:
        assert run(connection, ROSTER, feed([DOUBTFUL]), given)[1].resident_id == "P2"
        found = connection.execute("SELECT resident_id, verdict, row_id, overruled_by FROM review_conflict").fetchall()
    assert found == [("P1", "same", 1, 2)]
