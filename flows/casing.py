"""One case with its whole history: what happened, when it became known, and, if asked, who wrote it and what they remarked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import pyarrow.parquet as pq

from errors import UnknownId
from flows.past import Past, open_night
from settings import Home
from sources.contracts import load_contracts
from tables import IDENTITY, MAX_ROWS, ROW_BITS, row_id

_HISTORY: Final = """
SELECT happened_on, known_on, title, from_state, to_state, source, row_id FROM case_event WHERE case_id = ? ORDER BY position"""


@dataclass(frozen=True)
class Happening:
    """One line of a case's history; `who` is what lies on the other side of the wall, by title, empty unless asked for."""

    happened_on: date
    known_on: date
    title: str
    from_state: str | None
    to_state: str
    file: str | None
    sheet: str | None
    line: int | None
    """As an editor shows it; of a row that is gone its number among the file's rows."""
    who: Mapping[str, str]


@dataclass(frozen=True)
class CaseTold:
    """A case as it stands and how it came there."""

    case: Mapping[str, Any]
    """CASE, without the household's code."""
    history: tuple[Happening, ...]

    def json(self) -> dict[str, object]:
        """For a program: days as text."""
        return {**self.case, "history": [asdict(one) for one in self.history]}


def tell_case(home: Home, case_id: str, as_of: date | None, *, with_people: bool) -> CaseTold:
    """The case on the latest night, or that of `as_of`.  Raises UnknownId."""
    with open_night(home, as_of, with_facts=False) as past:
        found = past.db.execute("SELECT * EXCLUDE (household_id) FROM case_file WHERE case_id = ?", [case_id]).to_arrow_table()
        if not found.num_rows:
            raise UnknownId(
                file=home.run(past.declared.as_of) / "cases.parquet",
                expected="已下发名单上的预警编号（办理从列入名单起算）",
                found="没有这个编号",
                do="核对编号；要看没有列入名单的预警，用 fangpin explain",
            )
        rows = past.db.execute(_HISTORY, [case_id]).fetchall()
        return CaseTold(found.to_pylist()[0], tuple(_happening(past, *row, with_people=with_people) for row in rows))


def _happening(
    past: Past, happened: date, known: date, title: str, before: str | None, after: str, source: str | None, row: int | None,
    *, with_people: bool,
) -> Happening:  # fmt: skip
    if source is None or row is None:
        return Happening(happened, known, title, before, after, None, None, None, {})
    file, batch = _came_in(past, row)
    sheet, line = _stands(past.home, source, batch, row) if batch else (None, row & MAX_ROWS)
    who = _written(past.home, source, batch, row) if with_people and batch else {}
    return Happening(happened, known, title, before, after, file, sheet, line, who)


def _came_in(past: Past, row: int) -> tuple[str | None, str | None]:
    """The file and the batch a row came in: the batch's id is in the row's."""
    for batch, file in past.db.execute("SELECT batch_id, file FROM batch ORDER BY batch_id").fetchall():
        if row_id(batch, 0) >> ROW_BITS == row >> ROW_BITS:
            return str(file), str(batch)
    return None, None


def _stands(home: Home, source: str, batch: str, row: int) -> tuple[str | None, int | None]:
    """Sheet and line of a row, as long as the store has it."""
    path = home.facts(source, batch)
    if path.exists():
        for found in pq.read_table(path, columns=["sheet", "line"], filters=[("row_id", "=", row)]).to_pylist():
            return found["sheet"], found["line"]
    return None, row & MAX_ROWS


def _written(home: Home, source: str, batch: str, row: int) -> dict[str, str]:
    """What the row's writer put beside the facts: the columns that only this source has on the identity side."""
    path = home.identity(source, batch)
    if not path.exists():
        return {}
    beside = [name for name in pq.read_schema(path).names if name not in IDENTITY.names]
    found = pq.read_table(path, columns=["row_id", *beside], filters=[("row_id", "=", row)]).to_pylist()
    contracts = load_contracts(home.office_layer("sources"))
    walled = contracts[source].walled if source in contracts else {}
    called = {name: walled[name].title if name in walled else name for name in beside}
    return {called[name]: str(line[name]) for line in found for name in beside if line[name]}


@dataclass(frozen=True)
class OpenCases:
    """What is still to be done: counts per county, state and timeliness, and the most urgent cases."""

    as_of: date
    counts: tuple[Mapping[str, Any], ...]
    urgent: tuple[Mapping[str, Any], ...]

    def json(self) -> dict[str, object]:
        """For a program."""
        return asdict(self)


_OPEN: Final = """
SELECT case_id, county, county_name, township_name, village_name, families, state, due_on,
    coalesce(timeliness, '') AS timeliness, days_over, tries
FROM case_file WHERE state <> 'closed' AND county = coalesce(?, county) AND (NOT ? OR days_over > 0)"""


def open_cases(home: Home, as_of: date | None, county: str | None, *, only_overdue: bool) -> OpenCases:
    """The open cases of the latest night, or that of `as_of`, of all counties or one.  Raises UnknownId."""
    with open_night(home, as_of, with_facts=False) as past:
        past.db.execute("CREATE TEMP TABLE shown AS " + _OPEN, [county, only_overdue])
        counts = past.db.sql("""
            SELECT county, min(county_name) AS county_name, state, timeliness, count(*) AS cases FROM shown
            GROUP BY county, state, timeliness ORDER BY county, state, timeliness""")
        urgent = past.db.sql("SELECT * FROM shown ORDER BY days_over DESC, due_on NULLS LAST, case_id")
        return OpenCases(
            past.declared.as_of, tuple(counts.to_arrow_table().to_pylist()), tuple(urgent.to_arrow_table().to_pylist())
        )
