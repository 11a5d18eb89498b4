from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import connect
from matching import fields, numbers

BORN = date(1990, 3, 7)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path_factory.mktemp("work"), 1, "1GiB") as connection:
        numbers.install(connection)
        fields.install(connection)
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, macro: str, written: str | None) -> object:
    row = connection.execute(f"SELECT {macro}(?)", [written]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    "written",
    [
        "1990-03-07",
        "1990/3/7",
        "1990/03/07",
        "1990.3.7",
        "1990 3 7",
        "19900307",
        "19900307.0",
        "19900307000000",
        "1990年3月7日",
        "1990年 3月 7日",
        "1990年3月7",
        "１９９０－０３－０７",
        "1990-03-07 00:00:00",
        "1990/3/7 0:00",
        " 1990-03-07T00:00",
        "'1990-03-07",
        '="1990-03-07"',
        "32939",
        "32939.0",
    ],
)
def test_dates_as_departments_write_them(connection: duckdb.DuckDBPyConnection, written: str) -> None:
    assert ask(connection, "match_date", written) == BORN


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", "不详", "1990", "199003", "1990-03", "1990年3月", "90-3-7", "7/3/90", "😀", "1.99E+07"),
        *("1990-13-01", "1990-02-30", "19900230", "0990-03-07", "0000-00-00", "00000000", "99999999", "2100-01-01"),
    ],
)
def test_what_is_no_date(connection: duckdb.DuckDBPyConnection, written: str | None) -> None:
    assert ask(connection, "match_date", written) is None


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("25/12/1990", date(1990, 12, 25)),
        ("12/25/1990 0:00", date(1990, 12, 25)),
        ("03.03.1990", date(1990, 3, 3)),
        ("07/03/1990", None),
        ("31/02/1990", None),
    ],
)
def test_day_and_month_before_the_year(connection: duckdb.DuckDBPyConnection, written: str, born: date | None) -> None:
    assert ask(connection, "match_date", written) == born


@pytest.mark.parametrize(
    ("written", "sex"),
    [
        *((male, 1) for male in ("男", "1", "01", "1.0", "１", " 男 ", "男性", "1-男", "男(1)", "M", "male")),
        *((female, 2) for female in ("女", "2", "02", "2.0", "女性", "（2）女", "f", "Female")),
        *((unknown, None) for unknown in (None, "", "0", "00", "9", "未知", "男女", "12", "0.1", "1.5")),
    ],
)
def test_sex(connection: duckdb.DuckDBPyConnection, written: str | None, sex: int | None) -> None:
    assert ask(connection, "match_sex", written) == sex


@pytest.mark.parametrize(
    "written",
    [
        "13912345670",
        " 139 1234 5670",
        "139-1234-5670",
        "+8613912345670",
        "86-13912345670",
        "008613912345670",
        "013912345670",
        "１３９１２３４５６７０",
        "13912345670.0",
        '="13912345670"',
        "13912345670/13800001234",
        "13912345670、0755-26543201",
    ],
)
def test_mobile_numbers(connection: duckdb.DuckDBPyConnection, written: str) -> None:
    assert ask(connection, "match_phone", written) == "13912345670"


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("0755-26543201", "075526543201"),
        ("(0755)26543201", "075526543201"),
        ("+86 0755 26543201", "075526543201"),
        ("010-62345601", "01062345601"),
        ("62345601", "62345601"),
        ("6234561", "6234561"),
    ],
)
def test_landlines(connection: duckdb.DuckDBPyConnection, written: str, digits: str) -> None:
    assert ask(connection, "match_phone", written) == digits


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", "无", "1391234567", "139123456701", "12912345670", "1.39E+10", "138****1234", "990101199003070123"),
        *("13800000000", "13888888888", "13901234567", "13987654321", "12345678901", "11111111111", "8888888", "6789012"),
    ],
)
def test_what_is_no_telephone_number(connection: duckdb.DuckDBPyConnection, written: str | None) -> None:
    assert ask(connection, "match_phone", written) is None


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_gives_a_value_of_its_kind_or_nothing(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    written = text.replace("\x00", "")
    born, phone = ask(connection, "match_date", written), ask(connection, "match_phone", written)
    assert ask(connection, "match_sex", written) in (1, 2, None)
    assert born is None or (isinstance(born, date) and 1850 <= born.year <= 2099)
    assert phone is None or (isinstance(phone, str) and phone.isdigit() and 7 <= len(phone) <= 12)
