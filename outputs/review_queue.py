"""Whom a person should compare first: one place in a county's queue for every identity that cannot be matched by program.

A county's queue holds only what is that county's alone.  Where the row's place and the two candidates speak of several
counties, the line goes to the office's own queue, whose readers may see all of them.
"""

from typing import Final

import duckdb

from engine import conform, sql_text
from review_tables import REVIEW_QUEUE

_PLACE_CODE: Final = r"""^\s*(?:="|'|")?([0-9]{6})[0-9]{0,9}"?\s*$"""

_COUNTED: Final = f"""
waiting AS (
    SELECT identity_key, count(*) AS rows, first(resident_id ORDER BY row_id) AS resident_id,
           first(runner_up ORDER BY row_id) AS runner_up, first(method ORDER BY row_id) AS method,
           first(probability ORDER BY row_id) AS probability
    FROM link WHERE decision = 'review' GROUP BY identity_key
), spoken_of AS (
    SELECT identity_key, resident.county FROM waiting JOIN resident USING (resident_id)
    UNION SELECT identity_key, resident.county FROM waiting JOIN resident ON resident.resident_id = waiting.runner_up
    UNION SELECT identity_key, county
    FROM (SELECT identity_key, regexp_extract(place, {sql_text(_PLACE_CODE)}, 1) AS county
          FROM link JOIN identity USING (row_id) WHERE decision = 'review')
    SEMI JOIN resident USING (county)
), placed AS (
    SELECT identity_key, CASE WHEN count(DISTINCT county) = 1 THEN min(county) ELSE '' END AS county
    FROM waiting LEFT JOIN spoken_of USING (identity_key) GROUP BY identity_key
)"""

_ORDER: Final = """
    round(points * probability, 2) DESC, round(abs(probability - 0.5), 1), rows DESC, identity_key"""
"""First what would fire, by points times probability; then what the program knows least about; then what settles most rows."""


def queue_review(connection: duckdb.DuckDBPyConnection, capacity: int, area: str) -> None:
    """Create `review_queue` (REVIEW_QUEUE) from `link`, `identity`, `resident` and `review_value`.

    `capacity` is identities per queue; `area` the code prefix the office answers for, '' for all.
    """
    connection.execute(_queue(capacity, sql_text(area)))
    conform(connection, "review_queue", REVIEW_QUEUE)


def _queue(capacity: int, area: str) -> str:
    return f"""
    CREATE OR REPLACE TABLE review_queue AS
    WITH {_COUNTED}, valued AS (
        SELECT waiting.*, placed.county, coalesce(points, 0) AS points, titles,
               method <> 'review_open' AND (placed.county = '' OR starts_with(placed.county, {area})) AS is_asked
        FROM waiting JOIN placed USING (identity_key)
        LEFT JOIN (SELECT identity_key, points, titles FROM review_value) USING (identity_key)
    ), in_order AS (
        SELECT *, CASE WHEN is_asked THEN row_number() OVER queue::INTEGER END AS position
        FROM valued WINDOW queue AS (PARTITION BY county, is_asked ORDER BY {_ORDER})
    )
    SELECT identity_key, county, position, rows, resident_id, runner_up, method, probability, points, titles,
        coalesce(position <= {capacity}, false) AS is_listed,
        CASE WHEN method = 'review_open' THEN '已核对过，结论为无法判断，不再询问'
             WHEN NOT is_asked THEN '不在本单位负责的地区（行政区划代码以 ' || {area} || ' 开头）之内'
             WHEN position > {capacity} THEN '超出本期可核对人次 {capacity}，排第 ' || position || ' 位，顺延' END AS why_cut
    FROM in_order ORDER BY county, position NULLS LAST, identity_key"""
