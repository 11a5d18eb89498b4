"""One warning per household, with a score whose parts add up, and its place in the order of visits."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

import tables
from engine import conform, sql_text
from errors import Fault
from outputs.weights import Weights

PARTS: Final = (
    "风险程度",
    "超出标准",
    "风险种类",
    "新近发生",
    "家庭无劳动力",
    "患病残疾成员",
    "未成年人",
    "老年人",
    "脱贫户或监测对象",
    "接近标准",
)
"""The parts of a score, in the order a person reads them; `warning.parts` holds them with sorted keys."""

TIE_BREAK: Final = "score DESC, len(families) DESC, event_on DESC NULLS LAST, household_id"
"""The one declared order of warnings; household_id makes it total."""

FIRED: Final = """
fired AS (
    SELECT household_id, family, max(severity) AS severity
    FROM open_signal WHERE verdict = 'fires' GROUP BY household_id, family
),
family_order AS (
    SELECT *, row_number() OVER (PARTITION BY household_id ORDER BY severity DESC, family) AS place FROM fired
)"""

HOUSEHOLD: Final = """
member AS (SELECT * FROM resident SEMI JOIN fired USING (household_id)),
home AS (  -- where its members disagree about the place, the head's is taken
    SELECT * FROM member
    QUALIFY row_number() OVER (PARTITION BY household_id ORDER BY relation IS DISTINCT FROM '户主', resident_id) = 1
)"""

SPOKEN: Final = """
spoken AS (
    SELECT s.household_id, s.signal_id,
        CASE WHEN s.resident_id IS NULL THEN '' ELSE coalesce(nullif(m.relation, '其他'), '家庭成员') || '：' END
            || s.reason || CASE s.verdict WHEN 'near' THEN '（接近标准）' ELSE '' END AS text,
        row_number() OVER (
            PARTITION BY s.household_id ORDER BY s.verdict = 'near', s.severity DESC, s.rule, s.resident_id, s.signal_id
        ) AS place
    FROM open_signal s SEMI JOIN fired USING (household_id)
    LEFT JOIN member m ON m.household_id = s.household_id AND m.resident_id = s.resident_id
),
reasons AS (
    SELECT household_id, list(text ORDER BY place) AS reasons
    FROM (SELECT household_id, text, min(place) AS place FROM spoken GROUP BY household_id, text) GROUP BY household_id
),
signals AS (SELECT household_id, list(signal_id ORDER BY place) AS signals FROM spoken GROUP BY household_id)"""

RESULT: Final = f"""
SELECT warning_id, household_id, county, county_name, township, township_name, village, village_name, household_type,
    score, parts, tier,
    row_number() OVER (ORDER BY {TIE_BREAK})::INTEGER AS rank,
    row_number() OVER (PARTITION BY county ORDER BY {TIE_BREAK})::INTEGER AS county_rank,
    row_number() OVER (PARTITION BY county, township ORDER BY {TIE_BREAK})::INTEGER AS township_rank,
    families, reasons, signals, event_on, first_seen, status, due_on
FROM tiered ORDER BY rank"""


def rank(
    connection: duckdb.DuckDBPyConnection, weights: Weights, as_of: date, visit_within_days: int, previous: Path | None
) -> None:
    """Create `warning` (WARNING) from `open_signal` and `resident`: one per household with a signal that fires.

    `previous` is the Parquet file of an earlier night's warnings: a household on it keeps its id, first day and due
    day.  Raises Fault if a signal's household is not in the roster or a score is not the sum of its parts.
    """
    steps = (
        FIRED,
        _families(weights),
        _magnitudes(weights, as_of),
        HOUSEHOLD,
        _vulnerability(weights, as_of),
        SPOKEN,
        _before(previous, as_of),
        _parts(weights),
        _tiered(weights, as_of, visit_within_days),
    )
    connection.execute(f"CREATE OR REPLACE TABLE warning AS WITH {','.join(steps)} {RESULT}")
    conform(connection, "warning", tables.WARNING)
    _verify(connection)


def _families(weights: Weights) -> str:
    """Per household: its firing families, and the points of their strongest signals."""
    return f"""
