from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from engine import connect
from matching import numbers
from tests.matching.helpers import number


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path_factory.mktemp("work"), 1, "1GiB") as connection:
        numbers.install(connection)
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, expression: str, *values: str | None) -> object:
    row = connection.execute(f"SELECT {expression}", list(values)).fetchone()
    assert row is not None
    return row[0]


def test_check_digit_is_that_of_an_independent_implementation(connection: duckdb.DuckDBPyConnection) -> None:
    stems = [f"{(index * 7_919_191_919_191 + 12_345) % 10**17:017d}" for index in range(5_000)]
    computed = connection.execute(
        "SELECT match_check_digit(s || '0') FROM (SELECT unnest(?::VARCHAR[]) AS s)", [stems]
    ).fetchall()
    assert [row[0] for row in computed] == [ric.calc_check_digit(f"{stem}0") for stem in stems]


@given(stem=st.from_regex(r"\A[1-9][0-9]{16}\Z"), place=st.integers(0, 16), step=st.integers(1, 9))
def test_one_wrong_digit_never_passes(connection: duckdb.DuckDBPyConnection, stem: str, place: int, step: int) -> None:
    right = stem + ric.calc_check_digit(f"{stem}0")
    wrong = right[:place] + str((int(right[place]) + step) % 10) + right[place + 1 :]
    assert ask(connection, "match_check_ok(?)", right) is True
    assert ask(connection, "match_check_ok(?)", wrong) is False


@pytest.mark.parametrize(
    "text", [None, "", "X" * 18, "99010119900101001", "9901011990010100１1", "一" * 18, "99010119900101001x"]
)
def test_what_is_no_number_does_not_pass(connection: duckdb.DuckDBPyConnection, text: str | None) -> None:
    assert ask(connection, "match_check_ok(?)", text) is False


def test_a_number_that_passes_the_check_may_still_hold_no_birth_date(connection: duckdb.DuckDBPyConnection) -> None:
    impossible = number("19901301", 1)
    assert ask(connection, "match_check_ok(?)", impossible) is True
    assert ask(connection, "match_birth_in_number('plain', ?)", impossible) is None
    assert ask(connection, "match_birth_in_number('plain', ?)", number("19901201", 1)) == date(1990, 12, 1)


GOOD = number("19900307", 123)
BAD = GOOD[:17] + ("0" if GOOD[17] != "0" else "1")


KINDS_OF_CELLS = [
    (GOOD, "plain", GOOD),
    (BAD, "plain", BAD),
    (f"\ufeff {GOOD}\t\r\n", "plain", GOOD),
    (f"＝＂{GOOD}＂", "plain", GOOD),
    (f"`{GOOD}´", "plain", GOOD),
    (GOOD + "11", "certificate", GOOD),
    (GOOD + "74B1", "certificate", GOOD),
    (GOOD + "81", "other", None),
    (GOOD + "15", "other", None),
    (GOOD + "111", "other", None),
    (BAD + "11", "other", None),
    ("990101900307123", "old15", GOOD),
    ("990101900307123.0", "old15", GOOD),
    ("990101901307123", "other", None),
    ("990101900307995", "old15", number("19900307", 995)),
    ("990101900307996", "old15_unsure", None),
    ("990101900307999", "old15_unsure", None),
    ("g" + GOOD, "student_g", GOOD),
    ("G" + BAD, "other", None),
    ("J" + GOOD, "generated", None),
    ("L990101199003071234", "generated", None),
    (GOOD[:15] + "000", "excel_damaged", None),
    ("9.90101199003071E+17", "excel_damaged", None),
    ("9.9e17", "excel_damaged", None),
    ("1.98501E+07", "excel_damaged", None),
    (GOOD + ".0", "excel_damaged", None),
    (GOOD[:17], "other", None),
    (GOOD[:9] + "0" + GOOD[9:], "other", None),
    (GOOD[:17] + "Y", "other", None),
    ("E12345678", "permit", None),
    ("e 1234-5678", "permit", None),
    ("EA1234567", "permit", None),
    ("G12345678", "permit", None),
    ("H12345678", "permit", None),
    ("M1234567801", "permit", None),
    ("USA310112345678", "permit", None),
    (number("19900307", 123, area="810000"), "plain", number("19900307", 123, area="810000")),
    ("E00000000", "other", None),
    ("E1234", "other", None),
    ("0123456789", "other", None),
    ("1985-01-01", "other", None),
    ("19850101", "other", None),
    ("1985-01-01 00:00:00", "other", None),
    ("1985年1月1日", "other", None),
    ("31048", "other", None),
    ("990101********1234", "other", None),
    (None, "missing", None),
    (" ' ", "missing", None),
    ("暂无", "missing", None),
    ("null", "missing", None),
    ("000000000000000000", "missing", None),
    ("111111111111111111", "missing", None),
    ("0", "missing", None),
    ("****", "missing", None),
]


@pytest.mark.parametrize(("written", "kind", "stands_for"), KINDS_OF_CELLS)
def test_kinds(connection: duckdb.DuckDBPyConnection, written: str | None, kind: str, stands_for: str | None) -> None:
    text = "match_number_text(?)"
    assert ask(connection, f"match_number_kind({text})", written) == kind
    assert ask(connection, f"match_number('{kind}', {text})", written) == stands_for
    assert kind in numbers.KINDS


