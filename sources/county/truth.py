"""The truth beside the files: whose row it is, what befell whom, and what an officer who knew it all would decide."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sources.county.columns import Flags, Floats, Ints, Texts, words
from sources.county.dirt import CHANNELS
from sources.county.extracts.visits import SETTLED
from sources.county.shocks import CROP_FAILURE, DISABILITY, DROPOUT, FAMILIES, JOB_LOSS, KINDS, LABOUR_LOSS, SEVERE_ILLNESS
from sources.county.standing import LINE
from sources.county.world import World

ROWS = pa.schema(
    [
        ("source", pa.string()),
        ("file", pa.string()),
        ("row_number", pa.int64()),
        ("resident_id", pa.string()),
        ("dirt", pa.list_(pa.string())),
    ]
)
"""One line per data row of every file (a file delivered twice counts once, under its first name).  In the feeds `resident_id`
is null for who is not on the latest roster: people of elsewhere, and residents who have left since the one before."""
SHOCKS = pa.schema(
    [("household_id", pa.string()), ("resident_id", pa.string()), ("kind", pa.string()), ("happened_on", pa.date32())]
)
IDEAL = pa.schema(
    [("household_id", pa.string()), ("decision", pa.string()), ("families", pa.list_(pa.string())), ("why", pa.string())]
)
INCOME = len(FAMILIES)
"""Bit of the family 收入, after those of the shocks."""
SQUEEZE = 1.1
"""A household in trouble is visited when what is left per head lies under 1.1 times the line."""
HEAVY = 0.25
"""Share of a year's income spent at hospitals that is trouble by itself."""
LOSS = {JOB_LOSS: 0.7, LABOUR_LOSS: 0.85}
"""Of one earner's part of the income; a failed crop takes 0.3 of the household's."""
CROP_LOSS = 0.3
WHYS = (
    "无需走访的冲击或困难",
    "有冲击，但收入与报销后仍可应对",
    "风险未消除的监测对象，正在帮扶",
    "冲击之后已有入户结论",
    "收入低于监测范围且未享受低保、未纳入监测",
    "冲击后人均可用收入接近或低于监测范围",
    "义务教育或高中阶段学生辍学",
    "新增重度残疾且未享受低保",
)
NOTHING, COPES, MONITORED, ANSWERED, POOR, SQUEEZED, LEFT_SCHOOL, DISABLED = range(len(WHYS))


def name_lists(masks: Ints, names: tuple[str, ...]) -> pa.Array:
    """Bit masks as lists of names."""
    kinds, code = np.unique(masks, return_inverse=True)
    lists = [[name for place, name in enumerate(names) if int(kind) >> place & 1] for kind in kinds]
    return pa.array(lists, type=pa.list_(pa.string())).take(pa.array(code))


def row_table(source: str, file: str, first: int, residents: Texts, masks: Ints) -> pa.Table:
    """Truth of neighbouring rows of one file, the first of them numbered `first`."""
    count = len(masks)
    columns = [
        pa.array([source] * count, pa.string()),
        pa.array([file] * count, pa.string()),
        pa.array(np.arange(first, first + count)),
        pa.array(residents, type=pa.string()),
        name_lists(masks, CHANNELS),
    ]
    return pa.Table.from_arrays(columns, schema=ROWS)


def shock_table(world: World) -> pa.Table:
    """The shocks of one township."""
    people, shocks = world.people, world.shocks
    columns = [
        pa.array(people.household_id[shocks.person], pa.string()),
        pa.array(people.resident_id[shocks.person], pa.string()),
        pa.array(words(KINDS, shocks.kind), pa.string()),
        pa.array(shocks.day.astype(np.int32)).cast(pa.date32()),
    ]
    return pa.Table.from_arrays(columns, schema=SHOCKS)


@dataclass(frozen=True)
class _Trouble:
    """Per household: bits of the families, last day of a shock, what is left per head, whether hospitals took too much."""

    families: Ints
    last: Ints
    left: Floats
    is_heavy: Flags


