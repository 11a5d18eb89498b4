"""From a household back to the file and row of every fact behind what a night said of it."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

import duckdb
from pydantic import TypeAdapter

import tables
from engine import sql_text
from errors import Fault, HomeError, UnknownId
from outputs.evidence import Answer, Case, Evidence, Fact, Household, Referred, SetAside, Signal, Warned
from outputs.scoring import PARTS
from seal import SEALS
from settings import Home

Row = dict[str, object]
Kind = TypeVar("Kind")

_MEMBERS: Final = """
SELECT household_id, county_name, township_name, village_name, household_type, resident_id, relation,
    date_sub('year', birth_date, DATE '{as_of}')::INTEGER AS age
FROM resident ORDER BY household_id, relation IS DISTINCT FROM '户主', resident_id
"""

_OF_HOUSEHOLD: Final = ("warning", "referral", "signal", "suppressed", "case_file")

_STALE: Final = "SELECT source, max(received_on) AS received_on FROM batch WHERE source IN ({sources}) GROUP BY source"


def explain(
    connection: duckdb.DuckDBPyConnection, home: Home, as_of: date, households: Sequence[str], stale: Collection[str] = ()
) -> tuple[Evidence, ...]:
    """The chain behind each household, in the order given, read from only those batches of the store it rests on.

    Reads `warning`, `referral`, `signal`, `suppressed`, `case_file` and `batch` of the night, `resident` and `link` of the
    households, and `answer`.  `stale` are sources whose delivery is overdue.  Raises UnknownId if a household is not in the
    roster, HomeError if a stored batch is gone, Fault if the chain is broken in any other way.
    """
    found = {table: _by_household(connection, table, households) for table in _OF_HOUSEHOLD}
    signals = [row for rows in found["signal"].values() for row in rows]
    records = {*_numbers([row["verdict_row"] for rows in found["suppressed"].values() for row in rows if row["verdict_row"]])}
    links = {row["row_id"]: row for row in _rows(connection, "FROM link")}
    review = [row_id for row_id, link in links.items() if link["decision"] == "review"]
    facts = _facts(connection, home, {*(row for signal in signals for row in _ids(signal)), *_numbers(review)}, links)
    facts |= _facts(connection, home, records - facts.keys(), links, is_matched=False)
    lodgers = _by(_rows(connection, _MEMBERS.format(as_of=as_of)), "household_id")
    if strangers := set(households) - lodgers.keys():
        raise _stranger(len(strangers))
    answers = _by(_rows(connection, "FROM answer ORDER BY rule, resident_id"), "household_id")
    late = _days(connection, stale)
    return tuple(
        _evidence(as_of, lodgers[one], {name: rows[one] for name, rows in found.items()}, answers[one], facts, late)
        for one in households
    )


def latest_run(runs: Path, before: date | None = None) -> Path | None:
    """The newest folder YYYY-MM-DD, of a day before `before` if given, with a manifest.json, which a night writes last.

    None if there is none: a night without its manifest was never completed.
    """
    days = {path.parent.name: path.parent for path in runs.glob("*/manifest.json") if _is_day(path.parent.name)}
    earlier = [name for name in days if before is None or name < before.isoformat()]
    return days[max(earlier)] if earlier else None


def household_of(connection: duckdb.DuckDBPyConnection, warning_id: str) -> str:
    """Whose a warning is.  What was asked for is not repeated in the message: it might be a pasted ID number."""
    rows = _rows(connection, f"SELECT household_id FROM warning WHERE warning_id = {sql_text(warning_id)}")
    if not rows:
        raise UnknownId(
            file="warnings.parquet",
            place="预警编号",
            expected="这一夜的预警编号（W 加 12 位）",
            found="没有这个编号",
            do="从名单的“预警编号”列复制；若属另一夜，用 --as-of 指定日期",
        )
    return str(rows[0]["household_id"])


def _stranger(count: int) -> UnknownId:
    return UnknownId(
        file="residents.parquet",
        place="户编号",
        expected="这一夜花名册中的户编号",
        found="没有这个编号" if count == 1 else f"{count} 个编号不在花名册中",
        do="从名单或花名册的“户编号”列复制（不带前缀“户-”也可）；若属另一夜，用 --as-of 指定日期",
    )


def _evidence(
    as_of: date,
    members: list[Row],
    found: Mapping[str, list[Row]],
    answers: list[Row],
    facts: Mapping[int, Fact],
    stale: Mapping[str, date],
) -> Evidence:
    of_them = {str(member["resident_id"]) for member in members}
    signals = {str(row["signal_id"]): row | {"facts": [facts[row_id] for row_id in _ids(row)]} for row in found["signal"]}
    warning = _typed(Warned, found["warning"][0]) if found["warning"] else None
    aside = [
        row | {"signal": signals[str(row["signal_id"])], "record": row["verdict_row"] and facts[_number(row["verdict_row"])]}
        for row in found["suppressed"]
    ]
    review = [
        fact for fact in facts.values() if fact.link and fact.link.decision == "review" and fact.link.resident_id in of_them
    ]
    return Evidence(
        as_of=as_of,
        household=_typed(Household, members[0] | {"members": members}),
        warning=warning,
        referred=_typed(Referred, found["referral"][0]) if found["referral"] else None,
        case=_case(found["case_file"]),
        parts=_in_order(str(found["warning"][0]["parts"])) if found["warning"] else {},
        signals=_open_signals(warning, signals, {str(row["signal_id"]) for row in aside}),
        set_aside=_typed(tuple[SetAside, ...], aside),
        answers=_typed(tuple[Answer, ...], answers),
        in_review=tuple(sorted(review, key=lambda fact: fact.row_id)),
        stale=stale,
    )


def _case(cases: Iterable[Row]) -> Case | None:
    """The open one, or the last that was closed."""
    last = max(cases, key=lambda one: (one["state"] != "closed", str(one["opened_on"]), str(one["case_id"])), default=None)
    return _typed(Case, last) if last else None


def _open_signals(warning: Warned | None, signals: Mapping[str, Row], aside: Collection[str]) -> tuple[Signal, ...]:
    """Those of the warning in its order; without a warning whatever nearly met a rule."""
    wanted = warning.signals if warning else [one for one in sorted(signals) if one not in aside]
    if lost := [signal for signal in wanted if signal not in signals]:
        raise Fault(f"{len(lost)} of {len(wanted)} signals of a warning are not in the night's signals")
    return _typed(tuple[Signal, ...], [signals[one] for one in wanted])


def _facts(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    wanted: Collection[int],
    links: Mapping[object, Row],
    *,
    is_matched: bool = True,
) -> dict[int, Fact]:
    """The fact rows with these ids and their links, opening each batch once.

    Rows of answers are not matched: they name their warning.
    """
    batches = {_prefix(tables.row_id(str(row["batch_id"]), 0)): row for row in _rows(connection, "FROM batch")}
    by_batch: dict[int, list[int]] = defaultdict(list)
    for row_id in wanted:
        by_batch[_prefix(row_id)].append(row_id)
    facts: dict[int, Fact] = {}
    for prefix, row_ids in sorted(by_batch.items()):
        if prefix not in batches:
            raise Fault(f"{len(row_ids)} facts belong to no batch of the night")
        rows = _batch_rows(connection, home, batches[prefix], row_ids)
        found = [_fact(batches[prefix], row, links.get(row["row_id"]), is_matched=is_matched) for row in rows]
        facts |= {fact.row_id: fact for fact in _typed(tuple[Fact, ...], found)}
    if len(facts) != len(wanted):
        raise Fault(f"{len(wanted) - len(facts)} facts of the night are not in the store")
    return facts


def _batch_rows(connection: duckdb.DuckDBPyConnection, home: Home, batch: Row, row_ids: Collection[int]) -> list[Row]:
    path = home.facts(str(batch["source"]), str(batch["batch_id"]))
    if not path.exists():
        raise lost_batch(path)
    wanted = ", ".join(str(row_id) for row_id in sorted(row_ids))
    return _rows(connection, f"FROM read_parquet({sql_text(str(path))}) WHERE row_id IN ({wanted})")


def lost_batch(path: Path) -> HomeError:
    """What to say where a batch that a warning rests on is no longer in the store."""
    return HomeError(
        file=path, expected="预警所依据的批次", found="文件不存在", do="从备份恢复 store/，或重新运行 fangpin night"
    )


def _fact(batch: Row, row: Row, link: Row | None, *, is_matched: bool) -> Row:
    """One fact with its file and its link; the roster's own rows, which say whose they are, need none."""
    values = {name: value for name, value in row.items() if name not in (*tables.FACT_PREFIX.names, SEALS)}
    if is_matched and link is None and "resident_id" not in values:
        raise Fault(f"a fact of batch {batch['batch_id']} has no link")
    return row | batch | {"values": values, "link": link}


def _by_household(connection: duckdb.DuckDBPyConnection, table: str, households: Sequence[str]) -> dict[str, list[Row]]:
    wanted = ", ".join(sql_text(household) for household in households) or "NULL"
    return _by(_rows(connection, f"FROM {table} WHERE household_id IN ({wanted})"), "household_id")


def _by(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[str(row[key])].append(row)
    return grouped


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    rows: list[Row] = connection.sql(query).to_arrow_table().to_pylist()
    return rows


def _days(connection: duckdb.DuckDBPyConnection, sources: Collection[str]) -> dict[str, date]:
    named = ", ".join(sql_text(source) for source in sorted(sources)) or "NULL"
    rows = _rows(connection, _STALE.format(sources=named))
    return {str(row["source"]): _typed(date, row["received_on"]) for row in rows}


def _typed(kind: type[Kind], value: object) -> Kind:
    return TypeAdapter(kind).validate_python(value)


def _ids(signal: Row) -> tuple[int, ...]:
    return _numbers(signal["evidence"] or ())


def _numbers(values: object) -> tuple[int, ...]:
    return _typed(tuple[int, ...], values)


def _number(value: object) -> int:
    return _typed(int, value)


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
