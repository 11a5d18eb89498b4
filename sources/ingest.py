"""The first stage of a night: whatever the departments dropped becomes typed batches, each exactly once."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final, Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine import whole_file
from errors import HomeError, InboxError
from feed_tables import PURGED
from settings import Home
from sources.contract import Contract
from sources.convert import to_facts, to_identity
from sources.fetched import deliveries as fetched
from sources.fetched import is_fetched
from sources.header import Unreadable
from sources.inbox import Delivery, Problem, survey
from sources.packed import unpacked
from sources.piece import Piece, Skipped
from sources.reader import read
from sources.store import (
    Batch,
    Delivered,
    FileChanged,
    FileLost,
    Shelf,
    archive,
    archived,
    as_deliveries,
    as_purged,
    as_table,
    digest,
    newest_night,
    record,
    recorded,
    refuse_purged,
    refuse_shared_row_ids,
    sweep,
)
from tables import MAX_ROWS, NOT_DATA, row_id

_OF_DELIVERY: Final = {"batch_id", "source", "received_on", "file", "sha256", "bytes", "arrival", "again"}
_LEFT: Final = "没有放在日期文件夹里；重跑较早的一夜不收它，留给以后的夜。若那一夜就该有它，请移入当日的日期文件夹"


@dataclass(frozen=True)
class Intake:
    """What a night has to work with."""

    batches: pa.Table
    """`tables.BATCH`: all batches received by the night's date."""
    new: int
    """Files this night took in for the first time."""
    known: int
    """Files still in the inbox that an earlier night took in: nothing is done again."""
    repeated: tuple[tuple[str, str], ...]
    """Files whose bytes are a batch that came before, under another name or before this name held others: (file, batch_id)."""
    problems: tuple[Problem, ...]
    deliveries: pa.Table
    """`feed_tables.DELIVERY`: every time one of the batches came."""
    purged: pa.Table = field(default_factory=PURGED.empty_table)
    """`feed_tables.PURGED`: batches received by then of which something is gone after its term; `batches` is without them."""


@dataclass(frozen=True)
class Tally:
    """What was counted while a file was read."""

    encoding: str | None = None
    undecodable: int = 0
    rows: int = 0
    damaged: int = 0
    missing_columns: tuple[str, ...] = ()
    extra_columns: tuple[str, ...] = ()
    skipped_sheets: tuple[str, ...] = ()
    hidden_sheets: tuple[str, ...] = ()

    def plus(self, piece: Piece | Skipped) -> Self:
        """With one more piece, or one more sheet that was not read."""
        if isinstance(piece, Skipped) and piece.is_hidden:
            return replace(self, hidden_sheets=(*self.hidden_sheets, piece.sheet))
        if isinstance(piece, Skipped):
            return replace(self, skipped_sheets=(*self.skipped_sheets, piece.sheet))
        extra = (*piece.layout.extra, *_unnamed_with_values(piece))
        return replace(
            self,
            encoding=piece.encoding,
            undecodable=self.undecodable + piece.undecodable,
            rows=self.rows + piece.cells.num_rows,
            damaged=self.damaged + _damaged(piece),
            missing_columns=tuple(dict.fromkeys((*self.missing_columns, *piece.layout.missing))),
            extra_columns=tuple(dict.fromkeys((*self.extra_columns, *extra))),
        )