by_family AS (
    SELECT household_id, list(family ORDER BY place) AS families,
        sum(CASE place WHEN 1 THEN severity ELSE severity * {weights.severity.further_percent} // 100 END) AS severity,
        {_capped("count(*) - 1", weights.families.each, weights.families.cap)} AS further
    FROM family_order GROUP BY household_id
)"""


def _magnitudes(weights: Weights, as_of: date) -> str:
    """Per household: how far beyond, how recent, how many near; an unknown ratio or date earns nothing."""
    has_size = f"NOT list_contains([{_texts(weights.excess.ignored_units)}]::VARCHAR[], coalesce(unit, ''))"
    excess = _case(
        (f"threshold > 0 AND (observed >= threshold * {s.ratio:f} OR observed * {s.ratio:f} <= threshold)", s.points)
        for s in reversed(weights.excess.steps)
    )
    recency = _case(
        (f"max(event_on) FILTER (verdict = 'fires') >= {_day(as_of)} - {s.within_days}", s.points)
        for s in weights.recency.steps
    )
    return f"""
by_signal AS (
    SELECT household_id, max(event_on) FILTER (verdict = 'fires') AS event_on, {recency} AS recency,
        coalesce(max({excess}) FILTER (verdict = 'fires' AND {has_size}), 0) AS excess,
        {_capped("count(*) FILTER (verdict = 'near')", weights.near.each, weights.near.cap)} AS near
    FROM open_signal SEMI JOIN fired USING (household_id) GROUP BY household_id
)"""


def _vulnerability(weights: Weights, as_of: date) -> str:
    """Per household, from the roster: what makes it less able to bear a shock; an empty field earns nothing."""
    household = weights.household
    child = f"birth_date > {_day(as_of)} - INTERVAL {household.no_labour.assumed_under_age} YEAR"
    idle = f"coalesce(labour IN ({_texts(household.no_labour.terms)}), {child}, false)"
    ill = f"list_has_any(string_split(health, ','), [{_texts(household.ill.terms)}])"
    minor = f"birth_date > {_day(as_of)} - INTERVAL {household.minor.under_age} YEAR"
    elderly = f"birth_date <= {_day(as_of)} - INTERVAL {household.elderly.from_age} YEAR"
    return f"""
vulnerability AS (
    SELECT household_id, CASE WHEN bool_and({idle}) THEN {household.no_labour.points} ELSE 0 END AS no_labour,
        {_capped(f"count(*) FILTER ({ill})", household.ill.each, household.ill.cap)} AS ill,
        {_capped(f"count(*) FILTER ({minor})", household.minor.each, household.minor.cap)} AS minors,
        {_capped(f"count(*) FILTER ({elderly})", household.elderly.each, household.elderly.cap)} AS elderly
    FROM member GROUP BY household_id
)"""


def _before(previous: Path | None, as_of: date) -> str:
    """Since when an earlier night warned of a household; ranking one night twice changes nothing."""
    known = (
        f"read_parquet({sql_text(str(previous))})"
        if previous
        else "(VALUES (NULL::VARCHAR, NULL::DATE)) t(household_id, first_seen)"
    )
    return f"""
before AS (SELECT household_id, first_seen AS seen_before FROM {known} WHERE first_seen < {_day(as_of)})"""


def _parts(weights: Weights) -> str:
    """Per household: the points of every part, still apart."""
    types = _case((f"household_type = {sql_text(name)}", points) for name, points in sorted(weights.household.types.items()))
    points = ("severity", "excess", "further", "recency", "no_labour", "ill", "minors", "elderly", types, "near")
    fields = ", ".join(f"{sql_text(name)}: ({value})::INTEGER" for name, value in sorted(zip(PARTS, points, strict=True)))
    return f"""
scored AS (
    SELECT *, to_json({{{fields}}})::VARCHAR AS parts, ({" + ".join(points)})::INTEGER AS score
    FROM by_family JOIN by_signal USING (household_id) JOIN reasons USING (household_id) JOIN signals USING (household_id)
    LEFT JOIN home USING (household_id) LEFT JOIN vulnerability USING (household_id) LEFT JOIN before USING (household_id)
)"""


def _tiered(weights: Weights, as_of: date, visit_within_days: int) -> str:
    """Per household: tier and dates; the id lasts as long as the warning and tells nothing of the household."""
    return f"""
dated AS (SELECT *, coalesce(seen_before, {_day(as_of)}) AS first_seen FROM scored),
tiered AS (
    SELECT *, 'W' || upper(substr(sha256(household_id || chr(10) || first_seen::VARCHAR), 1, 12)) AS warning_id,
        CASE WHEN score >= {weights.tiers.red} THEN '红' WHEN score >= {weights.tiers.orange} THEN '橙' ELSE '黄' END AS tier,
        CASE WHEN seen_before IS NULL THEN '新增' ELSE '持续' END AS status,
        first_seen + {visit_within_days} AS due_on
    FROM dated
)"""


def _verify(connection: duckdb.DuckDBPyConnection) -> None:
    """Fail unless every score is the sum of its parts, every household has a place, and no id names two warnings."""
    row = connection.execute("""
        SELECT count(*) FILTER (score IS DISTINCT FROM list_sum(json_extract(parts, '$.*')::INTEGER[])),
            count(*) FILTER (county IS NULL), count(*) - count(DISTINCT warning_id)
        FROM warning""").fetchone()
    unequal, homeless, ambiguous = row or (0, 0, 0)
    if unequal or homeless or ambiguous:
        raise Fault(
            f"warnings: {unequal} scores differ from their parts, {homeless} households are not in the roster, "
            f"{ambiguous} ids are used twice"
        )


def _case(branches: Iterable[tuple[str, int]]) -> str:
    """Points of the first condition that holds, else 0."""
    whens = " ".join(f"WHEN {condition} THEN {points}" for condition, points in branches)
    return f"CASE {whens} ELSE 0 END" if whens else "0"


def _capped(count: str, each: int, cap: int) -> str:
    return f"least(({count}) * {each}, {cap})"


def _texts(values: Iterable[str]) -> str:
    return ", ".join(sql_text(value) for value in sorted(values))


def _day(day: date) -> str:
    return f"DATE '{day.isoformat()}'"
