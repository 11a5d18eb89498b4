"""A quarter in figures, from the run folders of its nights: counts, medians and shares, and nothing about a single household.

Formulas, all counted in cases (one household each) unless said otherwise:

* opened, visited, identified, closed: cases whose day of it lies in the quarter
* confirmed share = confirmed / concluded visits of the quarter, with Wilson's interval of 95 % (Wilson 1927, JASA 22)
* days to visit = visited_on - opened_on of the cases visited in the quarter, their median
* late share = of the cases whose visit was due in the quarter, those not visited by the day they were due
* error share of a feed = quarantined / judged rows of its deliveries of the quarter
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import duckdb

from engine import sql_text
from outcomes import CONCLUDED, CONFIRMED, IDENTIFIED, titles_sql
from outputs.sections import rows_of
from shares import wilson

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class QuarterAbout:
    """What the nights' tables do not say."""

    office: str
    notice: str
    area: str
    name: str
    start: date
    until: date
    end: date
    nights: tuple[date, ...]
    """Nights of the quarter that were run."""
    rules: Mapping[str, str]
    """Rule -> title."""
    kinds: Mapping[str, str]
    """Kind of problem -> title."""
    changes: Sequence[tuple[str, str, str]] = ()
    """Night, title of a rule, what changed."""

    @property
    def days(self) -> int:
        return (self.until - self.start).days + 1

    @property
    def is_thin(self) -> bool:
        """Whether fewer than half of the days have a night: what happened between them is seen late or not at all."""
        return 2 * len(self.nights) < self.days


@dataclass(frozen=True)
class QuarterFigures:
    """Everything the page shows; tables in the order of codes, for this is no ranking."""

    about: QuarterAbout
    called: str
    """What the places of `places` and `burden` are: counties, or the townships of the one county there is."""
    totals: dict[str, Any]
    tables: Mapping[str, Rows]

    def of(self, name: str) -> Rows:
        return self.tables[name]


def gather(connection: duckdb.DuckDBPyConnection, about: QuarterAbout) -> QuarterFigures:
    """The figures of a quarter, from the views `flows.quarterly.show_nights` makes."""
    told = {"start": about.start, "until": about.until, "area": about.area}
    for name, value in told.items():
        connection.execute(f"SET VARIABLE {name} = {sql_text(str(value))}{'' if name == 'area' else '::DATE'}")
    for statement in _PREPARED:
        connection.execute(statement)
    called = _place_cases(connection)
    tables = {name: rows_of(connection, query) for name, query in _QUERIES.items()}
    for name in ("rules", "sources", "places", "channels"):
        for row in tables[name]:
            row["share"] = wilson(row["confirmed"], row["concluded"])
    totals = rows_of(connection, _TOTALS)[0]
    totals["share"] = wilson(totals["confirmed"], totals["concluded"])
    totals["has_before"] = totals["has_before"] and about.until >= about.end and not about.is_thin
    return QuarterFigures(about, called, totals, tables)


def _place_cases(connection: duckdb.DuckDBPyConnection) -> str:
    """Create `told_place` and `placed_case`, and `placed_burden`; returns what a place is called."""
    several = len(rows_of(connection, "FROM told_county")) != 1
    column = "county" if several else "township"
    for statement in _PLACED:
        connection.execute(statement.format(place=column))
    return "县" if several else "乡镇"


_IN: Final = "BETWEEN getvariable('start') AND getvariable('until')"
_COUNTED: Final = f"""
    count(*) FILTER (opened_on {_IN}) AS opened, count(*) FILTER (is_visited) AS visited,
    count(*) FILTER (is_concluded) AS concluded, count(*) FILTER (is_confirmed) AS confirmed,
    count(*) FILTER (is_identified) AS identified"""

_PREPARED: Final = (
    f"""
    CREATE TABLE told_case AS
    SELECT c.*, visit_due, coalesce(visited_on {_IN}, false) AS is_visited,
        coalesce(visited_on {_IN} AND outcome IN ({titles_sql(CONCLUDED)}), false) AS is_concluded,
        coalesce(visited_on {_IN} AND outcome IN ({titles_sql(CONFIRMED)}), false) AS is_confirmed,
        coalesce(visited_on {_IN} AND outcome = {sql_text(IDENTIFIED)}, false) AS is_identified,
        coalesce(visit_due {_IN}, false) AS was_due,
        coalesce(visit_due {_IN} AND coalesce(visited_on, getvariable('until') + 1) > visit_due, false) AS was_late
    FROM case_file c LEFT JOIN (
        SELECT warning_id AS case_id, arg_min(due_on, as_of) AS visit_due FROM ledger GROUP BY warning_id
    ) USING (case_id)""",
    """
    CREATE TABLE told_county AS
    SELECT DISTINCT ON (county) county, county_name FROM (
        SELECT county, county_name, count(*) AS rows FROM resident
        WHERE county IS NOT NULL AND starts_with(county, getvariable('area')) GROUP BY ALL
        UNION ALL SELECT county, county_name, count(*) FROM case_file WHERE county IS NOT NULL GROUP BY ALL
    ) ORDER BY county, county_name IS NULL, rows DESC, county_name""",
    """
    CREATE TABLE told_feed AS
    SELECT DISTINCT ON (source) source, title, owner, state, cadence, night FROM every_source_status
    ORDER BY source, night DESC""",
)