def ingest(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    contracts: Mapping[str, Contract],
    as_of: date,
    *,
    take_new: bool = True,
) -> Intake:
    """Take in what was received by `as_of`: archive it, type it into the store, record it.  Bytes known already are recorded
    as delivered again, and typed only if their contract has changed.

    A night run again for an earlier day takes no undated file that it does not know: nobody had it then.  Without `take_new`
    no file is taken in.  Raises InboxError if nothing was ever received, HomeError if the store is broken, Fault if row ids
    would collide.
    """
    sweep(home)
    known = recorded(home)
    deliveries, problems = survey(home.inbox, contracts, as_of)
    deliveries += fetched(home, contracts, as_of, known)
    _refuse_nothing(home, contracts, bool(known or deliveries or problems))
    problems += [] if home.inbox.is_dir() else [Problem("inbox", "收件夹不存在；本夜只用以前收到的数据")]
    before, shelf = set(known), Shelf(known)
    is_rerun = as_of < newest_night(home, known.values())
    again, repeated = 0, []
    for delivery in _one_by_one(deliveries, home, contracts, as_of):
        if isinstance(delivery, Problem):
            problems.append(delivery)
            continue
        may_take = take_new and not (is_rerun and delivery.dated_on is None)
        taken = _take_in(connection, home, contracts[delivery.source], delivery, shelf, as_of if may_take else None)
        if isinstance(taken, Problem):
            problems += [taken] if take_new else []
        else:
            is_repeat = taken.file != delivery.file or taken.deliveries != known.get(taken.batch_id, taken).deliveries
            repeated += [(delivery.file, taken.batch_id)] if is_repeat else []
            again += taken.batch_id in before and not is_repeat
            shelf.put(taken, delivery.file)
    refuse_shared_row_ids(known)
    came = [batch for batch in known.values() if batch.by(as_of) is not None]
    received, gone = [batch for batch in came if not batch.purged], [batch for batch in came if batch.purged]
    refuse_purged(home, gone, as_of)
    typed = [_up_to_date(connection, home, contracts[b.source], b) for b in received if b.source in contracts]
    current = [batch for batch in (whole.by(as_of) for whole in typed) if batch is not None]
    problems += [*_orphans(received, contracts), *_skipped_sheets(current)]
    new = len(known.keys() - before)
    return Intake(as_table(current), new, again, tuple(repeated), tuple(problems), as_deliveries(current), as_purged(gone))


def _one_by_one(
    deliveries: Iterable[Delivery], home: Home, contracts: Mapping[str, Contract], as_of: date
) -> Iterator[Delivery | Problem]:
    """In the order in which they were received; an archive's members in its place."""
    for delivery in sorted(deliveries, key=lambda d: (d.dated_on or as_of, d.file)):
        yield from unpacked(delivery, contracts[delivery.source], home.work)


def _refuse_nothing(home: Home, contracts: Iterable[str], is_something: bool) -> None:
    if not is_something:
        raise InboxError(
            file=home.inbox,
            expected=f"各部门的文件，放在 inbox/<来源>/ 下；来源有：{'、'.join(contracts)}",
            found="没有本夜之前收到的文件" if home.inbox.is_dir() else "没有这个文件夹",
            do="把收到的文件放进相应的来源文件夹后再运行",
        )


def _orphans(batches: Iterable[Batch], contracts: Mapping[str, Contract]) -> Iterator[Problem]:
    for source in sorted({batch.source for batch in batches} - contracts.keys()):
        yield Problem(source, f"以前收到过来源 {source} 的数据，现在没有它的契约，本夜不用；请恢复契约")


def _skipped_sheets(batches: Iterable[Batch]) -> Iterator[Problem]:
    for batch in sorted(batches, key=lambda batch: batch.file):
        for sheet in batch.skipped_sheets:
            yield Problem(batch.file, f"工作表“{sheet}”没有约定的表头，没有读；如有数据请补上表头")
        for sheet in batch.hidden_sheets:
            yield Problem(batch.file, f"工作表“{sheet}”是隐藏的，没有读；如要报送请取消隐藏，或在契约的 sheets 中写明")


def _take_in(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    contract: Contract,
    delivery: Delivery,
    shelf: Shelf,
    night: date | None,
) -> Batch | Problem:
    """The batch a file is: read and recorded if it is new, recorded as come again if its path held other bytes before; what
    had been purged and is sent anew is read anew.

    `night` is the day that an undated file is received on; without it the file may not be taken in now.
    """
    unread = Problem(delivery.file, "读不出来，本夜未收；请检查文件权限与磁盘，或是否被移走")
    try:
        seen = digest(delivery.path, delivery.source)
    except OSError:
        return unread
    batch = shelf.known.get(seen.batch_id)
    if night is None or (batch is not None and shelf.at.get(delivery.file) == seen.batch_id):
        return batch or Problem(delivery.file, _LEFT)
    event = Delivered(received_on=delivery.dated_on or night, file=delivery.file, arrival=shelf.arrivals)
    if batch is not None and not batch.purged:
        return _repeated(home, batch, event)
    try:
        archive(home, delivery.path, delivery.source, seen)
    except FileChanged:
        return Problem(delivery.file, "读取时文件还在变化或被移走，本夜未收；下次运行会再读")
    except FileLost:
        return unread
    if batch is not None:
        delivered = {name: value for name, value in batch if name in _OF_DELIVERY} | {"again": (*batch.again, event)}
        return _read(connection, home, contract, Batch(**delivered, contract=contract.hash))
    return _read(
        connection,
        home,
        contract,
        Batch(
            batch_id=seen.batch_id,
            source=delivery.source,
            sha256=seen.sha256,
            bytes=seen.bytes,
            contract=contract.hash,
            received_on=event.received_on,
            file=event.file,
            arrival=event.arrival,
        ),
    )


