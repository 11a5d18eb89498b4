"""What is wrong with the roster itself, for the office to put right: `roster_issue`, one line per resident and issue.

An issue is a suspicion to look at, not a verdict, and changes no roster; a person registered twice still is two residents here.
"""

from typing import Final

import duckdb

from engine import conform, sql_text
from tables import ROSTER_ISSUE

TITLES: Final = {
    "name_missing": "姓名缺失或不是姓名",
    "nearly_empty": "姓名之外几乎没有可比对的信息",
    "number_missing": "证件号码缺失",
    "number_unusable": "证件号码无法使用",
    "number_invalid": "证件号码校验不通过",
    "number_long": "登记的是20/22位残疾人证号",
    "number_old15": "登记的是15位旧号码",
    "number_permit": "登记的是护照或其他证件",
    "number_shared": "两人或多人登记同一号码",
    "person_twice": "疑似一人两次登记",
    "two_numbers": "疑似一人两个号码",
    "birth_differs": "出生日期与号码不符",
    "sex_differs": "性别与号码不符",
    "gone": "已登记死亡或迁出仍在册",
    "household_large": "一户人数过多",
}
"""Every issue and what officers call it, in the order of one resident's lines."""

MOST_COMPARED: Final = 50
"""Residents alike in more than this number are not compared two by two: the cell is a default value, not a person."""
MOST_OF_HOUSEHOLD: Final = 20
"""More people under one household id are an institution, or households that were thrown together."""

_BORN: Final = "coalesce(born, born_in_number)"
_DOCUMENT: Final = "coalesce(number, CASE WHEN kind IN ('permit', 'old15_unsure') THEN text END)"

_ALONE: Final = {
    "name_missing": "name IS NULL",
    "nearly_empty": f"{_DOCUMENT} IS NULL AND {_BORN} IS NULL",
    "number_missing": "kind = 'missing'",
    "number_unusable": "kind IN ('excel_damaged', 'generated', 'other')",
    "number_invalid": "number IS NOT NULL AND NOT is_valid",
    "number_long": "kind = 'certificate'",
    "number_old15": "kind IN ('old15', 'old15_unsure')",
    "number_permit": "kind = 'permit'",
    "birth_differs": "is_valid AND born <> born_in_number",
    "sex_differs": "is_valid AND sex <> sex_in_number",
    "gone": "is_gone",
}
"""What one resident's own row shows, as SQL over `match_roster`."""

_ALIKE: Final = {
    "number": (_DOCUMENT,),
    "person": ("name", _BORN, "CASE WHEN length(place) = 12 THEN place END"),
}
"""What two rows have in common when they may be one person's, or one of them holds the other's number."""


def check(connection: duckdb.DuckDBPyConnection) -> int:
    """Read `match_roster`, create `roster_issue` (ROSTER_ISSUE), in order of county, household, resident and issue.

    Of several others the lowest resident_id is named; a resident_id stands for one row.  Returns how many residents are alike
    in such numbers (over MOST_COMPARED) that they were listed without comparing them two by two.
    """
    try:
        _alike(connection)
        _issues(connection)
        crowded = _crowded(connection)
    finally:
        connection.execute("DROP TABLE IF EXISTS match_alike")
    conform(connection, "roster_issue", ROSTER_ISSUE)
    return crowded


def _alike(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_alike`: who shares a document number, or name, birth date and village, with `members` residents in all."""
    groups = " UNION ALL ".join(_group(basis, parts) for basis, parts in _ALIKE.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE match_alike AS {groups}")


def _group(basis: str, parts: tuple[str, ...]) -> str:
    """Counted by hash before anything is compared: eight bytes a resident, however long the cells."""
    known = " AND ".join(f"({part}) IS NOT NULL" for part in parts)
    keyed = f"SELECT *, hash({', '.join(parts)}) AS k FROM match_roster WHERE {known}"
    return f"""
        SELECT '{basis}' AS basis, k, members, resident_id, household_id, place, name, sound, number, is_valid
        FROM ({keyed}) JOIN (SELECT k, count(*) AS members FROM ({keyed}) GROUP BY k HAVING count(*) > 1) USING (k)"""


def _issues(connection: duckdb.DuckDBPyConnection) -> None:
    """All issues together; who is found on two grounds is named once."""
    titles = ", ".join(f"({n}, '{issue}', {sql_text(title)})" for n, (issue, title) in enumerate(TITLES.items()))
    found = " UNION ALL ".join((*(_alone(issue, holds) for issue, holds in _ALONE.items()), _HOUSEHOLDS, _PAIRS, _CROWDS))
    connection.execute(f"""
        CREATE OR REPLACE TABLE roster_issue AS
        SELECT resident_id, household_id, left(place, 6) AS county, issue, title, other AS other_resident_id
        FROM (SELECT resident_id, household_id, place, issue, min(other) AS other FROM ({found}) GROUP BY ALL)
        JOIN (VALUES {titles}) t (position, issue, title) USING (issue)
        ORDER BY county, household_id, resident_id, position
    """)


def _alone(issue: str, holds: str) -> str:
    return f"SELECT resident_id, household_id, place, '{issue}' AS issue, NULL AS other FROM match_roster WHERE {holds}"


_HOUSEHOLDS: Final = f"""
    SELECT resident_id, household_id, place, 'household_large', NULL
    FROM match_roster SEMI JOIN (SELECT household_id FROM match_roster GROUP BY ALL HAVING count(*) > {MOST_OF_HOUSEHOLD})
         USING (household_id)"""


def _reads_as(a: str, b: str) -> str:
    """SQL: name `a` is `b` in full, or `b` with characters more after the surname, or with unreadable signs resolved."""
    pattern = f"replace(replace({b}, '?', '_'), '*', '%')"
    return f"({a} LIKE {pattern} || '%' OR {a} LIKE left({b}, 1) || '%' || substr({pattern}, 2))"


_ONE_NAME: Final = f"""
    CASE WHEN a.sound = b.sound THEN true
         WHEN left(a.name, 1) <> left(b.name, 1) OR least(length(a.name), length(b.name)) < 2 THEN false
         ELSE coalesce({_reads_as("a.name", "b.name")} OR {_reads_as("b.name", "a.name")}, false) END"""

_PAIRS: Final = f"""
    SELECT a.resident_id, a.household_id, a.place,
           CASE WHEN basis = 'number' AND NOT {_ONE_NAME} THEN 'number_shared'
                WHEN a.is_valid AND b.is_valid AND a.number <> b.number THEN 'two_numbers'
                ELSE 'person_twice' END, b.resident_id
    FROM match_alike a JOIN match_alike b USING (basis, k)
    WHERE a.members <= {MOST_COMPARED} AND b.members <= {MOST_COMPARED} AND a.resident_id <> b.resident_id"""
"""Two valid numbers are never one digit apart, the check digit sees to that; a number that is missing or not valid does not
speak for a second person of the same name, birth date and village."""

_CROWDS: Final = f"""
    SELECT resident_id, household_id, place, CASE WHEN sounds = 1 THEN 'person_twice' ELSE 'number_shared' END,
           CASE WHEN lowest[1] = resident_id THEN lowest[2] ELSE lowest[1] END
    FROM match_alike JOIN (
        SELECT basis, k, min(resident_id, 2) AS lowest, count(DISTINCT sound) AS sounds
        FROM match_alike WHERE members > {MOST_COMPARED} GROUP BY basis, k) USING (basis, k)"""


def _crowded(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute(f"SELECT count(DISTINCT resident_id) FROM match_alike WHERE members > {MOST_COMPARED}").fetchone()
    return int(row[0]) if row else 0