_PLACED: Final = (
    """
    CREATE TABLE told_place AS
    SELECT DISTINCT ON (place) place, name FROM (
        SELECT {place} AS place, {place}_name AS name, count(*) AS rows FROM resident SEMI JOIN told_county USING (county)
        WHERE {place} IS NOT NULL GROUP BY ALL
        UNION ALL SELECT {place}, {place}_name, count(*) FROM case_file WHERE {place} IS NOT NULL GROUP BY ALL
    ) ORDER BY place, name IS NULL, rows DESC, name""",
    "CREATE VIEW placed_case AS SELECT *, {place} AS place FROM told_case",
    """
    CREATE VIEW placed_burden AS
    SELECT {place} AS place, sum(merged)::BIGINT AS merged, sum(avoided)::BIGINT AS avoided FROM burden GROUP BY {place}""",
)

_TOTALS: Final = f"""
SELECT {_COUNTED}, count(*) FILTER (closed_on {_IN}) AS closed, count(*) FILTER (closed_on {_IN} AND closed_as = '纳入监测') AS
    monitored, count(*) FILTER (state <> 'closed') AS open, count(*) FILTER (timeliness IN ('overdue', 'escalated')) AS over,
    count(*) FILTER (was_due) AS due, count(*) FILTER (was_late) AS late,
    median(visited_on - opened_on) FILTER (is_visited) AS days_to_visit,
    count(*) FILTER (opened_on BETWEEN getvariable('start') - INTERVAL 3 MONTH AND getvariable('start') - 1) AS opened_before,
    coalesce(min(opened_on) < getvariable('start') - INTERVAL 2 MONTH, false) AS has_before,
    (SELECT count(DISTINCT warning_id) FROM every_warning WHERE first_seen {_IN}) AS warned,
    (SELECT count(DISTINCT household_id) FROM every_warning) AS warned_households,
    (SELECT count(*) FROM exit_watch WHERE verdict = 'proposed') AS exits,
    (SELECT count(*) FROM reentry WHERE back_on {_IN}) AS back,
    (SELECT count(*) FROM problem WHERE opened_on {_IN}) AS problems_opened,
    (SELECT count(*) FROM problem WHERE state = 'struck_off' AND closed_on {_IN}) AS problems_struck,
    (SELECT count(*) FROM problem WHERE state = 'gone' AND closed_on {_IN}) AS problems_gone,
    (SELECT count(*) FROM problem WHERE state = 'open') AS problems_open,
    (SELECT count(*) FROM problem WHERE state = 'overdue') AS problems_overdue
FROM told_case"""

_SHARES: Final = {
    "rules": f"""
        SELECT name, {_COUNTED} FROM (SELECT *, unnest(rules) AS name FROM told_case)
        GROUP BY name HAVING opened + visited > 0 ORDER BY name""",
    "sources": f"""
        SELECT coalesce(f.title, name) AS name, any_value(f.owner) AS owner, {_COUNTED}
        FROM (SELECT *, unnest(sources) AS name FROM told_case) c LEFT JOIN told_feed f ON f.source = c.name
        GROUP BY c.name, f.title HAVING opened + visited > 0 ORDER BY c.name""",
    "channels": f"""
        SELECT array_to_string(list_sort(channels), '+') AS name, {_COUNTED} FROM told_case
        GROUP BY name HAVING opened + visited > 0 ORDER BY name""",
    "places": f"""
        SELECT n.place, coalesce(n.name, n.place) AS name, count(*) FILTER (state <> 'closed') AS open,
            count(*) FILTER (timeliness = 'overdue') AS overdue, count(*) FILTER (timeliness = 'escalated') AS escalated,
            count(*) FILTER (was_due) AS due, count(*) FILTER (was_late) AS late,
            median(visited_on - opened_on) FILTER (is_visited) AS days_to_visit, max(opened_on) AS last_opened, {_COUNTED}
        FROM told_place n LEFT JOIN placed_case c USING (place) GROUP BY n.place, n.name ORDER BY n.place""",
}

