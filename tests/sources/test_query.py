"""What a contract may ask a database: one SELECT that reads."""

from datetime import date

import pytest
from pydantic import ValidationError

from sources.query import Query, Recent


def asked(select: str) -> Query:
    """A query with this SELECT."""
    return Query(connection="hr", select=select)


@pytest.mark.parametrize(
    "select",
    [
        "SELECT id_no AS 身份证号, 'it''s; --fine' AS x FROM hr.people",
        '  with latest AS (SELECT 1 AS a) SELECT a AS "update; delete" FROM latest\n',
        "SELECT `drop`, updated_at, created, REPLACE(x, '/*', '') FROM t WHERE d ~ '^\\d{8}$'",
    ],
)
def test_one_select_is_taken_as_it_stands(select: str) -> None:
    assert asked(select).select == select.strip()


@pytest.mark.parametrize(
    ("select", "why"),
    [
        ("SELECT 1; DROP TABLE people", "不可有分号"),
        ("SELECT 1;", "不可有分号"),
        ("DELETE FROM people", "须以 SELECT 或 WITH 开头"),
        ("WITH gone AS (DELETE FROM people RETURNING *) SELECT * FROM gone", "不可有 DELETE"),
        ("SELECT * INTO copied FROM people", "不可有 INTO"),
        ("SELECT * FROM people INTO OUTFILE '/tmp/x'", "不可有 INTO、OUTFILE"),
        ("SELECT * FROM people FOR UPDATE", "不可有 UPDATE"),
        ("SELECT * FROM people LOCK IN SHARE MODE", "不可有 LOCK"),
        ("SELECT 1 -- all", "注释"),
        ("SELECT 1 /*! INTO OUTFILE 'x' */", "注释"),
        ("SELECT 1 # all", "注释"),
        ("SELECT 'it\\'s' , '; DELETE'", "引号不成对"),
        ("SELECT 'open", "引号不成对"),
        ("SELECT $$a;b$$", "引号不成对"),
        ("   ", "须以 SELECT"),
    ],
)
def test_what_does_more_than_read_is_refused(select: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        asked(select)


@pytest.mark.parametrize(
    ("months", "as_of", "first"),
    [
        (0, date(2026, 3, 31), date(2026, 3, 1)),
        (3, date(2026, 3, 1), date(2025, 12, 1)),
        (12, date(2024, 2, 29), date(2023, 2, 1)),
        (14, date(2026, 1, 15), date(2024, 11, 1)),
    ],
)
def test_recent_begins_with_a_month(months: int, as_of: date, first: date) -> None:
    assert Recent(column="day", months=months).first_day(as_of) == first
