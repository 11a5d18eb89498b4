"""What becomes of a batch on hold: its other parts wait with it, and a delivery in its place answers it."""

from collections.abc import Mapping, Sequence, Set
from typing import Final

import duckdb
import pyarrow as pa

from engine import conform
from expectations.reading import Arrival, create_table
from feed_tables import HELD_FILE
from sources.contract import Contract

_WITH_ANOTHER: Final = "{title}，{file}：与“{other}”同为一套，后者暂停，整套一起暂停；请连同它改正后重报"


def with_companions(contracts: Mapping[str, Contract], arrived: Sequence[Arrival], held: Mapping[str, str]) -> dict[str, str]:
    """`held` and, where files are parts of one snapshot, the other parts of the day: half a snapshot would empty the rest."""
    extended = dict(held)
    for parts in _sets(contracts, arrived):
        waiting = [part for part in parts if part.batch_id in held]
        for part in parts if waiting else ():
            told = {"title": contracts[part.source].title, "file": part.last[1], "other": waiting[0].name}
            extended.setdefault(part.batch_id, _WITH_ANOTHER.format(**told))
    return extended


def _sets(contracts: Mapping[str, Contract], arrived: Sequence[Arrival]) -> list[list[Arrival]]:
    """The files that are one snapshot: of each name the last one of the day."""
    days: dict[tuple[str, object], dict[str, Arrival]] = {}
    for arrival in arrived:
        if contracts[arrival.source].files.parts:
            days.setdefault((arrival.source, arrival.last[0]), {})[arrival.name] = arrival
    return [list(parts.values()) for parts in days.values()]


def answers(
    contracts: Mapping[str, Contract], arrived: Sequence[Arrival], held: Mapping[str, str], unusable: Set[str]
) -> dict[str, str]:
    """Held batch_id -> batch_id of the first usable delivery after it that stands in its place; `arrived` is oldest first.

    In place of a snapshot stands any later one; of a file that adds to the others, one that bears its name.
    """
    found: dict[str, str] = {}
    for position, arrival in enumerate(arrived):
        if arrival.batch_id in held:
            later = (a for a in arrived[position + 1 :] if a.source == arrival.source and a.batch_id not in unusable)
            answer = next((a for a in later if _replaces(contracts[arrival.source], a, arrival)), None)
            if answer is not None:
                found[arrival.batch_id] = answer.batch_id
    return found


def _replaces(contract: Contract, later: Arrival, held: Arrival) -> bool:
    is_other_whole = contract.mode == "snapshot" and not (contract.files.parts and later.last[0] == held.last[0])
    return is_other_whole or later.name == held.name


def publish_held(
    connection: duckdb.DuckDBPyConnection,
    arrived: Sequence[Arrival],
    held: Mapping[str, str],
    answered: Mapping[str, str],
) -> None:
    """Create `held_file` (HELD_FILE)."""
    rows = [
        {
            "source": arrival.source,
            "batch_id": arrival.batch_id,
            "file": arrival.last[1],
            "received_on": arrival.last[0],
            "rows": arrival.rows,
            "reason": held[arrival.batch_id],
            "answered_by": answered.get(arrival.batch_id),
        }
        for arrival in arrived
        if arrival.batch_id in held
    ]
    create_table(connection, "held_file", pa.Table.from_pylist(rows, schema=HELD_FILE))
    conform(connection, "held_file", HELD_FILE)
