"""From a warning back to the file and row of every fact behind it."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
from pydantic import TypeAdapter

import tables
from engine import connect, sql_text
from errors import Fault, HomeError, UnknownId
from outputs.evidence import Evidence, Fact, Signal, Warned
from outputs.scoring import PARTS
from settings import Home

Row = dict[str, object]

NEEDED: Final = ("warnings.parquet", "signals.parquet", "links.parquet", "batches.parquet", "manifest.json")


def explain(run: Path, store: Path, warning_id: str) -> Evidence:
    """The chain behind one warning of the night in `run`, read from only those batches of `store` it rests on.

    Raises UnknownId if there is no such night or warning, HomeError if a stored batch is gone, Fault if the chain is
    broken in any other way.
    """
    if missing := [name for name in NEEDED if not (run / name).exists()]:
        raise UnknownId(file=run, expected="已完成的一夜", found=f"缺 {missing[0]}", do="用 --as-of 指定已完成的日期")
    home = Home(store.parent)
    with connect(home.work, threads=2, memory_limit="1GiB") as connection:
        row = _warning_row(connection, run, warning_id)
        warning = TypeAdapter(Warned).validate_python(row)
        rows = _read(connection, run / "signals.parquet", "signal_id", warning.signals)
        facts = _facts(connection, run, home, {row_id for signal in rows for row_id in _ids(signal)})
    with_facts = [row | {"facts": [facts[row_id] for row_id in _ids(row)]} for row in rows]
    signals = {signal.signal_id: signal for signal in TypeAdapter(list[Signal]).validate_python(with_facts)}
    if lost := [signal for signal in warning.signals if signal not in signals]:
        raise Fault(f"{warning.warning_id}: {len(lost)} of its {len(warning.signals)} signals are not in {run.name}")
    return Evidence(warning, _in_order(str(row["parts"])), tuple(signals[signal] for signal in warning.signals))


def latest_run(runs: Path, before: date | None = None) -> Path | None:
    """The newest folder YYYY-MM-DD, of a day before `before` if given, with a manifest.json, which a night writes last.

    None if there is none: a night without its manifest was never completed.
    """
    days = {path.parent.name: path.parent for path in runs.glob("*/manifest.json") if _is_day(path.parent.name)}
    earlier = [name for name in days if before is None or name < before.isoformat()]
    return days[max(earlier)] if earlier else None


def _warning_row(connection: duckdb.DuckDBPyConnection, run: Path, warning_id: str) -> Row:
    """The warning's row.  What was asked for is not repeated in the message: it might be a pasted ID number."""
    rows = _read(connection, run / "warnings.parquet", "warning_id", [warning_id])
    if not rows:
        raise UnknownId(
            file=run / "warnings.parquet",
            place="预警编号",
            expected="这一夜名单上的预警编号（W 加 12 位）",
            found="没有这个编号",
            do="从名单的“预警编号”列复制；若属另一夜，用 --as-of 指定日期",
        )
    return rows[0]


def _ids(signal: Row) -> tuple[int, ...]:
    return TypeAdapter(tuple[int, ...]).validate_python(signal["evidence"] or ())


def _facts(connection: duckdb.DuckDBPyConnection, run: Path, home: Home, wanted: Collection[int]) -> dict[int, Fact]:
    """The fact rows with these ids and their links, opening each batch once."""
    batches = {_prefix(tables.row_id(str(row["batch_id"]), 0)): row for row in _read(connection, run / "batches.parquet")}
    links = {row["row_id"]: row for row in _read(connection, run / "links.parquet", "row_id", wanted)}
    by_batch: dict[int, list[int]] = defaultdict(list)
    for row_id in wanted:
        by_batch[_prefix(row_id)].append(row_id)
    facts: dict[int, Fact] = {}
    for prefix, row_ids in sorted(by_batch.items()):
        if prefix not in batches:
            raise Fault(f"{len(row_ids)} facts belong to no batch of {run.name}")
        facts |= {fact.row_id: fact for fact in _batch_facts(connection, home, batches[prefix], row_ids, links)}
    if len(facts) != len(wanted):
        raise Fault(f"{len(wanted) - len(facts)} facts of {run.name} are not in the store")
    return facts


def _batch_facts(
    connection: duckdb.DuckDBPyConnection, home: Home, batch: Row, row_ids: Collection[int], links: Mapping[object, Row]
) -> list[Fact]:
    path = home.facts(str(batch["source"]), str(batch["batch_id"]))
    if not path.exists():
        raise HomeError(
            file=path, expected="预警所依据的批次", found="文件不存在", do="从备份恢复 store/，或重新运行 fangpin night"
        )
    rows = [_fact(batch, row, links.get(row["row_id"])) for row in _read(connection, path, "row_id", row_ids)]
    return TypeAdapter(list[Fact]).validate_python(rows)


def _fact(batch: Row, row: Row, link: Row | None) -> Row:
    """One fact with its file and its link; only the roster's own rows, which say whose they are, need none."""
    values = {name: value for name, value in row.items() if name not in tables.FACT_PREFIX.names}
    if link is None and "resident_id" not in values:
        raise Fault(f"a fact of batch {batch['batch_id']} has no link")
    return row | batch | {"values": values, "link": link}


def _read(
    connection: duckdb.DuckDBPyConnection, path: Path, key: str = "", wanted: Iterable[str | int] | None = None
) -> list[Row]:
    """Rows of a Parquet file, all or those whose `key` is wanted."""
    source = f"FROM read_parquet({sql_text(str(path))})"
    if wanted is None:
        return TypeAdapter(list[Row]).validate_python(connection.sql(source).to_arrow_table().to_pylist())
    values = ", ".join(sql_text(value) if isinstance(value, str) else str(value) for value in sorted(wanted, key=str))
    found = connection.sql(f"{source} WHERE {key} IN ({values or 'NULL'})").to_arrow_table()
    return TypeAdapter(list[Row]).validate_python(found.to_pylist())


def _prefix(row_id: int) -> int:
    """The batch's part of a row_id."""
    return row_id >> tables.ROW_BITS


def _in_order(parts: str) -> dict[str, int]:
    """The parts of a score in reading order; parts of an older version come last."""
    points = TypeAdapter(dict[str, int]).validate_python(json.loads(parts))
    return {name: points[name] for name in (*PARTS, *sorted(points)) if name in points}


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False
