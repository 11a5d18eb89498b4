"""Days as departments write them: each is the right one, or said not to be one."""

from datetime import date, time
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sources.making import read_cells

FIFTH = date(2026, 3, 5)
NOTHING = "nothing"
Table = dict[str, date | str | None]

PLAIN: Table = {
    **dict.fromkeys(
        [
            "2026-03-05", "2026-3-5", "2026/03/05", "2026/3/5", "2026.3.5",
            "2026.03.05", "20260305", "20260305.0", "2026年3月5日", "2026年03月05日",
            "2026年3月5号", "2026年3月5", "2026 年 3 月 5 日", "2026 - 3 - 5", "２０２６－０３－０５",
            "2026—3—5", "2026-03-05 00:00:00", "2026/3/5 13:22",
            "2026-03-05T13:22:10.123", "2026-03-05 24:00", "2026-03-05T13:22:10+08:00",
            "2026-03-05 13:22:10+08", "20260305132210", "20260305 13:22",
            "2026年3月5日上午10:20", "2026年3月5日 下午3时20分", "2026年3月5日10时", "2026年3月5日下午",
            "2026/3/5 3:20 PM", "2026年3月5日 星期四", "2026年3月5日（星期四）", "2026-03-05(周四)",
            "2026年3月5日星期四10:20", "二〇二六年三月五日", "二○二六年三月五日", "二零二六年三月五号", "贰零贰陆年叁月零伍日",
            "2026年三月五日", "二〇二六年三月五日上午", ' ="2026-03-05" ', "'20260305", "　2026-03-05　",
        ],
        FIFTH,
    ),
    "二〇二六年十二月二十一日": date(2026, 12, 21),
    "二〇二六年十月二十日": date(2026, 10, 20),
    "二〇二六年十一月三十日": date(2026, 11, 30),
    "二〇二六年十月十日": date(2026, 10, 10),
    "1949-01-29 00:00:00": date(1949, 1, 29),
    "2024-02-29": date(2024, 2, 29),
    "9999-12-31": date(9999, 12, 31),
    **dict.fromkeys(
        [
            "1900-01-00", "1900/1/0", "1900年1月0日", "1900-01-00 00:00:00", "0000-00-00",
            "0000-00-00 00:00:00", "0000/0/0", "00000000", "0", "1899-12-30",
            "1899-12-31 00:00:00", "0001-01-01", "0001-01-01 00:00:00", "年月日",
            "  年  月  日", "/  /", "-  -", "—", "无",
        ],
        NOTHING,
    ),
    **dict.fromkeys(
        [
            "2023-02-29", "2024-13-01", "2026-00-05", "2026-3/5", "2026年3-5",
            "2026.3-5", "26-3-5", "26年3月5日", "49-01-29", "3月5日", "202603", "2026-03",
            "2026/3", "2026年3月", "2026年", "2026", "2026115", "45321", "46086",
            "46086.5", "5/3/2026", "05-03-2026", "Mar 5, 2026", "2026-03-05Z",
            "2026-03-05T16:00:00Z", "2026-03-05T16:00:00+00:00", "2026-03-05 25:00",
            "2026-03-05 10", "2026/1/110:20", "2026年3月5日 星期五", "2026-03-05(周日)",
            "2026.3.5-2026.3.8", "2026-03-05至2026-03-08", "2026-03-05x", "2026年3月上旬",
            "二〇二六年三月", "二〇二六年十三月五日", "二〇二六年三月三十二日", "infinity", "epoch", "today", "昨天",
            "20260305139910", "202603051322",
        ],
        None,
    ),
}  # fmt: skip
MONTHS: Table = {
    **dict.fromkeys(
        [
            "202602",
            "202602.0",
            "2026-02",
            "2026/2",
            "2026.02",
            "2026.2",
            "2026年2月",
            "2026年02月份",
            "2026 年 2 月",
            "二〇二六年二月",
        ],
        date(2026, 2, 1),
    ),
    "2026.10": date(2026, 10, 1),
    "2026-1": date(2026, 1, 1),
    "2026-03-05": FIFTH,
    **dict.fromkeys(
        ["2026.1", "202613", "202600", "2026-13", "2026", "2026年", "26-02", "2602", "20262", "2月", "2026年2月上旬"], None
    ),
}
COLUMNS: list[tuple[str, dict[str, Any], Table]] = [
    ("the usual", {}, PLAIN),
    ("months by their first day", {"month_means": "first_day"}, MONTHS),
    (
        "months by their last day",
        {"month_means": "last_day"},
        {"202602": date(2026, 2, 28), "2024年2月": date(2024, 2, 29), "2026-02-03": date(2026, 2, 3), "2026.1": None},
    ),
    (
        "two digits of a year",
        {"two_digit_years_from": 1930},
        {
            "26-3-5": FIFTH, "26/03/05": FIFTH, "26.3.5": FIFTH, "26年3月5日": FIFTH, "26-3-5 10:20": FIFTH,
            "29-12-31": date(2029, 12, 31),
            "30-1-1": date(1930, 1, 1), "99-1-1": date(1999, 1, 1), "00-1-1": date(2000, 1, 1), "2026-3-5": FIFTH,
            "260305": None,
            "26-13-5": None, "5-3-26": None, "126-3-5": None,
        },
    ),
    ("of a century that begins with it", {"two_digit_years_from": 2000}, {"26-3-5": FIFTH, "99-1-1": date(2099, 1, 1)}),
    (
        "days as Excel counts them",
        {"excel_serials": True},
        {
            "46086": FIFTH, "46086.75": FIFTH, "46086.0": FIFTH, "10000": date(1927, 5, 18),
            "36526": date(2000, 1, 1), "72999": date(2099, 11, 10),
            "19551": None, "20263": None, "73000": None, "9999": None,
            "460860": None, "-46086": None, "46,086": None, "4.6E4": None,
        },
    ),
    (
        "the contract's own forms",
        {"formats": ["%d/%m/%Y"]},
        {"05/03/2026": FIFTH, "05/03/2026 10:00": FIFTH, "2026-03-05": None, "0000-00-00": NOTHING},
    ),
    ("what means nothing here", {"nothing": ["２０９９-12-31", "长期"]},
     {"2099-12-31": NOTHING, "长期": NOTHING, "2026-03-05": FIFTH, "暂定": None}),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "table"), [case[1:] for case in COLUMNS], ids=[case[0] for case in COLUMNS])
