import random
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest

from engine import connect
from matching.roster_check import MOST_COMPARED, MOST_OF_HOUSEHOLD, TITLES, check

BORN = date(1985, 1, 1)
MAN, OTHER_MAN, WOMAN, WRONG = (f"99010119850101{sequence}X" for sequence in ("011", "013", "012", "015"))
VILLAGE, ELSEWHERE = "990101101201", "990101101202"

ROSTER = pa.schema(
    [
        *((name, pa.string()) for name in ("resident_id", "household_id", "name", "sound", "kind", "text", "number")),
        *(("is_valid", pa.bool_()), ("born", pa.date32()), ("born_in_number", pa.date32()), ("sex", pa.int8())),
        *(("sex_in_number", pa.int8()), ("place", pa.string()), ("is_gone", pa.bool_())),
    ]
)

Cell = str | bool | int | date | None
Row = dict[str, Cell]


class Issue(NamedTuple):
    resident_id: str
    issue: str
    other: str | None


def resident(resident_id: str, **cells: Cell) -> Row:
    """A blameless man of 1985, but for the cells given; `number` alone settles what else is known of it."""
    row: Row = {"resident_id": resident_id, "household_id": f"H{resident_id}", "name": "王明", "number": MAN, "born": BORN}
    row |= {"sex": 1, "place": VILLAGE, "is_gone": False, **cells}
    text = row["number"]
    seen: Row = {"kind": "plain" if text else "missing", "text": text, "is_valid": text is not None and text != WRONG}
    inside: Row = {"born_in_number": BORN, "sex_in_number": 2 if text == WOMAN else 1} if text else {}
    return {"sound": row["name"], **seen, **inside, **row}


def unreadable(kind: str, text: str, **cells: Cell) -> Row:
    return resident("P1", **{"number": None, "kind": kind, "text": text, **cells})


def examine(folder: Path, rows: list[Row], threads: int = 1) -> tuple[int, list[tuple[str | None, ...]]]:
    """How many were crowded, and the table as it stands."""
    with connect(folder, threads, "1GiB") as connection:
        connection.register("roster", pa.Table.from_pylist(rows, schema=ROSTER))
        connection.execute("CREATE TEMP TABLE match_roster AS FROM roster")
        return check(connection), connection.execute("FROM roster_issue").fetchall()


def issues(folder: Path, *rows: Row) -> list[Issue]:
    return [Issue(str(row[0]), str(row[3]), row[5]) for row in examine(folder, list(rows))[1]]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (resident("P1"), []),
        (resident("P1", name=None), ["name_missing"]),
        (resident("P1", number=None), ["number_missing"]),
        (resident("P1", number=None, born=None), ["nearly_empty", "number_missing"]),
        (unreadable("excel_damaged", "9.90101E+17"), ["number_unusable"]),
        (unreadable("generated", "J99010119850101"), ["number_unusable"]),
        (unreadable("other", "1985-01-01", born=None), ["nearly_empty", "number_unusable"]),
        (unreadable("generated", "L990101198501011234", born=None, born_in_number=BORN), ["number_unusable"]),
        (unreadable("permit", "EA1234567", born=None), ["number_permit"]),
        (unreadable("old15_unsure", "990101850101997", born=None), ["number_old15"]),
        (resident("P1", kind="old15"), ["number_old15"]),
        (resident("P1", kind="certificate"), ["number_long"]),
        (resident("P1", kind="student_g"), []),
        (resident("P1", number=WRONG), ["number_invalid"]),
        (resident("P1", number=WRONG, born=date(1999, 1, 1), sex=2), ["number_invalid"]),
        (resident("P1", born=date(1985, 1, 2)), ["birth_differs"]),
        (resident("P1", born=None), []),
        (resident("P1", sex=2), ["sex_differs"]),
        (resident("P1", number=WOMAN), ["sex_differs"]),
        (resident("P1", number=WOMAN, sex=2), []),
        (resident("P1", sex=None), []),
        (resident("P1", number=None, sex_in_number=2), ["number_missing"]),
        (resident("P1", is_gone=True), ["gone"]),
    ],
)
def test_what_one_row_shows(tmp_path: Path, row: Row, expected: list[str]) -> None:
    assert issues(tmp_path, row) == [Issue("P1", issue, None) for issue in expected]


def test_the_table_has_household_county_and_title(tmp_path: Path) -> None:
    rows = [resident("P1", number=None), resident("P2", number=None, name="李红", place=None)]
    assert examine(tmp_path, rows)[1] == [
        ("P1", "HP1", "990101", "number_missing", "证件号码缺失", None),
        ("P2", "HP2", None, "number_missing", "证件号码缺失", None),
    ]


def pair(first: Row, second: Row, folder: Path) -> set[str]:
    """What ties P1 and P2 to each other, which must be said of both."""
    found = [issue for issue in issues(folder, first, second) if issue.other]
    assert {(one.resident_id, one.other) for one in found} <= {("P1", "P2"), ("P2", "P1")}
    assert len(found) == 2 * len({one.issue for one in found})
    return {one.issue for one in found}


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ("王明", "王明", "person_twice"),
        ("王小明", "王明", "person_twice"),
        ("王明", "王明华", "person_twice"),
        ("王?", "王明", "person_twice"),
        ("阿卜杜拉", "阿卜杜拉买买提", "person_twice"),
        ("王明", "王红", "number_shared"),
        ("王", "王明", "number_shared"),
        ("王明", "李明", "number_shared"),
        ("王明", None, "number_shared"),
        (None, None, "number_shared"),
    ],
)
def test_two_residents_with_one_number(tmp_path: Path, mine: str | None, theirs: str | None, expected: str) -> None:
    assert pair(resident("P1", name=mine), resident("P2", name=theirs, place=ELSEWHERE), tmp_path) == {expected}
    assert pair(resident("P1", name=theirs), resident("P2", name=mine, place=ELSEWHERE), tmp_path) == {expected}


