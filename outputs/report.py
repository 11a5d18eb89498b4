"""The night's report: one Chinese page that opens offline, without a script and without an address outside.

It says nothing that differs between two runs of the same night, so it holds no time of day and no duration.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import duckdb
import pyarrow as pa

from outputs.case_section import AWAITED
from outputs.files import ListFile
from outputs.night_sections import night_sections
from outputs.sections import Section


@dataclass(frozen=True)
class About:
    """What the night's tables do not say."""

    as_of: date
    office: str
    notice: str
    titles: Mapping[str, str]
    """Source -> its title."""
    stale: Mapping[str, date] = field(default_factory=dict)
    """Source whose newest delivery is held -> day of the delivery that serves instead."""
    missing: tuple[str, ...] = ()
    """Sources of which nothing usable was ever received."""
    problems: tuple[str, ...] = ()
    """What was found in the inbox and could not be used, in Chinese."""
    lists: tuple[ListFile, ...] = ()
    lists_at: str = ""
    """Where the lists lie, seen from the report: a relative path; '' if the report should link to nothing beside it."""


@dataclass(frozen=True)
class Totals:
    """The night in numbers: households unless said otherwise."""

    warnings: int
    red: int
    orange: int
    yellow: int
    new: int
    repeated: int
    overdue: int
    """Cases that still await their visit after its last day."""
    unwarned: int
    """Of these, those no longer warned of."""
    listed: int
    cut: int
    suppressed_signals: int
    avoided: int
    """Households that would have been asked again: all that fires of theirs is set aside."""
    linked_rows: int
    linked_people: int
    review_rows: int
    review_waiting: int
    """Identities that a person has to compare, those already answered left out."""
    review_listed: int


@dataclass(frozen=True)
class Report:
    """Everything the page shows."""

    about: About
    totals: Totals
    accounting: pa.Table
    """ACCOUNTING"""
    findings: pa.Table
    """source, received_on, verdict, observed, message: what the gate found worth reading, worst and newest first."""
    rules: pa.Table
    """title, family, fires, near, clear, unknown, why: per rule, in units of its population; and its yield."""
    townships: pa.Table
    """county_name, township_name, tier, households"""
    families: pa.Table
    """family, households (a household may be in several)"""
    feeds: pa.Table
    """SOURCE_STATUS: when each source last came and is due; those to ask after first."""
    sections: tuple[Section, ...] = ()
    """What follows a warning, topic by topic."""


_ID: Final = re.compile(r"[a-z][a-z0-9_]*")

_TOTALS = f"""
SELECT
    (SELECT count(*) FROM warning),
    (SELECT count(*) FROM warning WHERE tier = '红'),
    (SELECT count(*) FROM warning WHERE tier = '橙'),
    (SELECT count(*) FROM warning WHERE tier = '黄'),
    (SELECT count(*) FROM warning WHERE status = '新增'),
    (SELECT count(*) FROM warning WHERE status = '持续'),
    (SELECT count(*) FROM case_file WHERE {AWAITED}),
    (SELECT count(*) FROM case_file WHERE {AWAITED} AND household_id NOT IN (SELECT household_id FROM warning)),
    (SELECT count(*) FROM referral WHERE is_listed),
    (SELECT count(*) FROM referral WHERE NOT is_listed),
    (SELECT count(*) FROM suppressed),
    (SELECT coalesce(sum(avoided), 0)::BIGINT FROM burden),
    (SELECT count(*) FROM link WHERE decision = 'linked'),
    (SELECT count(DISTINCT resident_id) FROM link WHERE decision = 'linked'),
    (SELECT count(*) FROM link WHERE decision = 'review'),
    (SELECT count(*) FROM review_queue WHERE position IS NOT NULL),
    (SELECT count(*) FROM review_queue WHERE is_listed)
"""

_TABLES = {
    "accounting": "SELECT * FROM accounting ORDER BY source, received_on, file, batch_id",
    "findings": """
        SELECT source, received_on, verdict, observed, message
        FROM finding LEFT JOIN (SELECT source, batch_id, received_on FROM accounting) USING (source, batch_id)
        WHERE verdict <> 'pass'
            AND NOT (verdict = 'hold' AND batch_id IN (SELECT batch_id FROM held_file WHERE answered_by IS NOT NULL))
        ORDER BY
            list_position(['hold', 'quarantine', 'warn'], verdict), received_on DESC NULLS LAST,
            observed DESC NULLS LAST, source, batch_id, expectation, "column", message
    """,
    "rules": """
        SELECT
            title, family,
            coalesce(sum(units) FILTER (verdict = 'fires'), 0)::BIGINT AS fires,
            coalesce(sum(units) FILTER (verdict = 'near'), 0)::BIGINT AS near,
            coalesce(sum(units) FILTER (verdict = 'clear'), 0)::BIGINT AS clear,
            coalesce(sum(units) FILTER (verdict = 'unknown'), 0)::BIGINT AS unknown,
            bool_or(verdict = 'off') AS is_off,
            coalesce(sum(units) FILTER (verdict <> 'unknown'), 0) = 0 AND unknown > 0 AS is_silent,
            string_agg(DISTINCT why, '；' ORDER BY why) FILTER (units > 0) AS why,
            any_value(visited) AS visited, any_value(confirmed) AS confirmed, any_value(shrunk) AS shrunk,
            any_value(share) AS share, any_value(low) AS low, any_value(high) AS high
        FROM (
            FROM verdict_count LEFT JOIN (
                SELECT key AS rule, visited, confirmed, shrunk, share, low, high FROM "yield" WHERE level = 'rule'
            ) USING (rule)
        )
        GROUP BY rule, title, family ORDER BY is_off, is_silent, fires DESC, near DESC, rule, title, family
    """,
    "townships": """
        SELECT first(county_name ORDER BY county_name) AS county_name,
            first(township_name ORDER BY township_name) AS township_name, tier, count(*) AS households
        FROM warning GROUP BY county, township, tier
        ORDER BY sum(count(*)) OVER (PARTITION BY county, township) DESC, county, township, tier
    """,
    "feeds": """
        SELECT * FROM source_status
        ORDER BY list_position(['missing', 'late', 'nearly_empty', 'unchanged', 'fresh'], state), days_late DESC, source
    """,
    "families": """
        SELECT family, count(*) AS households FROM (SELECT unnest(list_distinct(families)) AS family FROM warning)
        GROUP BY family ORDER BY households DESC, family
    """,
}


def titled(text: str, titles: Mapping[str, str]) -> str:
    """A sentence of the rules with the ids of sources replaced by their titles."""
    return _ID.sub(lambda found: titles.get(found[0], found[0]), text)


def gather(connection: duckdb.DuckDBPyConnection, about: About) -> Report:
    """The report of a night.

    From `warning`, `referral`, `accounting`, `finding`, `verdict_count`, `suppressed`, `link`, `review_queue`,
    `source_status`, `held_file`, `case_file`, `burden` and `yield`, and what the topics of `night_sections` read.
    """
    connection.execute("SET VARIABLE as_of = ?::DATE", [about.as_of])
    totals = connection.execute(_TOTALS).fetchone() or ()
    tables = {name: connection.sql(query).to_arrow_table() for name, query in _TABLES.items()}
    return Report(about, Totals(*totals), **tables, sections=night_sections(connection))
