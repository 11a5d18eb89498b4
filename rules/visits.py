"""Which visits answer what a rule asks: for suppression, windows since the last verdict, and what has become worse since."""

from datetime import date
from typing import Final

from engine import sql_text
from outcomes import ALL_FAMILIES, SETTLING, titles_sql

VISITS: Final = "visits"
"""The source that holds what the visitors found."""

LAST_VISIT: Final = "last__visit"
VISIT_ROW: Final = "visit__row"


def visited_sql(family: str, as_of: date) -> str:
    """Per household the day and the row of its last visit that settled a family of risk."""
    return f"""SELECT household_id, max(visited_on) AS {LAST_VISIT}, last(row_id ORDER BY visited_on, row_id) AS {VISIT_ROW}
FROM fact_{VISITS}
WHERE outcome IN ({titles_sql(SETTLING)}) AND family IN ({sql_text(family)}, '{ALL_FAMILIES}') AND visited_on <= DATE '{as_of}'
GROUP BY household_id"""
