"""Whatever stands in the cells: no crash, every row once, no explosion of pairs, no link without evidence."""

from collections.abc import Iterable
from pathlib import Path
from threading import Event, Thread
from time import process_time
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import connect
from matching import numbers
from matching.block import MOST_RESIDENTS
from matching.link import link
from tables import ROSTER_IDENTITY
from tests.matching.helpers import Row, feed, number, resident

SECONDS = 40
"""Of processor time, several times what any of these needs on however busy a machine."""
CELLS = ("name", "id_number", "birth_date", "sex", "place", "phone")
VILLAGE = "990101101201"
ODD = {
    "empty": "",
    "spaces": " \u3000\t",
    "long": "王" * 200,
    "long_latin": "A" * 5_000,
    "control": "\x01\x02\x1f",
    "nul": "王\x00明",
    "new_line": "王\r\n明",
    "emoji": "😀👩\u200d👩\u200d👧",
    "emoji_inside": "王😀明",
    "invisible": "\u200b\ufeff\u202e",
    "private_use": "\ue000\ue001",
    "beyond": "\U0010fffd\U0003134a",
    "sql": "'; DROP TABLE identity; --",
    "like": "%_%",
    "regex": "((((*+?[",
    "backslash": "\\x\\xzz\\",
    "date": "1985-01-01",
    "compact_date": "19850101",
    "serial": "31048",
    "far_date": "99999999",
    "no_date": "0000-00-00",
    "zeros": "0" * 18,
    "ones": "1" * 18,
    "many_digits": "9" * 400,
    "exponent": "1E+999",
    "negative": "-1",
    "nan": "NaN",
    "arabic_digits": "٩٩٠١٠١١٩٨٥٠١٠١٠١١٠",
    "formula": '="990101"',
}


class Outcome(NamedTuple):
    """The rows in order of row_id, and what blocking did."""

    links: list[tuple[int, str | None, str]]
    pairs: int
    crowded: int
    largest: int

    def decisions(self) -> set[str]:
        return {decision for _, _, decision in self.links}


def link_in_time(connection: duckdb.DuckDBPyConnection) -> None:
    """Link; a run-away join is interrupted."""
    done = Event()
    until = process_time() + SECONDS

    def watch() -> None:
        while not done.wait(0.5):
            if process_time() > until:
                connection.interrupt()

    watcher = Thread(target=watch)
    watcher.start()
    try:
        link(connection)
    finally:
        done.set()
        watcher.join()


def run(folder: Path, roster: pa.Table, identity: pa.Table) -> Outcome:
    """Link; fails unless every row came out once."""
    with connect(folder, 2, "1GiB") as connection:
        connection.register("roster_identity", roster)
        connection.register("identity", identity)
        link_in_time(connection)
        links = connection.execute("SELECT row_id, resident_id, decision FROM link ORDER BY row_id").fetchall()
        blocks = connection.execute(
            "SELECT coalesce(sum(pairs), 0), coalesce(sum(crowded), 0), coalesce(max(largest), 0) FROM block"
        )
        pairs, crowded, largest = blocks.fetchall()[0]
    assert [row[0] for row in links] == sorted(identity["row_id"].to_pylist())
    return Outcome(links, int(pairs), int(crowded), int(largest))


def residents(*rows: Row) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows], schema=ROSTER_IDENTITY)


def registered(resident_id: str, **cells: str | None) -> Row:
    """A resident with nothing but what is given, and an empty household of its own."""
    row = {cell: cells.get(cell) for cell in CELLS if cell != "place"}
    return {"resident_id": resident_id, "household_id": f"H{resident_id}", "place_code": cells.get("place"), **row}


GOOD = {"name": "王明", "id_number": number("19850101", 11), "birth_date": "1985-01-01", "sex": "男", "place": VILLAGE}
NEIGHBOUR = resident("P2", "李红", id_number=number("19900606", 24), birth_date="1990-06-06")


def with_odd(cells: Iterable[str]) -> dict[tuple[str, str], Row]:
    """The good row with each odd text in each of the cells, one at a time."""
    return {(cell, name): {**GOOD, cell: odd} for cell in cells for name, odd in ODD.items()}


def outcomes(folder: Path, rows: dict[tuple[str, str], Row]) -> dict[tuple[str, str], tuple[str | None, str]]:
    """What becomes of each row where the good row's resident and a neighbour live."""
    found = run(folder, residents(registered("P1", **GOOD), NEIGHBOUR), feed(rows.values()))
    return {key: (resident_id, decision) for key, (_, resident_id, decision) in zip(rows, found.links, strict=True)}


