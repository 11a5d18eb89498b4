"""Residents and facts of an invented province as Parquet, drawn column by column from the contracts: for speed, not meaning."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from engine import sql_text
from sources.contract import Contract
from sources.fact import Fact

AS_OF: Final = date(2026, 10, 31)
HEAVY: Final = {"medical": 10, "employment": 3, "social_insurance": 2, "education": 2, "power_use": 1, "minimum_living": 1}
"""How the rows are shared among the feeds that speak of many; our own assumption."""
RARE: Final = 0.004
"""Rows of every other feed per resident: such feeds list those whom something befell."""
USUAL: Final = 0.97
"""Share of the first value of a code column, which in a contract is the harmless one; the others share the rest.  As often a
column that need not be filled says nothing, or nought."""
MIDDLE: Final = 1.8
SPREAD: Final = 1.2
"""Of amounts, in powers of ten: most are small, one row in three hundred is above 5,000."""
DAYS: Final = 730
COUNTY: Final = 200_000
"""Residents of a county."""
_BATCH: Final = 1 << 24


def rows_of(sources: Iterable[str], residents: int, facts: int) -> dict[str, int]:
    """Rows per source; together about `facts`."""
    rare = {source: int(residents * RARE) for source in sources if source not in HEAVY}
    heavy = {source: HEAVY[source] for source in sources if source in HEAVY}
    left = max(facts - sum(rare.values()), 0)
    return rare | {source: left * share // sum(heavy.values()) for source, share in heavy.items()}


def invent(folder: Path, contracts: Mapping[str, Contract], rows: Mapping[str, int], residents: int) -> None:
    """Write `resident.parquet` and `<source>.parquet` into `folder`; the same arguments give the same tables."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "4GiB"}) as connection:
        connection.execute("CREATE MACRO luck(n, salt) AS hash(n, salt) / 18446744073709551616.0")
        _write(connection, _residents(residents), folder / "resident.parquet")
        for number, (source, count) in enumerate(rows.items(), start=1):
            _write(connection, _facts(contracts[source], number, count, residents), folder / f"{source}.parquet")


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    connection.execute(f"COPY ({query}) TO {sql_text(str(path))} (FORMAT parquet)")


def _residents(count: int) -> str:
    household, born = "n // 3", f"DATE '{AS_OF}' - CAST(1 + luck(n, 'born') * 85 * 365 AS INTEGER)"
    place = f"(990101 + range // {COUNTY}) * 1000000 + range // 900 % 900000"
    return f"""
        SELECT n AS row_id, 'R' || n AS resident_id, 'H' || ({household}) AS household_id,
            {_pick("n % 3 * 0.45 + luck(n, 'rel') * 0.1", ["户主", "配偶", "之子"])} AS relation,
            {_pick("luck(n, 'sex')", ["男", "女"])} AS sex, {born} AS birth_date,
            {_pick(f"luck({household}, 'type')", ["一般农户"] * 17 + ["脱贫户"] * 2 + ["监测对象"])} AS household_type,
            CAST(NULL AS VARCHAR) AS monitored_class, CAST(NULL AS VARCHAR) AS risk_removed,
            left(place_code, 6) AS county, left(place_code, 9) AS township,
            place_code AS village, place_code, '虚构县' AS county_name, '虚构乡' AS township_name, '虚构村' AS village_name,
            CAST(NULL AS VARCHAR) AS group_name, '初中' AS education, CAST(NULL AS VARCHAR) AS schooling,
            {_pick("luck(n, 'work')", ["普通劳动力"] * 16 + ["无劳动力"] * 3 + ["丧失劳动力"])} AS labour,
            {_pick("luck(n, 'health')", ["健康"] * 17 + ["长期慢性病"] * 2 + ["残疾"])} AS health,
            {_pick(f"luck({household}, 'aid')", ["否"] * 19 + ["是"])} AS is_on_dibao,
            CAST(8000 + 12000 * luck({household}, 'income') AS DECIMAL(18, 2)) AS income_per_head,
            DATE '{AS_OF}' - 30 AS received_on
        FROM (SELECT range AS n, CAST({place} AS VARCHAR) AS place_code FROM range({count}))"""


def _facts(contract: Contract, number: int, count: int, residents: int) -> str:
    person = f"luck(range, {sql_text(contract.id)}) * {residents}"
    columns = "".join(f', {_value(name, fact)} AS "{name}"' for name, fact in contract.facts.items())
    return f"""
        SELECT {number * _BATCH * 4} + n AS row_id, 'R' || p AS resident_id, 'H' || (p // 3) AS household_id,
            DATE '{AS_OF}' - CAST(luck(n, 'came') * 30 AS INTEGER) AS received_on, 0.9999 AS probability{columns}
        FROM (SELECT range AS n, CAST({person} AS BIGINT) % {residents} AS p FROM range({count}))"""


def _value(name: str, fact: Fact) -> str:
    luck = f"luck(n, {sql_text(name)})"
    match fact.type:
        case "code" | "terms":
            first, *others = list(fact.values or {"": ()})
            rest = _pick(f"({luck} - {USUAL}) / {1 - USUAL}", others) if others else sql_text(first)
            return f"CASE WHEN {luck} < {USUAL} THEN {sql_text(first)} ELSE {rest} END"
        case "date":
            return f"DATE '{AS_OF}' - CAST({luck} * {DAYS} AS INTEGER)"
        case "money" | "decimal":
            around = " + ".join(f"luck(n, {sql_text(f'{name}{part}')})" for part in range(4))
            amount = f"CAST(pow(10, {MIDDLE} + {SPREAD} * ({around} - 2)) AS DECIMAL(18, 2))"
            return amount if fact.required else f"CASE WHEN {luck} < {USUAL} THEN 0 ELSE {amount} END"
        case "integer":
            return f"CAST({luck} * 12 AS BIGINT)"
        case "boolean":
            return f"{luck} < {1 - USUAL}"
        case _:
            written = f"'T' || CAST({luck} * 1000000 AS BIGINT)"
            return written if fact.required else f"CASE WHEN {luck} >= {USUAL} THEN {written} END"


def _pick(luck: str, values: list[str]) -> str:
    listed = ", ".join(sql_text(value) for value in values)
    return f"([{listed}])[1 + CAST(floor(least(greatest({luck}, 0), 0.999999) * {len(values)}) AS BIGINT)]"
