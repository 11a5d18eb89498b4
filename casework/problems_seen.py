"""What is a problem tonight: alarms, what is overdue, who does not send or sends wrongly, what nobody answered.

Everything is summed per county, township or source: the ledger is read by people, and a county that is late with three hundred
households has one problem, not three hundred.
"""

from datetime import date
from typing import Final

import duckdb

from case_tables import CLOCKS
from engine import sql_text

REMEMBERED_DAYS: Final = 90
"""Refused answers older than this are history: nobody sends them again.  Our own figure."""

NAMED: Final = 10
"""So many sources that never came are named; they are one problem of the office's, which has to agree on them or do without."""

_COUNTY_OF: Final = """
CREATE OR REPLACE TEMP TABLE county_of AS
SELECT DISTINCT ON (county) county, county_name FROM (
    SELECT county, county_name, count(*) AS rows FROM resident WHERE county_name IS NOT NULL GROUP BY ALL
) ORDER BY county, rows DESC, county_name
"""
_NAME: Final = "coalesce(n.county_name, c.county, '')"
_OWNER: Final = f"if(c.county IS NULL, {{office}}, {_NAME} || '经办部门')"

_ALARMS: Final = f"""
SELECT kind, concat_ws(':', source, coalesce(place, c.county), family) AS subject, c.county, c.title, c.message AS detail,
    coalesce(s.owner, {_OWNER}) AS owner
FROM alarm c LEFT JOIN source_status s USING (source) LEFT JOIN county_of n USING (county)"""

_CASES_OVERDUE: Final = f"""
SELECT 'cases_overdue' AS kind, c.county AS subject, c.county, {_NAME} || '有户超过办理期限' AS title,
    printf('%s，共 %d 户（已到督办的另计）；最久已超 %d 日，涉及 %d 个乡镇', told, households, days_over, townships) AS detail,
    {_OWNER} AS owner
FROM (
    SELECT county, string_agg(title || '超期 ' || households || ' 户', '、' ORDER BY nth) AS told,
        sum(households)::BIGINT AS households, max(days_over) AS days_over, max(of_county) AS townships
    FROM (
        SELECT county, clock, count(*) AS households, max(days_over) AS days_over,
            any_value(of_county) AS of_county
        FROM (
            SELECT county, clock, days_over, count(DISTINCT township) OVER (PARTITION BY county) AS of_county
            FROM case_file WHERE timeliness = 'overdue'
        ) GROUP BY county, clock
    ) JOIN clock_title USING (clock) GROUP BY county
) c LEFT JOIN county_of n USING (county)"""

_CASES_ESCALATED: Final = f"""
SELECT 'cases_escalated' AS kind, coalesce(township, c.county) AS subject, c.county,
    {_NAME} || coalesce(township_name, '') || '有户超期需督办' AS title,
    printf('超期需督办 %d 户，最久已超 %d 日', households, days_over) AS detail, {_OWNER} AS owner
FROM (
    SELECT county, township, min(township_name) AS township_name, count(*) AS households, max(days_over) AS days_over
    FROM case_file WHERE timeliness = 'escalated' GROUP BY county, township
) c LEFT JOIN county_of n USING (county)"""

_FEEDS: Final = """
SELECT 'feed_' || state AS kind, source AS subject, NULL AS county,
    title || CASE state WHEN 'late' THEN '迟报' WHEN 'nearly_empty' THEN '几乎为空' ELSE '内容未变' END AS title,
    CASE state WHEN 'late' THEN printf('最近一次 %s，最迟应于 %s 报送，已迟 %d 日', last_received_on, due_on, days_late)
        WHEN 'nearly_empty' THEN printf('%s 收到 %d 行，通常 %d 行', last_received_on, rows, usual_rows)
        ELSE printf('最近 %d 次与前一次内容相同，最近一次 %s', repeats_in_a_row, last_received_on) END AS detail,
    owner
FROM source_status WHERE state NOT IN ('fresh', 'missing')"""

_MISSING: Final = """
SELECT 'feed_missing' AS kind, 'never' AS subject, NULL AS county, '有来源从未报送' AS title,
    printf('%d 个来源至今没有可用的数据，依赖它们的规则不能判断，财产类的不能比对：%s', count(*),
        array_to_string(list(title ORDER BY source)[:{named}], '、') || if(count(*) > {named}, ' 等', '')) AS detail,
    {office} AS owner
FROM source_status WHERE state = 'missing' AND cadence <> 'event' HAVING count(*) > 0"""

_HELD: Final = """
SELECT 'feed_held' AS kind, source AS subject, NULL AS county, s.title || '整批暂停未补正' AS title,
    printf('%d 份文件、%d 行未通过检查，最早 %s 收到，尚未重报', count(*), sum(h.rows), min(received_on)) AS detail, s.owner
FROM held_file h JOIN source_status s USING (source) WHERE answered_by IS NULL GROUP BY source, s.title, s.owner"""

