from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from matching import numbers
from tests.matching.helpers import connect, number


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect() as connection:
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


def test_a_number_with_an_impossible_birth_date_is_not_valid(connection: duckdb.DuckDBPyConnection) -> None:
    impossible = number("19901301", 1)
    assert ask(connection, "match_check_ok(?)", impossible) is True
    assert ask(connection, "match_number_valid(?)", impossible) is False
    assert ask(connection, "match_number_valid(?)", number("19901201", 1)) is True


GOOD = number("19900307", 123)
BAD = GOOD[:17] + ("0" if GOOD[17] != "0" else "1")


@pytest.mark.parametrize(
    ("written", "kind", "stands_for"),
    [
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
        ("g" + GOOD, "student_g", GOOD),
        ("G" + BAD, "other", None),
        ("J" + GOOD, "generated", None),
        ("L990101199003071234", "generated", None),
        (GOOD[:15] + "000", "excel_damaged", None),
        ("9.90101199003071E+17", "excel_damaged", None),
        ("9.9e17", "excel_damaged", None),
        (GOOD + ".0", "excel_damaged", None),
        (GOOD[:17], "other", None),
        ("E12345678", "other", None),
        ("990101********1234", "other", None),
        (None, "missing", None),
        (" ' ", "missing", None),
        ("暂无", "missing", None),
        ("null", "missing", None),
        ("000000000000000000", "missing", None),
    ],
)
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
        ("9.901011990031E+17", "excel_damaged", None),
        ("9.90101199003071E+16", "excel_damaged", None),
        (GOOD[:15] + "000", "excel_damaged", date(1990, 3, 7)),
        ("L990101199003071234", "generated", date(1990, 3, 7)),
        ("J990101199003071234", "generated", None),
        ("G" + BAD, "other", date(1990, 3, 7)),
        ("E12345678", "other", None),
        (number("19900230", 1), "plain", None),
        (number("10000101", 1), "plain", None),
    ],
)
def test_birth_date_in_a_number(connection: duckdb.DuckDBPyConnection, text: str, kind: str, birth: date | None) -> None:
    assert ask(connection, f"match_birth_in_number('{kind}', ?)", text) == birth


@pytest.mark.parametrize(
    "written",
    [
        "1990-03-07",
        "1990/3/7",
        "1990.3.7",
        "19900307",
        "1990年3月7日",
        "1990年 3月 7日",
        "１９９０－０３－０７",
        "1990-03-07 00:00:00",
        " 1990-03-07T00:00",
        "32939",
    ],
)
def test_dates_as_departments_write_them(connection: duckdb.DuckDBPyConnection, written: str) -> None:
    assert ask(connection, "match_date(?)", written) == date(1990, 3, 7)


@pytest.mark.parametrize(
    "written", [None, "", "不详", "1990-13-01", "19900230", "1990", "199003", "0990-03-07", "90-3-7", "😀"]
)
def test_what_is_no_date(connection: duckdb.DuckDBPyConnection, written: str | None) -> None:
    assert ask(connection, "match_date(?)", written) is None


@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_is_some_kind(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    clean = text.replace("\x00", "")
    kind = ask(connection, "match_number_kind(match_number_text(?))", clean)
    assert kind in numbers.KINDS
    ask(connection, f"match_birth_in_number('{kind}', match_number_text(?))", clean)
    ask(connection, "match_date(?)", clean)
