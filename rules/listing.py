"""Absent from a list: who can be said to be on no row of it, and why nobody else can, as SQL.

`list_state` says of each source whether its list is fresh and complete; `doubtful` whom a row may speak of without our
knowing, or who is not surely identified at all (for every source: `source` is empty).
"""

from engine import sql_text
from rules.quantity import Need


def doubt_sql(need: Need, unit: str) -> str:
    """Per person or household why it cannot be said to be absent from the list."""
    return f"""SELECT {unit} AS unit, min(why) AS why
FROM doubtful WHERE source IN ('', {sql_text(need.source)})
GROUP BY {unit}"""


def is_absent_sql(name: str, need: Need) -> str:
    """FALSE (not on the list) for surely identified people and a complete list, else NULL."""
    return f"CASE WHEN {_state(need, 'is_complete')} AND doubt__{name}.why IS NULL THEN FALSE END"


def why_sql(name: str, need: Need) -> str:
    """Why nobody, or not this unit, can be said to be absent; NULL where they can."""
    return f"coalesce({_state(need, 'why')}, doubt__{name}.why) AS {name}__why"


def _state(need: Need, column: str) -> str:
    return f"(SELECT {column} FROM list_state WHERE source = {sql_text(need.source)})"
