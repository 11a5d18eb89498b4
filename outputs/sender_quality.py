"""How good each sender is: counts, rates and the kind of error, per source, sending unit and day of delivery.

The dimensions bear names of GB/T 36344-2018 (信息技术 数据质量评价指标: 规范性 完整性 准确性 一致性 时效性 可访问性);
the formulas below, and every limit, are our own.  Rows of held batches and barred rows are not judged.

* completeness 完整性 = 1 - empty required cells / (required cells of a row x judged rows); the identity counts as one cell
* validity 规范性 = 1 - rows with a cell that is no value of its column, or cells that cannot be told apart / judged rows
* repeat rate 重复率 = rows that another with the same key and cells beats / judged rows; uniqueness 唯一性 is the rest of 1.
  Of the newest delivery only: what a later one repeats counts as a repeat of the earlier, which did nothing wrong
* match rate 对上率 = linked / (linked + review + no_resident)
* quarantine rate 隔离率 = quarantined / judged rows, with its Wilson interval of 95% (Wilson 1927, JASA 22)
* timeliness 时效性 = days since the day on which the next delivery was due at the latest

Everything is counted anew from what was ever received: the past is judged by tonight's contracts, and it does not matter
which nights were run.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import duckdb
import pyarrow as pa

from engine import conform

REMEMBERED_DAYS: Final = 400
"""A year, and a month for what came late: how far back a sender's own past goes."""
FEWEST_ROWS: Final = 20
"""Of fewer rows no rate is told, and a unit with fewer is not named."""
LONGEST_UNIT: Final = 40
"""Characters of a unit's name; nothing longer is a name."""
SMALL_UNITS: Final = "其余小单位"
UNNAMED_UNIT: Final = "（未填）"

WHOLE: Final = 0.2
"""Systematic: so large a share is surely wrong (lower end of the interval).  No clerk mistypes every fifth cell."""
SLIP: Final = 0.01
"""Slips: the share of bad rows is not surely above this (lower end of the interval)."""
TIMES_THE_REST: Final = 3
"""One unit's errors: its lower end is above so many times the others' upper end."""
TIMES_THE_PAST: Final = 2
"""A rise: the lower end is above so many times the past's upper end."""
FEW_BAD: Final = 5
"""Fewer bad rows than this make neither a unit's trouble nor a rise."""

EXPLAINED: Final = 0.5
"""Units apart from the rest make it a matter of units if so large a share of the bad rows is theirs."""

PATTERNS: Final = ("held", "column", "rows", "unit", "rise", "frequent", "few", "slip", "clean", "unjudged")
"""What kind of error a delivery shows, worst first: a batch set aside; a whole column; a large share of the rows; some sending
units; much more than before; often but not everywhere; too few rows to tell; single slips; none; nothing was judged."""
SYSTEMATIC: Final = PATTERNS[:5]
"""Those that no clerk's slip explains."""

_Z: Final = 1.959964
_RATE: Final = pa.float64()
SENDER_QUALITY: Final = pa.schema(
    [
        ("source", pa.string()),
        ("unit", pa.string()),  # '' is the whole source
        ("received_on", pa.date32()),
        ("is_newest", pa.bool_()),  # the source's latest delivery
        ("batches", pa.int64()),  # of the whole source
        ("held_batches", pa.int64()),  # those no later delivery makes good for
        ("rows", pa.int64()),
        ("judged", pa.int64()),  # rows but those held or barred
        ("quarantined", pa.int64()),
        ("empty_cells", pa.int64()),
        ("invalid", pa.int64()),
        ("duplicates", pa.int64()),
        ("linked", pa.int64()),
        ("review", pa.int64()),
        ("no_resident", pa.int64()),
        ("completeness", _RATE),  # these are null where fewer than FEWEST_ROWS rows were judged
        ("validity", _RATE),
        ("repeat_rate", _RATE),  # of the newest delivery only
        ("match_rate", _RATE),
        ("quarantine_rate", _RATE),
        ("quarantine_low", _RATE),
        ("quarantine_high", _RATE),
        ("days_late", pa.int64()),  # null but for the newest delivery of an awaited source
        ("expectation", pa.string()),  # what most rows fail
        ("column", pa.string()),
        ("failing", pa.int64()),  # rows that fail it
        ("concentration", _RATE),  # their share of the quarantined rows
        ("worst_unit", pa.string()),  # of the whole source: the unit whose errors make it `unit`
        ("past_rows", pa.int64()),  # judged in the earlier deliveries
        ("past_rate", _RATE),  # quarantined of them
        ("pattern", pa.string()),  # one of PATTERNS
    ]
)

_EMPTY: Final = "('key_is_filled', 'not_null', 'has_identity')"