def test_odd_text_in_every_cell_links_nobody(tmp_path: Path) -> None:
    everywhere = [dict.fromkeys(CELLS, odd) for odd in ODD.values()]
    roster = residents(NEIGHBOUR, *(registered(f"P{name}", **cells) for name, cells in zip(ODD, everywhere, strict=True)))
    found = run(tmp_path, roster, feed([*everywhere, *({**cells, "name": "王明"} for cells in everywhere)]))
    assert [names for names, link in zip([*ODD, *ODD], found.links, strict=True) if link[2] == "linked"] == []


def test_odd_text_beside_name_and_number_does_no_harm(tmp_path: Path) -> None:
    found = outcomes(tmp_path, with_odd(("sex", "place", "phone")))
    assert {key: link for key, link in found.items() if link != ("P1", "linked")} == {}


def test_odd_text_for_a_name_number_or_birth_date_never_leads_to_somebody_else(tmp_path: Path) -> None:
    found = outcomes(tmp_path, with_odd(("name", "id_number", "birth_date")))
    assert {key: link for key, link in found.items() if link[0] not in ("P1", None)} == {}


DATES = ("1985-01-01", "1985/1/1", "1985年1月1日", "19850101", "31048", "1985-01-01 00:00:00")


def test_dates_in_the_number_column_are_no_numbers(tmp_path: Path) -> None:
    roster = residents(*(registered(f"P{written}", name="王明", id_number=written) for written in DATES))
    found = run(tmp_path, roster, feed({"name": name, "id_number": written} for written in DATES for name in ("王明", "赵刚")))
    assert "linked" not in found.decisions()


def test_a_roster_of_nobody_and_a_feed_of_nobody(tmp_path: Path) -> None:
    assert run(tmp_path, residents(), feed([])).links == []
    assert "linked" not in run(tmp_path, residents(), feed([GOOD, GOOD, {}])).decisions()


def test_a_roster_of_one(tmp_path: Path) -> None:
    stranger = {**GOOD, "name": "赵刚", "id_number": number("19700303", 31), "birth_date": "1970-03-03"}
    found = run(tmp_path, residents(registered("P1", **GOOD)), feed([GOOD, stranger]))
    assert found.links == [(1, "P1", "linked"), (2, None, "no_resident")]


def test_on_a_roster_of_one_too_little_is_still_too_little(tmp_path: Path) -> None:
    little = [("name",), ("name", "sex"), ("name", "place"), ("name", "sex", "place"), ("birth_date", "sex", "place"), ("sex",)]
    found = run(tmp_path, residents(registered("P1", **GOOD)), feed({cell: GOOD[cell] for cell in cells} for cells in little))
    assert "linked" not in found.decisions()


def test_nothing_in_any_cell(tmp_path: Path) -> None:
    found = run(tmp_path, residents(*(registered(f"P{n}") for n in range(300))), feed([{}] * 300))
    assert "linked" not in found.decisions()
    assert found.pairs == 0


MANY = 20_000
SAME = {
    "name": "'张伟'",
    "id_number": f"'{GOOD['id_number']}'",
    "birth_date": "'1985-01-01'",
    "sex": "'男'",
    "place": f"'{VILLAGE}'",
}
"""Cells of many rows, as SQL over n."""
OWN_PHONE, OWN_NAME = "13800000000 + n", "chr((20000 + n % 5000)::INTEGER) || chr((20000 + n // 5000)::INTEGER)"
_STEM = "printf('990101%d0101%03d', 1920 + n // 1000, n % 1000)"
OWN_NUMBER = f"{_STEM} || match_check_digit({_STEM})"


def many(folder: Path, count: int, roster: dict[str, str], rows: dict[str, str]) -> Outcome:
    """`count` residents and as many rows, the cells as SQL over n; what is not given is NULL, households are of three."""
    given = {"resident_id": "'P' || n", "household_id": "'H' || n // 3", "place_code": "NULL"}
    with connect(folder, 2, "1GiB") as connection:
        numbers.install(connection)
        people = _table(connection, count, {**dict.fromkeys(ROSTER_IDENTITY.names, "NULL"), **given, **roster})
        sent = _table(connection, count, {**dict.fromkeys(CELLS, "NULL"), **rows})
    numbered = {"row_id": pa.int64(), "row_number": pa.int32()}
    for column, kind in numbered.items():
        sent = sent.append_column(column, pa.array(range(count), kind))
    for column in ("source", "batch_id"):
        sent = sent.append_column(column, pa.array(["s"] * count))
    return run(folder / "run", people, sent)


def _table(connection: duckdb.DuckDBPyConnection, count: int, columns: dict[str, str]) -> pa.Table:
    cells = ", ".join(f"({value})::VARCHAR AS {name}" for name, value in columns.items())
    return connection.sql(f"SELECT {cells} FROM range({count}) t(n)").to_arrow_table()


