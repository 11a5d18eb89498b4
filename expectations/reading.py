"""The store's Parquet files as SQL relations: every data row of some batches of one source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa

from engine import sql_text
from errors import Fault
from expectations.checks import quoted
from settings import Home
from tables import FACT_PREFIX, FACT_TYPES, ID_WEIGHTS

if TYPE_CHECKING:
    from sources.contract import Contract

_ROUNDED: Final = r"\d(\.\d*)?E\+?\d+|\d{18}\.0*|\d{15}0{5}(0{2})?"
"""What is certain by its form: in 20 or 22 characters, of a disability certificate, kind and grade are never 0."""
_PREFIX_TYPES: Final = ("BIGINT", "INTEGER", "VARCHAR", "INTEGER", "VARCHAR", "VARCHAR", "VARCHAR[]")


@dataclass(frozen=True)
class Arrival:
    """One row of `tables.BATCH`, as far as the gate looks at it."""

    batch_id: str
    source: str
    received_on: date
    file: str
    contract: str
    bytes: int
    undecodable: int
    rows: int
    damaged: int
    missing_columns: list[str]
    extra_columns: list[str]
    unreadable: str | None
    last_received_on: date | None = None
    last_file: str | None = None

    @property
    def last(self) -> tuple[date, str]:
        """The day its bytes came last, and under which name."""
        return self.last_received_on or self.received_on, self.last_file or self.file

    @property
    def name(self) -> str:
        """What the sender calls the file, without its folders."""
        return self.last[1].rpartition("/")[2]


def arrivals(batches: pa.Table, contracts: Iterable[str]) -> tuple[Arrival, ...]:
    """The batches, oldest first: by day and file of their last delivery, then as ingest put them: the order in which they
    replace each other.

    Raises Fault if a batch belongs to a source that has no contract.
    """
    wanted = [field.name for field in fields(Arrival)]
    found = [Arrival(**row) for row in batches.select(wanted).to_pylist()]
    if unknown := sorted({a.source for a in found}.difference(contracts)):
        raise Fault(f"batches of sources without a contract: {', '.join(unknown)}")
    return tuple(sorted(found, key=lambda a: a.last))


def facts_sql(home: Home, contract: "Contract", some: Sequence[Arrival]) -> str:
    """A SELECT of every data row of the batches: received_on, batch_id, FACT_PREFIX columns, the contract's facts, typed."""
    came = {a.batch_id: a.received_on for a in some if a.rows}
    return stored_sql(home, contract.id, contract.columns, came)


def stored_sql(home: Home, source: str, facts: Mapping[str, str], came: Mapping[str, date]) -> str:
    """The same for batches by id with the day they were received; `facts` is column -> contract type."""
    types = dict(zip(FACT_PREFIX.names, _PREFIX_TYPES, strict=True))
    types |= {name: FACT_TYPES[kind].sql for name, kind in facts.items()}
    if not came:
        nothing = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in types.items())
        return f"SELECT CAST(NULL AS DATE) AS received_on, CAST(NULL AS VARCHAR) AS batch_id, {nothing} WHERE false"
    columns = ", ".join(f"CAST(f.{quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in types.items())
    known = ", ".join(f"({sql_text(batch_id)}, DATE '{day}')" for batch_id, day in came.items())
    return (
        f"SELECT b.received_on, b.batch_id, {columns}"
        f" FROM {parquet([str(home.facts(source, batch_id)) for batch_id in came])} AS f"
        f" JOIN (VALUES {known}) AS b(batch_id, received_on) ON parse_filename(f._file, true) = b.batch_id"
    )


def judged_sql(home: Home, contract: "Contract", some: Sequence[Arrival]) -> str:
    """`facts_sql` for Great Expectations, which cannot read a list: each fact's `state_column` in place of `unconverted`."""
    states = ", ".join(f"{_state(name)} AS {quoted(state_column(name))}" for name in contract.facts)
    return f"SELECT * EXCLUDE (unconverted), {states} FROM ({facts_sql(home, contract, some)})"


def without_identity_sql(home: Home, some: Sequence[Arrival]) -> str:
    """A SELECT of the row_ids of rows that have neither a name nor an id_number; white space is nothing."""
    files = [str(home.identity(a.source, a.batch_id)) for a in some if a.rows]
    if not files:
        return "SELECT CAST(NULL AS BIGINT) AS row_id WHERE false"
    written = r"coalesce(name, '') || coalesce(id_number, ''), '[^\s\x{00A0}\x{3000}]'"
    return f"SELECT row_id FROM {parquet(files)} WHERE NOT regexp_matches({written})"


def rounded_number_sql(home: Home, some: Sequence[Arrival]) -> str:
    """A SELECT of the row_ids of rows whose ID number a spreadsheet has rounded: 4.10101E+17, or 15 digits and zeros.

    A good number of 18 digits may end in 000: its check digit (GB 11643-1999) agrees, as that of one rounded number in eleven.
    """
    files = [str(home.identity(a.source, a.batch_id)) for a in some if a.rows]
    if not files:
        return "SELECT CAST(NULL AS BIGINT) AS row_id WHERE false"
    bare = "upper(regexp_replace(id_number, '[^0-9A-Za-z.+]', '', 'g'))"
    weighed = " + ".join(f"try_cast(substr(n, {place}, 1) AS INTEGER) * {weight}" for place, weight in enumerate(ID_WEIGHTS, 1))
    return f"""
        SELECT row_id FROM (SELECT row_id, {bare} AS n FROM {parquet(files)} WHERE regexp_matches(id_number, '[Ee.]|000'))
        WHERE regexp_full_match(n, {sql_text(_ROUNDED)})
           OR (regexp_full_match(n, '[0-9]{{15}}000') AND ({weighed}) % 11 <> 1)"""


def state_column(fact: str) -> str:
    """The column that tells whether a fact was `written`, was `unconverted`, or is null: empty.  No fact can be so named."""
    return f"{fact}?"


def with_rounded_number(source: str) -> str:
    """The table of rows whose ID number was rounded."""
    return f"rounded_number_{source}"


def without_identity(source: str) -> str:
    """The table of rows without identity."""
    return f"without_identity_{source}"


def _state(fact: str) -> str:
    unconverted = f"list_contains(unconverted, {sql_text(fact)})"
    return f"CASE WHEN {unconverted} THEN 'unconverted' WHEN {quoted(fact)} IS NOT NULL THEN 'written' END"


def parquet(files: Sequence[str]) -> str:
    """Some Parquet files as one relation, with the file each row is from as `_file`."""
    return f"read_parquet([{', '.join(sql_text(file) for file in files)}], filename = '_file')"


def create_table(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """A DuckDB table with the rows of an Arrow table, in place of one that may be there."""
    connection.register("made", table)
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM made")
    connection.unregister("made")
