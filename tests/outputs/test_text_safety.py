"""What a spreadsheet must not do to a cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outputs.text_safety import ABSENT, DAMAGED, file_name, mask_id, safe_code, safe_phone, safe_text


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+86 100", "'+86 100"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        (" =1", "' =1"),
        ("\u3000=1", "'\u3000=1"),
        ("\u200b=1", "'\u200b=1"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠A1", "'＠A1"),
        ("-5", "-5"),
        ("-1234.50", "-1234.50"),
        ("1.", "'1."),
        ("1,234", "'1,234"),
        ("50%", "'50%"),
        ("8:05", "'8:05"),
        ("true", "'true"),
        ("5-Jan", "'5-Jan"),
        ("２０２６年１月２日", "'２０２６年１月２日"),
        ("-", "'-"),
        ("--5", "'--5"),
        ("a=b", "a=b"),
        ("住院自付 5,000 元", "住院自付 5,000 元"),
        ("2026-10-31", "2026-10-31"),
        ("007", "'007"),
        ("99010100000001", "'99010100000001"),
        ("12E5", "'12E5"),
        ("3-1", "'3-1"),
        ("12", "12"),
        ("三组\n二队", "三组 二队"),
        ("甲\u202e乙", "甲 乙"),
        ("甲\x00乙", "甲 乙"),
        ("甲\uffff", "甲\ufffd"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_text_cell_is_never_a_formula_and_never_re_typed(written: str | None, cell: str) -> None:
    assert safe_text(written) == cell


@given(st.text())
def test_a_text_cell_is_one_line_and_starts_no_formula(written: str) -> None:
    cell = safe_text(written)
    assert not any(ord(character) < 32 for character in cell)
    bare = cell.strip()
    assert not bare.startswith(tuple("=+@＝＋－＠")) or bare == ""
    assert not bare.startswith("-") or bare[1:].replace(".", "", 1).isdecimal()


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("990101197001011234", "990101********1234"),
        ("99010119700101123x", "990101********123X"),
        ("990101700101123", "990101*****1123"),
        ("99010119700101123443", "990101********1234"),
        ("99010119700101123X44B1", "990101********123X"),
        ("'990101197001011234", "990101********1234"),
        ('="990101197001011234"', "990101********1234"),
        ("９９０１０１１９７００１０１１２３４", "990101********1234"),
        ("990101 19700101 1234", "990101********1234"),
        ("G990101197001011234", "G99010*********1234"),
        ("9.90101E+17", DAMAGED),
        ("E12345678", "E1*****78"),
        ("12", "**"),
        ("", ABSENT),
        (" ", ABSENT),
        ("无", ABSENT),
        (None, ABSENT),
    ],
)
def test_an_id_number_is_masked_however_it_is_written(number: str | None, masked: str) -> None:
    assert mask_id(number) == masked


@given(st.text(alphabet="0123456789X", min_size=1, max_size=40))
def test_a_masked_number_is_never_a_number(number: str) -> None:
    masked = mask_id(number)
    assert "*" in masked
    assert sum(character != "*" for character in masked) <= 10


@given(st.text(alphabet="0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=1, max_size=24))
def test_a_code_comes_back(code: str) -> None:
    cell = safe_code(code, "户-")
    assert cell.removeprefix("户-") == code
    assert safe_text(cell) == cell


@pytest.mark.parametrize(
    ("phone", "cell"),
    [
        ("19999912345", "199 9991 2345"),
        ("+8619999912345", "199 9991 2345"),
        ("199-9991-2345", "199 9991 2345"),
        ("'19999912345", "199 9991 2345"),
        ("１９９９９９１２３４５", "199 9991 2345"),
        ("0990-1234567", "0990-1234567"),
        ("09901234567", "电-09901234567"),
        ("=HYPERLINK(1)", "HYPERLINK(1)"),
        ("+999 12", "'+999 12"),
        ("19999912345/19999912346", "19999912345/19999912346"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_phone_number_can_be_dialled_and_keeps_its_zeros(phone: str | None, cell: str) -> None:
    assert safe_phone(phone) == cell


@pytest.mark.parametrize(
    ("code", "name", "file"),
    [
        ("990101", "虚构县", "990101_虚构县"),
        ("990101", "../../虚 构/县", "990101_虚_构_县"),
        ("", "", "无代码_无名称"),
        ("990101", "县" * 300, "990101_" + "县" * 40),
    ],
)
def test_a_place_is_a_file_name(code: str, name: str, file: str) -> None:
    assert file_name(code, name) == file
