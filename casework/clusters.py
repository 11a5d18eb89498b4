"""Large-scale risk: households newly warned of that crowd in one county, township or village within a few weeks.

A household counts on the day its event happened, not on the day the office heard of it: a feed that comes late fills the weeks
it belongs to.  Of each feed only the place's share is looked at, given how many came from that feed in the same weeks from the
county (for a county: from the whole office): a new feed, or one that comes after a gap, raises all places at once and
calls none.  A county is compared in the feeds only that it has sent before.

For a place with share `s` of the households of what it is part of, the expected number in a window is the sum over feeds of
T s l, T the feed's total and l the place's own level, learnt from its past: (h + A l0) / (e + A) with h households seen in
that feed, e expected, and l0 the same over all feeds, drawn toward 1.  The variance adds to chance that households of one
event come together (rho, from pairs in past weeks) and that the level is uncertain.  Windows of one to eight weeks up to
tonight; every window, place and kind counts as a test.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import duckdb
import numpy as np

from casework.alarming import Alarm, amount
from casework.chance import crowd_p, over
from casework.large_scale import Kind, LargeScale
from casework.silence import Place
from engine import number, sql_text

WINDOWS: Final = (1, 2, 4, 8)
"""Weeks."""
PAST: Final = 364
"""Days of events that are looked at; those older than the windows are the place's past."""
BLOCK: Final = 28
FEWEST: Final = 5
"""Fewer households are no cluster.  Our own figure."""
PRIOR: Final = 2.0
"""A place is like its peers within a factor of about two before its past is known (gamma shape).  Our own figure."""
LINKED: Final = (0.002, 0.05)
"""Least and most correlation of households within one place and month.  Our own figures: the most, so that one flood does not
make all later ones look usual."""
MARGIN: Final = 1.2
"""On the estimated correlation.  Our own figure, from the bench."""

_HAPPENED: Final = """
CREATE OR REPLACE TEMP TABLE happened AS
WITH of_kind(kind, rule, family) AS (VALUES {kinds}),
read AS (SELECT "rule", min(source) AS source FROM rule_source GROUP BY "rule"),
told AS (
    SELECT k.kind, s.household_id, s.event_on AS day, coalesce(r.source, '') AS source
    FROM signal s JOIN of_kind k ON k.rule = s."rule" OR k.family = s.family LEFT JOIN read r ON r."rule" = s."rule"
    WHERE s.verdict = 'fires' AND coalesce(len(s.combines), 0) = 0 AND s.event_on BETWEEN {as_of} - {past} + 1 AND {as_of}
),
home AS (
    SELECT household_id, county, township, village FROM resident SEMI JOIN told USING (household_id)
    WHERE starts_with(county, {area})
    QUALIFY row_number() OVER (PARTITION BY household_id ORDER BY relation IS DISTINCT FROM '户主', resident_id) = 1
)
SELECT kind, household_id, max(day) AS day, arg_max(source, (day, source)) AS source, day > {as_of} - {recent} AS is_recent,
    any_value(county) AS county, any_value(township) AS township, any_value(village) AS village
FROM told JOIN home USING (household_id) GROUP BY kind, household_id, is_recent"""

_LEVELS: Final = """
    unnest([{{'level': 'county', 'parent': '', 'place': county}}, {{'level': 'township', 'parent': county, 'place': township}},
        {{'level': 'village', 'parent': county, 'place': village}}], recursive := true)"""

_SIZED: Final = f"""
CREATE OR REPLACE TEMP TABLE sized AS
SELECT *, households / sum(households) OVER (PARTITION BY level, parent) AS share FROM (
    SELECT level, parent, place, max(name) AS name, sum(households) AS households FROM (
        SELECT households, coalesce(CASE level WHEN 'county' THEN county_name WHEN 'township' THEN county_name || township_name
            ELSE county_name || township_name || village_name END, place) AS name, level, parent, place
        FROM (SELECT *, {_LEVELS} FROM (
            SELECT county, township, village, max(county_name) AS county_name, max(township_name) AS township_name,
                max(village_name) AS village_name, count(DISTINCT household_id) AS households
            FROM resident WHERE starts_with(county, {{area}}) GROUP BY ALL))
    ) WHERE place IS NOT NULL GROUP BY ALL
)"""

