"""Whether anybody lives where an office's own numbers hold: below the county no list of codes says so."""

from collections.abc import Iterator
from typing import Final

import duckdb

from engine import sql_text
from flows.declared import Catalogue
from settings import Home

_UNINHABITED: Final = """
SELECT place, area FROM declared
WHERE NOT EXISTS (SELECT 1 FROM inhabited WHERE starts_with(place_code, area))
ORDER BY place, area
"""


def uninhabited(home: Home, catalogue: Catalogue) -> tuple[str, ...]:
    """One message for every area of the office's own files in which no resident of any roster received so far lives."""
    files = home.store / "facts" / catalogue.roster
    declared = sorted(set(_own_areas(home, catalogue)))
    if not declared or not any(files.glob("*.parquet")):
        return ()
    with duckdb.connect(":memory:", config={"threads": 1}) as db:
        db.execute("CREATE TABLE declared (place VARCHAR, area VARCHAR)")
        db.executemany("INSERT INTO declared VALUES (?, ?)", [list(one) for one in declared])
        rosters = sql_text(str(files / "*.parquet"))
        db.execute(f"CREATE TABLE inhabited AS SELECT DISTINCT place_code FROM read_parquet({rosters}, union_by_name = true)")
        found = db.execute(_UNINHABITED).fetchall()
    return tuple(f"{place}：收到过的花名册中没有人住在 {area}，这个地区的数用不到；请核对代码" for place, area in found)


def _own_areas(home: Home, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for path in home.office_layer("rules").glob("*.yaml"):
        for name, line in catalogue.rules[path.stem].thresholds.items():
            yield from ((f"rules/{path.name} 的 thresholds.{name}", value.area) for value in line.values if value.area)
    for path in home.office_layer("reference").glob("*.yaml"):
        values = catalogue.references[path.stem].values
        yield from ((f"reference/{path.name}", value.area) for value in values if value.area)