def _trouble(world: World, homes: int) -> _Trouble:
    people, standing, shocks = world.people, world.standing, world.shocks
    home = people.household[shocks.person]
    families, last = np.zeros(homes, dtype=np.int64), np.full(homes, -1, dtype=np.int64)
    np.bitwise_or.at(families, home, 1 << shocks.kind)
    np.maximum.at(last, home, shocks.day)
    earners = np.maximum(np.bincount(people.household, weights=standing.months_worked > 0), 1)
    share = np.ones(len(earners))
    for kind, loss in LOSS.items():
        struck = people.household[shocks.of(kind)[0]]
        share[struck] *= 1 - loss / earners[struck]
    share[people.household[shocks.of(CROP_FAILURE)[0]]] *= 1 - CROP_LOSS
    paid = np.bincount(people.household[world.bills.person], weights=world.bills.paid, minlength=len(earners))
    income = standing.household_income.astype(np.float64)
    left = income * share - paid / standing.household_size
    is_heavy = paid > HEAVY * np.maximum(income, 1) * standing.household_size
    return _Trouble(families, last, left[:homes], is_heavy[:homes])


def _answered(world: World, homes: int, last: Ints) -> Flags:
    """Households with a settled verdict since their last shock."""
    verdicts = world.verdicts
    day = np.full(homes, -2, dtype=np.int64)
    settled = verdicts.outcome < SETTLED
    np.maximum.at(day, verdicts.household[settled], verdicts.day[settled])
    return day >= last


def _reasons(world: World, homes: int) -> tuple[Ints, Ints]:
    """Why code (POOR and later mean a visit) and family bits of every household."""
    standing, trouble = world.standing, _trouble(world, homes)
    dibao = standing.household_dibao[:homes]
    helped = (standing.household_kind[:homes] == 2) & ~standing.household_cleared[:homes]
    poor = (standing.household_income[:homes] < LINE) & ~dibao & (standing.household_kind[:homes] < 2)
    struck = trouble.families > 0
    why = np.select(
        [
            helped & (struck | trouble.is_heavy),
            _answered(world, homes, trouble.last) & (struck | trouble.is_heavy | poor),
            (trouble.families >> DROPOUT & 1) > 0,
            ((trouble.families >> DISABILITY & 1) > 0) & ~dibao,
            (struck | trouble.is_heavy) & (trouble.left < SQUEEZE * LINE),
            poor,
            struck,
        ],
        [MONITORED, ANSWERED, LEFT_SCHOOL, DISABLED, SQUEEZED, POOR, COPES],
        default=NOTHING,
    )
    families = trouble.families | np.where(trouble.is_heavy, 1 << SEVERE_ILLNESS, 0) | np.where(poor, 1 << INCOME, 0)
    return why, np.where(why >= POOR, families, 0)


def ideal_table(world: World) -> pa.Table:
    """What an officer who knew the truth would decide for each household of one township."""
    people = world.people
    heads = np.flatnonzero(people.relation[: people.residents] == 0)
    why, families = _reasons(world, len(heads))
    columns = [
        pa.array(people.household_id[heads], pa.string()),
        pa.array(words(("none", "visit"), why >= POOR), pa.string()),
        name_lists(families, (*FAMILIES, "收入")),
        pa.array(words(WHYS, why), pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=IDEAL)


class Ledger:
    """The three truth files while they are written, one row group per township."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        schemas = {"rows": ROWS, "shocks": SHOCKS, "ideal": IDEAL}
        self._writers = {
            name: pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd") for name, schema in schemas.items()
        }
        self.deserving = 0
        self.households = 0

    def put_rows(self, tables: list[pa.Table]) -> None:
        if tables:
            self._writers["rows"].write_table(pa.concat_tables(tables).combine_chunks())

    def put_world(self, world: World) -> None:
        ideal = ideal_table(world)
        self.households += ideal.num_rows
        self.deserving += int(np.count_nonzero(ideal["decision"].to_numpy() == "visit"))
        self._writers["ideal"].write_table(ideal)
        self._writers["shocks"].write_table(shock_table(world))

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()
