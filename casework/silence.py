"""What stands still or is too alike: feeds, counties, verdicts; each with its probability if nothing is wrong.

With one county under the office its townships are compared instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

import duckdb
import numpy as np

from casework.alarming import Alarm, amount
from casework.chance import alike, gap_p, repeats_p, still
from casework.shrinking import Counts
from engine import sql_text
from outcomes import IDENTIFIED

REMEMBERED: Final = 400
"""Days of the past that are looked at."""
WINDOWS: Final = (30, 90)
"""Verdicts of the last so many days are compared: the short window sees sooner, the long one in small places."""
FEWEST: Final = 10
"""With fewer verdicts nothing is too alike.  Our own figure."""

RHYTHM: Final[Mapping[str, float]] = {
    "day": 1, "week": 7, "ten_days": 10, "month": 30.4, "quarter": 91.3, "half_year": 182.6, "year": 365.2,
}  # fmt: skip
"""Cadence of a contract -> days between two deliveries."""


@dataclass(frozen=True)
class Place:
    """A county, or a township of the only county, and its households."""

    code: str
    county: str
    name: str
    households: int

    @property
    def township(self) -> str | None:
        return None if self.code == self.county else self.code


def feeds(connection: duckdb.DuckDBPyConnection, as_of: date) -> list[Alarm]:
    """Of every feed that ever came: did it repeat itself, has it fallen quiet.  From `source_status` and `delivery`."""
    came: dict[str, list[tuple[date, str]]] = {}
    for source, day, batch in connection.execute(
        "SELECT source, received_on, batch_id FROM delivery ORDER BY source, position"
    ).fetchall():
        came.setdefault(source, []).append((day, batch))
    status = connection.table("source_status").to_arrow_table().to_pylist()
    return [alarm for row in status if (past := came.get(row["source"])) for alarm in _feed(row, past, as_of)]


def _feed(row: Mapping[str, Any], came: Sequence[tuple[date, str]], as_of: date) -> list[Alarm]:
    run = min(row["repeats_in_a_row"], len(came) - 1)
    return [_quiet(row, came, as_of), *([_unchanged(row, came, run)] if run else [])]


def _unchanged(row: Mapping[str, Any], came: Sequence[tuple[date, str]], run: int) -> Alarm:
    before = came[: len(came) - run]
    same, pairs = sum(one[1] == next_one[1] for one, next_one in pairwise(before)), len(before) - 1
    return Alarm(
        kind="feed_unchanged",
        subject=row["source"],
        source=row["source"],
        p=repeats_p(run, same, pairs),
        since=before[-1][0],
        observed=run,
        expected=run * repeats_p(1, same, pairs),
        title=f"{row['title']}：连续 {run} 次内容未变",
        message=f"“{row['title']}”自 {before[-1][0]} 起连续 {run} 次与前一次内容相同；此前 {pairs} 次中有 {same} 次相同。"
        f"请问{row['owner']}：是否送错了旧文件，系统是否还在更新。",
    )


def _quiet(row: Mapping[str, Any], came: Sequence[tuple[date, str]], as_of: date) -> Alarm:
    days = sorted({day for day, _ in came})
    gaps = np.array([(later - day).days for day, later in pairwise(days)], dtype=float)
    usual, quiet = RHYTHM.get(row["cadence"]), (as_of - days[-1]).days
    middle = float(np.median(gaps)) if len(gaps) else usual or 0.0
    return Alarm(
        kind="feed_quiet",
        subject=row["source"],
        source=row["source"],
        p=gap_p(quiet, gaps, usual),
        since=days[-1],
        observed=quiet,
        expected=middle,
        title=f"{row['title']}：{quiet} 天没有报送",
        message=f"“{row['title']}”自 {days[-1]} 以来 {quiet} 天没有收到，通常约每 {amount(middle)} 天一次。"
        f"请问{row['owner']}：是停报、推迟，还是没有这类情况。",
    )


def places(connection: duckdb.DuckDBPyConnection, area: str) -> list[Place]:
    """The office's counties with their households, from `resident`; with one county its townships."""
    rows = connection.execute(f"""
        SELECT county, township, max(county_name), max(township_name), count(DISTINCT household_id)
        FROM resident WHERE starts_with(county, {sql_text(area)}) AND township IS NOT NULL
        GROUP BY county, township ORDER BY county, township""").fetchall()
    towns = [Place(town, county, f"{name or county}{town_name or town}", n) for county, town, name, town_name, n in rows]
    counties: dict[str, Place] = {}
    for county, _, name, _, n in rows:
        before = counties[county].households if county in counties else 0
        counties[county] = Place(county, county, name or county, before + n)
    return list(counties.values()) if len(counties) > 1 else towns


