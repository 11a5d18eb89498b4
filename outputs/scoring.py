"""The parts of a warning's score, as SQL: every part is whole points, and together they are the score."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from engine import sql_text
from outputs.weights import Weights

PARTS: Final = (
    "风险程度",
    "组合补足",
    "超出标准",
    "风险种类",
    "新近发生",
    "收入余地",
    "家庭无劳动力",
    "患病残疾成员",
    "未成年人",
    "老年人",
    "脱贫户或监测对象",
    "接近标准",
    "比对把握",
    "数据时效",
    "此前核实",
    "核实成效",
)
"""The parts of a score, in the order a person reads them; `warning.parts` holds them with sorted keys."""

_DOUBT: Final = """
fact AS (SELECT DISTINCT signal_id, unnest(evidence) AS row_id FROM open_signal WHERE verdict = 'fires'),
doubt AS (  -- a signal is as sure as its least sure row; the roster's own rows have no link
    SELECT signal_id, min(probability) AS probability, max(days_late) AS days_late
    FROM fact JOIN link USING (row_id) LEFT JOIN source_status USING (source) GROUP BY signal_id
)"""

_FAMILIES: Final = """
own AS (  -- a combination counts through what it adds to its parts, see `lift`
    SELECT *, coalesce(len(combines), 0) > 0 AS is_combination FROM (FROM open_signal LEFT JOIN doubted USING (signal_id))
    WHERE verdict = 'fires'
),
twin AS (  -- joined on equal keys before days are compared: as one LEFT JOIN every pair of signals would be looked at
    SELECT o.signal_id, p.family AS event_of
    FROM own o JOIN echo USING (family) JOIN own p ON p.household_id = o.household_id AND p.family = echo.event_of
        AND p.resident_id = o.resident_id
    WHERE abs(p.event_on - o.event_on) <= {within_days}
),
echoed AS (  -- families all of whose signals tell of an event that another family tells of too
    SELECT household_id, family, min(event_of) AS event_of FROM (
        SELECT o.household_id, o.family, o.signal_id, max(twin.event_of) AS event_of
        FROM own o JOIN echo USING (family) LEFT JOIN twin USING (signal_id)
        WHERE NOT o.is_combination GROUP BY ALL
    ) GROUP BY household_id, family HAVING count(*) = count(event_of)
),
cause AS (  -- the strongest signal of every independent risk
    SELECT *, row_number() OVER (PARTITION BY household_id ORDER BY net DESC, severity DESC, risk) AS place FROM (
        SELECT household_id, coalesce(event_of, family) AS risk, severity, unsure, late, severity - unsure - late AS net
        FROM own LEFT JOIN echoed USING (household_id, family) WHERE NOT is_combination
        QUALIFY row_number() OVER (PARTITION BY household_id, risk ORDER BY net DESC, severity DESC, signal_id) = 1
    )
),
spread AS (
    SELECT household_id, list(family ORDER BY is_combination, net DESC, family) AS families FROM (
        SELECT household_id, family, bool_and(is_combination) AS is_combination, max(severity - unsure - late) AS net
        FROM own GROUP BY household_id, family
    ) GROUP BY household_id
),
lift AS (
    SELECT household_id, max(severity - unsure - late) AS net FROM own WHERE is_combination GROUP BY household_id
)"""


def families_sql(weights: Weights) -> str:
    """CTEs up to `by_family`: what each household's independent risks count, less what their data leave in doubt."""
    same = weights.families.same_event
    echoes = [f"({sql_text(echo.family)}, {sql_text(echo.of)})" for echo in same.echoes]
    events = f"greatest(count(*) FILTER (severity >= {weights.severity.event_from}) - 1, 0)"
    return f"""{_DOUBT},
doubted AS (  -- together at most so much
    SELECT signal_id, least(unsure, most) AS unsure, least(late, most - least(unsure, most)) AS late
    FROM (SELECT signal_id, {_link_doubt(weights)} AS unsure, {_late_doubt(weights)} AS late,
            severity * {weights.confidence.at_most_percent} // 100 AS most
        FROM open_signal LEFT JOIN doubt USING (signal_id))
),
echo AS (SELECT * FROM (VALUES {", ".join(echoes or ["(NULL, NULL)"])}) t(family, event_of)),
{_FAMILIES.format(within_days=same.within_days).strip()},
counted AS (
    SELECT household_id, {_shares(weights, "severity")} AS severity, {_shares(weights, "unsure")} AS unsure,
        {_shares(weights, "late")} AS late, {capped(events, weights.families.each, weights.families.cap)} AS further
    FROM cause GROUP BY household_id
),
by_family AS (
    SELECT household_id, families, coalesce(severity, 0) AS severity, coalesce(further, 0) AS further,
        -coalesce(unsure, 0) AS unsure, -coalesce(late, 0) AS late,
        greatest(coalesce(lift.net, 0) - coalesce(severity - unsure - late, 0), 0) AS lift
    FROM spread LEFT JOIN counted USING (household_id) LEFT JOIN lift USING (household_id)
)"""


