"""What the store remembers: batches with their originals.  A batch exists once its record does, and that is written last."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
from pydantic import ValidationError

from catalogue import Part
from engine import whole_file
from errors import Fault, HomeError
from settings import Home
from tables import BATCH, row_id


class Batch(Part):
    """One row of `tables.BATCH`, and the sheets that were not read: for want of a header, or because they are hidden."""

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
    """How many batches were known before: of two under one name and date, the later one is the correction."""


class FileChanged(Exception):
    """The file was written to while we read it."""


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
    """Keep a read-only copy of the original.  Raises FileChanged if its bytes are no longer those seen before."""
    target = archived(home, source, seen.sha256)
    if target.exists():
        return
    with whole_file(target) as temporary:
        shutil.copyfile(path, temporary)
        if digest(temporary, source) != seen:
            raise FileChanged
        temporary.chmod(0o400)


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


def as_table(batches: Iterable[Batch]) -> pa.Table:
    """The batches as `tables.BATCH`, by source, received_on, file and arrival: the order in which they replace each other."""
    ordered = sorted(batches, key=lambda batch: (batch.source, batch.received_on, batch.file, batch.arrival, batch.batch_id))
    return pa.Table.from_pylist([batch.model_dump(include=set(BATCH.names)) for batch in ordered], schema=BATCH)
