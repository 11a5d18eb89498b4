"""Hand-made batches: Parquet files as ingest writes them, and their rows of BATCH."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from engine import write_parquet
from settings import Home
from sources.contract import Contract
from tables import BATCH, IDENTITY, row_id

Row = dict[str, object]

SEED = {
    "id": "clinic",
    "title": "医保结算",
    "owner": "县医保局",
    "legal_basis": {"class": "statutory_duty", "text": "履行法定职责"},
    "row": "一次结算",
    "personal_data": "sensitive",
    "cadence": {"every": "month", "late_after_days": 10},
    "mode": "append",
    "key": ["serial"],
    "files": {"patterns": ["*.csv"], "format": "csv"},
    "identity": {
        "id_number": {"headers": ["证件号码"]},
        "name": {"headers": ["姓名"]},
        "sex": {"headers": ["性别"], "may_be_absent": True},
    },
    "facts": {
        "serial": {"title": "单号", "headers": ["单号"], "type": "text", "required": True, "pattern": "[0-9A-Z-]{2,32}"},
        "settled_on": {
            "title": "结算日期",
            "headers": ["结算日期"],
            "type": "date",
            "required": True,
            "range": ["2015-01-01", "received_on"],
        },
        "kind": {"title": "类别", "headers": ["类别"], "type": "code", "values": {"住院": ["1"], "门诊": ["2"]}},
        "cost": {"title": "总额", "headers": ["总额"], "type": "money", "unit": "元", "range": ["-2000.5", "2000000"]},
        "days": {"title": "天数", "headers": ["天数"], "type": "integer", "may_be_absent": True, "range": ["0", "365"]},
    },
    "volume": {"floor": 1, "ceiling": 1000, "why": "试验"},
}


def contract(**changes: object) -> Contract:
    """The clinic's contract, with some keys changed; None takes a key away."""
    return Contract.model_validate({key: value for key, value in (SEED | changes).items() if value is not None})


def good(serial: str, **changes: object) -> Row:
    """A row that meets every check of the clinic's contract."""
    written = {"serial": serial, "settled_on": date(2025, 3, 1), "kind": "住院", "cost": 100, "days": 3}
    return written | {"name": "甲", "id_number": "99"} | changes


@dataclass(frozen=True)
class Store:
    """A home folder that batches are put into."""

    home: Home

    def put(self, of: Contract, file: str, rows: Sequence[Row], **changes: object) -> Row:
        """Write the batch's Parquet files; returns its row of BATCH.  Columns a row leaves out are null."""
        batch_id = hashlib.sha256(f"{of.id}\n{file}".encode()).hexdigest()[:16]
        numbered = list(enumerate(rows, start=1))
        facts = [{**_prefix(batch_id, number, row), **row} for number, row in numbered]
        written = ({name: None if cell is None else str(cell) for name, cell in row.items()} for row in rows)
        identity: list[Row] = [{**row, "row_id": row_id(batch_id, number)} for number, row in enumerate(written, start=1)]
        write_parquet(_table(facts, of.facts_schema), self.home.facts(of.id, batch_id))
        write_parquet(_table(identity, IDENTITY), self.home.identity(of.id, batch_id))
        damaged = sum(row.get("damage") is not None for row in rows)
        return _batch(of, batch_id, file) | {"rows": len(rows), "damaged": damaged} | changes


def batches(*rows: Row) -> pa.Table:
    """The rows as BATCH."""
    return pa.Table.from_pylist(list(rows), schema=BATCH)


def _table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


def _prefix(batch_id: str, number: int, row: Row) -> Row:
    written = "|".join(str(row.get(name)) for name in sorted(row))
    return {
        "row_id": row_id(batch_id, number),
        "row_number": number,
        "line": number + 1,
        "row_hash": hashlib.sha256(written.encode()).hexdigest()[:16],
        "unconverted": [],
    }


def _batch(of: Contract, batch_id: str, file: str) -> Row:
    return {
        "batch_id": batch_id,
        "source": of.id,
        "received_on": date(2025, 6, 1),
        "file": file,
        "sha256": batch_id * 4,
        "bytes": 100_000,
        "contract": of.hash,
        "encoding": "utf-8",
        "undecodable": 0,
        "missing_columns": [],
        "extra_columns": [],
        "unreadable": None,
    }