def same(*cells: str, **others: str) -> dict[str, str]:
    return {**{cell: SAME[cell] for cell in cells}, **others}


def in_village(**cells: str) -> dict[str, str]:
    return {**cells, "place_code": SAME["place"]}


ALIKE = {
    "a name": (same("name"), same("name")),
    "name and village": (in_village(**same("name")), same("name", "place", phone=OWN_PHONE)),
    "all but the phone": (in_village(**same("name", "id_number", "birth_date", "sex")), {**SAME, "phone": OWN_PHONE}),
    "all but the number": (
        in_village(**same("name", "birth_date", "sex")),
        same("name", "birth_date", "place", phone=OWN_PHONE),
    ),
    "a number": (same("id_number", name=OWN_NAME), same("id_number", name=f"'赵' || {OWN_NAME}")),
    "a phone": ({"name": OWN_NAME, "phone": "'13812345678'"}, {"name": f"'赵' || {OWN_NAME}", "phone": "'13812345678'"}),
    "a village": (in_village(name=OWN_NAME), same("place", name=f"'赵' || {OWN_NAME}")),
    "a birth date": (same("birth_date", name=OWN_NAME), same("birth_date", name=f"'赵' || {OWN_NAME}")),
    "an unreadable name": (same("birth_date", name="'张?'"), same("birth_date", name="'张?'", phone=OWN_PHONE)),
    "a head of household": (in_village(**same("name")), same("place", name="'张伟之女'", phone=OWN_PHONE)),
    "a household": (
        {"name": "if(n % 2 = 0, '张伟', '李红')", "id_number": OWN_NUMBER, "household_id": "'H1'"},
        {"name": "if(n % 2 = 0, '李红', '张伟')", "id_number": OWN_NUMBER},
    ),
}


@pytest.mark.parametrize(("roster", "rows"), ALIKE.values(), ids=ALIKE)
def test_very_many_alike_are_neither_linked_nor_paired(tmp_path: Path, roster: dict[str, str], rows: dict[str, str]) -> None:
    found = many(tmp_path, MANY, roster, rows)
    assert "linked" not in found.decisions()
    assert found.largest <= MOST_RESIDENTS
    assert found.pairs <= MANY * MOST_RESIDENTS


def test_a_hundred_thousand_of_one_name(tmp_path: Path) -> None:
    found = many(tmp_path, 100_000, in_village(**same("name")), same("name", "place", "birth_date", phone=OWN_PHONE))
    assert found.decisions() == {"review"}
    assert found.crowded >= 100_000
    assert found.pairs == 0


def test_those_who_differ_among_the_very_many_are_still_found(tmp_path: Path) -> None:
    cells = same("name", "sex", phone=OWN_PHONE, id_number=OWN_NUMBER)
    assert many(tmp_path, MANY, in_village(**cells), {**cells, "place": SAME["place"]}).decisions() == {"linked"}


def test_everything_equal_is_a_tie_for_everybody(tmp_path: Path) -> None:
    found = many(tmp_path, 5_000, in_village(**same("name", "id_number", "birth_date", "sex")), SAME)
    assert found.decisions() == {"review"}
    assert found.crowded > 0
    assert found.pairs <= 5_000


def test_the_office_hears_of_a_roster_that_is_all_the_same(tmp_path: Path) -> None:
    rows = [registered(f"P{n:04d}", **GOOD) for n in range(200)]
    with connect(tmp_path, 1, "1GiB") as connection:
        connection.register("roster_identity", residents(*rows))
        connection.register("identity", feed([GOOD]))
        link(connection)
        issues = connection.execute("SELECT issue, count(*) FROM roster_issue GROUP BY ALL").fetchall()
    assert issues == [("person_twice", 200)]


TEXT = (
    st.none()
    | st.sampled_from([*ODD.values(), *GOOD.values()])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
)
RECORDS = st.lists(st.fixed_dictionaries(dict.fromkeys(CELLS, TEXT)), max_size=20)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(people=RECORDS, rows=RECORDS)
def test_any_text_anywhere(tmp_path: Path, people: list[dict[str, str | None]], rows: list[dict[str, str | None]]) -> None:
    found = run(tmp_path, residents(*(registered(f"P{n}", **cells) for n, cells in enumerate(people))), feed(rows))
    for row_id, resident_id, decision in found.links:
        assert decision != "linked" or shared(rows[row_id - 1], people, resident_id)


def shared(row: Row, people: list[dict[str, str | None]], resident_id: str | None) -> bool:
    """Whether a linked row has at least two cells in common, as written, with its resident."""
    assert resident_id is not None
    resident = people[int(resident_id[1:])]
    return sum(row[cell] is not None and row[cell] == resident[cell] for cell in CELLS) >= 2