_LINKED: Final = f"""
WITH placed AS (SELECT kind, date_diff('day', day, {{as_of}}) // {BLOCK} AS block, {_LEVELS} FROM happened WHERE NOT is_recent),
cell AS (SELECT kind, level, parent, block, place, count(*) AS x FROM placed GROUP BY ALL),
whole AS (SELECT kind, level, parent, block, sum(x) AS t, sum(x * (x - 1)) AS agree FROM cell GROUP BY ALL),
alone AS (SELECT level, parent, sum(share * share) AS h FROM sized GROUP BY level, parent)
SELECT kind, level, coalesce((sum(agree) - sum(t * (t - 1) * h)) / nullif(sum(t * (t - 1) * (1 - h)), 0), 0) AS rho
FROM whole JOIN alone USING (level, parent) GROUP BY kind, level"""

_SCANNED: Final = f"""
WITH placed AS (
    SELECT kind, source, is_recent, date_diff('day', day, {{as_of}}) // 7 + 1 AS week, {_LEVELS} FROM happened
),
past AS (SELECT kind, level, parent, place, source, count(*) AS h FROM placed WHERE NOT is_recent GROUP BY ALL),
pasts AS (SELECT kind, level, parent, source, sum(h) AS e FROM past GROUP BY ALL),
known AS (SELECT kind, level, parent, place, sum(h) AS h FROM past GROUP BY ALL),
knowns AS (SELECT kind, level, parent, sum(h) AS e FROM known GROUP BY ALL),
seen AS (
    SELECT kind, level, parent, place, source, weeks, count(*) AS x
    FROM placed JOIN (SELECT unnest({list(WINDOWS)}) AS weeks) ON week <= weeks WHERE is_recent GROUP BY ALL
),
whole AS (SELECT kind, level, parent, source, weeks, sum(x) AS t FROM seen GROUP BY ALL),
crowd AS (
    SELECT kind, level, parent, place, weeks, name, share, coalesce(h, 0) AS h,
        (coalesce(h, 0) + {PRIOR}) / (coalesce(e, 0) * share + {PRIOR}) AS pull
    FROM (SELECT kind, level, parent, place, weeks FROM seen GROUP BY ALL HAVING sum(x) >= {FEWEST})
    JOIN sized USING (level, parent, place) LEFT JOIN known USING (kind, level, parent, place)
    LEFT JOIN knowns USING (kind, level, parent)
),
stratum AS (  -- a county in the feeds it has sent before, a township or village in all of its county's
    SELECT c.*, t, coalesce(x, 0) AS x,
        t * share * (coalesce(past.h, 0) + {PRIOR} * pull) / (coalesce(pasts.e, 0) * share + {PRIOR}) AS mean
    FROM crowd c JOIN whole USING (kind, level, parent, weeks)
    LEFT JOIN seen USING (kind, level, parent, place, weeks, source)
    LEFT JOIN past USING (kind, level, parent, place, source) LEFT JOIN pasts USING (kind, level, parent, source)
    WHERE level <> 'county' OR past.h > 0
)
SELECT kind, level, place, name, weeks, sum(x)::DOUBLE AS observed, sum(t)::DOUBLE AS total, sum(mean)::DOUBLE AS mean,
    h::DOUBLE AS h
FROM stratum GROUP BY kind, level, place, name, weeks, h HAVING sum(x) >= {FEWEST} ORDER BY kind, level, place, weeks"""


@dataclass(frozen=True)
class _Cell:
    """One place and window of one kind."""

    kind: str
    level: str
    place: str
    name: str
    weeks: int


def clusters(connection: duckdb.DuckDBPyConnection, asked: LargeScale, as_of: date, area: str) -> tuple[list[Alarm], int]:
    """Every crowd of the last weeks with its probability, and how many tests were made.

    Reads `signal`, `rule_source` and `resident`.
    """
    kinds = {kind.id: kind for kind in asked.kinds if kind.measure == "signals"}
    pairs = [f"({sql_text(one.id)}, {sql_text(rule)}, NULL)" for one in kinds.values() for rule in one.rules]
    pairs += [f"({sql_text(one.id)}, NULL, {sql_text(family)})" for one in kinds.values() for family in one.families]
    day, here = f"DATE '{as_of.isoformat()}'", sql_text(area)
    if not pairs:
        return [], 0
    connection.execute(_HAPPENED.format(kinds=", ".join(pairs), as_of=day, past=PAST, recent=7 * max(WINDOWS), area=here))
    if not number(connection, "SELECT count(*) FROM happened WHERE is_recent"):
        return [], 0
    connection.execute(_SIZED.format(area=here))
    rho = {(kind, level): found for kind, level, found in connection.execute(_LINKED.format(as_of=day)).fetchall()}
    rows = connection.execute(_SCANNED.format(as_of=day)).fetchall()
    tests = number(connection, "SELECT count(*) FROM sized") * len(kinds) * len(WINDOWS)
    connection.execute("DROP TABLE happened; DROP TABLE sized")
    cells = [_Cell(*row[:5]) for row in rows]
    figures = np.array([row[5:] for row in rows], dtype=float).reshape(-1, 4)
    linked = np.clip([MARGIN * rho.get((one.kind, one.level), 0.0) for one in cells], *LINKED)
    return list(_alarms(cells, figures, linked, kinds, as_of)), tests