def score_senders(connection: duckdb.DuckDBPyConnection, required_cells: Mapping[str, int], as_of: date) -> None:
    """Create `sender_quality` (SENDER_QUALITY): a row per source, sending unit and day of delivery of the last REMEMBERED_DAYS.

    From `accounting`, `standing`, `quarantine`, `link`, `source_status`, `held_file` and `sent_by` (row_id, unit: who sent the
    row, of sources that say so).  `required_cells` is source -> how many cells of a row its contract wants filled.
    """
    told = {
        "source": pa.array(required_cells.keys(), pa.string()),
        "required_cells": pa.array(required_cells.values(), pa.int64()),
    }
    connection.register("sender", pa.table(told))
    since = as_of - timedelta(days=REMEMBERED_DAYS)
    try:
        for statement in (_DELIVERED.format(since=since.isoformat()), _SENT, _TALLY, _LEAD, _MEASURED, _QUALITY):
            connection.execute(statement)
    finally:
        connection.unregister("sender")
    connection.execute("DROP TABLE delivered; DROP TABLE sent; DROP TABLE tallied; DROP TABLE led; DROP TABLE measured")
    conform(connection, "sender_quality", SENDER_QUALITY)


def _wilson(bad: str, rows: str, sign: str) -> str:
    """SQL: one end of the interval in which the true share lies, 95 times of 100; NULL of no rows."""
    share, z2 = f"({bad}) / nullif({rows}, 0)", _Z * _Z
    spread = f"{_Z} * sqrt({share} * (1 - {share}) / ({rows}) + {z2} / (4.0 * ({rows}) * ({rows})))"
    return f"greatest(0.0, least(1.0, ({share} + {z2} / (2.0 * ({rows})) {sign} {spread}) / (1 + {z2} / ({rows}))))"


def _share(part: str, whole: str, fewest: int = FEWEST_ROWS) -> str:
    """SQL: a share, NULL where the whole is too small to tell."""
    return f"if({whole} >= {fewest}, round(({part}) / nullif({whole}, 0), 6), NULL)"


_DELIVERED: Final = """
CREATE OR REPLACE TEMP TABLE delivered AS
SELECT batch_id, source, received_on,
    state = 'held' AND batch_id NOT IN (SELECT batch_id FROM held_file WHERE answered_by IS NOT NULL) AS is_held
FROM accounting WHERE received_on >= DATE '{since}'
"""

_SENT: Final = f"""
CREATE OR REPLACE TEMP TABLE sent AS
WITH said AS (
    SELECT s.row_id, s.source, d.received_on, s.standing, CASE
        WHEN u.row_id IS NULL THEN NULL
        WHEN trim(coalesce(u.unit, '')) = '' THEN '{UNNAMED_UNIT}'
        WHEN regexp_matches(u.unit, '[0-9]{{7}}') OR length(u.unit) > {LONGEST_UNIT} THEN '{SMALL_UNITS}'
        ELSE trim(u.unit) END AS unit
    FROM standing s JOIN delivered d USING (source, batch_id) LEFT JOIN sent_by u USING (row_id)
), large AS (
    SELECT source, received_on, unit FROM said WHERE unit IS NOT NULL
    GROUP BY ALL HAVING count(*) >= {FEWEST_ROWS} OR unit = '{UNNAMED_UNIT}'
)
SELECT row_id, source, received_on, standing, if(said.unit IS NULL, NULL, coalesce(large.unit, '{SMALL_UNITS}')) AS unit
FROM said LEFT JOIN large USING (source, received_on, unit)
"""

_TALLY: Final = f"""
CREATE OR REPLACE TEMP TABLE tallied AS
WITH failed AS (
    SELECT row_id, count(*) FILTER (expectation IN {_EMPTY}) AS empty_cells, bool_or(expectation NOT IN {_EMPTY}) AS is_invalid
    FROM quarantine GROUP BY row_id
)
SELECT source, received_on, coalesce(unit, '') AS unit, count(*) AS rows,
    count(*) FILTER (standing NOT IN ('held', 'barred')) AS judged,
    count(*) FILTER (standing = 'quarantined') AS quarantined,
    coalesce(sum(empty_cells) FILTER (standing = 'quarantined'), 0)::BIGINT AS empty_cells,
    count(*) FILTER (standing = 'quarantined' AND is_invalid) AS invalid,
    count(*) FILTER (standing = 'duplicate') AS duplicates,
    count(*) FILTER (decision = 'linked') AS linked,
    count(*) FILTER (decision = 'review') AS review,
    count(*) FILTER (decision = 'no_resident') AS no_resident
FROM sent LEFT JOIN failed USING (row_id) LEFT JOIN (SELECT row_id, decision FROM link) USING (row_id)
GROUP BY GROUPING SETS ((source, received_on), (source, received_on, unit))
HAVING grouping(unit) = 1 OR unit IS NOT NULL
"""

_LEAD: Final = """
CREATE OR REPLACE TEMP TABLE led AS
WITH counted AS (
    SELECT source, received_on, coalesce(unit, '') AS unit, expectation, "column", count(DISTINCT row_id) AS failing
    FROM sent JOIN quarantine USING (row_id) WHERE standing = 'quarantined'
    GROUP BY GROUPING SETS ((source, received_on, expectation, "column"), (source, received_on, unit, expectation, "column"))
    HAVING grouping(unit) = 1 OR unit IS NOT NULL
)
SELECT * FROM counted
QUALIFY row_number() OVER (PARTITION BY source, received_on, unit ORDER BY failing DESC, expectation, "column") = 1
"""

