"""A world as the tables that rules and ranking read, night by night, and the truth beside them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

import feed_tables
import tables
from bench.ranking_world.feeds import Feeds, late_by
from bench.ranking_world.look_alikes import add_look_alikes
from bench.ranking_world.people import Household, draw_households, roster_rows
from bench.ranking_world.plan import FIRST_NIGHT, LAST_DAY, Plan, day_of
from bench.ranking_world.shocks import Need, draw_shocks, needs_of
from bench.ranking_world.traces import leave_traces

CAN_BE_SILENT: Final = ("medical", "employment", "bank_overdue", "insurance_claims", "police_register")

Rows = Sequence[Mapping[str, object]]
Facts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class World:
    """Households, what departments have of them, and who is in need."""

    plan: Plan
    households: tuple[Household, ...]
    needs: tuple[Need, ...]
    feeds: Feeds


def draw(plan: Plan) -> World:
    """The same plan gives the same world."""
    rng = np.random.default_rng(plan.seed)
    households = draw_households(rng, plan)
    shocks = draw_shocks(rng, plan, households)
    needs = needs_of(rng, shocks)
    everyone = [(household, member) for household in households for member in household.members]
    begins = int(rng.integers(FIRST_NIGHT, LAST_DAY - 120))
    feeds = Feeds(rng, everyone, {str(rng.choice(CAN_BE_SILENT)): (begins, begins + int(rng.integers(45, 120)))})
    leave_traces(feeds, plan, shocks, needs)
    add_look_alikes(feeds, plan, households)
    return World(plan, tuple(households), tuple(needs), feeds)


@contextmanager
def opened(world: World, facts: Facts) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with all that ever comes: `roster`, `link` and `every_<source>`; `facts` is source -> column -> type."""
    with duckdb.connect(config={"threads": 2}) as connection:
        _make(connection, "roster", tables.RESIDENT, roster_rows(list(world.households)))
        _make(connection, "link", tables.LINK, world.feeds.links)
        for source, columns in facts.items():
            _make(connection, f"every_{source}", _schema(columns), [_dated(row, columns) for row in world.feeds.rows[source]])
        yield connection


def show_night(connection: duckdb.DuckDBPyConnection, world: World, facts: Facts, night: int) -> dict[str, str]:
    """`resident`, `fact_<source>` and `source_status` as they are on a night; returns the state of every source.

    Whom other ways have found is a monitored household in the next month's roster.
    """
    known = [need.household for need in world.needs if need.found is not None and need.found + 30 <= night]
    connection.execute("CREATE OR REPLACE TEMP TABLE found_by_others AS SELECT unnest(?::VARCHAR[]) AS household_id", [known])
    connection.execute("""
        CREATE OR REPLACE TABLE resident AS
        SELECT * REPLACE (if(f.household_id IS NULL, household_type, '监测对象') AS household_type)
        FROM roster LEFT JOIN found_by_others f USING (household_id)""")
    for source in facts:
        day = day_of(night)
        connection.execute(f"""
            CREATE OR REPLACE TABLE fact_{source} AS FROM every_{source} WHERE received_on <= DATE '{day}'""")
    late = [{"source": source, "days_late": days} for source, days in late_by(world.feeds, night).items()]
    _make(connection, "doubtful", feed_tables.DOUBTFUL, [])
    incomplete = [{"source": source, "is_complete": False, "why": "不是全员名单"} for source in facts]
    _make(connection, "list_state", feed_tables.LIST_STATE, incomplete)
    _make(connection, "source_status", feed_tables.SOURCE_STATUS, late)
    return {source: "fresh" if world.feeds.rows[source] else "missing" for source in facts}


def _dated(row: Mapping[str, object], columns: Mapping[str, str]) -> dict[str, object]:
    """Day numbers as dates, amounts as whole yuan."""
    kinds = {**columns, "received_on": "date"}
    return {name: _typed(value, kinds.get(name, "text")) for name, value in row.items()}


def _typed(value: object, kind: str) -> object:
    if isinstance(value, int) and kind == "date":
        return day_of(value)
    return round(value) if isinstance(value, float) and kind == "money" else value


def _schema(columns: Mapping[str, str]) -> pa.Schema:
    own = {
        "row_id": pa.int64(),
        "resident_id": pa.string(),
        "household_id": pa.string(),
        "received_on": pa.date32(),
        "probability": pa.float64(),
    }
    return pa.schema({**own, **{name: tables.FACT_TYPES[kind].arrow for name, kind in columns.items()}})


def _make(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, rows: Rows) -> None:
    whole = [dict.fromkeys(schema.names) | dict(row) for row in rows]
    connection.register("arriving", pa.Table.from_pylist(whole, schema=schema))
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM arriving")
    connection.unregister("arriving")
