"""Feeds that differ in size, season, growth and habits; a month of one as a table."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from sources.contract import Contract

CODES: Final = ("住院", "门诊", "慢特病", "转出", "其他")
"""The last is never used in a clean month."""
_FACT: Final = {"headers": ["x"], "title": "x"}
_SPIKE: Final = (6, 7)
"""Months in which the seasonal code is frequent."""

Month = dict[str, np.ndarray]
"""Column -> values of all rows; a number that is missing is nan, a text that is missing is ''."""


def contract(name: str, mode: str) -> Contract:
    """What every invented feed sends."""
    kinds: dict[str, dict[str, object]] = {
        "serial": {"type": "text", "required": True},
        "amount": {"type": "money"},
        "days": {"type": "integer"},
        "kind": {"type": "code", "values": {code: [] for code in CODES}},
        "remark": {"type": "text"},
        "place_code": {"type": "text"},
    }
    facts = {column: {"title": column, "headers": [column]} | kind for column, kind in kinds.items()}
    return Contract.model_validate(
        {
            "id": name, "title": name, "owner": "虚构", "row": "一行",
            "legal_basis": {"class": "statutory_duty", "text": "虚构"},
            "personal_data": "personal", "cadence": {"every": "month", "late_after_days": 10}, "mode": mode, "key": ["serial"],
            "files": {"patterns": ["*.csv"], "format": "csv"}, "facts": facts,
            "identity": {column: {"headers": [f"i_{column}"]} for column in ("id_number", "name", "phone")},
        }
    )  # fmt: skip


@dataclass(frozen=True)
class Feed:
    """The habits of one feed."""

    name: str
    mode: str
    size: float
    growth: float
    """Of rows, per month."""
    season: float
    """Two months of the year have up to so many times the rows."""
    noise: float
    """Standard deviation of the logarithm of a month's rows."""
    centre: float
    """Logarithm of the amounts' median."""
    spread: float
    second: float
    """Logarithm of how much larger the dear kind of case is; its share moves from month to month."""
    zero: float
    filled: float
    phones: float
    numbers: float
    repeats: float
    off_season: float
    """Share of the seasonal code in the other months."""
    townships: int

    @property
    def contract(self) -> Contract:
        return contract(self.name, self.mode)


def feed(name: str, dice: np.random.Generator) -> Feed:
    """Sizes from a dozen rows to some thousands, evenly on a logarithmic scale."""
    return Feed(
        name=name,
        mode="snapshot" if dice.random() < 0.4 else "append",
        size=float(np.exp(dice.uniform(np.log(12), np.log(6000)))),
        growth=float(dice.uniform(-0.02, 0.04)),
        season=float(dice.choice([1.0, 1.0, 1.5, 3.0, 5.0])),
        noise=float(dice.uniform(0.02, 0.30)),
        centre=float(dice.uniform(np.log(30), np.log(8000))),
        spread=float(dice.uniform(0.5, 1.6)),
        second=float(dice.choice([0.0, 0.0, 2.0, 4.0])),
        zero=float(dice.choice([0.0, 0.05, 0.4])),
        filled=float(dice.choice([1.0, 0.95, 0.6, 0.2])),
        phones=float(dice.uniform(0.2, 0.95)),
        numbers=float(dice.uniform(0.85, 1.0)),
        off_season=float(dice.choice([0.0, 0.02])),
        repeats=float(dice.choice([0.0, 0.002, 0.02])),
        townships=int(dice.integers(3, 25)),
    )


def month(of: Feed, at: int, dice: np.random.Generator) -> Month:
    """A clean month: `at` counts from 0, and 0 is a January."""
    spike = of.season if of.mode == "append" and at % 12 in (1, 8) else 1.0
    rows = max(1, int(dice.poisson(of.size * (1 + of.growth) ** at * spike * np.exp(dice.normal(0, of.noise)))))
    dear = dice.random(rows) < np.clip(dice.normal(0.3, 0.08), 0, 1)
    amount = np.exp(dice.normal(of.centre + 0.003 * at, of.spread, rows) + of.second * dear)
    amount = np.where(dice.random(rows) < of.zero, 0.0, np.round(np.minimum(amount, 1_900_000.0), 2))
    amount[dice.random(rows) > of.filled] = np.nan
    serial = np.arange(rows)
    again = dice.random(rows) < of.repeats
    serial[again] = dice.integers(0, rows, int(again.sum()))
    seasonal = 0.25 if at % 12 in _SPIKE else of.off_season
    return {
        "serial": serial.astype(str),
        "amount": amount,
        "days": dice.poisson(4, rows).astype(float),
        "kind": dice.choice(np.array(CODES[:4]), rows, p=[0.3, 0.5 - seasonal / 2, 0.2 - seasonal / 2, seasonal]),
        "remark": np.where(dice.random(rows) < of.filled, "x", ""),
        "place_code": np.array([f"990101{n:03d}001" for n in dice.integers(0, of.townships, rows)]),
        "id_number": np.where(dice.random(rows) < of.numbers, "x", ""),
        "name": np.full(rows, "x"),
        "phone": np.where(dice.random(rows) < of.phones, "x", ""),
    }


def tables(of: Contract, rows: Month, prefix: pa.Schema, identity: pa.Schema) -> tuple[pa.Table, pa.Table]:
    """The month as a facts file and an identity file of the store."""
    count = len(rows["serial"])
    number = np.arange(1, count + 1)
    given: dict[str, pa.Array] = {"row_id": pa.array(number), "row_number": pa.array(number.astype(np.int32))}
    for column in of.facts_schema.names:
        if column in rows:
            given[column] = _column(rows[column], of.facts_schema.field(column).type)
    facts = {name: given.get(name, pa.nulls(count, prefix.field(name).type if name in prefix.names else None))
             for name in of.facts_schema.names}  # fmt: skip
    people = {
        name: given["row_id"]
        if name == "row_id"
        else _column(rows[name], pa.string())
        if name in rows
        else pa.nulls(count, pa.string())
        for name in identity.names
    }
    return pa.table(facts, schema=of.facts_schema), pa.table(people, schema=identity)


def _column(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    if values.dtype.kind == "f":
        return pa.array(values, mask=np.isnan(values)).cast(kind, safe=False)
    return pa.array(values.astype(object), pa.string(), mask=values == "")
