"""The rows of the visiting lists: made here for the seal and for the files alike, so that both speak of the same cells."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import duckdb

import seal
from outputs.heads import TABLE as HEADS
from outputs.heads import heads_of
from outputs.layout import Cell, Layout, Row, VisitCodes, records, visit_codes, visit_columns

TABLE: Final = "visiting_list"

_LISTED: Final = f"""
CREATE OR REPLACE TEMP TABLE {TABLE} AS
SELECT
    coalesce(w.county, '') AS county, coalesce(w.township, '') AS township, coalesce(w.village, '') AS village,
    w.county_name, w.township_name, w.village_name, r.list_id, r.position, w.county_rank, w.township_rank, w.warning_id,
    w.tier, w.household_type, w.status, w.first_seen, w.due_on, w.families AS family_list,
    array_to_string(w.families, '、') AS families,
    array_to_string(w.reasons, '；') AS reasons,
    '风险类型 ' || array_to_string(w.proposed_risks, '、') || coalesce('；类别 ' || w.proposed_class, '')
        || coalesce('；免重复环节：' || s.why, '') AS proposal,
    w.above, coalesce(household_code, w.household_id) AS household_code,
    head_name, coalesce(head_id_number, '') AS head_id_number, phone, group_name, members
FROM referral AS r JOIN warning AS w USING (warning_id) LEFT JOIN {HEADS} ON {HEADS}.household_id = w.household_id
LEFT JOIN spared AS s ON s.household_id = w.household_id
WHERE r.is_listed
"""


@dataclass(frozen=True)
class ListRow:
    """One household to visit: its warning, its place, and every cell a list may show of it, by column key."""

    warning_id: str
    codes: tuple[str, str, str]
    """Of county, township and village; '' where the roster has none."""
    names: tuple[str, str, str]
    """As the roster spells them."""
    position: int
    """In the county."""
    township_rank: int
    cells: dict[str, Cell]

    def under(self, layout: Layout, **more: Cell) -> Row:
        """The cells of a layout's columns; `more` are those that only the list itself knows, as they are written."""
        known = self.cells | more
        return tuple(known.get(column.key) for column in layout.columns)


@contextmanager
def listed_rows(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """While inside, `visiting_list` holds every listed household with names and phones; then they are gone.

    Reads `referral`, `warning`, `spared`, `resident` and `roster_identity`.
    """
    with heads_of(connection, "SELECT household_id FROM referral WHERE is_listed"):
        connection.execute(_LISTED)
    try:
        yield
    finally:
        connection.execute(f"DROP TABLE {TABLE}")


@dataclass(frozen=True)
class Rows:
    """How a row of `visiting_list` becomes cells, and which of them are sealed."""

    columns: Layout
    looks: dict[str, str]

    def read(self, connection: duckdb.DuckDBPyConnection, query: str, parameters: tuple[str, ...] = ()) -> Iterator[ListRow]:
        """The rows a query over `visiting_list` gives, in its order."""
        for row in records(connection.execute(query, parameters)):
            row["look_at"] = "；".join(dict.fromkeys(self.looks[family] for family in row["family_list"]))
            made = zip(self.columns.columns, self.columns.cells(row), strict=True)
            codes, names = (
                (row[f"county{end}"] or "", row[f"township{end}"] or "", row[f"village{end}"] or "") for end in ("", "_name")
            )
            cells = {column.key: cell for column, cell in made}
            yield ListRow(row["warning_id"], codes, names, row["position"], row["township_rank"], cells)

    def seals(self, row: ListRow) -> dict[str, str]:
        """Title -> digest of every cell that is sealed, whichever list shows it."""
        return seal.seals({column.title: row.cells[column.key] for column in self.columns.columns if column.sealed})


def rows(codes: VisitCodes | None = None) -> Rows:
    """The rows by the columns and codes that are declared."""
    known = codes or visit_codes()
    return Rows(visit_columns(), {family.title: family.look for family in known.families})
