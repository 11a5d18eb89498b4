"""Text into typed facts.  Cells in the usual form, nearly all, are read at once; of the others each distinct text once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seal import digest
from sources import codes, dates, numbers
from sources.cells import Step, nothings, said_steps, texts, usual_text
from sources.contract import Contract
from sources.fact import Fact
from sources.piece import Piece
from tables import FACT_TYPES

_BY_MEANING: Final = ("code", "terms", "boolean")
_UNCONVERTED: Final = pa.list_(pa.string())


@dataclass(frozen=True)
class Column:
    """What cells became, and which of them say something that could not become the type: then the value is null."""

    values: pa.Array
    doubts: npt.NDArray[np.bool_]

    def at(self, indices: pa.Array) -> "Column":
        """The cells at these places, null where there is none."""
        return Column(self.values.take(indices), _flags(pa.array(self.doubts).take(indices)))


def to_facts(connection: duckdb.DuckDBPyConnection, contract: Contract, piece: Piece, first: int, row_id: int) -> pa.Table:
    """The rows of a piece as `contract.facts_schema`; `first` is the first row's number, `row_id` the batch's id of row 0.

    Rows keep their order.  Text that cannot become its type is null and its column is named in `unconverted`.
    """
    cells, count = piece.cells.combine_chunks(), piece.cells.num_rows
    usual = _usual(connection, contract, piece, cells)
    read = {
        name: _column(connection, contract.facts[name], _whole(cells[f"c{at}"]), usual.get(name))
        for name, at in piece.layout.facts.items()
    }
    prefix = [
        _ids(first, count, row_id),
        _numbers(first, count),
        pa.nulls(count, pa.string()) if piece.sheet is None else pa.repeat(piece.sheet, count),
        cells["line"],
        usual[""],
        cells["damage"],
        _doubtful_names(read, count),
    ]
    absent = {name: pa.nulls(count, FACT_TYPES[fact.type].arrow) for name, fact in contract.facts.items() if name not in read}
    facts = [read[name].values if name in read else absent[name] for name in contract.facts]
    sealed = [_seals(piece, cells)] if contract.sealed else []
    return pa.table([*prefix, *facts, *sealed], schema=contract.facts_schema)


def _seals(piece: Piece, cells: pa.Table) -> pa.Array:
    """Of every row a JSON object, title -> digest of the cell, in the contract's order; each distinct cell is digested once."""
    parts: list[pa.Array] = []
    for title, at in piece.layout.sealed.items():
        coded = _whole(cells[f"c{at}"]).dictionary_encode()
        told = [f'{json.dumps(title, ensure_ascii=False)}: "{digest(title, cell)}"' for cell in coded.dictionary.to_pylist()]
        parts.append(pa.array(told, pa.string()).take(coded.indices))
    if not parts:
        return pa.nulls(cells.num_rows, pa.string())
    return pc.binary_join_element_wise("{", pc.binary_join_element_wise(*parts, ", "), "}", "")


def to_identity(contract: Contract, piece: Piece, first: int, row_id: int) -> pa.Table:
    """The rows of a piece as `contract.identity_schema`: text as written, null without such a column or in a damaged row."""
    count, at, schema = piece.cells.num_rows, {**piece.layout.identity, **piece.layout.walled}, contract.identity_schema
    columns = [piece.cells[f"c{at[name]}"] if name in at else pa.nulls(count, pa.string()) for name in schema.names[1:]]
    return pa.table([_ids(first, count, row_id), *columns], schema=schema)


def _ids(first: int, count: int, row_id: int) -> pa.Array:
    return pa.array(np.arange(first, first + count, dtype=np.int64) + row_id)


def _numbers(first: int, count: int) -> pa.Array:
    return pa.array(np.arange(first, first + count, dtype=np.int32))


