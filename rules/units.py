"""The persons and households that rules judge, as SQL over `resident`; one row per unit."""

from datetime import date

from rules.names import ATTRIBUTES

_PLAIN = ", ".join(name for name in ATTRIBUTES if name != "age")


def person_sql(as_of: date) -> str:
    """Residents with their age in full years on the night's date; `unit` is the person."""
    items = [
        "resident_id AS unit, resident_id, household_id, row_id, received_on, place_code",
        _PLAIN,
        f"CAST(date_sub('year', birth_date, DATE '{as_of}') AS INTEGER) AS age",
    ]
    return "SELECT " + ",\n    ".join(items) + "\nFROM resident"


def household_sql() -> str:
    """One row per household: its head, or the first member by id where nobody is the head; `unit` is the household."""
    return (
        "SELECT DISTINCT ON (household_id) * REPLACE (household_id AS unit, CAST(NULL AS VARCHAR) AS resident_id)\n"
        "FROM person ORDER BY household_id, relation IS DISTINCT FROM '户主', person.resident_id"
    )
