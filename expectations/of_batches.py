"""What every batch of a feed is asked, and how each number was chosen."""

from collections.abc import Iterator
from types import ModuleType
from typing import Final

import pyarrow as pa

from expectations.checks import READABLE, Check, Severity, null_in, rows_query
from expectations.reading import Arrival
from expectations.wording import must_not_miss
from sources.contract import Contract

UNDECODABLE_PER_MILLE: Final = 1
"""Of a file's bytes.  A file read in the wrong encoding has far over 10 %; characters cut in the middle and odd private
codes stay below 0.01 %.  0.1 % parts the mishap, which spoils a few names, from the mistake, which spoils the file."""

DAMAGED_PERCENT: Final = 5
"""Of a file's rows.  An unquoted comma or line break in a cell spoils single rows; another delimiter, or an export cut and
pasted, spoils most.  One row in twenty is beyond what typing accidents do."""

DAMAGED_AT_LEAST: Final = 20
"""Below so many damaged rows the share says little: one broken line in a file of ten is 10 % and no reason to hold it."""

FAILING_PERCENT: Final = 50
"""Of a snapshot's rows.  A snapshot replaces what we had; if more than half of it is unusable (a changed date format, say),
the older one is the better picture.  An appended batch replaces nothing and is never held for this."""

SNAPSHOT_FLOOR: Final = 1
"""For a snapshot whose contract names no volume: an empty file must not empty the feed."""

ASKED: Final = pa.schema(
    [
        ("batch_id", pa.string()),
        ("source", pa.string()),
        ("unreadable", pa.string()),
        ("bytes", pa.int64()),
        ("undecodable", pa.int64()),
        ("rows", pa.int64()),
        ("damaged", pa.int64()),
        ("missing", pa.int64()),  # declared columns the file must have and has not
        ("extra", pa.int64()),
        ("floor", pa.int64()),
        ("ceiling", pa.int64()),  # null: the contract names none
        ("is_snapshot", pa.bool_()),
    ]
)
"""The columns the predicates are over; `failing`, the number of rows that fail a row check, is added when they are known."""

_MUCH_UNDECODABLE: Final = f"undecodable * 1000 > bytes * {UNDECODABLE_PER_MILLE}"
_MUCH_DAMAGE: Final = f"(damaged >= {DAMAGED_AT_LEAST} AND damaged * 100 > rows * {DAMAGED_PERCENT})"


def floor(contract: Contract) -> int:
    """The least number of rows a batch of the feed may have."""
    if contract.volume is not None:
        return contract.volume.floor
    return SNAPSHOT_FLOOR if contract.mode == "snapshot" else 0


def asked(contract: Contract, arrival: Arrival) -> dict[str, object]:
    """A batch as the checks see it: one row of ASKED."""
    return {
        "batch_id": arrival.batch_id,
        "source": arrival.source,
        "unreadable": arrival.unreadable,
        "bytes": arrival.bytes,
        "undecodable": arrival.undecodable,
        "rows": arrival.rows,
        "damaged": arrival.damaged,
        "missing": len(must_not_miss(contract, arrival)),
        "extra": len(arrival.extra_columns),
        "floor": floor(contract),
        "ceiling": contract.volume.ceiling if contract.volume else None,
        "is_snapshot": contract.mode == "snapshot",
    }


def checks(contract: Contract) -> Iterator[Check]:
    """The checks in a fixed order; `observed` is the number each looks at."""
    yield _readable()
    yield _none_of("columns_present", "critical", "missing", "约定的列应当齐全")
    yield _not_under_floor(contract)
    yield _among_readable("decodable", "undecodable", _MUCH_UNDECODABLE, "无法解码的字节不应超过千分之一")
    yield _among_readable("rows_are_whole", "damaged", _MUCH_DAMAGE, f"断行、串列的行不应超过 {DAMAGED_PERCENT}%")
    too_few_good = f"missing = 0 AND is_snapshot AND failing * 100 > rows * {FAILING_PERCENT}"
    yield _among_readable("mostly_usable", "failing", too_few_good, "整表替换的数据至少应有一半的行合格")
    yield _not_over_ceiling(contract)
    yield _none_of("no_extra_columns", "warning", "extra", "不应有约定以外的列")
    some_undecodable = f"undecodable > 0 AND NOT {_MUCH_UNDECODABLE}"
    yield _among_readable("fully_decodable", "undecodable", some_undecodable, "每个字节都应能解码", "warning")
    some_damage = f"damaged > 0 AND NOT {_MUCH_DAMAGE}"
    yield _among_readable("no_damage", "damaged", some_damage, "不应有断行、串列的行", "warning")


def _readable() -> Check:
    def build(library: ModuleType, common: dict[str, object]) -> object:
        return library.ExpectColumnValuesToBeNull(column="unreadable", **common)

    return Check("readable", "", "critical", "unreadable IS NOT NULL", "文件应当能够读取", build)


def _none_of(name: str, severity: Severity, column: str, means: str) -> Check:
    def build(library: ModuleType, common: dict[str, object]) -> object:
        return library.ExpectColumnValuesToBeBetween(column=column, max_value=0, row_condition=null_in("unreadable"), **common)

    return Check(name, "", severity, f"{READABLE} AND {column} > 0", means, build, observed=column)


def _not_under_floor(contract: Contract) -> Check:
    means = f"数据不应少于 {floor(contract)} 行"
    return _compared("volume_floor", "critical", "rows", "floor", "rows < floor", means)


def _not_over_ceiling(contract: Contract) -> Check:
    means = "数据行数不应超过约定的上限" if contract.volume is None else f"数据不应多于 {contract.volume.ceiling} 行"
    return _compared("volume_ceiling", "warning", "ceiling", "rows", "rows > ceiling", means)


def _compared(name: str, severity: Severity, larger: str, smaller: str, bad: str, means: str) -> Check:
    def build(library: ModuleType, common: dict[str, object]) -> object:
        return library.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=larger,
            column_B=smaller,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            row_condition=null_in("unreadable"),
            **common,
        )

    return Check(name, "", severity, f"{READABLE} AND coalesce({bad}, false)", means, build, observed="rows")


def _among_readable(name: str, observed: str, bad: str, means: str, severity: Severity = "critical") -> Check:
    bad = f"{READABLE} AND {bad}"
    return Check(name, "", severity, bad, means, rows_query(bad), observed=observed)