_MEASURED: Final = """
CREATE OR REPLACE TEMP TABLE measured AS
WITH came AS (
    SELECT source, received_on, count(*) AS batches, count(*) FILTER (is_held) AS held_batches
    FROM delivered GROUP BY ALL
), listed AS (
    SELECT source, received_on, unit FROM tallied UNION SELECT source, received_on, '' FROM came
), counted AS (
    SELECT l.source, l.unit, l.received_on, c.batches, c.held_batches,
        t.* EXCLUDE (source, received_on, unit), d.expectation, d."column", coalesce(d.failing, 0) AS failing
    FROM listed l JOIN came c USING (source, received_on) LEFT JOIN tallied t USING (source, received_on, unit)
    LEFT JOIN led d USING (source, received_on, unit)
)
SELECT * REPLACE (coalesce(rows, 0) AS rows, coalesce(judged, 0) AS judged, coalesce(quarantined, 0) AS quarantined),
    received_on = max(received_on) OVER (PARTITION BY source) AS is_newest,
    sum(judged) OVER earlier AS past_judged, sum(quarantined) OVER earlier AS past_quarantined,
    max(judged) OVER others - judged AS rest_judged, max(quarantined) OVER others - quarantined AS rest_quarantined
FROM counted
WINDOW earlier AS (PARTITION BY source, unit ORDER BY received_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
    others AS (PARTITION BY source, received_on)
"""

_QUALITY: Final = f"""
CREATE OR REPLACE TABLE sender_quality AS
WITH bounded AS (
    SELECT *, {_wilson("quarantined", "judged", "-")} AS low, {_wilson("quarantined", "judged", "+")} AS high,
        {_wilson("failing", "judged", "-")} AS column_low, {_wilson("past_quarantined", "past_judged", "+")} AS past_high,
        {_wilson("rest_quarantined", "rest_judged", "+")} AS rest_high
    FROM measured
), parted AS (
    SELECT *, unit <> '' AND judged >= {FEWEST_ROWS} AND quarantined >= {FEW_BAD} AND rest_judged >= {FEWEST_ROWS}
        AND low > {TIMES_THE_REST} * rest_high AS is_apart
    FROM bounded
), gathered AS (
    SELECT *, coalesce(sum(quarantined) FILTER (is_apart) OVER delivery, 0) AS apart,
        max_by(unit, (quarantined, unit)) FILTER (is_apart) OVER delivery AS unit_apart
    FROM parted WINDOW delivery AS (PARTITION BY source, received_on)
), judged_so AS (
    SELECT *, CASE
        WHEN held_batches > 0 AND unit = '' THEN 'held'
        WHEN judged = 0 THEN 'unjudged'
        WHEN quarantined = 0 THEN 'clean'
        WHEN judged < {FEWEST_ROWS} THEN 'few'
        WHEN is_apart OR unit = '' AND apart >= {EXPLAINED} * quarantined THEN 'unit'
        WHEN column_low >= {WHOLE} AND "column" <> '' THEN 'column'
        WHEN low >= {WHOLE} THEN 'rows'
        WHEN quarantined >= {FEW_BAD} AND past_judged >= {FEWEST_ROWS} AND low > {TIMES_THE_PAST} * past_high THEN 'rise'
        WHEN low > {SLIP} THEN 'frequent'
        ELSE 'slip' END AS pattern
    FROM gathered
)
SELECT source, unit, received_on, is_newest, batches, held_batches, rows, judged, quarantined,
    coalesce(empty_cells, 0) AS empty_cells, coalesce(invalid, 0) AS invalid, coalesce(duplicates, 0) AS duplicates,
    coalesce(linked, 0) AS linked, coalesce(review, 0) AS review, coalesce(no_resident, 0) AS no_resident,
    if(judged >= {FEWEST_ROWS}, round(1 - empty_cells / nullif(judged * required_cells, 0), 6), NULL) AS completeness,
    {_share("judged - invalid", "judged")} AS validity,
    if(is_newest, {_share("duplicates", "judged")}, NULL) AS repeat_rate,
    {_share("linked", "(linked + review + no_resident)")} AS match_rate, {_share("quarantined", "judged")} AS quarantine_rate,
    if(judged >= {FEWEST_ROWS}, round(low, 6), NULL) AS quarantine_low,
    if(judged >= {FEWEST_ROWS}, round(high, 6), NULL) AS quarantine_high,
    if(is_newest AND unit = '', days_late, NULL) AS days_late, expectation, "column", failing,
    {_share("failing", "quarantined", 1)} AS concentration,
    if(pattern = 'unit' AND unit = '', unit_apart, NULL) AS worst_unit,
    coalesce(past_judged, 0)::BIGINT AS past_rows, {_share("past_quarantined", "past_judged")} AS past_rate, pattern
FROM judged_so LEFT JOIN sender USING (source)
LEFT JOIN (SELECT source, days_late FROM source_status) USING (source)
"""
