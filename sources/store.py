"""What the store remembers: batches with their originals.  A batch exists once its record does, and that is written last."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
from pydantic import ValidationError

from catalogue import Part
from engine import whole_file
from errors import Fault, HomeError
from feed_tables import DELIVERY, PURGED
from settings import Home
from tables import BATCH, row_id

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class Delivered(Part):
    """That a file came: an event; what it held is the batch."""

    received_on: date
    file: str
    arrival: int

    @property
    def order(self) -> tuple[date, str, int]:
        """What decides which delivery is the later one."""
        return self.received_on, self.file, self.arrival


class Batch(Part):
    """One row of `tables.BATCH`, the sheets that were not read (no header, or hidden), and when its bytes came again."""

    batch_id: str
    source: str
    received_on: date
    file: str
    sha256: str
    bytes: int
    contract: str
    encoding: str | None = None
    undecodable: int = 0
    rows: int = 0
    damaged: int = 0
    missing_columns: tuple[str, ...] = ()
    extra_columns: tuple[str, ...] = ()
    unreadable: str | None = None
    skipped_sheets: tuple[str, ...] = ()
    hidden_sheets: tuple[str, ...] = ()
    arrival: int = 0
    """How many deliveries were known before: of two under one name and date, the later one is the correction."""
    again: tuple[Delivered, ...] = ()
    purged: Mapping[str, date] = {}
    """What is gone after its term: class -> the day.  The record stays, so that the bytes are known and the rows counted."""
    unneeded_since: date | None = None
    """Of a purged batch: nights from this day on do without it."""

    @property
    def deliveries(self) -> tuple[Delivered, ...]:
        """Every time these bytes came, as they were taken in."""
        return Delivered(received_on=self.received_on, file=self.file, arrival=self.arrival), *self.again

    def by(self, as_of: date) -> "Batch | None":
        """The batch as it was known on a day: without what came later; None if nothing had come."""
        known = [one for one in self.deliveries if one.received_on <= as_of]
        return self.model_copy(update={**dict(known[0]), "again": tuple(known[1:])}) if known else None


class FileChanged(Exception):
    """The file was written to while we read it, or is gone."""


class FileLost(Exception):
    """The file can no longer be read: its permissions or its disk."""


@dataclass(frozen=True)
class Digest:
    """What a file is, by its bytes."""

    batch_id: str
    sha256: str
    bytes: int


def digest(path: Path, source: str) -> Digest:
    """The ids of a file's bytes as a batch of `source`.  Raises OSError."""
    plain, named = hashlib.sha256(), hashlib.sha256(source.encode() + b"\n")
    count = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            plain.update(block)
            named.update(block)
            count += len(block)
    return Digest(named.hexdigest()[:16], plain.hexdigest(), count)


def sweep(home: Home) -> None:
    """Remove what a killed night left half written; one night at a time holds the home folder."""
    for folder in (home.archive, home.store):
        for leftover in folder.rglob(".*.part"):
            leftover.unlink(missing_ok=True)


def archived(home: Home, source: str, sha256: str) -> Path:
    """Where the original of a batch is kept."""
    return home.archive / source / sha256


def archive(home: Home, path: Path, source: str, seen: Digest) -> None:
    """Keep a read-only copy of the original.  Raises FileChanged if its bytes are no longer those seen before, FileLost if they
    cannot be read again; what the archive's own disk refuses stays an OSError."""
    target = archived(home, source, seen.sha256)
    if target.exists():
        return
    with whole_file(target) as temporary:
        with temporary.open("wb") as kept:
            kept.writelines(_blocks(path))
        if digest(temporary, source) != seen:
            raise FileChanged
        temporary.chmod(0o400)


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                yield block
    except FileNotFoundError:
        raise FileChanged from None
    except OSError:
        raise FileLost from None


def record(home: Home, batch: Batch) -> None:
    """Write a batch's record: from now on it exists."""
    path = home.store / "batches" / batch.source / f"{batch.batch_id}.json"
    with whole_file(path) as temporary:
        temporary.write_text(batch.model_dump_json() + "\n", encoding="utf-8")


def recorded(home: Home) -> dict[str, Batch]:
    """Every batch ever received, by id.  Raises HomeError for a record that cannot be read."""
    paths = sorted((home.store / "batches").glob("*/[!.]*.json"))
    return {batch.batch_id: batch for batch in map(_read, paths)}


def _read(path: Path) -> Batch:
    try:
        return Batch.model_validate_json(path.read_bytes())
    except ValidationError:
        raise HomeError(
            file=path, expected="完整的批次记录", found="内容残缺或被改动", do="删除该文件，原件仍在收件夹时会重新读入"
        ) from None


