"""`fangpin backtest`: past nights as known on those nights, held against who was identified later.

Nights on record are taken as they are; others are run in a home beside the office's own.  Nothing of the office's changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Final

import duckdb

from engine import number
from errors import UserError
from flows.past import FILE, SCHEMA, Past, open_night, show_run
from flows.running import Step
from flows.scratch import completed, run_in, scratch_home
from outputs.baselines import BASELINE_TITLES, rank_plainly
from outputs.hindsight import (
    REASONS,
    explain_misses,
    find_truth,
    gather_baselines,
    gather_lists,
    gather_monitored,
    start,
    trace,
)
from settings import Home, Settings
from shares import wilson

LIST: Final = "list"
ORDERS: Final = {LIST: "本系统的名单", **BASELINE_TITLES}
"""What is compared at the same number of visits, and what people call it."""
HOW: Final = {"visit": "入户核实", "roster": "花名册"}
"""How an identification is known."""
SEED: Final = 1
"""Of the lots that the random order and ties are drawn by."""
MOST: Final = 400
"""Nights of one back-test: more are a slip of the keyboard."""


@dataclass(frozen=True)
class Hits:
    """Of the households on one night's list, how many were identified within the horizon; and of those identified, how many
    were on it."""

    order: str
    """`list`, or a baseline."""
    listed: int
    hits: int
    identified: int


@dataclass(frozen=True)
class Night:
    """One night of the back-test."""

    night: date
    was_recorded: bool
    is_complete: bool
    """Whether everything up to the end of its horizon is known by now."""
    orders: tuple[Hits, ...]
    """The list first, then the baselines."""


@dataclass(frozen=True)
class Household:
    """One household that was identified, and when it had first been listed, or why not."""

    household_id: str
    identified_on: date
    how: str
    """`visit` or `roster`."""
    first_listed: date | None
    missed: str
    """A key of `hindsight.REASONS`; '' if it was listed."""

    @property
    def lead(self) -> int | None:
        """Days from the first listing to the identification."""
        return None if self.first_listed is None else (self.identified_on - self.first_listed).days


@dataclass(frozen=True)
class Backtested:
    """What a back-test found; no person's value."""

    office: str
    notice: str
    horizon: int
    known_by: date
    nights: tuple[Night, ...]
    households: tuple[Household, ...]

    @property
    def leads(self) -> list[int]:
        return sorted(one.lead for one in self.households if one.lead is not None)

    @property
    def lead_quartiles(self) -> tuple[float, float, float] | None:
        """First quartile, median and third; None if nobody was listed in time."""
        leads = self.leads
        if len(leads) < 2:
            return (float(leads[0]),) * 3 if leads else None
        low, middle, high = quantiles(leads, n=4, method="inclusive")
        return low, middle, high

    @property
    def misses(self) -> list[tuple[str, int]]:
        """Reason in Chinese and how many households, in the order of REASONS."""
        found = [one.missed for one in self.households]
        return [(title, found.count(reason)) for reason, title in REASONS.items() if reason in found]

    def pooled(self, order: str) -> Hits:
        """All complete nights' entries of one order together."""
        some = [hits for night in self.nights if night.is_complete for hits in night.orders if hits.order == order]
        return Hits(order, sum(h.listed for h in some), sum(h.hits for h in some), sum(h.identified for h in some))

    def json(self) -> dict[str, object]:
        """The object `fangpin backtest --json` prints."""
        nights = [{**asdict(night), "night": night.night.isoformat()} for night in self.nights]
        households = [
            {**vars(one), "identified_on": one.identified_on.isoformat(), "lead": one.lead}
            | {"first_listed": one.first_listed and one.first_listed.isoformat()}
            for one in self.households
        ]
        pooled = [{**vars(hits), "precision": wilson(hits.hits, hits.listed)} for hits in map(self.pooled, ORDERS)]
        return {
            "horizon": self.horizon,
            "known_by": self.known_by.isoformat(),
            "nights": nights,
            "pooled": pooled,
            "identified": len(self.households),
            "listed_in_time": len(self.leads),
            "lead_quartiles": self.lead_quartiles,
            "misses": dict(self.misses),
            "households": households,
        }