def _repeated(home: Home, batch: Batch, event: Delivered) -> Batch:
    """The same bytes once more: nothing is read again, but they were said again, and that may make them current."""
    whole = batch.model_copy(update={"again": (*batch.again, event)})
    record(home, whole)
    return whole


def _up_to_date(connection: duckdb.DuckDBPyConnection, home: Home, contract: Contract, batch: Batch) -> Batch:
    """The batch, typed anew from the archive if its contract has changed since or its tables are gone."""
    tables = (home.facts(batch.source, batch.batch_id), home.identity(batch.source, batch.batch_id))
    if batch.contract == contract.hash and all(path.exists() for path in tables):
        return batch
    if not archived(home, batch.source, batch.sha256).exists():
        raise HomeError(
            file=archived(home, batch.source, batch.sha256),
            expected="批次的原件",
            found="原件不在归档中",
            do="从备份恢复该文件，或删除这一批次的记录并重新报送",
        )
    delivered = {name: value for name, value in batch if name in _OF_DELIVERY}
    return _read(connection, home, contract, Batch(**delivered, contract=contract.hash))


def _read(connection: duckdb.DuckDBPyConnection, home: Home, contract: Contract, batch: Batch) -> Batch:
    """Type the archived file into the store and record the batch; one that cannot be read is recorded without rows."""
    path = archived(home, batch.source, batch.sha256)
    try:
        told = "parquet" if is_fetched(batch.file) else contract.files.format
        tally = _write(connection, home, contract, batch, read(path, contract, batch.file, told))
        unreadable = None
    except Unreadable as problem:
        tally, unreadable = _write(connection, home, contract, batch, ()), str(problem)
    whole = batch.model_copy(update={**vars(tally), "unreadable": unreadable})
    record(home, whole)
    return whole


def _write(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    contract: Contract,
    batch: Batch,
    pieces: Iterable[Piece | Skipped],
) -> Tally:
    tally, base = Tally(), row_id(batch.batch_id, 0)
    repeating = ["sheet", "damage", *(name for name, fact in contract.facts.items() if fact.values)]
    with (
        whole_file(home.facts(batch.source, batch.batch_id)) as facts_path,
        whole_file(home.identity(batch.source, batch.batch_id)) as identity_path,
        _parquet(facts_path, contract.facts_schema, repeating) as facts,
        _parquet(identity_path, contract.identity_schema, ("sex", "place")) as identity,
    ):
        for piece in _ahead(map(_unread, pieces) if contract.is_barred else iter(pieces)):
            first, tally = tally.rows + 1, tally.plus(piece)
            if tally.rows > MAX_ROWS:
                raise Unreadable(f"超过 {MAX_ROWS} 行；请拆成几个文件报送")
            if isinstance(piece, Piece) and piece.cells.num_rows:
                facts.write_table(to_facts(connection, contract, piece, first, base))
                identity.write_table(to_identity(contract, piece, first, base))
    return tally


def _unread(piece: Piece | Skipped) -> Piece | Skipped:
    """A piece whose rows are counted and nothing else: no cell of it is typed or kept."""
    return (
        piece
        if isinstance(piece, Skipped)
        else replace(piece, layout=replace(piece.layout, identity={}, facts={}, sealed={}, walled={}))
    )


def _ahead(pieces: Iterator[Piece | Skipped]) -> Iterator[Piece | Skipped]:
    """The same pieces; the next is read while the last is typed, since reading is Python and typing is not."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = reader.submit(next, pieces, None)
            yield piece


def _parquet(path: Path, schema: pa.Schema, repeating: Iterable[str]) -> pq.ParquetWriter:
    """A dictionary is worth its time only for columns whose values repeat."""
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=list(repeating))


def _damaged(piece: Piece) -> int:
    """Rows whose cells could not be told apart; totals and notes are none of them."""
    why = piece.cells["damage"]
    return int(pc.count(why).as_py() - (pc.sum(pc.is_in(why, pa.array(NOT_DATA))).as_py() or 0))


def _unnamed_with_values(piece: Piece) -> Iterator[str]:
    for position in piece.layout.unnamed:
        if pc.any(pc.not_equal(pc.utf8_trim_whitespace(piece.cells[f"c{position}"]), "")).as_py():
            yield f"第 {position + 1} 列（无表头）"