def _shares(weights: Weights, column: str) -> str:
    return f"sum(CASE place WHEN 1 THEN {column} ELSE {column} * {weights.severity.further_percent} // 100 END)"


def _link_doubt(weights: Weights) -> str:
    return points_of((f"probability < {step.below:f}", step.points) for step in reversed(weights.confidence.link))


def _late_doubt(weights: Weights) -> str:
    return points_of((f"days_late >= {step.days_late}", step.points) for step in reversed(weights.confidence.late))


def magnitudes_sql(weights: Weights, as_of: date) -> str:
    """CTE `by_signal`: how far beyond, how recent, how many families only near; an unknown ratio or date earns nothing."""
    has_size = f"NOT list_contains([{texts(weights.excess.ignored_units)}]::VARCHAR[], coalesce(unit, ''))"
    excess = points_of(
        (f"threshold > 0 AND (observed >= threshold * {s.ratio:f} OR observed * {s.ratio:f} <= threshold)", s.points)
        for s in reversed(weights.excess.steps)
    )
    struck_on = f"max(event_on) FILTER (verdict = 'fires' AND severity >= {weights.severity.event_from})"
    recency = points_of((f"{struck_on} >= {day_sql(as_of)} - {s.within_days}", s.points) for s in weights.recency.steps)
    near = "count(DISTINCT family) FILTER (verdict = 'near' AND NOT list_contains(families, family))"
    return f"""
by_signal AS (
    SELECT household_id, max(event_on) FILTER (verdict = 'fires') AS event_on, {struck_on} AS struck_on, {recency} AS recency,
        coalesce(max({excess}) FILTER (verdict = 'fires' AND coalesce(len(combines), 0) = 0 AND {has_size}), 0) AS excess,
        {capped(near, weights.near.each, weights.near.cap)} AS near
    FROM open_signal JOIN spread USING (household_id) GROUP BY household_id
)"""


def vulnerability_sql(weights: Weights, as_of: date) -> str:
    """CTE `vulnerability`, from the roster: what makes a household less able to bear a shock; an empty field earns nothing."""
    household = weights.household
    child = f"birth_date > {day_sql(as_of)} - INTERVAL {household.no_labour.assumed_under_age} YEAR"
    idle = f"coalesce(labour IN ({texts(household.no_labour.terms)}), {child}, false)"
    ill = f"list_has_any(string_split(health, ','), [{texts(household.ill.terms)}])"
    minor = f"birth_date > {day_sql(as_of)} - INTERVAL {household.minor.under_age} YEAR"
    elderly = f"birth_date <= {day_sql(as_of)} - INTERVAL {household.elderly.from_age} YEAR"
    return f"""
vulnerability AS (
    SELECT household_id, coalesce(bool_or(is_on_dibao = '是'), false) AS has_dibao,
        CASE WHEN bool_and({idle}) THEN {household.no_labour.points} ELSE 0 END AS no_labour,
        {capped(f"count(*) FILTER ({ill})", household.ill.each, household.ill.cap)} AS ill,
        {capped(f"count(*) FILTER ({minor})", household.minor.each, household.minor.cap)} AS minors,
        {capped(f"count(*) FILTER ({elderly})", household.elderly.each, household.elderly.cap)} AS elderly
    FROM member GROUP BY household_id
)"""


def visited_sql(weights: Weights, as_of: date) -> str:
    """CTE `visited`: the last visit of each household that found it coping or helped."""
    return f"""
visited AS (
    SELECT household_id, max(visited_on) AS visited_on FROM fact_visits
    WHERE outcome IN ({texts(weights.visited.outcomes)})
        AND visited_on BETWEEN {day_sql(as_of)} - {weights.visited.within_days} AND {day_sql(as_of)}
    GROUP BY household_id
)"""


def _visited(weights: Weights) -> str:
    """At most half of what the risks are worth, so that no score falls below nought."""
    points = f"CASE WHEN struck_on > visited_on THEN {weights.visited.something_new} ELSE {weights.visited.nothing_new} END"
    return f"CASE WHEN visited_on IS NULL THEN 0 ELSE -least({points}, (severity + lift) // 2) END"


