"""What a trial changes in the lists: per county and township, by group of household, and what visits have confirmed so far.

Reads two states (`outputs.moves.keep_state`), the schemas they were made from, `resident` and `fact_visits`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb

from engine import sql_text
from outcomes import CONCLUDED, CONFIRMED, IDENTIFIED, titles_sql
from outputs.moves import Move
from outputs.weights import Household
from shares import wilson

FEW: Final = 20
"""Under so many concluded visits a share says little; the page says so."""

_BOTH: Final = """
both_states AS (
    SELECT household_id, coalesce(b.county, a.county) AS county, coalesce(b.county_name, a.county_name) AS county_name,
        coalesce(b.township, a.township) AS township, coalesce(b.township_name, a.township_name) AS township_name,
        coalesce(b.household_type, a.household_type) AS household_type,
        a.household_id IS NOT NULL AS was_warned, b.household_id IS NOT NULL AS is_warned,
        coalesce(a.is_listed, false) AS was_listed, coalesce(b.is_listed, false) AS is_listed,
        coalesce(a.families, []) AS was_families, coalesce(b.families, []) AS is_families, true AS in_was, true AS in_now
    FROM {before} a FULL JOIN {after} b USING (household_id)
)"""

_COUNTS: Final = """
    count(*) FILTER (in_was AND was_warned) AS was_warned, count(*) FILTER (in_now AND is_warned) AS is_warned,
    count(*) FILTER (in_was AND was_listed) AS was_listed, count(*) FILTER (in_now AND is_listed) AS is_listed,
    count(*) FILTER (in_now AND is_listed AND NOT (in_was AND was_listed)) AS came,
    count(*) FILTER (in_was AND was_listed AND NOT (in_now AND is_listed)) AS went"""
"""Of both states, restricted to where the household belongs to what is counted."""


@dataclass(frozen=True)
class Counts:
    """Households that are warned of and listed, in both states."""

    was_warned: int
    is_warned: int
    was_listed: int
    is_listed: int
    came: int
    went: int


@dataclass(frozen=True)
class Area:
    """A county (without township), or one of its townships."""

    county: str
    county_name: str
    township: str
    township_name: str
    counts: Counts
    capacity: int | None = None
    """Visits the county can make from one list."""


@dataclass(frozen=True)
class Group:
    """Households of one kind."""

    kind: str
    name: str
    counts: Counts


@dataclass(frozen=True)
class Yield:
    """What visits have said of a rule's signals so far: how many were concluded, found it true, led to identification."""

    rule: str
    title: str
    visits: int
    confirmed: int
    identified: int

    @property
    def confirmed_share(self) -> tuple[float, float, float] | None:
        """Share and its interval of 95 %; None without visits."""
        return wilson(self.confirmed, self.visits)

    @property
    def identified_share(self) -> tuple[float, float, float] | None:
        return wilson(self.identified, self.visits)


@dataclass(frozen=True)
class Expected:
    """Households that a rule brings on the lists or takes off, and how many of them past visits let expect to be confirmed."""

    of: Yield
    came: int
    went: int

    def expected(self, households: int) -> tuple[float, float, float] | None:
        """Share and interval of what visits confirmed, times the households."""
        share = self.of.confirmed_share
        return (share[0] * households, share[1] * households, share[2] * households) if share else None


def expect(found: Iterable[Yield], moved: Sequence[Move], changed: Mapping[str, str]) -> list[Expected]:
    """Of every rule that a move names (title by id in `changed`, or a rule with visits) what may be expected."""
    known = {one.rule: one for one in found}
    known |= {rule: Yield(rule, title, 0, 0, 0) for rule, title in changed.items() if rule not in known}
    came = Counter(title for move in moved if move.came for title in move.gained)
    went = Counter(title for move in moved if not move.came for title in move.lost)
    counts = {rule: (came[one.title], went[one.title]) for rule, one in known.items()}
    return [Expected(known[rule], *counts[rule]) for rule in sorted(known) if rule in changed or any(counts[rule])]