def refuse_shared_row_ids(batch_ids: Iterable[str]) -> None:
    """Raise Fault if two batches would number their rows alike (one chance in 2^39 for a pair)."""
    prefixes = Counter(row_id(batch_id, 0) for batch_id in batch_ids)
    if shared := [prefix for prefix, count in prefixes.items() if count > 1]:
        raise Fault(f"{len(shared)} row id prefixes belong to several batches")


def purge(home: Home, batch: Batch, classes: Iterable[str], day: date, unneeded_since: date) -> None:
    """Remove what a batch holds of these classes; its record is written first, so that no night looks for what is gone."""
    gone = {**batch.purged, **dict.fromkeys(classes, day)}
    record(home, batch.model_copy(update={"purged": gone, "unneeded_since": unneeded_since}))
    source, batch_id = batch.source, batch.batch_id
    if "identity" in gone:
        home.identity(source, batch_id).unlink(missing_ok=True)
    if gone.keys() & {"personal", "sensitive"}:
        home.facts(source, batch_id).unlink(missing_ok=True)
        home.quarantine(source, batch_id).unlink(missing_ok=True)
    if "originals" in gone:
        archived(home, source, batch.sha256).unlink(missing_ok=True)


def refuse_purged(home: Home, gone: Iterable[Batch], as_of: date) -> None:
    """Raise HomeError if a night would need batches that were purged after their term."""
    needed = [batch for batch in gone if batch.unneeded_since is None or batch.unneeded_since > as_of]
    if needed:
        raise HomeError(
            file=home.store / "batches",
            expected=f"{as_of} 这一夜要用的全部批次",
            found=f"其中 {len(needed)} 批已按保存期限清除",
            do="这一夜不能再重跑；已有的结果见 runs/ 与 lists/，较近的夜不受影响",
        )


def as_purged(batches: Iterable[Batch]) -> pa.Table:
    """The purged batches as `feed_tables.PURGED`."""
    rows = [
        {name: getattr(batch, name) for name in ("source", "batch_id", "file", "received_on", "rows")}
        | {"purged_on": max(batch.purged.values()), "classes": sorted(batch.purged)}
        for batch in sorted(batches, key=lambda one: (one.source, one.received_on, one.file, one.batch_id))
    ]
    return pa.Table.from_pylist(rows, schema=PURGED)


class Shelf:
    """The batches known so far, which of them lay last at each path below the inbox, and how many deliveries there were."""

    def __init__(self, known: dict[str, Batch]) -> None:
        came = sorted((one.arrival, one.file, batch.batch_id) for batch in known.values() for one in batch.deliveries)
        self.known = known
        self.at = {file: batch_id for _, file, batch_id in came}
        self.arrivals = len(came)

    def put(self, batch: Batch, file: str) -> None:
        """The batch, perhaps with one more delivery, as what lies at `file` now."""
        before = self.known.get(batch.batch_id)
        self.arrivals += len(batch.deliveries) - (len(before.deliveries) if before else 0)
        self.known[batch.batch_id], self.at[file] = batch, batch.batch_id


def newest_night(home: Home, batches: Iterable[Batch]) -> date:
    """The latest day that any night has looked at the inbox for, as far as runs and deliveries tell."""
    came = [one.received_on for batch in batches for one in batch.deliveries]
    runs = [folder.name for folder in home.runs.iterdir()] if home.runs.is_dir() else []
    return max([date.min, *came, *(date.fromisoformat(name) for name in runs if _DAY.fullmatch(name))])


def as_table(batches: Iterable[Batch]) -> pa.Table:
    """The batches as `tables.BATCH`, by source and last delivery: the order in which they replace each other."""
    last = [(batch, max(batch.deliveries, key=lambda one: one.order)) for batch in batches]
    ordered = sorted(last, key=lambda pair: (pair[0].source, *pair[1].order, pair[0].batch_id))
    rows = [
        batch.model_dump(include=set(BATCH.names)) | {"last_received_on": one.received_on, "last_file": one.file}
        for batch, one in ordered
    ]
    return pa.Table.from_pylist(rows, schema=BATCH)


def as_deliveries(batches: Iterable[Batch]) -> pa.Table:
    """Every delivery of the batches as `feed_tables.DELIVERY`."""
    came: dict[str, list[tuple[tuple[date, str, int], Batch]]] = {}
    for batch in batches:
        came.setdefault(batch.source, []).extend((one.order, batch) for one in batch.deliveries)
    rows = [
        {
            "source": source,
            "position": position,
            "batch_id": batch.batch_id,
            "received_on": order[0],
            "file": order[1],
            "is_repeat": order[2] != batch.arrival,
        }
        for source, some in sorted(came.items())
        for position, (order, batch) in enumerate(sorted(some, key=lambda pair: pair[0]), start=1)
    ]
    return pa.Table.from_pylist(rows, schema=DELIVERY)