@pytest.mark.parametrize(
    ("text", "kind", "birth"),
    [
        (GOOD, "plain", date(1990, 3, 7)),
        (BAD, "plain", date(1990, 3, 7)),
        (GOOD + "11", "certificate", date(1990, 3, 7)),
        ("G" + GOOD, "student_g", date(1990, 3, 7)),
        ("990101900307123", "old15", date(1990, 3, 7)),
        ("9.90101199003071E+17", "excel_damaged", date(1990, 3, 7)),
        ("9.90101199003071E17", "excel_damaged", date(1990, 3, 7)),
        ("9.901011990030712E+17", "excel_damaged", date(1990, 3, 7)),
        ("9.9010119900307E+17", "excel_damaged", date(1990, 3, 7)),
        ("9.901011990031E+17", "excel_damaged", None),
        ("9.90101199003071E+16", "excel_damaged", None),
        (GOOD[:15] + "000", "excel_damaged", date(1990, 3, 7)),
        ("L990101199003071234", "generated", date(1990, 3, 7)),
        ("J990101199003071234", "generated", None),
        ("G" + BAD, "other", date(1990, 3, 7)),
        ("990101900307996", "old15_unsure", None),
        ("E12345678", "permit", None),
        (number("19900230", 1), "plain", None),
        (number("10000101", 1), "plain", None),
    ],
)
def test_birth_date_in_a_number(connection: duckdb.DuckDBPyConnection, text: str, kind: str, birth: date | None) -> None:
    assert ask(connection, f"match_birth_in_number('{kind}', ?)", text) == birth


SHORT, LONG = "a number that lost a character", "a number that got one"


@pytest.mark.parametrize(
    ("text", "birth"),
    [
        pytest.param(GOOD[:15] + GOOD[16:], date(1990, 3, 7), id=f"{SHORT} behind the date"),
        pytest.param(GOOD[:2] + GOOD[3:], date(1990, 3, 7), id=f"{SHORT} before the date"),
        pytest.param("99010119900307" + "1X", None, id="two characters lost"),
        pytest.param("990101199013071234X", None, id="no reading of the longer one is a date"),
        pytest.param("99010119901307123", None, id="no reading is a date"),
        pytest.param(GOOD[:15] + "5" + GOOD[15:], date(1990, 3, 7), id=f"{LONG} behind the date"),
        pytest.param(GOOD[:2] + "5" + GOOD[2:], date(1990, 3, 7), id=f"{LONG} before the date"),
    ],
)
def test_birth_date_in_a_number_of_the_wrong_length(
    connection: duckdb.DuckDBPyConnection, text: str, birth: date | None
) -> None:
    assert ask(connection, "match_number_kind(?)", text) == "other"
    assert ask(connection, "match_birth_in_number('other', ?)", text) == birth


@pytest.mark.parametrize(
    ("written", "known"),
    [
        (GOOD[:15] + "000", GOOD[:15]),
        (GOOD + ".0", GOOD[:15]),
        ("9.90101199003071E+17", GOOD[:15]),
        ("9.90101199003071E17", GOOD[:15]),
        ("9.901011990030712E+17", GOOD[:15]),
        ("9.90101199003071E+19", GOOD[:15]),
        ("9.9010119900307E+17", GOOD[:14]),
        ("9.90101E+17", "99010"),
        ("9.9010E+17", "990"),
        ("9E+17", ""),
        ("9.90101900307123E+14", None),
        (GOOD, None),
        (GOOD[:15], None),
        (None, None),
    ],
)
def test_digits_that_a_spreadsheet_left(connection: duckdb.DuckDBPyConnection, written: str | None, known: str | None) -> None:
    text = "match_number_text($1)"
    assert ask(connection, f"match_known_digits(match_number_kind({text}), {text})", written) == known


@given(sequence=st.integers(0, 999), day=st.dates(date(1920, 1, 1), date(2020, 1, 1)), places=st.sampled_from([*range(13), 14]))
def test_what_a_spreadsheet_left_is_how_the_number_began(
    connection: duckdb.DuckDBPyConnection, sequence: int, day: date, places: int
) -> None:
    whole = number(day.strftime("%Y%m%d"), sequence, area="431121")
    known = ask(connection, "match_known_digits('excel_damaged', ?)", f"{int(whole[:15] + '000'):.{places}E}")
    assert isinstance(known, str)
    assert whole.startswith(known)
    assert len(known) <= places + 1


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        (number("19900307", 123), 1),
        (number("19900307", 124), 2),
        (number("19900307", 124) + "11", 2),
        ("G" + number("19900307", 123), 1),
        ("990101900307123", 1),
        ("990101900307124", 2),
        ("990101900307996", 2),
        (GOOD[:15] + "000", None),
        ("L990101199003071234", None),
        ("E12345678", None),
        (GOOD[:17], None),
        (None, None),
    ],
)
def test_sex_in_a_number(connection: duckdb.DuckDBPyConnection, text: str | None, sex: int | None) -> None:
    assert ask(connection, "match_sex_in_number(match_number_kind($1), $1)", text) == sex


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_is_some_kind(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    clean = text.replace("\x00", "")
    kind = ask(connection, "match_number_kind(match_number_text(?))", clean)
    assert kind in numbers.KINDS
    found = ask(connection, f"match_number('{kind}', match_number_text(?))", clean)
    assert (found is not None) == (kind in numbers.KINDS[:4])
    ask(connection, f"match_birth_in_number('{kind}', match_number_text(?))", clean)
    ask(connection, f"match_sex_in_number('{kind}', match_number_text(?))", clean)
    ask(connection, f"match_known_digits('{kind}', match_number_text(?))", clean)