def areas(
    connection: duckdb.DuckDBPyConnection, before: str, after: str, capacity: Mapping[str, int], otherwise: int
) -> list[Area]:
    """Every county and each of its townships, a county before its townships."""
    rows = connection.execute(f"""
        WITH {_BOTH.format(before=before, after=after)}
        SELECT county, max(county_name), coalesce(township, ''), if(grouping(township) = 1, '', max(township_name)),
        {_COUNTS} FROM both_states GROUP BY GROUPING SETS ((county), (county, township))
        ORDER BY county, grouping(township) DESC, 3
    """).fetchall()
    return [
        Area(county, name, town, town_name, Counts(*counts), None if town else capacity.get(county, otherwise))
        for county, name, town, town_name, *counts in rows
    ]


def groups(connection: duckdb.DuckDBPyConnection, before: str, after: str, weights: Household, as_of: date) -> list[Group]:
    """Listed households by type, by risk family, and by who lives in them; a household counts in every group it belongs to."""
    day = f"DATE '{as_of.isoformat()}'"
    terms = ", ".join(sql_text(term) for term in sorted(weights.ill.terms))
    rows = connection.execute(f"""
        WITH {_BOTH.format(before=before, after=after)},
        member AS (
            SELECT household_id,
                bool_or(birth_date <= {day} - INTERVAL {weights.elderly.from_age} YEAR) AS has_elderly,
                bool_or(birth_date > {day} - INTERVAL {weights.minor.under_age} YEAR) AS has_minor,
                bool_or(list_has_any(string_split(health, ','), [{terms}]::VARCHAR[])) AS has_ill
            FROM resident SEMI JOIN both_states USING (household_id) GROUP BY household_id
        ),
        grouped AS (
            SELECT both_states.* EXCLUDE (in_was, in_now), unnest([
                {{'kind': '户类型', 'name': coalesce(household_type, '（未填）')}},
                {{'kind': '家庭成员', 'name': CASE WHEN has_elderly THEN '有 {weights.elderly.from_age} 岁及以上老人' END}},
                {{'kind': '家庭成员', 'name': CASE WHEN has_minor THEN '有 {weights.minor.under_age} 岁以下未成年人' END}},
                {{'kind': '家庭成员', 'name': CASE WHEN has_ill THEN '有患病或残疾成员' END}}
            ] || list_transform(
                list_distinct(was_families || is_families), lambda f: {{'kind': '风险类型', 'name': f}}
            ), recursive := true)
            FROM both_states JOIN member USING (household_id)
        ),
        placed AS (
            SELECT *, kind <> '风险类型' OR list_contains(was_families, name) AS in_was,
                kind <> '风险类型' OR list_contains(is_families, name) AS in_now
            FROM grouped WHERE name IS NOT NULL
        )
        SELECT kind, name, {_COUNTS} FROM placed GROUP BY ALL ORDER BY 1, 2
    """).fetchall()
    return [Group(kind, name, Counts(*counts)) for kind, name, *counts in rows]


def yields(connection: duckdb.DuckDBPyConnection, schemas: Iterable[str]) -> list[Yield]:
    """Per rule, the concluded visits to households with a signal of it in a schema, for its family and after its event."""
    signals = " UNION ".join(
        f"SELECT household_id, rule, title, family, event_on FROM {schema}.signal WHERE verdict = 'fires'" for schema in schemas
    )
    concluded, confirmed = (titles_sql(outcomes) for outcomes in (CONCLUDED, CONFIRMED))
    rows = connection.execute(f"""
        WITH told AS (
            SELECT DISTINCT s.rule, s.title, v.row_id, v.outcome
            FROM ({signals}) s JOIN fact_visits v ON v.household_id = s.household_id AND v.family IN (s.family, '综合')
            WHERE v.outcome IN ({concluded}) AND (s.event_on IS NULL OR s.event_on <= v.visited_on)
        )
        SELECT rule, max(title), count(*), count(*) FILTER (outcome IN ({confirmed})),
            count(*) FILTER (outcome = {sql_text(IDENTIFIED)})
        FROM told GROUP BY rule ORDER BY rule
    """).fetchall()
    return [Yield(*row) for row in rows]