def backtest(settings: Settings, nights: Sequence[date], horizon: int, step: Step, *, recompute: bool) -> Backtested:
    """Run what is not on record, gather every night, and hold the lists against what became known later."""
    with scratch_home(settings.home, with_runs=not recompute) as scratch:
        recorded = {day for day in nights if (scratch.run(day) / FILE).exists()}
        newest = max([settings.as_of, *nights, *map(_day, completed(scratch))])
        for day in sorted({*nights, newest}):
            if not (scratch.run(day) / FILE).exists():
                run_in(scratch, settings.office, day, step)
        with open_night(scratch, newest) as past:
            return _judge(past, scratch, nights, recorded, horizon)


def _day(run: Path) -> date:
    return date.fromisoformat(run.name)


def nights_between(first: date, last: date, every: int) -> list[date]:
    """The nights to ask.  Raises UserError."""
    count = (last - first).days // every + 1
    if not 0 < count <= MOST:
        raise UserError(
            file="fangpin backtest",
            expected=f"--from 不晚于 --to，最多 {MOST} 夜",
            found="次序反了" if count <= 0 else f"{count} 夜",
            do="改正日期，或把 --every 写大些",
        )
    return [first + timedelta(days=every * place) for place in range(count)]


def _judge(past: Past, scratch: Home, nights: Sequence[date], recorded: set[date], horizon: int) -> Backtested:
    db, known_by = past.db, past.declared.as_of
    start(db)
    for place, day in enumerate(nights):
        show_run(db, scratch.run(day), f"night_{place}")
        gather_lists(db, day, f"night_{place}")
        gather_monitored(db, day, f"night_{place}")
        _rank_plainly(db, day, f"night_{place}")
    gather_monitored(db, known_by, SCHEMA)
    find_truth(db, nights[0], min(known_by, nights[-1] + timedelta(days=horizon)))
    trace(db, horizon)
    for place, day in enumerate(nights):
        explain_misses(db, day, f"night_{place}", SCHEMA)
    rows = db.execute("""
        SELECT household_id, identified_on, how, first_listed, coalesce(reason, '')
        FROM traced LEFT JOIN missed USING (household_id) ORDER BY identified_on, household_id""").fetchall()
    found = tuple(
        Night(day, day in recorded, day + timedelta(days=horizon) <= known_by, tuple(_hits(db, day, horizon))) for day in nights
    )
    office = past.declared.office
    return Backtested(office.name, office.notice, horizon, known_by, found, tuple(Household(*row) for row in rows))


def _rank_plainly(db: duckdb.DuckDBPyConnection, day: date, schema: str) -> None:
    """The plain orders of that night's warned households, beside the list they are compared with."""
    db.execute(f"SET search_path = '{schema}'")
    db.execute("CREATE VIEW open_signal AS FROM signal ANTI JOIN suppressed USING (signal_id)")
    rank_plainly(db, SEED)
    db.execute(f"SET search_path = 'main,{SCHEMA}'")
    gather_baselines(db, day, schema)


def _hits(db: duckdb.DuckDBPyConnection, day: date, horizon: int) -> Iterator[Hits]:
    db.execute(f"""
        CREATE OR REPLACE TEMP VIEW soon AS
        SELECT household_id FROM truth WHERE identified_on > DATE '{day}' AND identified_on <= DATE '{day}' + {horizon}""")
    rows = db.execute(f"""
        WITH entry AS (
            SELECT 'list' AS ordered, household_id FROM listing WHERE night = DATE '{day}' AND is_listed
            UNION ALL SELECT baseline, household_id FROM plain_listing WHERE night = DATE '{day}'
        )
        SELECT ordered, count(*), count(*) FILTER (household_id IN (SELECT household_id FROM soon)), (SELECT count(*) FROM soon)
        FROM entry GROUP BY ordered
    """)
    found = {order: Hits(order, *numbers) for order, *numbers in rows.fetchall()}
    soon = number(db, "SELECT count(*) FROM soon")
    yield from (found.get(order, Hits(order, 0, 0, soon)) for order in ORDERS)