def test_a_day_is_the_right_one_or_none(db: duckdb.DuckDBPyConnection, fact: dict[str, Any], table: Table) -> None:
    got = dict(zip(table, read_cells(db, list(table), type="date", **fact), strict=True))
    expected = {text: (value if isinstance(value, date) else None, value is None) for text, value in table.items()}
    assert got == expected


NUMERALS = "〇一二三四五六七八九"
DAYS = st.dates(date(1930, 1, 1), date(2029, 12, 31))
TIMES = st.sampled_from(["", " 00:00:00", " 9:05", "T23:59:59", "上午9时", " 下午3:20"])


def _number(value: int) -> str:
    tens, ones = divmod(value, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens]}十") + ("" if tens and not ones else NUMERALS[ones])


def _in_words(day: date) -> str:
    return f"{''.join(NUMERALS[int(c)] for c in str(day.year))}年{_number(day.month)}月{_number(day.day)}日"


MANNERS = (
    lambda day: f"{day}",
    lambda day: f"{day.year}-{day.month}-{day.day}",
    lambda day: f"{day.year}/{day.month:02}/{day.day:02}",
    lambda day: f"{day.year}.{day.month}.{day.day}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{day.year}年{day.month}月{day.day}日星期{'一二三四五六日'[day.weekday()]}",
    lambda day: f"{day:%Y年%m月%d日}(周{'一二三四五六天'[day.weekday()]})",
    lambda day: f"{day.year % 100:02}-{day.month}-{day.day}",
    _in_words,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(DAYS, st.sampled_from(MANNERS), TIMES), min_size=1, max_size=60))
def test_a_day_survives_every_manner(db: duckdb.DuckDBPyConnection, written: list[tuple[date, Any, str]]) -> None:
    cells = [f"{manner(day)}{clock}" for day, manner, clock in written]
    assert read_cells(db, cells, type="date", two_digit_years_from=1930) == [(day, False) for day, *_ in written]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dates(date(1927, 5, 18), date(2099, 11, 10)), min_size=1, max_size=60))
def test_a_day_survives_together_and_counted(db: duckdb.DuckDBPyConnection, days: list[date]) -> None:
    """What could be a year and a month is not read as a number of days."""
    assert read_cells(db, [f"{day:%Y%m%d}" for day in days], type="date", excel_serials=True) == [(day, False) for day in days]
    serials = [(day - date(1899, 12, 30)).days for day in days]
    read = read_cells(db, list(map(str, serials)), type="date", excel_serials=True)
    assert read == [(None, True) if 19000 <= n <= 20999 else (day, False) for n, day in zip(serials, days, strict=True)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(DAYS, st.times()), min_size=1, max_size=60), st.integers(-12, 14))
def test_a_moment_of_another_time_zone_is_no_day(
    db: duckdb.DuckDBPyConnection, moments: list[tuple[date, time]], hours: int
) -> None:
    zone = f"{'-' if hours < 0 else '+'}{abs(hours):02}:00"
    written = [f"{day}T{clock:%H:%M:%S}{zone}" for day, clock in moments]
    assert read_cells(db, written, type="date") == [(day, False) if hours == 8 else (None, True) for day, _ in moments]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("2012069-/.年月日 :0一十号", min_size=5, max_size=12), min_size=1, max_size=60))
def test_what_is_read_holds_the_digits_that_were_written(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    """A day never comes from digits that are not all its own or those of a time."""
    for text, (value, _) in zip(texts, read_cells(db, texts, type="date"), strict=True):
        if value is not None and not set("一十:").intersection(text):
            digits = "".join(filter(str.isdigit, text))
            spelt = {f"{value.year}{month}{day}" for month in _ways(value.month) for day in _ways(value.day)}
            assert any(digits == form or digits in (f"{form}0", f"{form}00") for form in spelt), text


def _ways(number: int) -> set[str]:
    return {str(number), f"{number:02}"}
