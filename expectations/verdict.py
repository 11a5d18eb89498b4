"""What the gate decided of one batch, kept beside the store so that no batch is validated twice."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from engine import whole_file, write_parquet
from expectations.reading import Arrival
from expectations.suite import SUITE_VERSION
from settings import Home
from sources.contract import Contract


@dataclass(frozen=True)
class Finding:
    """One row of `tables.FINDING`, but for source and batch."""

    expectation: str
    column: str
    observed: int
    verdict: str
    message: str


@dataclass(frozen=True)
class Verdict:
    """One batch: why it is held, if it is; what each expectation saw; how many quarantine entries its Parquet file holds."""

    held: str | None
    findings: tuple[Finding, ...]
    entries: int


def fingerprint(arrival: Arrival, contract: Contract) -> str:
    """Everything a verdict depends on: the suite, the contract, and what ingest said of the batch."""
    said = json.dumps([SUITE_VERSION, contract.hash, asdict(arrival)], ensure_ascii=False, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def recall(home: Home, arrival: Arrival, key: str) -> Verdict | None:
    """The verdict kept under the same fingerprint, or None: then the batch has to be validated."""
    try:
        kept = json.loads(_file(home, arrival).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None  # never gated, or a file cut short by hand: the gate writes it whole
    if kept["fingerprint"] != key or not home.quarantine(arrival.source, arrival.batch_id).exists():
        return None
    return Verdict(kept["held"], tuple(Finding(**finding) for finding in kept["findings"]), kept["entries"])


def keep(home: Home, arrival: Arrival, key: str, verdict: Verdict, quarantine: pa.Table) -> None:
    """Write the quarantine, then the verdict: a batch whose verdict can be read has its quarantine."""
    write_parquet(quarantine, home.quarantine(arrival.source, arrival.batch_id))
    text = json.dumps({"fingerprint": key, **asdict(verdict)}, ensure_ascii=False, indent=1)
    with whole_file(_file(home, arrival)) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _file(home: Home, arrival: Arrival) -> Path:
    return home.store / "gate" / arrival.source / f"{arrival.batch_id}.json"