def learnt_sql(weights: Weights) -> str:
    """CTE `learnt`: points of the best yield among a household's rules, none where the office does not use them.

    most x log(shrunk / mean) / log(full_ratio), between -most and most, in whole points; a rule that was never visited is
    taken to be like the mean of all.  Reads `yield` as it was before tonight's ranking.
    """
    if not weights.yields.on:
        return "\nlearnt AS (SELECT NULL::VARCHAR AS household_id, NULL::INTEGER AS learnt WHERE false)"
    most, ratio = weights.yields.most, f"{weights.yields.full_ratio:f}"
    return f"""
known AS (SELECT key AS "rule", ln(shrunk / toward) AS level FROM "yield" WHERE level = 'rule' AND shrunk IS NOT NULL),
learnt AS (
    SELECT household_id, round({most} * greatest(-1, least(1, max(coalesce(level, 0)) / ln({ratio}))))::INTEGER AS learnt
    FROM own LEFT JOIN known USING (rule) WHERE NOT is_combination GROUP BY household_id
)"""


def _learnt(points: Iterable[str]) -> str:
    """Takes off no more than all other parts are worth, so that no score falls below nought."""
    others = " + ".join(f"({value})" for value in points)
    return f"CASE WHEN coalesce(learnt, 0) = 0 THEN 0 ELSE greatest(learnt, -({others})) END"


def parts_sql(weights: Weights) -> str:
    """CTE `scored`: per household the points of every part as a list in the order of PARTS, as JSON, and their sum."""
    types = points_of((f"household_type = {sql_text(name)}", n) for name, n in sorted(weights.household.types.items()))
    margin = points_of(
        (f"struck_on IS NOT NULL AND NOT has_dibao AND income_per_head <= line * {s.up_to:f}", s.points)
        for s in weights.household.margin.steps
    )
    vulnerable = (margin, "no_labour", "ill", "minors", "elderly", types)
    others = ("severity", "lift", "excess", "further", "recency", *vulnerable, "near", "unsure", "late", _visited(weights))
    points = (*others, _learnt(others))
    fields = ", ".join(f"{sql_text(name)}: ({value})::INTEGER" for name, value in sorted(zip(PARTS, points, strict=True)))
    return f"""
scored AS (
    SELECT *, [{", ".join(f"({value})::INTEGER" for value in points)}] AS points, to_json({{{fields}}})::VARCHAR AS parts,
        ({" + ".join(points)})::INTEGER AS score
    FROM by_family JOIN by_signal USING (household_id) JOIN reasons USING (household_id) JOIN signals USING (household_id)
    LEFT JOIN home USING (household_id) LEFT JOIN visited USING (household_id) LEFT JOIN drawn USING (household_id)
    LEFT JOIN vulnerability USING (household_id) LEFT JOIN before USING (household_id) LEFT JOIN learnt USING (household_id)
)"""


def above_sql(next_one: str) -> str:
    """Why a warning stands before the next one of its county, in words: the parts in which they differ, largest gain first.

    `next_one` is the window over which the next one follows.
    """
    names = ", ".join(sql_text(name) for name in PARTS)
    following = f"lead(points) OVER {next_one}"
    differing = (
        f"list_sort(list_filter(list_transform(range(1, {len(PARTS) + 1}), "
        f"lambda i: {{'less': {following}[i] - points[i], 'part': i}}), lambda d: d.less <> 0))"
    )
    told = f"""array_to_string(list_transform({differing}, lambda d: [{names}][d.part] || ' '
        || CASE WHEN d.less < 0 THEN '+' ELSE '−' END || abs(d.less)), '，')"""
    return f"""CASE
        WHEN lead(score) OVER {next_one} IS NULL THEN '本县最后一位'
        WHEN score > lead(score) OVER {next_one} THEN
            '比下一位多 ' || score - lead(score) OVER {next_one} || ' 分：' || {told}
        ELSE '与下一位同分，' || CASE
            WHEN len(families) > lead(len(families)) OVER {next_one} THEN '风险类型更多'
            WHEN event_on > lead(event_on) OVER {next_one}
                OR event_on IS NOT NULL AND lead(event_on) OVER {next_one} IS NULL THEN '事件更近'
            ELSE '按户编号' END || '，排在前' END"""


def points_of(branches: Iterable[tuple[str, int]]) -> str:
    """Points of the first condition that holds, else 0."""
    whens = " ".join(f"WHEN {condition} THEN {points}" for condition, points in branches)
    return f"CASE {whens} ELSE 0 END" if whens else "0"


def capped(count: str, each: int, cap: int) -> str:
    return f"least(({count}) * {each}, {cap})"


def texts(values: Iterable[str]) -> str:
    """Texts as SQL literals, sorted."""
    return ", ".join(sql_text(value) for value in sorted(values))


def day_sql(day: date) -> str:
    return f"DATE '{day.isoformat()}'"
