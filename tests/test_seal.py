"""What a spreadsheet does to a cell leaves its seal whole, what a person does breaks it."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seal


@pytest.mark.parametrize(
    ("written", "again"),
    [
        (date(2026, 11, 3), "2026-11-03"),
        (date(2026, 11, 3), "2026/11/3"),
        (date(2026, 11, 3), "2026年11月3日"),
        (date(2026, 11, 3), "2026-11-03 00:00:00"),
        (date(2026, 11, 3), datetime(2026, 11, 3)),  # noqa: DTZ001 - a day, as a workbook gives it
        ("2026-11-3 00:00", "2026-11-03"),
        (3, "3"),
        (3, "3.0"),
        ("12.50", "12.5"),
        ("-1234.50", "-1234.5"),
        ("'=1+1", "=1+1"),
        ("199 9991 2345", "19999912345"),
        ("虚 一村", "虚一村"),
        ("１２", "12"),
        ("", None),
    ],
)
def test_what_a_spreadsheet_does_is_no_change(written: str | int | date, again: str | int | date | None) -> None:
    assert seal.digest("列", written) == seal.digest("列", again)


@pytest.mark.parametrize(
    ("written", "changed"),
    [("12.5", "12.05"), ("100", "10"), ("1.0", "10"), ("2026-11-03", "2026-11-30"), ("张三", "张四")],
)
def test_what_a_person_does_is_a_change(written: str, changed: str) -> None:
    assert seal.digest("列", written) != seal.digest("列", changed)


def test_the_same_cell_under_another_title_has_another_seal() -> None:
    assert seal.digest("首次预警日期", date(2026, 11, 3)) != seal.digest("最迟核实日期", date(2026, 11, 3))


@given(st.dictionaries(st.text(min_size=1, max_size=6), st.text(max_size=12), min_size=1, max_size=6), st.randoms())
def test_a_rows_hash_does_not_depend_on_the_order_of_columns(cells: dict[str, str], chance: st.randoms) -> None:  # type: ignore[valid-type]
    sealed = seal.seals(cells)
    titles = list(sealed)
    chance.shuffle(titles)  # type: ignore[attr-defined]
    assert len({seal.canonical(title) for title in titles}) < len(titles) or seal.row_hash(sealed) == seal.row_hash(
        {title: sealed[title] for title in titles}
    )