@dataclass(frozen=True)
class _Tally:
    """Something a place should have now and then."""

    name: str
    day: str
    """Column of `case_file` with the day."""
    only: str
    size: str
    """What a place's share is expected from: its households, or its cases."""
    asked: str
    """Places that have such a case are asked at all."""
    noun: str
    ask: str


_TALLIES: Final = (
    _Tally("opened", "opened_on", "true", "households", "true", "新增预警户", "数据是否报送到这里，名单是否下发"),
    _Tally("visited", "visited_on", "true", "cases", "state = 'warned'", "入户核实结果", "名单是否收到，是否已入户而没有报回"),
    _Tally(
        "identified", "visited_on", f"outcome = {sql_text(IDENTIFIED)}", "cases", "true", "新识别户",
        "是否核实走了过场，是否有应纳未纳、体外循环",
    ),
)  # fmt: skip


def quiet_places(connection: duckdb.DuckDBPyConnection, found: Sequence[Place], as_of: date) -> list[Alarm]:
    """Places that have had none for long while their peers had some, from `case_file`: new cases, visits, identifications."""
    began = connection.execute("SELECT min(opened_on) FROM case_file").fetchone()
    if len(found) < 2 or began is None or began[0] is None:
        return []
    start = max(began[0], as_of - timedelta(days=REMEMBERED - 1))
    return [alarm for tally in _TALLIES for alarm in _still(connection, tally, found, start, as_of)]


def _still(
    connection: duckdb.DuckDBPyConnection, tally: _Tally, found: Sequence[Place], start: date, as_of: date
) -> list[Alarm]:
    key = _key(found)
    cases = dict(connection.execute(f"SELECT {key}, count(*) FROM case_file GROUP BY ALL").fetchall())
    asked = {code for (code,) in connection.execute(f"SELECT DISTINCT {key} FROM case_file WHERE {tally.asked}").fetchall()}
    sized = [(one, one.households if tally.size == "households" else cases.get(one.code, 0)) for one in found]
    units = [one for one, size in sized if size]
    if len(units) < 2:
        return []
    counts = np.zeros((len(units), (as_of - start).days + 1), dtype=np.int64)
    at = {one.code: number for number, one in enumerate(units)}
    for code, day, n in connection.execute(f"""
        SELECT {key}, date_diff('day', ?, {tally.day}), count(*) FROM case_file
        WHERE {tally.day} BETWEEN ? AND ? AND {tally.only} GROUP BY ALL""", [start, start, as_of]).fetchall():  # fmt: skip
        if code in at:
            counts[at[code], day] = n
    seen = still(counts, np.array([size for _, size in sized if size], dtype=float))
    told = zip(units, seen.days.tolist(), seen.expected.tolist(), seen.p.tolist(), strict=True)
    return [
        _still_alarm(tally, one, as_of - timedelta(days=days), days, expected, p)
        for one, days, expected, p in told
        if days and (tally.name == "opened" or one.code in asked)
    ]


