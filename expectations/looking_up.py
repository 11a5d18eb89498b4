"""Values of another feed, as the batches of one feed may see them."""

from collections.abc import Mapping, Sequence
from typing import Final

import duckdb
import pyarrow as pa

from expectations.checks import quoted
from expectations.declared import Declared, ExistsIn
from expectations.of_declared import looked_up, plain
from expectations.reading import Arrival, create_table, parquet
from settings import Home

Sees = Mapping[tuple[str, str], Arrival]
"""(batch_id, other source) -> the delivery of that source in which the batch's values are looked up."""

_NOTHING: Final = "SELECT NULL::VARCHAR AS _reference, NULL::VARCHAR AS _value WHERE false"


def visible(arrived: Sequence[Arrival], usable: Sequence[Arrival], sources: Sequence[str]) -> dict[tuple[str, str], Arrival]:
    """What each batch sees of `sources`: of the `usable` deliveries, oldest first, the newest received by its own day.

    What was received later is not looked at, so that the verdict on a batch is the same in every night.
    """
    return {
        (arrival.batch_id, source): seen[-1]
        for arrival in arrived
        for source in sources
        if (seen := [a for a in usable if a.source == source and a.received_on <= arrival.received_on])
    }


def look_up(
    db: duckdb.DuckDBPyConnection,
    home: Home,
    one: Declared,
    there: ExistsIn,
    arrivals: Sequence[Arrival],
    sees: Sees,
    facts: str,
) -> None:
    """Create the tables `looked_up` names: which delivery each batch sees, and the values of `facts` that are known there.

    A batch that sees none is asked nothing.
    """
    known, seen_by = looked_up(one)
    seen = {a.batch_id: found for a in arrivals if (found := sees.get((a.batch_id, there.source)))}
    references = pa.array([found.batch_id for found in seen.values()], pa.string())
    create_table(db, seen_by, pa.table({"batch_id": pa.array(list(seen), pa.string()), "_reference": references}))
    files = sorted({str(home.facts(found.source, found.batch_id)) for found in seen.values()})
    values = f"SELECT parse_filename(_file, true) AS _reference, {quoted(there.there)} AS _value FROM {parquet(files)}"
    db.execute(
        f"CREATE TABLE {known} AS SELECT DISTINCT _reference, _value FROM ({values if files else _NOTHING})"
        f" WHERE _value IN (SELECT {plain(there)} FROM ({facts}))"
    )
