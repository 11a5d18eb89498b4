"""What a batch looks like as a whole: counts, and the size of numbers to a tenth of a power of ten.

A profile outlives the night, so it holds no value of a person: no extreme, no mean (of one row it is the value itself), no
text but codes the contract lists and area codes of townships.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from expectations.checks import WHOLE_ROW, quoted
from expectations.reading import Arrival, facts_sql, parquet
from settings import Home
from sources.contract import Contract

QUANTILES: Final = (10, 25, 50, 75, 90)
"""Per cent; of the amounts that are not zero, whatever their sign."""
_NUMBERS: Final = ("integer", "money", "decimal")
_PLACE: Final = "place_code"
_TOWNSHIP: Final = 9
"""Digits of a township's code (GB/T 10114)."""
_BLANK: Final = "' ' || chr(9) || chr(160) || chr(12288)"


@dataclass(frozen=True)
class Numbers:
    """A column of numbers: how many are not zero, and for each of QUANTILES its size in tenths of a power of ten."""

    nonzero: int
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Profile:
    """One batch; damaged rows left out."""

    rows: int
    filled: Mapping[str, int]
    """Fact column -> rows with a value."""
    present: Mapping[str, int]
    """Identity column -> rows with anything written."""
    numbers: Mapping[str, Numbers]
    codes: Mapping[str, Mapping[str, int]]
    areas: Mapping[str, int]
    """Township code -> rows, for a feed with `place_code` among its facts."""
    keys: int
    """Different business keys."""


def profiles(db: duckdb.DuckDBPyConnection, home: Home, contract: Contract, arrivals: Sequence[Arrival]) -> dict[str, Profile]:
    """batch_id -> profile of every batch that has rows: one pass over the facts, one over the identities.

    Exact and independent of order and threads: everything is counted, nothing is sampled.
    """
    some = [arrival for arrival in arrivals if arrival.rows]
    present = _present(db, home, contract, some)
    asked = {"batch_id": "batch_id", "rows": "count(*)"} | _asked(contract)
    columns = ", ".join(f"{expression} AS {quoted(name)}" for name, expression in asked.items())
    found = db.execute(
        f"SELECT {columns} FROM ({facts_sql(home, contract, some)}) WHERE {WHOLE_ROW} GROUP BY batch_id"
    ).fetchall()
    rows = (dict(zip(asked, row, strict=True)) for row in found)
    return {row["batch_id"]: _profile(contract, row, present.get(row["batch_id"], {})) for row in rows}


def of_json(kept: Mapping[str, Any]) -> Profile:
    """The profile that `dataclasses.asdict` was asked for, after JSON."""
    numbers = {column: Numbers(of["nonzero"], tuple(of["sizes"])) for column, of in kept["numbers"].items()}
    return Profile(**{**kept, "numbers": numbers})


def _asked(contract: Contract) -> dict[str, str]:
    """Name -> SQL aggregate."""
    asked = {"keys": f"count(DISTINCT hash({', '.join(quoted(column) for column in contract.key)}))"}
    for column, fact in contract.facts.items():
        asked[f"filled:{column}"] = f"count({quoted(column)})"
        if fact.type in _NUMBERS:
            asked[f"sizes:{column}"] = f"histogram({_size(column)})"
        if fact.type == "code":
            asked[f"codes:{column}"] = f"histogram({quoted(column)})"
        if column == _PLACE:
            asked["areas"] = f"histogram(left({quoted(column)}, {_TOWNSHIP}))"
    return asked


def _size(column: str) -> str:
    """Null for zero: nothing has no size."""
    return f"CAST(floor(10 * log10(nullif(abs(CAST({quoted(column)} AS DOUBLE)), 0))) AS SMALLINT)"


def _profile(contract: Contract, row: Mapping[str, Any], present: Mapping[str, int]) -> Profile:
    facts = contract.facts
    sizes = {column: row[f"sizes:{column}"] or {} for column in facts if f"sizes:{column}" in row}
    codes = {column: row[f"codes:{column}"] or {} for column in facts if f"codes:{column}" in row}
    return Profile(
        rows=row["rows"],
        filled={column: row[f"filled:{column}"] for column in facts},
        present=present,
        numbers={column: _numbers(counted) for column, counted in sizes.items()},
        codes={
            column: {code: counted[code] for code in facts[column].values or () if code in counted}
            for column, counted in codes.items()
        },
        areas={
            code: count
            for code, count in sorted((row.get("areas") or {}).items())
            if code.isdecimal() and len(code) == _TOWNSHIP
        },
        keys=row["keys"],
    )


def _numbers(counted: Mapping[int, int]) -> Numbers:
    """A quantile is the size of the first value at or after its share of the rows."""
    total = sum(counted.values())
    sizes = []
    for quantile in QUANTILES if total else ():
        passed, sought = 0, quantile * total
        for size, count in sorted(counted.items()):
            passed += 100 * count
            if passed >= sought:
                sizes.append(size)
                break
    return Numbers(total, tuple(sizes))


def _present(
    db: duckdb.DuckDBPyConnection, home: Home, contract: Contract, some: Sequence[Arrival]
) -> dict[str, dict[str, int]]:
    """batch_id -> identity column -> rows in which it holds anything; what it holds is not looked at."""
    columns = [name for name, _ in contract.identity.columns()]
    if not some or not columns:
        return {}
    counts = ", ".join(f"count(*) FILTER (trim({quoted(column)}, {_BLANK}) <> '')" for column in columns)
    files = [str(home.identity(arrival.source, arrival.batch_id)) for arrival in some]
    found = db.execute(f"SELECT parse_filename(_file, true) AS batch_id, {counts} FROM {parquet(files)} GROUP BY 1").fetchall()
    return {batch_id: dict(zip(columns, counted, strict=True)) for batch_id, *counted in found}