def _still_alarm(tally: _Tally, place: Place, since: date, days: int, expected: float, p: float) -> Alarm:
    return Alarm(
        kind="county_still",
        subject=f"{tally.name}\n{place.code}",
        county=place.county,
        place=place.township,
        p=p,
        since=since,
        observed=0,
        expected=expected,
        title=f"{place.name}：{days} 天没有{tally.noun}",
        message=f"{place.name}自 {since} 起 {days} 天没有{tally.noun}，同期其他地方有；按这里的规模和以往，应约有 "
        f"{amount(expected)} 户。请核实：{tally.ask}。",
    )


def alike_places(connection: duckdb.DuckDBPyConnection, found: Sequence[Place], as_of: date) -> list[Alarm]:
    """Places whose verdicts of the last days are nearly all the same, or were nearly all found on one day; from `case_file`.

    Of a place's windows the less probable one, its probability multiplied by their number.
    """
    units = {place.code: place for place in found}
    least: dict[tuple[str, str], Alarm] = {}
    for days in WINDOWS:
        for one in _alike(connection, units, _key(found), as_of - timedelta(days=days - 1), as_of):
            before = least.get((one.kind, one.subject))
            if before is None or one.p < before.p:
                least[one.kind, one.subject] = one
    return [replace(one, p=min(1.0, len(WINDOWS) * one.p)) for one in least.values()]


def _alike(
    connection: duckdb.DuckDBPyConnection, units: Mapping[str, Place], key: str, since: date, as_of: date
) -> Iterator[Alarm]:
    for column, write in (("outcome", _alike_alarm), ("visited_on", _one_day_alarm)):
        rows = connection.execute(f"""
            SELECT {key}, {column}, count(*) FROM case_file WHERE outcome IS NOT NULL AND visited_on BETWEEN ? AND ?
            GROUP BY ALL ORDER BY ALL""", [since, as_of]).fetchall()  # fmt: skip
        counted, codes, answers = _crossed([row for row in rows if row[0] in units])
        if len(codes) < 2:
            continue
        seen = alike(counted, FEWEST)
        size = counted.sum(axis=1)
        for at in np.flatnonzero(size >= FEWEST):
            yield write(
                units[codes[at]], answers[seen.answer[at]], int(seen.observed[at]), int(size[at]), float(seen.expected[at]),
                float(seen.p[at]), since,
            )  # fmt: skip


def _crossed(rows: Sequence[tuple[str, Any, int]]) -> tuple[Counts, list[str], list[Any]]:
    """Counts of places by answers, the places, the answers."""
    codes, answers = sorted({row[0] for row in rows}), sorted({row[1] for row in rows})
    counted = np.zeros((len(codes), len(answers)), dtype=np.int64)
    for code, answer, n in rows:
        counted[codes.index(code), answers.index(answer)] = n
    return counted, codes, answers


def _alike_alarm(place: Place, answer: str, seen: int, size: int, expected: float, p: float, since: date) -> Alarm:
    return Alarm(
        kind="verdicts_alike",
        subject=place.code,
        county=place.county,
        place=place.township,
        p=p,
        since=since,
        observed=seen,
        expected=expected,
        title=f"{place.name}：{size} 户核实结论中 {seen} 户为“{answer}”",
        message=f"{place.name}自 {since} 以来报回 {size} 户，其中 {seen} 户的结论都是“{answer}”；按其他地方的分布应约有 "
        f"{amount(expected)} 户。请抽查几户，核实是否真的入户。",
    )


def _one_day_alarm(place: Place, day: date, seen: int, size: int, expected: float, p: float, since: date) -> Alarm:
    return Alarm(
        kind="verdicts_one_day",
        subject=place.code,
        county=place.county,
        place=place.township,
        p=p,
        since=since,
        observed=seen,
        expected=expected,
        title=f"{place.name}：{size} 户中 {seen} 户都在 {day} 入户",
        message=f"{place.name}自 {since} 以来报回 {size} 户，其中 {seen} 户写的入户日期都是 {day}；按其他地方的"
        f"分布这一天应约有 {amount(expected)} 户。请核实是否补填，并抽查几户。",
    )


def _key(found: Sequence[Place]) -> str:
    """Column of `case_file` that says which of these places a case is of."""
    return "township" if found and found[0].township else "county"