def _alarms(
    cells: Sequence[_Cell], figures: np.ndarray, linked: np.ndarray, kinds: dict[str, Kind], as_of: date
) -> Iterator[Alarm]:
    """`figures`: observed, total, expected, own past."""
    observed, total, expected, own = figures.T
    chance = expected * (1.0 + np.maximum(total - 1.0, 0.0) * linked)
    p = crowd_p(observed, expected, chance + expected**2 / (own + PRIOR))
    for cell, seen, mean, found in zip(cells, observed.tolist(), expected.tolist(), p.tolist(), strict=True):
        yield _alarm(cell, kinds[cell.kind], seen, mean, found, as_of)


def _alarm(cell: _Cell, kind: Kind, seen: float, mean: float, p: float, as_of: date) -> Alarm:
    since = as_of - timedelta(days=7 * cell.weeks - 1)
    return Alarm(
        kind="cluster",
        subject=f"{kind.id}\n{cell.place}",
        county=cell.place[:6],
        place=None if cell.level == "county" else cell.place,
        family=kind.title,
        p=p,
        since=since,
        observed=seen,
        expected=mean,
        title=f"{kind.title}：{cell.name} {cell.weeks} 周内 {seen:,.0f} 户",
        message=f"{cell.name}自 {since} 以来的 {cell.weeks} 周里有 {seen:,.0f} 户新出现“{kind.title}”一类的预警；按同期各来源的"
        f"总数、这里的户数和以往，应约有 {amount(mean)} 户。请核实：{kind.ask}。",
    )


def apart(called: Sequence[Alarm]) -> list[Alarm]:
    """Of crowds that contain each other or are the same place in other windows, only the least probable one."""
    kept: list[Alarm] = []
    for one in sorted(called, key=lambda alarm: (alarm.p, alarm.subject, alarm.since)):
        code = one.place or one.county or ""
        others = [other.place or other.county or "" for other in kept if other.family == one.family]
        if not any(code.startswith(other) or other.startswith(code) for other in others):
            kept.append(one)
    return kept


def overdue(connection: duckdb.DuckDBPyConnection, asked: LargeScale, found: Sequence[Place], as_of: date) -> list[Alarm]:
    """Places where far more of the open cases are overdue than elsewhere; from `case_file`."""
    kinds = [kind for kind in asked.kinds if kind.measure == "overdue"]
    key = "township" if found and found[0].township else "county"
    rows = connection.execute(f"""
        SELECT {key}, count(*), count(*) FILTER (timeliness IN ('overdue', 'escalated')) FROM case_file
        WHERE clock IS NOT NULL GROUP BY ALL ORDER BY ALL""").fetchall()
    units = {one.code: one for one in found}
    rows = [row for row in rows if row[0] in units]
    if not kinds or len(rows) < 2:
        return []
    size, hits = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    expected, p = over(hits, size)
    return [
        _overdue_alarm(kind, units[code], int(hit), int(of), float(mean), float(one), as_of)
        for (code, of, hit), mean, one in zip(rows, expected, p, strict=True)
        if hit >= FEWEST
        for kind in kinds
    ]


def _overdue_alarm(kind: Kind, place: Place, hit: int, of: int, mean: float, p: float, as_of: date) -> Alarm:
    return Alarm(
        kind="cluster",
        subject=f"{kind.id}\n{place.code}",
        county=place.county,
        place=place.township,
        family=kind.title,
        p=p,
        since=as_of,
        observed=hit,
        expected=mean,
        title=f"{kind.title}：{place.name}未办结 {of} 户中 {hit} 户超期",
        message=f"{place.name}未办结的 {of} 户中有 {hit} 户超期；按其他地方的比例应约有 {amount(mean)} 户。"
        f"请核实：{kind.ask}。",
    )
