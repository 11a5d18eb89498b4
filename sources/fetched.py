"""What was fetched from databases: the answers lie in the archive, and a receipt of each says when it came."""

from collections.abc import Container, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import pyarrow.parquet as pq
from pydantic import Field, ValidationError

from catalogue import Part
from engine import whole_file
from errors import HomeError
from settings import Home
from sources.inbox import Delivery
from sources.store import Digest, archive, archived, digest

_FOLDER: Final = "fetched/"


class Receipt(Part):
    """One answer of one database."""

    source: str
    received_on: date
    at: Annotated[str, Field(pattern=r"^\d{9}$")]
    """Beijing's clock, down to the millisecond."""
    content: str
    """SHA-256 of the answer before it was stamped: what tells whether anything changed since the last one."""
    batch_id: str
    sha256: str
    bytes: int
    rows: int

    @property
    def file(self) -> str:
        """What the batch is called in messages and evidence."""
        return f"{_FOLDER}{self.source}/{self.received_on}/{self.at}.parquet"


def keep(home: Home, source: str, received_on: date, now: datetime, answer: Path, rows: int) -> tuple[Receipt, bool]:
    """Put an answer into the archive and write its receipt last; also whether it differs from the one before.

    Bytes make a batch, and a batch has one day.  Data that went back to what they were long ago are news all the same, so
    such an answer is stamped with its day and becomes a batch of its own.
    """
    content = digest(answer, source)
    before = [receipt for receipt in receipts(home) if receipt.source == source]
    is_new = not before or before[-1].content != content.sha256
    if is_new and any(receipt.content == content.sha256 for receipt in before):
        _stamp(answer, received_on, now)
    kept = digest(answer, source) if is_new else Digest(before[-1].batch_id, before[-1].sha256, before[-1].bytes)
    if is_new:
        archive(home, answer, source, kept)
    at = f"{now:%H%M%S}{now.microsecond // 1000:03d}"
    receipt = Receipt(source=source, received_on=received_on, at=at, content=content.sha256, rows=rows, **vars(kept))
    with whole_file(home.fetched / source / received_on.isoformat() / f"{at}.json") as temporary:
        temporary.write_text(receipt.model_dump_json() + "\n", encoding="utf-8")
    return receipt, is_new


def _stamp(answer: Path, received_on: date, now: datetime) -> None:
    """The same rows with the day and time in the file's metadata."""
    with whole_file(answer) as temporary, pq.ParquetFile(answer) as file:
        schema = file.schema_arrow.with_metadata({"fangpin.received": f"{received_on} {now:%H:%M:%S.%f}"})
        with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
            for group in range(file.num_row_groups):
                writer.write_table(file.read_row_group(group).cast(schema))


def is_fetched(file: str) -> bool:
    """Whether a batch of this name came from a database: then it is Parquet, whatever files the contract speaks of."""
    return file.startswith(_FOLDER)


def receipts(home: Home) -> list[Receipt]:
    """Every receipt, by source and oldest first.  Raises HomeError for one that cannot be read."""
    return [_read(path) for path in sorted(home.fetched.glob("*/*/[!.]*.json"))]


def _read(path: Path) -> Receipt:
    try:
        return Receipt.model_validate_json(path.read_bytes())
    except ValidationError:
        raise HomeError(
            file=path, expected="完整的取数回执", found="内容残缺或被改动", do="删除该文件；需要时运行 fangpin fetch 重新取数"
        ) from None


def last_fetched(home: Home) -> dict[str, date]:
    """Source -> the day its database last answered."""
    return {receipt.source: receipt.received_on for receipt in sorted(receipts(home), key=lambda receipt: receipt.received_on)}


def deliveries(home: Home, contracts: Container[str], as_of: date, recorded: Container[str]) -> list[Delivery]:
    """The answers a night takes in: those of its own day, and earlier ones that no night has recorded yet.

    An answer of an earlier day that is a batch already is told of on its own day and not every night after it.
    """
    return list(_deliveries(home, (r for r in receipts(home) if r.source in contracts), as_of, recorded))


def _deliveries(home: Home, found: Iterable[Receipt], as_of: date, recorded: Container[str]) -> Iterator[Delivery]:
    for receipt in found:
        is_new = receipt.received_on <= as_of and receipt.batch_id not in recorded
        if is_new or receipt.received_on == as_of:
            path = archived(home, receipt.source, receipt.sha256)
            yield Delivery(path, receipt.file, receipt.source, receipt.received_on)