def test_a_name_of_the_same_sound_is_the_same_person(tmp_path: Path) -> None:
    assert pair(resident("P1", name="王明", sound="WANGMING"), resident("P2", name="王铭", sound="WANGMING"), tmp_path) == {
        "person_twice"
    }


def test_passports_are_shared_too_and_unreadable_cells_are_not(tmp_path: Path) -> None:
    def holder(resident_id: str, name: str, kind: str) -> Row:
        return resident(resident_id, name=name, number=None, kind=kind, text="EA1234567")

    assert pair(holder("P1", "王明", "permit"), holder("P2", "李红", "permit"), tmp_path) == {"number_shared"}
    assert pair(holder("P1", "王明", "other"), holder("P2", "李红", "other"), tmp_path) == set()


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {"number": OTHER_MAN}, {"two_numbers"}),
        ({}, {"number": None}, {"person_twice"}),
        ({}, {"number": WRONG}, {"person_twice"}),
        ({"number": None}, {"number": None}, {"person_twice"}),
        ({}, {"number": None, "born": None}, set()),
        ({"born": None}, {"number": None}, {"person_twice"}),
        ({}, {"number": None, "born": date(1985, 1, 2)}, set()),
        ({}, {"number": None, "name": "王红"}, set()),
        ({}, {"number": None, "place": ELSEWHERE}, set()),
        ({"place": "990101101"}, {"number": None, "place": "990101101"}, set()),
        ({"name": None, "number": None}, {"name": None, "number": None}, set()),
    ],
)
def test_two_residents_of_one_name_birth_and_village(tmp_path: Path, first: Row, second: Row, expected: set[str]) -> None:
    assert pair(resident("P1", **first), resident("P2", **second), tmp_path) == expected


def test_of_several_others_the_lowest_is_named_once_for_each_issue(tmp_path: Path) -> None:
    rows = [resident("P3"), resident("P1", name="李红"), resident("P4", name="李红"), resident("P2", name="赵刚")]
    assert issues(tmp_path, *rows) == [
        Issue("P1", "number_shared", "P2"),
        Issue("P1", "person_twice", "P4"),
        Issue("P2", "number_shared", "P1"),
        Issue("P3", "number_shared", "P1"),
        Issue("P4", "number_shared", "P2"),
        Issue("P4", "person_twice", "P1"),
    ]


def test_a_household_is_large_from_one_more_than_the_most(tmp_path: Path) -> None:
    def household(size: int) -> list[Row]:
        return [resident(f"P{n:03d}", name=f"王{n}", number=None, kind="student_g", household_id="H1") for n in range(size)]

    assert issues(tmp_path, *household(MOST_OF_HOUSEHOLD)) == []
    large = issues(tmp_path, *household(MOST_OF_HOUSEHOLD + 1))
    assert large == [Issue(f"P{n:03d}", "household_large", None) for n in range(MOST_OF_HOUSEHOLD + 1)]


def named(count: int, *names: str) -> list[Row]:
    """Residents with one number, the names in turn."""
    return [resident(f"P{n:06d}", name=names[n % len(names)]) for n in range(count)]


def test_a_crowd_is_counted_and_still_listed(tmp_path: Path) -> None:
    compared, small = examine(tmp_path, named(MOST_COMPARED, "王明", "李红"))
    crowded, large = examine(tmp_path, named(MOST_COMPARED + 1, "王明", "李红"))
    assert (compared, crowded) == (0, MOST_COMPARED + 1)
    assert {row[3] for row in small} == {"person_twice", "number_shared"}
    assert [row[5] for row in large if row[3] == "number_shared"] == ["P000001", *["P000000"] * MOST_COMPARED]


def test_everything_equal_is_one_line_each_not_pairs(tmp_path: Path) -> None:
    count = 20_000
    crowded, rows = examine(tmp_path, named(count, "王明"))
    assert crowded == count
    assert [row[0] for row in rows] == [f"P{n:06d}" for n in range(count)]
    assert {(row[3], row[5]) for row in rows[1:]} == {("person_twice", "P000000")}


def scattered(rng: random.Random) -> Row:
    cells: Row = {
        "name": rng.choice(("王明", "王小明", "李红", None)),
        "number": rng.choice((*(f"9901011985010101{n}X" for n in range(10)), WRONG, WRONG, WRONG, None)),
        "household_id": f"H{rng.randrange(20)}",
        "place": f"9901011012{rng.randrange(20):02d}",
    }
    return resident(f"P{rng.getrandbits(64):020d}", **cells)


def test_order_and_threads_change_nothing(tmp_path: Path) -> None:
    rng = random.Random(5)
    rows = [scattered(rng) for _ in range(400)]
    crowded, expected = examine(tmp_path, rows)
    assert crowded > 0
    assert {"person_twice", "number_shared", "two_numbers", "sex_differs", "household_large"} < {row[3] for row in expected}
    rng.shuffle(rows)
    assert examine(tmp_path, rows, threads=2) == (crowded, expected)


def test_a_roster_of_nobody(tmp_path: Path) -> None:
    assert examine(tmp_path, []) == (0, [])


def test_titles_are_told_apart() -> None:
    assert len(set(TITLES.values())) == len(TITLES)