_QUERIES: Final = _SHARES | {
    "weeks": f"""
        WITH week AS (
            SELECT unnest(generate_series(
                date_trunc('week', getvariable('start')), getvariable('until'), INTERVAL 7 DAY
            ))::DATE AS week
        ),
        told AS (
            SELECT date_trunc('week', first_seen)::DATE AS week, '新增预警' AS what, count(DISTINCT warning_id) AS count
            FROM every_warning WHERE first_seen {_IN} GROUP BY ALL
            UNION ALL
            SELECT date_trunc('week', opened_on)::DATE, '新立个案', count(*) FROM told_case WHERE opened_on {_IN} GROUP BY ALL
            UNION ALL
            SELECT date_trunc('week', visited_on)::DATE, '已入户核实', count(*) FROM told_case WHERE is_visited GROUP BY ALL
        )
        SELECT week, what, is_seen, if(is_seen OR what = '已入户核实', coalesce(count, 0), count) AS count
        FROM (
            SELECT week, week IN (SELECT date_trunc('week', night)::DATE FROM every_source_status) AS is_seen FROM week
        ) CROSS JOIN (SELECT unnest(['新增预警', '新立个案', '已入户核实']) AS what) LEFT JOIN told USING (week, what)
        ORDER BY week, what""",
    "outcomes": """
        SELECT outcome AS name, count(*) AS count FROM told_case WHERE is_visited GROUP BY outcome
        ORDER BY count DESC, name""",
    "families": f"""
        SELECT family AS name, count(*) AS count FROM (SELECT unnest(families) AS family FROM told_case WHERE opened_on {_IN})
        GROUP BY family ORDER BY count DESC, name""",
    "feeds": f"""
        SELECT f.source, f.title, f.owner, f.state, f.cadence,
            (SELECT count(*) FROM delivery d WHERE d.source = f.source AND d.received_on {_IN}) AS deliveries,
            count(*) AS nights, count(*) FILTER (s.state = 'late') AS late_nights, coalesce(max(s.days_late), 0) AS days_late,
            count(*) FILTER (s.state = 'unchanged') AS unchanged_nights,
            count(*) FILTER (s.state = 'nearly_empty') AS empty_nights, any_value(q.judged) AS judged,
            any_value(q.quarantined) AS quarantined, any_value(q.held) AS held
        FROM told_feed f JOIN every_source_status s USING (source) LEFT JOIN (
            SELECT source, sum(judged)::BIGINT AS judged, sum(quarantined)::BIGINT AS quarantined,
                sum(held_batches)::BIGINT AS held
            FROM sender_quality WHERE unit = '' AND received_on {_IN} GROUP BY source
        ) q USING (source)
        GROUP BY f.source, f.title, f.owner, f.state, f.cadence ORDER BY f.source""",
    "alarms": """
        SELECT kind, title, arg_max(message, (night, alarm_id)) AS message, min(night) AS first, max(night) AS last,
            count(DISTINCT night) AS nights, min(p_value) AS p_value
        FROM every_alarm GROUP BY kind, county, source, place, family, title
        ORDER BY kind <> 'cluster', first, kind, title, message""",
    "problem_kinds": f"""
        SELECT kind, count(*) FILTER (opened_on {_IN}) AS opened,
            count(*) FILTER (state = 'struck_off' AND closed_on {_IN}) AS struck,
            count(*) FILTER (state = 'gone' AND closed_on {_IN}) AS gone, count(*) FILTER (state = 'open') AS open,
            count(*) FILTER (state = 'overdue') AS overdue
        FROM problem GROUP BY kind HAVING opened + struck + gone + open + overdue > 0 ORDER BY kind""",
    "overdue_problems": """
        SELECT * FROM problem WHERE state = 'overdue' ORDER BY due_on, kind, problem_id""",
    "exits": "SELECT verdict, count(*) AS count FROM exit_watch GROUP BY verdict ORDER BY verdict",
    "reentries": f"""
        SELECT coalesce(n.county_name, r.county, '') AS name, count(*) AS count, median(months) AS months
        FROM reentry r LEFT JOIN told_county n USING (county) WHERE back_on {_IN} GROUP BY r.county, n.county_name
        ORDER BY r.county""",
    "burden": f"""
        WITH asked AS (
            SELECT place, village, date_trunc('month', opened_on) AS month, count(*) AS asked FROM placed_case
            WHERE opened_on {_IN} GROUP BY ALL
        )
        SELECT n.place, coalesce(n.name, n.place) AS name, coalesce(sum(asked), 0)::BIGINT AS asked,
            count(DISTINCT village) AS villages, coalesce(max(asked), 0) AS most, coalesce(any_value(merged), 0) AS merged,
            coalesce(any_value(avoided), 0) AS avoided
        FROM told_place n LEFT JOIN asked USING (place) LEFT JOIN placed_burden b USING (place)
        GROUP BY n.place, n.name ORDER BY n.place""",
}
