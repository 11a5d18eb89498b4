"""The stage that looks into feeds of property, with the households' leave and for nobody else."""

from collections.abc import Mapping, Sequence
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from casework.authorisations import authorisations_told, read_authorisations
from casework.screening import choose_persons, count_screening, screening_told
from expectations.reading import Arrival, arrivals, stored_sql
from expectations.standing import counting
from flows.joints import count, keep
from flows.running import Done
from flows.stages import Night
from sources.contract import Contract
from sources.screening import HIT, Original, look_up, number_of

LEDGER: Final = "authorisations"
"""The feed that says who has signed."""

_CURRENT: Final = pa.schema([("source", pa.string()), ("batch_id", pa.string()), ("rows", pa.int64())])
_ASKED: Final = pa.schema([("source", pa.string()), ("resident_id", pa.string())])
_FOUND: Final = pa.schema([_ASKED.field("source"), _ASKED.field("resident_id"), *list(HIT)[1:]])


def recall_authorisations(night: Night) -> None:
    """Create `authorisation` (AUTHORISATION): what was signed, and whether it holds tonight."""
    db = night.db
    db.execute(f"CREATE OR REPLACE TEMP TABLE withdrawal AS {_withdrawals_sql(night)}")
    read_authorisations(db, night.settings.as_of)
    db.execute("DROP TABLE withdrawal")


def _withdrawals_sql(night: Night) -> str:
    """auth_no, signer_no, withdrawn_on: of every accepted row, also of those that a later one corrects."""
    batches = night.db.execute(f"SELECT DISTINCT batch_id FROM standing WHERE source = '{LEDGER}' ORDER BY ALL").fetchall()
    came = {batch_id: night.settings.as_of for (batch_id,) in batches}
    return f"""
        SELECT auth_no, signer_no, withdrawn_on
        FROM ({stored_sql(night.settings.home, LEDGER, night.catalogue.facts[LEDGER], came)})
        SEMI JOIN (FROM standing WHERE standing IN ('current', 'superseded', 'duplicate')) USING (row_id)
        WHERE withdrawn_on IS NOT NULL"""


def screen(night: Night, batches: pa.Table, held: Mapping[str, str]) -> Done[None]:
    """Create `property_flag`, `screen_count` and `screened_row` from the originals of the feeds of property.

    Of nobody who has not signed, and before a case is open, a row is read; without anybody to look for no original is opened.
    """
    db, contracts = night.db, {name: one for name, one in night.catalogue.contracts.items() if one.is_barred}
    titles = {name: contract.title for name, contract in contracts.items()}
    choose_persons(db, night.settings.as_of, titles)
    current = {name: counting(contract, _of(batches, contract), held) for name, contract in contracts.items()}
    rows = [(name, one.batch_id, one.rows) for name, some in current.items() for one in some]
    keep(db, "screen_current", _table(rows, _CURRENT))
    asked = {name: _wanted(db, name) for name in contracts}
    pairs = [(name, resident) for name, people in asked.items() for resident, _ in people.values()]
    keep(db, "screen_asked", _table(pairs, _ASKED))
    sha256 = dict(zip(batches["batch_id"].to_pylist(), batches["sha256"].to_pylist(), strict=True))
    found = [_found(night, contracts[name], asked[name], some, sha256) for name, some in current.items()]
    keep(db, "screen_hit", pa.concat_tables([_FOUND.empty_table(), *found]))
    count_screening(db, titles)
    for table in ("screen_person", "screen_current", "screen_asked", "screen_hit"):
        db.execute(f"DROP TABLE {table}")
    return Done(None, count(db, "property_flag"))


def _of(batches: pa.Table, contract: Contract) -> tuple[Arrival, ...]:
    """The readable batches of one feed, oldest first."""
    own = batches.filter(pc.equal(batches["source"], contract.id))
    return tuple(one for one in arrivals(own, {contract.id}) if one.unreadable is None)


def _wanted(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, tuple[str, str]]:
    """Number -> resident and name, of members who may be looked up in a feed; a number that two of them bear is nobody's."""
    people = connection.execute(
        """SELECT p.resident_id, i.id_number, i.name FROM screen_person p JOIN roster_identity i USING (resident_id)
           WHERE p.source = ? AND p.auth_no IS NOT NULL AND i.name IS NOT NULL ORDER BY p.resident_id""",
        [source],
    ).fetchall()
    bearers: dict[str, list[tuple[str, str]]] = {}
    for resident, written, name in people:
        if (number := number_of(written)) is not None:
            bearers.setdefault(number, []).append((resident, name))
    return {number: some[0] for number, some in bearers.items() if len(some) == 1}


def _found(
    night: Night,
    contract: Contract,
    asked: Mapping[str, tuple[str, str]],
    current: Sequence[Arrival],
    sha256: Mapping[str, str],
) -> pa.Table:
    """The rows read of one feed, by resident: the number stays behind."""
    originals = [Original(one.batch_id, sha256[one.batch_id], one.file) for one in current]
    names = {number: name for number, (_, name) in asked.items()}
    hits = look_up(night.db, night.settings.home, contract, originals, names)
    residents = [asked[number][0] for number in hits["number"].to_pylist()]
    return pa.table([[contract.id] * len(residents), residents, *hits.columns[1:]], schema=_FOUND)


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


def legal_told(night: Night) -> tuple[str, ...]:
    """What the night says of authorisations, and of property that was read or left unread."""
    return (*screening_told(night.db), *authorisations_told(night.db, night.settings.as_of))