_ROWS: Final = """
SELECT 'rows_unanswered' AS kind, source AS subject, NULL AS county, s.title || '有隔离行长期未更正' AS title,
    printf('%d 行隔离超过 {after} 日未更正，最早 %s 收到', count(DISTINCT row_id), min(received_on)) AS detail, s.owner
FROM returned_row r JOIN source_status s USING (source)
WHERE NOT is_answered AND expectation <> 'is_data_row' AND received_on < {today} - {after} GROUP BY source, s.title, s.owner"""

_ANSWERS: Final = f"""
SELECT 'answers_refused' AS kind, coalesce(c.county, '') AS subject, c.county,
    if(c.county IS NULL, '有答复的预警编号不在册', {_NAME} || '有答复被退回未重报') AS title,
    printf('%d 行未能采用，最近一次 %s 收到；原因见退回清单', rows, received_on) AS detail, {_OWNER} AS owner
FROM (
    SELECT county, count(*) AS rows, max(received_on) AS received_on FROM answer a
    WHERE fate = 'refused' AND received_on >= {{today}} - {REMEMBERED_DAYS} AND NOT EXISTS (
        FROM answer later WHERE later.warning_id = a.warning_id AND later.fate IN ('taken', 'overruled')
            AND later.received_on >= a.received_on)
    GROUP BY county
) c LEFT JOIN county_of n USING (county)"""

_ROSTER: Final = f"""
SELECT 'roster_issues' AS kind, coalesce(c.county, '') AS subject, c.county,
    if(c.county IS NULL, '花名册有不属本地区的问题', {_NAME} || '花名册有问题') AS title,
    printf('%d 人有问题，最多的是：%s', residents, most) AS detail, {_OWNER} AS owner
FROM (
    SELECT county, sum(residents)::BIGINT AS residents, arg_max(title, (residents, title)) AS most FROM (
        SELECT if(starts_with(county, {{area}}), county, NULL) AS county, title, count(DISTINCT resident_id) AS residents
        FROM roster_issue GROUP BY ALL
    ) GROUP BY county
) c LEFT JOIN county_of n USING (county)"""

_REGISTRY: Final = f"""
SELECT 'registry_issues' AS kind, coalesce(c.county, '') AS subject, c.county, {_NAME} || '监测对象台账有矛盾' AS title,
    printf('共 %d 处：%s', households, told) AS detail, {_OWNER} AS owner
FROM (
    SELECT county, sum(households)::BIGINT AS households,
        string_agg(title || ' ' || households || ' 户', '；' ORDER BY households DESC, issue) AS told
    FROM registry_issue GROUP BY county
) c LEFT JOIN county_of n USING (county)"""

_REVIEW: Final = f"""
SELECT 'review_unanswered' AS kind, coalesce(c.county, '') AS subject, c.county,
    if(c.county IS NULL, '跨县的待人工比对长期未答复', {_NAME} || '待人工比对长期未答复') AS title,
    printf('%d 人次超过 {{after}} 日未作结论，最早 %s 收到', persons, received_on) AS detail, {_OWNER} AS owner
FROM (
    SELECT nullif(q.county, '') AS county, count(*) AS persons, min(r.received_on) AS received_on
    FROM review_queue q JOIN (
        SELECT l.identity_key, min(d.received_on) AS received_on FROM link l
        JOIN (SELECT batch_id, min(received_on) AS received_on FROM delivery GROUP BY batch_id) d USING (batch_id)
        WHERE l.decision = 'review' GROUP BY l.identity_key
    ) r USING (identity_key)
    WHERE q.is_listed AND r.received_on < {{today}} - {{after}} GROUP BY q.county
) c LEFT JOIN county_of n USING (county)"""

_CLOCKS: Final = "CREATE OR REPLACE TEMP TABLE clock_title AS SELECT * FROM (VALUES {}) AS t(nth, clock, title)".format(
    ", ".join(f"({at}, {sql_text(clock)}, {sql_text(title)})" for at, (clock, title) in enumerate(CLOCKS.items()))
)

_ALL: Final = (
    _ALARMS, _CASES_OVERDUE, _CASES_ESCALATED, _FEEDS, _MISSING, _HELD, _ROWS, _ANSWERS, _ROSTER, _REGISTRY, _REVIEW,
)  # fmt: skip


def see_problems(connection: duckdb.DuckDBPyConnection, as_of: date, office: str, area: str, after: int) -> None:
    """Create `problem_seen` (kind, subject, county, title, detail, owner), one per kind and subject, an alarm before a status.

    From `alarm`, `case_file`, `source_status`, `held_file`, `returned_row`, `answer`, `roster_issue`, `registry_issue`,
    `review_queue`, `link`, `delivery` and `resident`.
    """
    today = f"DATE {sql_text(as_of.isoformat())}"
    told = {"office": sql_text(office), "area": sql_text(area), "today": today, "after": after, "named": NAMED}
    connection.execute(_COUNTY_OF)
    connection.execute(_CLOCKS)
    union = "\nUNION ALL\n".join(f"SELECT {at} AS nth, * FROM ({query.format(**told)})" for at, query in enumerate(_ALL))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE problem_seen AS
        SELECT DISTINCT ON (kind, subject) kind, subject, county, title, detail, owner FROM ({union})
        ORDER BY kind, subject, nth, title, detail
    """)
    connection.execute("DROP TABLE county_of")
    connection.execute("DROP TABLE clock_title")
