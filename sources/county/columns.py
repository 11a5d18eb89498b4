"""Column-wise helpers: numbers, dates and money as the text a department's export would hold."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
"""Text cells; None is an empty cell."""

EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Days since 1970-01-01, as Arrow's date32 counts them."""
    return day.toordinal() - EPOCH


def _texts(column: pa.Array) -> Texts:
    texts: Texts = column.to_numpy(zero_copy_only=False)
    return texts


def number_text(values: Ints, width: int = 0) -> Texts:
    """Whole numbers as text, padded with zeros on the left to `width`."""
    return _texts(pc.utf8_lpad(pa.array(values).cast(pa.string()), width, "0"))


def money_text(fen: Ints) -> Texts:
    """Amounts in fen as yuan with two decimals."""
    return _texts(pc.multiply(pa.array(fen).cast(pa.decimal128(19, 0)), pa.scalar(Decimal("0.01"))).cast(pa.string()))


def day_text(days: Ints, form: str = "%Y-%m-%d") -> Texts:
    """Day numbers as dates in a strftime form."""
    return _texts(pc.strftime(pa.array(days.astype(np.int32)).cast(pa.date32()), format=form))


def calendar_years(days: Ints) -> Ints:
    """The calendar year of each day number."""
    years: Ints = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    return years + 1970


def words(options: Sequence[str | None], codes: Ints | Flags) -> Texts:
    """`options[code]` for every code."""
    table: Texts = np.array(options, dtype=np.object_)
    return table[codes.astype(np.int64)]


def draw(rng: np.random.Generator, weights: Sequence[float] | Floats, count: int) -> Ints:
    """Random codes 0..len(weights)-1 in proportion to the weights."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    codes: Ints = np.searchsorted(edges, rng.random(count) * edges[-1], side="right").astype(np.int64)
    return codes


def chance(rng: np.random.Generator, rate: float | Floats, count: int) -> Flags:
    """True with probability `rate`."""
    return rng.random(count) < rate


def blank_where(cells: Texts, where: Flags) -> Texts:
    """The same cells, empty where told."""
    result = cells.copy()
    result[where] = None
    return result
