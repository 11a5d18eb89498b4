"""What the gate decided of one batch, kept beside the store so that no batch is validated twice."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from engine import whole_file, write_parquet
from expectations.declared import Declared
from expectations.profiling import Profile, of_json
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
    """One batch by itself: why it is held, if it is; what each expectation saw; how many failing rows its Parquet file names,
    once per check; what it looks like, if it has rows and is not held."""

    held: str | None
    findings: tuple[Finding, ...]
    entries: int
    profile: Profile | None = None


def fingerprint(arrival: Arrival, contract: Contract, declared: Sequence[Declared] = (), sees: Sequence[Arrival] = ()) -> str:
    """Everything a verdict depends on: the suite, the contract, the declared checks, what ingest said of the batch (but
    for its coming again), and the deliveries of other feeds in which its values are looked up.

    The batch's own past is no part of it: a batch is held against that anew every night (`doubting`).
    """
    told = {name: value for name, value in asdict(arrival).items() if not name.startswith("last_")}
    others = [[other.batch_id, other.contract] for other in sees]
    known = [SUITE_VERSION, contract.hash, [one.hash for one in declared], told, others]
    said = json.dumps(known, ensure_ascii=False, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def recall(home: Home, arrival: Arrival, key: str) -> Verdict | None:
    """The verdict kept under the same fingerprint, or None: then the batch has to be validated."""
    try:
        kept = json.loads(_file(home, arrival).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None  # never gated, or a file cut short by hand: the gate writes it whole
    if kept["fingerprint"] != key or not home.quarantine(arrival.source, arrival.batch_id).exists():
        return None
    profile = None if kept["profile"] is None else of_json(kept["profile"])
    return Verdict(kept["held"], tuple(Finding(**finding) for finding in kept["findings"]), kept["entries"], profile)


def keep(home: Home, arrival: Arrival, key: str, verdict: Verdict, failing: pa.Table) -> None:
    """Write the failing rows, then the verdict: a batch whose verdict can be read has them."""
    write_parquet(failing, home.quarantine(arrival.source, arrival.batch_id))
    text = json.dumps({"fingerprint": key, **asdict(verdict)}, ensure_ascii=False, indent=1)
    with whole_file(_file(home, arrival)) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _file(home: Home, arrival: Arrival) -> Path:
    return home.store / "gate" / arrival.source / f"{arrival.batch_id}.json"