def _usual(connection: duckdb.DuckDBPyConnection, contract: Contract, piece: Piece, cells: pa.Table) -> dict[str, pa.Array]:
    """Of every column that is not read by meaning the values in the usual form, else null; under "" each row's hash."""
    plain = {name: fact for name, fact in contract.facts.items() if name in piece.layout.facts and fact.type not in _BY_MEANING}
    values = [_usual_sql(fact, f"c{piece.layout.facts[name]}") for name, fact in plain.items()]
    all_cells = ", ".join(f"c{i}" for i in range(piece.layout.width))
    row_hash = f"substr(md5(concat_ws(chr(31), raw, {all_cells})), 1, 16)"
    found = _asked(connection, cells, f"SELECT {', '.join([row_hash, *values])} FROM asked")
    return dict(zip(["", *plain], map(_whole, found.columns), strict=True))


def _usual_sql(fact: Fact, cell: str) -> str:
    if fact.type == "text":
        value = usual_text(cell)
    else:
        value = dates.usual(fact, cell) if fact.type == "date" else numbers.usual(fact, cell)
    return f"CASE WHEN {cell} NOT IN ({texts(nothings(fact))}) THEN {value} END" if fact.nothing else value


def _column(connection: duckdb.DuckDBPyConnection, fact: Fact, cells: pa.Array, usual: pa.Array | None) -> Column:
    """All cells of a column; `usual` holds those already read."""
    if usual is None:
        coded = cells.dictionary_encode()
        return _by_meaning(fact, coded.dictionary).at(coded.indices)
    others = pc.and_(pc.is_null(usual), pc.fill_null(pc.not_equal(cells, ""), False))
    doubts = _flags(others)
    if not doubts.any():
        return Column(usual, doubts)
    coded = cells.filter(others).dictionary_encode()
    read = _by_form(connection, fact, coded.dictionary).at(coded.indices)
    doubts[doubts] = read.doubts
    return Column(pc.replace_with_mask(usual, others, read.values), doubts)


def _by_meaning(fact: Fact, written: pa.Array) -> Column:
    read = codes.reader(fact)
    meant = [read(text) for text in written.to_pylist()]
    values = [codes.stored(fact, value) for value, _ in meant]
    return Column(pa.array(values, FACT_TYPES[fact.type].arrow), np.array([doubt for _, doubt in meant], np.bool_))


def _by_form(connection: duckdb.DuckDBPyConnection, fact: Fact, written: pa.Array) -> Column:
    rows = "asked"
    for step in _steps(fact):
        rows = f"(SELECT *, {', '.join(f'{sql} AS {name}' for name, sql in step.items())} FROM {rows})"
    query = f"SELECT value, said IS NOT NULL AND value IS NULL FROM {rows}"
    values, doubts = map(_whole, _asked(connection, pa.table({"written": written}), query).columns)
    return Column(values, _flags(doubts))


def _steps(fact: Fact) -> tuple[Step, ...]:
    if fact.type == "text":
        return (*said_steps(fact), {"value": "said"})
    return dates.steps(fact) if fact.type == "date" else numbers.steps(fact)


def _asked(connection: duckdb.DuckDBPyConnection, table: pa.Table, query: str) -> pa.Table:
    """What a query over `asked` gives; DuckDB keeps the order of rows where none is asked for."""
    connection.register("asked", table)
    try:
        return connection.sql(query).to_arrow_table()
    finally:
        connection.unregister("asked")


def _doubtful_names(read: Mapping[str, Column], count: int) -> pa.Array:
    """Of every row the names of the columns that could not be read."""
    doubts = np.stack([column.doubts for column in read.values()]) if read else np.zeros((0, count), np.bool_)
    which = np.nonzero(doubts.T)[1]
    ends = np.concatenate([[0], np.cumsum(doubts.sum(axis=0))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(list(read), pa.string()).take(pa.array(which)), type=_UNCONVERTED)


def _flags(flags: pa.Array) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = pc.fill_null(flags, False).to_numpy(zero_copy_only=False).copy()
    return found


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
